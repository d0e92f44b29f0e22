import {mkdir, readFile, stat, symlink, writeFile} from 'node:fs/promises'
import {homedir} from 'node:os'
import {join, resolve} from 'node:path'
import type {World} from '../world.ts'
import type {Authorization} from './authorization.ts'

/** A Docker configuration of this run alone. */
export interface DockerConfig {
  readonly directory: string
  /** What Docker must find in its environment to use it. */
  readonly env: Readonly<Record<string, string>>
}

/** The part of Docker's `config.json` that matters here; all other keys are kept as they are. */
interface ConfigFile {
  readonly auths?: Readonly<Record<string, unknown>>
  readonly credsStore?: string
  readonly credHelpers?: Readonly<Record<string, string>>
  readonly cliPluginsExtraDirs?: readonly string[]
}

/**
 * Signs in to a registry: makes a Docker configuration that has the user's own with everything in it (logins, plugins,
 * contexts, builders, proxies), and the registry's token. `docker login` is not used, because it writes to the user's
 * own configuration, which other jobs on the machine share, and fails with some credential helpers.
 * @param host of the registry, with its port
 * @param parent a directory that only this user can enter and that is removed after the run
 */
export async function signIn(
  host: string,
  authorization: Authorization,
  parent: string,
  world: World
): Promise<DockerConfig> {
  const usual = usualDirectory(world.env)
  const directory = join(parent, 'docker')
  await mkdir(directory, {mode: 0o700})
  const config = configure(await readUsual(usual, world), host, authorization.token, join(usual, 'cli-plugins'))
  const file = join(directory, 'config.json')
  await writeFile(file, JSON.stringify(config, undefined, 2), {mode: 0o600, flag: 'wx'})
  await linkContexts(usual, directory)
  return {
    directory,
    env: {
      DOCKER_CONFIG: directory,
      BUILDX_CONFIG: world.env['BUILDX_CONFIG'] || join(usual, 'buildx'),
      REGISTRY_AUTH_FILE: file
    }
  }
}

/** The user's configuration with the registry's token in it. */
export function configure(own: ConfigFile, host: string, token: string, plugins: string): ConfigFile {
  const usesHelper = Boolean(own.credsStore) || own.credHelpers?.[host] !== undefined
  return {
    ...own,
    auths: {...own.auths, [host]: {auth: token}},
    // An empty helper makes Docker read this host's credentials from the file, whatever the default store is.
    ...(usesHelper && {credHelpers: {...own.credHelpers, [host]: ''}}),
    cliPluginsExtraDirs: [...(own.cliPluginsExtraDirs ?? []), plugins]
  }
}

/** Where Docker would look; the build may run in another directory than this step. */
function usualDirectory(env: World['env']): string {
  const home = env[process.platform === 'win32' ? 'USERPROFILE' : 'HOME'] || homedir()
  return resolve(env['DOCKER_CONFIG'] || join(home, '.docker'))
}

/** Docker itself only warns about a configuration that it cannot read. What is in it is never shown: it may hold logins. */
async function readUsual(directory: string, {log}: World): Promise<ConfigFile> {
  const file = join(directory, 'config.json')
  try {
    return parseConfig(await readFile(file, 'utf8'))
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') log.info(`${file} is left out: ${code ?? 'it holds no JSON object'}`)
    return {}
  }
}

/** @throws Error for what is no JSON object */
function parseConfig(text: string): ConfigFile {
  const config: unknown = JSON.parse(text)
  if (typeof config !== 'object' || config === null || Array.isArray(config)) throw new TypeError('No object')
  return config
}

/** Without them, a context that the user has chosen would be missing. A junction needs no privilege on Windows. */
async function linkContexts(usual: string, directory: string): Promise<void> {
  const contexts = join(usual, 'contexts')
  if (await exists(contexts)) await symlink(contexts, join(directory, 'contexts'), 'junction')
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false
  )
}
