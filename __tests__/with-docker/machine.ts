import {execFile, spawn} from 'node:child_process'
import {once} from 'node:events'
import {accessSync, constants} from 'node:fs'
import {chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import {homedir, tmpdir} from 'node:os'
import {delimiter, join, relative, resolve} from 'node:path'
import {text} from 'node:stream/consumers'
import {promisify} from 'node:util'

/** The user's own logins, written as no program would write them, so that one that writes them again is found out. */
const OWN_CONFIG = '{"auths":   {"registry.example.com": {"auth": "dXNlcjpwYXNzd29yZA=="}},\r\n\t"psFormat": "table" }'

/** Where this machine's user has Docker's settings and plugins. */
const usualConfig = resolve(process.env['DOCKER_CONFIG'] || join(homedir(), '.docker'))

/** A machine with several runners, or with several steps at once: one home directory, one temporary directory, one engine. */
export class Machine implements AsyncDisposable {
  readonly home: string
  readonly temp: string
  /** Whether builds can have secrets here; the step refuses them where they cannot. */
  readonly buildsWithSecrets: boolean
  readonly #directory: string

  private constructor(directory: string, buildsWithSecrets: boolean) {
    this.#directory = directory
    this.buildsWithSecrets = buildsWithSecrets
    this.home = join(directory, 'home')
    this.temp = join(directory, 'work', '_temp')
  }

  /** @param together how many releases wait for each other before they build */
  static async open(together: number): Promise<Machine> {
    const docker = programInPath('docker')
    const machine = new Machine(await mkdtemp(join(tmpdir(), 'machine-')), await takesSecrets(docker))
    for (const path of [join(machine.home, '.docker'), machine.temp, machine.#records, machine.#programs]) {
      await mkdir(path, {recursive: true})
    }
    await writeFile(machine.#ownConfig, OWN_CONFIG)
    // Another home directory, but the same plugins, which may be all that Docker can build with.
    await symlink(join(usualConfig, 'cli-plugins'), join(machine.home, '.docker', 'cli-plugins'))
    const program = join(machine.#programs, 'docker')
    await writeFile(program, recorder(docker, machine.#records, together))
    await chmod(program, 0o755)
    return machine
  }

  /** Environment of a step on this machine. @param release tells it from others in the records */
  env(release: string): Record<string, string> {
    const PATH = [this.#programs, process.env['PATH']].join(delimiter)
    return {HOME: this.home, RUNNER_TEMP: this.temp, PATH, RELEASE: release}
  }

  /** The calls of Docker by a release, with their arguments. */
  async calls(release: string): Promise<string[]> {
    const lines = (await readFile(join(this.#records, 'calls'), 'utf8')).split('\n')
    return lines.flatMap(line => (line.startsWith(`${release} `) ? line.slice(release.length + 1) : []))
  }

  /** The Docker configurations that the calls of a release were made with. */
  async configs(release: string): Promise<string[]> {
    const names = (await readdir(this.#records)).filter(name => name.startsWith(`config-${release}-`))
    return Promise.all(names.map(name => readFile(join(this.#records, name), 'utf8')))
  }

  async hasOwnConfig(): Promise<boolean> {
    return (await readFile(this.#ownConfig)).equals(Buffer.from(OWN_CONFIG))
  }

  /** Files in the home and the temporary directory that have one of these texts in them. */
  async filesWith(texts: readonly string[]): Promise<string[]> {
    const found: string[] = []
    for (const directory of [this.home, this.temp]) {
      const entries = await readdir(directory, {recursive: true, withFileTypes: true})
      for (const entry of entries.filter(entry => entry.isFile())) {
        const path = join(entry.parentPath, entry.name)
        const content = await readFile(path)
        if (texts.some(part => content.includes(part))) found.push(relative(this.#directory, path))
      }
    }
    return found
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, {recursive: true, force: true})
  }

  get #ownConfig(): string {
    return join(this.home, '.docker', 'config.json')
  }

  get #programs(): string {
    return join(this.#directory, 'bin')
  }

  get #records(): string {
    return join(this.#directory, 'records')
  }
}

/** Notes a call and the configuration it is made with, waits until all others build too, and goes on as Docker itself. */
function recorder(docker: string, records: string, together: number): string {
  return `#!/bin/sh
call="$RELEASE"
for argument; do call="$call $argument"; done
printf '%s\\n' "$call" >>'${records}/calls'
if [ -f "$DOCKER_CONFIG/config.json" ]; then cp "$DOCKER_CONFIG/config.json" "${records}/config-$RELEASE-$$"; fi
case "$1 $2" in
  'buildx build' | 'build '*)
    : >"${records}/building-$RELEASE"
    tries=0
    until [ "$(ls '${records}' | grep -c '^building-')" -ge ${together} ]; do
      tries=$((tries + 1))
      [ $tries -lt 450 ] || exit 97
      sleep 0.1
    done
    ;;
esac
exec '${docker}' "$@"
`
}

/** From 23 on, Docker without buildx falls back to the legacy builder, which knows no secrets. */
async function takesSecrets(docker: string): Promise<boolean> {
  const env = {...process.env, DOCKER_BUILDKIT: '1'}
  const help = await promisify(execFile)(docker, ['build', '--help'], {env}).catch(() => ({stdout: ''}))
  return help.stdout.includes(' --secret ')
}

function programInPath(name: string): string {
  const candidates = (process.env['PATH'] ?? '').split(delimiter).map(directory => join(directory, name))
  const found = candidates.find(path => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
  if (found === undefined) throw new Error(`There is no ${name} in the path`)
  return found
}

/**
 * Reads the command lines of the processes that a process has started, and those have, again and again until its input ends,
 * then says what it saw. Whose child a process is it reads once.
 */
const WATCH = `
const {readdirSync, readFileSync} = require('node:fs')
const read = (pid, file) => readFileSync('/proc/' + pid + '/' + file, 'utf8')
const ours = new Map([['0', false], [process.argv[1], true]])
const isOurs = pid => {
  if (!ours.has(pid)) ours.set(pid, isOurs(/^PPid:\\s*(\\d+)/m.exec(read(pid, 'status'))[1]))
  return ours.get(pid)
}
const seen = new Set()
const look = () => {
  for (const pid of readdirSync('/proc').filter(name => /^[0-9]+$/.test(name))) {
    try {
      if (isOurs(pid)) seen.add(read(pid, 'cmdline').replaceAll('\\0', ' '))
    } catch {
      // It has ended.
    }
  }
}
look()
process.stdout.write('\\n')
const timer = setInterval(look, 25)
process.stdin.resume().on('end', () => {
  clearInterval(timer)
  process.stdout.write(JSON.stringify([...seen]))
})`

/** Watches the argument lists of all that this process starts while `work` goes on. @returns those that were seen */
export async function watchCommandLines(work: () => Promise<void>): Promise<string[]> {
  const watcher = spawn(process.execPath, ['-e', WATCH, String(process.pid)], {stdio: ['pipe', 'pipe', 'inherit']})
  await once(watcher.stdout, 'readable')
  try {
    await work()
  } finally {
    watcher.stdin.end()
  }
  return JSON.parse(await text(watcher.stdout)) as string[]
}
