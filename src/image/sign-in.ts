import {mkdir, readFile, stat, symlink, writeFile} from 'node:fs/promises'
import {homedir} from 'node:os'
import {join, resolve} from 'node:path'
import type {World} from '../world.ts'
import type {Authorization} from './authorization.ts'
import {buildxDirectory} from './buildx-directory.ts'

/** A configuration of this run alone, for Docker, podman and buildah. */
export interface DockerConfig {
  readonly directory: string
  /** What they must find in their environment to use it. */
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
  const own = await readUsual(join(usual, 'config.json'), world)
  const logins = await Promise.all(usualAuthFiles(world.env, process.getuid?.()).map(file => readUsual(file, world)))
  const {token} = authorization
  const authFile = join(directory, 'auth.json')
  await writePrivately(join(directory, 'config.json'), configure(own, host, token, join(usual, 'cli-plugins')))
  await writePrivately(authFile, mergeLogins([own, ...logins], host, token))
  await linkContexts(usual, directory)
  return {
    directory,
    env: {
      DOCKER_CONFIG: directory,
      BUILDX_CONFIG: world.env['BUILDX_CONFIG'] || (await buildxDirectory(join(usual, 'buildx'), directory, world.log)),
      REGISTRY_AUTH_FILE: authFile
    }
  }
}

function writePrivately(file: string, config: ConfigFile): Promise<void> {
  return writeFile(file, JSON.stringify(config, undefined, 2), {mode: 0o600, flag: 'wx'})
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

/**
 * What podman and buildah read instead, in the same form: all logins of the user, and the registry's token. Docker's empty
 * helper is none of theirs: they would take it for the name of a program. Source: containers-auth.json(5).
 * @param files the user's own; the later ones win
 */
export function mergeLogins(files: readonly ConfigFile[], host: string, token: string): ConfigFile {
  const logins = files.flatMap(({auths = {}}) => Object.entries(auths))
  const helpers = files.flatMap(({credHelpers = {}}) => Object.entries(credHelpers))
  return {
    auths: {...Object.fromEntries(logins), [host]: {auth: token}},
    credHelpers: Object.fromEntries(helpers.filter(([registry]) => registry !== host))
  }
}

/**
 * Where podman and buildah would look for logins, besides Docker's; source: containers-auth.json(5).
 * @param user id of the one that they run as
 * @returns paths, of which the later ones win
 */
export function usualAuthFiles(env: World['env'], user = 0): string[] {
  const own = env['REGISTRY_AUTH_FILE']
  if (own) return [resolve(own)]
  const config = env['XDG_CONFIG_HOME'] || join(homeDirectory(env), '.config')
  const runtime = env['XDG_RUNTIME_DIR']
  return [
    join(config, 'containers', 'auth.json'),
    runtime ? join(runtime, 'containers', 'auth.json') : `/run/containers/${user}/auth.json`
  ]
}

/** Where Docker would look; the build may run in another directory than this step. */
function usualDirectory(env: World['env']): string {
  return resolve(env['DOCKER_CONFIG'] || join(homeDirectory(env), '.docker'))
}

/** A user whom the machine does not know, as in some containers, has none: then that of nobody. */
function homeDirectory(env: World['env']): string {
  const own = env[process.platform === 'win32' ? 'USERPROFILE' : 'HOME']
  if (own) return own
  try {
    return homedir()
  } catch {
    return '/nonexistent'
  }
}

/** Docker itself only warns about a configuration that it cannot read. What is in it is never shown: it may hold logins. */
async function readUsual(file: string, {log}: World): Promise<ConfigFile> {
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
