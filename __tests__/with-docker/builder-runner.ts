import {createHash} from 'node:crypto'
import {readdirSync, readFileSync} from 'node:fs'
import {chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join, relative} from 'node:path'

/** What a runner has to build with. */
export interface Equipment {
  /** Its programs by name: `docker`, `podman`, `buildah`. */
  readonly programs: Readonly<Record<string, string>>
  /** What they must find in their environment, as if they were installed. */
  readonly installed?: Readonly<Record<string, string>>
  /** Environment of the step. */
  readonly env?: Readonly<Record<string, string>>
  /** The buildx plugin. */
  readonly buildx?: string
  /** A home directory with what the programs need there; an empty one by default. */
  readonly home?: string
}

/** A call of a program, as it was written. */
export interface Calls {
  /** Program and arguments. */
  readonly commands: readonly string[]
  /** The environments of all of them. */
  readonly environment: string
}

/** A runner that has nothing in its path but the programs it is given, and notes how they are called. */
export class Runner implements AsyncDisposable {
  readonly home: string
  /** Environment of the step. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly #directory: string

  private constructor(directory: string, home: string, env: Readonly<Record<string, string>>) {
    this.#directory = directory
    this.home = home
    // The machine's own engine has no part in this.
    this.env = {DOCKER_HOST: undefined, DOCKER_TLS_VERIFY: undefined, ...env, HOME: home, PATH: join(directory, 'bin')}
  }

  static async open({programs, installed = {}, env = {}, buildx, home}: Equipment): Promise<Runner> {
    const directory = await mkdtemp(join(tmpdir(), 'builder-'))
    const runner = new Runner(directory, home ?? join(directory, 'home'), env)
    const plugins = join(runner.home, '.docker/cli-plugins')
    for (const path of [join(directory, 'bin'), plugins]) await mkdir(path, {recursive: true})
    if (buildx !== undefined) await symlink(buildx, join(plugins, 'docker-buildx'))
    for (const [name, program] of Object.entries(programs)) {
      const file = join(directory, 'bin', name)
      await writeFile(file, runner.#recorder(name, program, installed))
      await chmod(file, 0o755)
    }
    await runner.calls()
    return runner
  }

  /** Notes arguments and environment, then goes on as the program itself. */
  #recorder(name: string, program: string, installed: Readonly<Record<string, string>>): string {
    const exports = Object.entries(installed).map(([variable, value]) => `export ${variable}='${value}'\n`)
    return `#!/bin/sh
{ printf '%s' ${name}; printf ' %s' "$@"; echo; } >>'${this.#directory}/commands'
/usr/bin/env >>'${this.#directory}/environment'
${exports.join('')}exec '${program}' "$@"
`
  }

  /** The calls since it was last asked. */
  async calls(): Promise<Calls> {
    const [commands = '', environment = ''] = await Promise.all(
      ['commands', 'environment'].map(async name => {
        const file = join(this.#directory, name)
        const text = await readFile(file, 'utf8').catch(() => '')
        await writeFile(file, '')
        return text
      })
    )
    return {commands: commands.split('\n').filter(line => line !== ''), environment}
  }

  /** Every file in the home directory, with a hash of its content. */
  files(): Record<string, string> {
    const entries = readdirSync(this.home, {recursive: true, withFileTypes: true}).filter(entry => entry.isFile())
    const paths = entries.map(entry => join(entry.parentPath, entry.name)).sort()
    const hash = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')
    return Object.fromEntries(paths.map(path => [relative(this.home, path), hash(path)]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, {recursive: true, force: true})
  }
}
