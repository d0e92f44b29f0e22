/**
 * `npm run benchmark`: releases once without a mistake, with a build of two minutes (`--build-seconds`), and then once with
 * each mistake that can be known before the build, one after the other. Shows for each how long the step took, also as a
 * ratio to the build, and what it built and changed. `npm run benchmark -- NAME…` makes the mistakes whose names contain one
 * of these texts. Ends with 1 when a mistake was not told, when anything was built or changed, or when a step took more than
 * a fortieth of the build: three seconds of two minutes. The times are those of the machine, which should have nothing else
 * to do.
 */
import {parseArgs} from 'node:util'
import {bytesBuilt} from './benchmark/build-cache.ts'
import {mistakes} from './benchmark/mistakes.ts'
import {measureBuild, release} from './benchmark/run.ts'
import {complaints, head, lineOf, type Measured, slowestLine} from './benchmark/table.ts'
import {dockerEngine} from './docker-engine.ts'

try {
  process.exitCode = await run()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

/** @returns the exit code @throws Error for an argument that is unknown or no number */
async function run(): Promise<number> {
  const {values, positionals: wanted} = parseArgs({
    options: {'build-seconds': {type: 'string', default: '120'}},
    allowPositionals: true
  })
  const buildSeconds = Number(values['build-seconds'])
  if (!(Number.isInteger(buildSeconds) && buildSeconds > 0 && buildSeconds <= 3600))
    throw new Error(`--build-seconds ${values['build-seconds']} is no whole number from 1 to 3600.`)
  const engine = await dockerEngine()
  try {
    // The action finds it here.
    Object.assign(process.env, engine.env)
    return await measure(wanted, buildSeconds)
  } finally {
    await engine.stop()
  }
}

async function measure(wanted: readonly string[], buildSeconds: number): Promise<number> {
  const build = await measureBuild(buildSeconds)
  console.log(
    `Without a mistake, the build took ${build.seconds.toFixed(1)} s and left ${build.bytes} bytes.\n\n${head()}`
  )
  const all: Measured[] = []
  for (const mistake of mistakes) {
    if (wanted.length > 0 && !wanted.some(text => mistake.name.includes(text))) continue
    const before = await bytesBuilt()
    const result = await release(mistake, buildSeconds)
    const measured: Measured = {...result, build, bytes: (await bytesBuilt()) - before}
    all.push(measured)
    console.log(lineOf(measured))
  }
  console.log(`\n${slowestLine(all)}`)
  return all.length > 0 && all.every(measured => complaints(measured).length === 0) ? 0 : 1
}
