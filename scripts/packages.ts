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

/** Packages of the distribution that belong together. */
export interface PackageSet {
  /** What the cache calls them. */
  readonly name: string
  readonly packages: readonly string[]
  /** Those that only some releases have. */
  readonly optional?: readonly string[]
  /** What must run, answering `--version`. */
  readonly programs: readonly string[]
  /**
   * The release of Debian that they come from, such as `trixie`; the machine's own by default. Of another release, what they
   * depend on is left out: programs must do with the machine's libraries.
   */
  readonly release?: string
}

/** Packages that are unpacked but not installed. */
export interface Unpacked {
  /** Stands for `/`. */
  readonly root: string
  /** Environment for their programs, which are first in the path: whatever they start, and their libraries, is found. */
  readonly env: Readonly<Record<'PATH' | 'LD_LIBRARY_PATH', string>>
}

/** How long apt may take, in seconds: together less than the five minutes that a test's set-up has. */
const UPDATE_LIMIT = 40
const DOWNLOAD_LIMIT = 200

/** Whether this is root on Debian, Ubuntu or a relative of theirs, whose packages `unpack` takes. */
export function hasPackages(): boolean {
  return (
    process.platform === 'linux' && process.getuid?.() === 0 && ['/usr/bin/apt-get', '/usr/bin/dpkg'].every(existsSync)
  )
}

/** Such as `debian-12`. */
export function distribution(): string {
  return `${osRelease('ID')}-${osRelease('VERSION_ID')}`
}

function osRelease(name: string): string {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  return new RegExp(`^${name}="?([\\w.-]+)`, 'm').exec(release)?.[1] ?? 'unknown'
}

const unpacking = new Map<string, Promise<Unpacked>>()

/**
 * The packages of a set, kept in the user's cache; fetched where they are not there or not whole. What they depend on and
 * the machine has not installed is unpacked with them.
 * @throws Error that says what apt or dpkg had against it
 */
export function unpack(set: PackageSet): Promise<Unpacked> {
  const unpacked = unpacking.get(set.name) ?? findOrFetch(set)
  unpacking.set(set.name, unpacked)
  return unpacked
}

async function findOrFetch(set: PackageSet): Promise<Unpacked> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ecs-release')
  const directory = join(cache, `${set.name}-${distribution()}-${arch()}`)
  if (await isWhole(directory, set)) return unpackedIn(directory)

  process.stderr.write(`Fetching packages of the distribution into ${directory}; nothing is installed.\n`)
  mkdirSync(cache, {recursive: true})
  const work = mkdtempSync(join(cache, 'unpacking-'))
  try {
    await fetchPackages(set, work)
    await settle(work, directory, set)
  } finally {
    rmSync(work, {recursive: true, force: true})
  }
  return unpackedIn(directory)
}

/** Puts what was fetched in its place, unless another run was faster, which may be using what it put there. */
async function settle(work: string, directory: string, set: PackageSet): Promise<void> {
  try {
    // Fails where there is something already.
    renameSync(work, directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error
    if (await isWhole(directory, set)) return
    rmSync(directory, {recursive: true, force: true})
    renameSync(work, directory)
  }
}

function unpackedIn(directory: string): Unpacked {
  const root = join(directory, 'root')
  const programs = ['usr/sbin', 'usr/bin', 'sbin', 'bin'].map(folder => join(root, folder))
  const libraries = ['usr/lib', 'lib']
    .map(folder => join(root, folder))
    .filter(folder => existsSync(folder))
    .flatMap(folder => readdirSync(folder).map(name => join(folder, name)))
    .filter(name => /-linux-gnu\w*$/.test(name))
  const path = [...programs, process.env.PATH, '/usr/sbin', '/usr/bin', '/sbin', '/bin']
  return {root, env: {PATH: path.join(delimiter), LD_LIBRARY_PATH: libraries.join(delimiter)}}
}

/** Whether every file of every package is there in its full size and the programs run. */
async function isWhole(directory: string, set: PackageSet): Promise<boolean> {
  const list = join(directory, 'files.json')
  if (![list, join(directory, 'root')].every(existsSync)) return false
  if (readFileSync(list, 'utf8') !== contents(set, directory)) return false
  const env = {...process.env, ...unpackedIn(directory).env}
  const answers = await Promise.all(set.programs.map(program => capture(program, ['--version'], {env})))
  return answers.every(({status}) => status === 0)
}

/** The set, and path and size of each of its files; a link is not followed. */
function contents(set: PackageSet, directory: string): string {
  const root = join(directory, 'root')
  const files = readdirSync(root, {recursive: true, withFileTypes: true})
    .filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
    .map(path => [relative(root, path), lstatSync(path).size])
  return JSON.stringify({set, files})
}

/**
 * Downloads the packages and unpacks them into `work`/root. apt reads the machine's sources and keys and knows what is
 * installed, but works with lists and a cache of its own, without the hooks of the system's: nothing of the system changes.
 */
async function fetchPackages(set: PackageSet, work: string): Promise<void> {
  const apt = join(work, 'apt')
  const archives = join(apt, 'cache', 'archives')
  const root = join(work, 'root')
  for (const folder of [join(apt, 'lists', 'partial'), join(archives, 'partial'), root])
    mkdirSync(folder, {recursive: true})
  await download(set, apt, archives)
  for (const name of readdirSync(archives).filter(name => name.endsWith('.deb'))) {
    await need('dpkg', ['-x', join(archives, name), root])
  }
  rmSync(apt, {recursive: true})
  writeFileSync(join(work, 'files.json'), contents(set, work))
}

async function download({packages, optional = [], release}: PackageSet, apt: string, archives: string): Promise<void> {
  const configuration = join(apt, 'apt.conf')
  writeFileSync(configuration, aptConfiguration(apt) + (release === undefined ? '' : await sourceOf(release, apt)))
  const own = ['-c', configuration, '-q']
  await need('apt-get', [...own, 'update'], UPDATE_LIMIT)
  if (release !== undefined) {
    await need('env', [`--chdir=${archives}`, 'apt-get', ...own, 'download', ...packages], DOWNLOAD_LIMIT)
    return
  }
  const wanted = [...packages]
  for (const name of optional) {
    if ((await capture('apt-cache', [...own, 'show', name])).status === 0) wanted.push(name)
  }
  const onlyDownload = ['--yes', '--download-only', '--no-install-recommends']
  await need('apt-get', [...own, 'install', ...onlyDownload, ...wanted], DOWNLOAD_LIMIT)
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

/** Another release as the only source, from where the machine has its own release of Debian. */
async function sourceOf(release: string, apt: string): Promise<string> {
  const sources = await need('apt-get', ['indextargets', '--format=$(RELEASE) $(REPO_URI)', 'Identifier: Packages'])
  const own = sources.split('\n').find(line => line.startsWith(`${osRelease('VERSION_CODENAME')} `))
  if (own === undefined) throw new Error("No source of Debian's packages is set up on this machine.")
  const [, uri = ''] = own.split(' ')
  const list = join(apt, 'sources.list')
  writeFileSync(list, `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${uri} ${release} main\n`)
  return `Dir::Etc::SourceList "${list}";\nDir::Etc::SourceParts "/dev/null";\n`
}

/** @param seconds after which it is stopped */
async function need(program: string, args: readonly string[], seconds = 60): Promise<string> {
  const {status, output, errors} = await capture(program, args, {seconds})
  if (status === 0) return output
  const how = status === null ? `did not end within ${seconds} s, or was ended, and said` : 'said'
  throw new Error(`The distribution's packages could not be unpacked: ${program} ${how}\n${errors || output}`)
}
