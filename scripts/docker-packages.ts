import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync
} from 'node:fs'
import {arch, homedir} from 'node:os'
import {delimiter, join, relative} from 'node:path'
import {capture} from './processes.ts'

/** Docker's programs, unpacked but not installed. */
export interface UnpackedDocker {
  /** Environment for the engine: its programs first in the path, and its libraries. */
  readonly engineEnv: Readonly<Record<string, string>>
  /** Environment for those who call `docker`: the client that belongs to the engine first in the path. */
  readonly clientEnv: Readonly<Record<string, string>>
}

/** Whether this is root on Debian, Ubuntu or a relative of theirs, whose packages `unpackedDocker` takes. */
export function hasDockerPackages(): boolean {
  return (
    process.platform === 'linux' && process.getuid?.() === 0 && ['/usr/bin/apt-get', '/usr/bin/dpkg'].every(existsSync)
  )
}

/**
 * The distribution's Docker packages, kept in the user's cache; fetched where they are not there or not whole. What they
 * depend on and the machine has not installed is unpacked with them.
 * @throws Error that says what apt or dpkg had against it
 */
export async function unpackedDocker(): Promise<UnpackedDocker> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ecs-release')
  const directory = join(cache, `docker-${distribution()}-${arch()}`)
  if (await isWhole(directory)) return environments(directory)

  console.error(`Fetching the distribution's Docker packages into ${directory}; nothing is installed.`)
  mkdirSync(cache, {recursive: true})
  const work = mkdtempSync(join(cache, 'unpacking-'))
  try {
    await unpackPackages(work)
    // Another run may have been faster, and may be using what it unpacked.
    if (!(await isWhole(directory))) {
      rmSync(directory, {recursive: true, force: true})
      renameSync(work, directory)
    }
  } finally {
    rmSync(work, {recursive: true, force: true})
  }
  return environments(directory)
}

/** Such as `debian-12`. */
function distribution(): string {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  const field = (name: string): string => new RegExp(`^${name}="?([\\w.-]+)`, 'm').exec(release)?.[1] ?? 'unknown'
  return `${field('ID')}-${field('VERSION_ID')}`
}

function environments(directory: string): UnpackedDocker {
  const root = join(directory, 'root')
  const path = (...folders: string[]): string =>
    [...folders.map(folder => join(root, folder)), process.env.PATH, '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(
      delimiter
    )
  const libraries = ['usr/lib', 'lib']
    .map(folder => join(root, folder))
    .filter(folder => existsSync(folder))
    .flatMap(folder => readdirSync(folder).map(name => join(folder, name)))
    .filter(name => /-linux-gnu\w*$/.test(name))
  return {
    engineEnv: {PATH: path('usr/sbin', 'usr/bin', 'sbin', 'bin'), LD_LIBRARY_PATH: libraries.join(delimiter)},
    clientEnv: {PATH: path('usr/bin')}
  }
}

/** Whether every file is there in its full size and the programs run. */
async function isWhole(directory: string): Promise<boolean> {
  const list = join(directory, 'files.json')
  if (!existsSync(list)) return false
  const wanted = readFileSync(list, 'utf8')
  if (JSON.stringify(files(join(directory, 'root'))) !== wanted) return false
  const env = {...process.env, ...environments(directory).engineEnv}
  const programs = ['docker', 'dockerd', 'containerd', 'runc']
  const answers = await Promise.all(programs.map(program => capture(program, ['--version'], {env})))
  return answers.every(({status}) => status === 0)
}

/** Path and size of each file below a directory; a link is not followed. */
function files(root: string): [path: string, size: number][] {
  return readdirSync(root, {recursive: true, withFileTypes: true})
    .filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
    .map(path => [relative(root, path), lstatSync(path).size])
}

/**
 * Downloads the packages and unpacks them into `work`/root. apt reads the machine's sources and keys and knows what is
 * installed, but works with lists and a cache of its own, without the hooks of the system's: nothing of the system changes.
 */
async function unpackPackages(work: string): Promise<void> {
  const apt = join(work, 'apt')
  const archives = join(apt, 'cache', 'archives')
  const root = join(work, 'root')
  for (const folder of [join(apt, 'lists', 'partial'), join(archives, 'partial'), root])
    mkdirSync(folder, {recursive: true})
  const configuration = join(apt, 'apt.conf')
  writeFileSync(configuration, aptConfiguration(apt))
  const own = ['-c', configuration, '-q']

  await need('apt-get', [...own, 'update'])
  // The client is in the engine's package in older releases.
  const client = await capture('apt-cache', [...own, 'show', 'docker-cli'])
  const wanted = client.status === 0 ? ['docker.io', 'docker-cli'] : ['docker.io']
  await need('apt-get', [...own, 'install', '--yes', '--download-only', '--no-install-recommends', ...wanted])
  for (const name of readdirSync(archives).filter(name => name.endsWith('.deb'))) {
    await need('dpkg', ['-x', join(archives, name), root])
  }
  rmSync(apt, {recursive: true})
  writeFileSync(join(work, 'files.json'), JSON.stringify(files(root)))
}

function aptConfiguration(directory: string): string {
  return `
Dir::State::lists "${directory}/lists";
Dir::Cache "${directory}/cache";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Debug::NoLocking "true";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
`
}

async function need(program: string, args: readonly string[]): Promise<void> {
  const {status, output, errors} = await capture(program, args, {seconds: 300})
  if (status === 0) return
  throw new Error(
    `No Docker engine answers, and the distribution's Docker packages could not be unpacked: ${program} said\n${errors || output}`
  )
}
