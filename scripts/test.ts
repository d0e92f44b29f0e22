/**
 * `npm test`: runs jest with a Docker engine; `--no-docker` runs the tests that need none. Further arguments go to jest.
 * In CI on Linux a test that was skipped is a failure.
 */
import {existsSync, mkdirSync, readFileSync, rmSync} from 'node:fs'
import {dirname} from 'node:path'
import {fileURLToPath} from 'node:url'
import {dockerEngine, type DockerEngine} from './docker-engine.ts'
import {builderPackages} from './docker-packages.ts'
import {unpack} from './packages.ts'
import {follow} from './processes.ts'

const results = fileURLToPath(new URL('../.cache/test-results.json', import.meta.url))
/** Where Node keeps the compiled bundle, which starts in half the time then. */
const compiled = fileURLToPath(new URL('../.cache/compiled', import.meta.url))
const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url))

/** What this reads of jest's results. */
interface Results {
  readonly testResults: readonly {
    readonly assertionResults: readonly {readonly status: string; readonly fullName: string}[]
  }[]
}

const noEngine: DockerEngine = {env: {}, stop: () => Promise.resolve()}

try {
  process.exitCode = await test(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

async function test(args: readonly string[]): Promise<number> {
  const withoutDocker = args[0] === '--no-docker'
  if (!withoutDocker) await fetchPackages()
  const engine = withoutDocker ? noEngine : await dockerEngine()
  try {
    // The option comes last: it takes all that follows it for patterns.
    const status = await runJest(
      withoutDocker ? [...args.slice(1), '--testPathIgnorePatterns', '/with-docker/'] : args,
      engine
    )
    const skipped = process.platform === 'linux' && process.env.CI !== undefined ? skippedTests() : []
    for (const name of skipped) console.error(`Skipped, which is a failure here: ${name}`)
    return skipped.length > 0 ? 1 : status
  } finally {
    await engine.stop()
  }
}

/**
 * Fetches what tests take from the distribution, so that no test waits for it and no two of jest's workers fetch the same.
 * What cannot be had fails the tests that need it, no others.
 */
async function fetchPackages(): Promise<void> {
  const report = (error: unknown): void => {
    console.error(error instanceof Error ? error.message : error)
  }
  await Promise.all(builderPackages().map(set => unpack(set).catch(report)))
}

function runJest(args: readonly string[], engine: DockerEngine): Promise<number> {
  rmSync(results, {force: true})
  mkdirSync(dirname(results), {recursive: true})
  const node = ['--experimental-vm-modules', '--no-warnings=ExperimentalWarning']
  const env = {...process.env, ...engine.env, NODE_COMPILE_CACHE: compiled}
  return follow(process.execPath, [...node, jest, '--json', '--outputFile', results, ...args], env)
}

function skippedTests(): string[] {
  if (!existsSync(results)) return []
  const {testResults} = JSON.parse(readFileSync(results, 'utf8')) as Results
  return testResults
    .flatMap(({assertionResults}) => assertionResults)
    .filter(({status}) => status !== 'passed' && status !== 'failed')
    .map(({fullName}) => fullName)
}
