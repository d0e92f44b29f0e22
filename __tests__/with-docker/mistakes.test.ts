import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {bytesBuilt} from '../../scripts/benchmark/build-cache.ts'
import {mistakes, warned} from '../../scripts/benchmark/mistakes.ts'
import {release, type Result, untold} from '../../scripts/benchmark/run.ts'
import {hasPackages} from '../../scripts/packages.ts'
import {startPrivateEngine} from '../../scripts/private-docker-engine.ts'
import {CHECKS} from '../../src/check/checks.ts'
import {Machine} from './machine.ts'

const PATIENCE = 300_000
/** Nobody waits for it. */
const BUILD_SECONDS = 120
const AT_A_TIME = 3

const cleanUp = new AsyncDisposableStack()
let machine: Machine

beforeAll(async () => {
  // In an engine that nobody else builds with, nothing may be left of any build.
  if (hasPackages()) {
    const engine = await startPrivateEngine()
    cleanUp.defer(engine.stop)
    Object.assign(process.env, engine.env)
  }
  machine = cleanUp.use(await Machine.open(1))
}, PATIENCE)

afterAll(() => cleanUp.disposeAsync(), PATIENCE)

/** Calls of Docker that build. @param run as in the environment that the machine gave the release */
async function builds(run: string): Promise<string[]> {
  return (await machine.calls(run)).filter(call => /^(buildx )?build /.test(call))
}

test('there is a mistake for every check of the level error, each with a name of its own', () => {
  const checks = new Set(mistakes.map(({check}) => check))
  const errors = CHECKS.filter(({level}) => level === 'error').map(({name}) => name)
  expect(errors.filter(name => !checks.has(name))).toEqual([])
  expect(new Set(mistakes.map(({name}) => name)).size).toBe(mistakes.length)
})

describe('a mistake is told before the build, and nothing is built or changed', () => {
  const results: Result[] = []

  beforeAll(async () => {
    const queue = mistakes.entries()
    const work = async (): Promise<void> => {
      for (const [index, mistake] of queue)
        results[index] = await release(mistake, BUILD_SECONDS, machine.env(`${index}`))
    }
    await Promise.all(Array.from({length: AT_A_TIME}, work))
  }, PATIENCE)

  test.each(mistakes.map(({name}, index) => [name, index] as const))('%s', async (_name, index) => {
    const result = results[index]
    if (result === undefined) throw new TypeError('Every mistake is made')
    const {mistake, step, changes} = result
    expect(untold(result, 'error')).toEqual([])
    expect(step.annotations.filter(({level}) => level === 'error')).toHaveLength(mistake.says.length)
    expect({changes, builds: await builds(`${index}`)}).toEqual({changes: [], builds: []})
    expect(step).toMatchObject({exitCode: 1, outputs: {status: 'error'}, leftovers: [], orphans: false})
  })

  if (hasPackages()) {
    test('the engine keeps nothing of any of them', async () => {
      expect(await bytesBuilt()).toBe(0)
    })
  }
})

test('several warnings are all told, and the release goes on', async () => {
  const result = await release(warned, 1, machine.env('warned'))
  const {step, changes} = result
  expect(untold(result, 'warning')).toEqual([])
  expect(step.annotations.map(({level}) => level)).toEqual(warned.says.map(() => 'warning'))
  expect(step).toMatchObject({exitCode: 0, outputs: {status: 'deployed'}})
  expect(await builds('warned')).toHaveLength(1)
  expect(changes).toEqual(expect.arrayContaining(['RegisterTaskDefinition', 'UpdateService']))
  expect(await bytesBuilt()).toBeGreaterThan(0)
})
