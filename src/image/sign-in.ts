import {mkdir, readFile, stat, symlink, writeFile} from 'node:fs/promises'
import {homedir} from 'node:os'
import {join} from 'node:path'
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
  const own = ownDirectory(world.env)
  const directory = join(parent, 'docker')
  await mkdir(directory, {mode: 0o700})
  const config = configure(await readOwn(own, world), host, authorization.token, join(own, 'cli-plugins'))
  const file = join(directory, 'config.json')
  await writeFile(file, JSON.stringify(config, undefined, 2), {mode: 0o600, flag: 'wx'})
  await linkContexts(own, directory)
  return {
    directory,
    env: {
      DOCKER_CONFIG: directory,
      BUILDX_CONFIG: world.env['BUILDX_CONFIG'] || join(own, 'buildx'),
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

function ownDirectory(env: World['env']): string {
  const home = env[process.platform === 'win32' ? 'USERPROFILE' : 'HOME'] || homedir()
  return env['DOCKER_CONFIG'] || join(home, '.docker')
}

/** Docker itself only warns about a configuration that it cannot read. */
async function readOwn(directory: string, {log}: World): Promise<ConfigFile> {
  const file = join(directory, 'config.json')
  try {
    const own: unknown = JSON.parse(await readFile(file, 'utf8'))
    if (typeof own === 'object' && own !== null && !Array.isArray(own)) return own
    log.info(`${file} is left out: it holds no JSON object`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log.info(`${file} is left out: ${String(error)}`)
  }
  return {}
}

/** Without them, a context that the user has chosen would be missing. A junction needs no privilege on Windows. */
async function linkContexts(own: string, directory: string): Promise<void> {
  const contexts = join(own, 'contexts')
  if (await exists(contexts)) await symlink(contexts, join(directory, 'contexts'), 'junction')
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false
  )
}
