import type {StepOptions, StepResult} from '../../emulator/runner.ts'
import {changesIn} from '../scenarios/plan.ts'
import {bytesBuilt} from './build-cache.ts'
import type {Mistake} from './mistake.ts'
import {Stage} from './stage.ts'

/** What became of a release with a mistake. */
export interface Result {
  readonly mistake: Mistake
  readonly step: StepResult
  /** Of real time, for the whole step. */
  readonly seconds: number
  /** Requests that change something, such as `UpdateService`. */
  readonly changes: readonly string[]
}

/**
 * Releases with a mistake.
 * @param buildSeconds how long the build would take at least
 * @param env of the step
 */
export async function release(mistake: Mistake, buildSeconds: number, env: StepOptions['env'] = {}): Promise<Result> {
  await using stage = await Stage.open(mistake, buildSeconds)
  const startedAt = performance.now()
  const step = await stage.release(mistake.inputs, {env})
  return {mistake, step, seconds: (performance.now() - startedAt) / 1000, changes: changesIn(stage.requests())}
}

/** The sentences that no annotation of the level has, and the annotations that have none of the sentences. */
export function untold(
  {mistake: {says}, step}: Pick<Result, 'mistake' | 'step'>,
  level: 'error' | 'warning'
): string[] {
  const messages = step.annotations.filter(annotation => annotation.level === level).map(({message}) => message)
  return [
    ...says.filter(sentence => !messages.some(message => sentence.test(message))).map(String),
    ...messages.filter(message => !says.some(sentence => sentence.test(message)))
  ]
}

/** What the build of a release without a mistake takes. */
export interface Build {
  readonly seconds: number
  /** What the engine keeps of it. */
  readonly bytes: number
}

/**
 * Releases without a mistake.
 * @param buildSeconds how long the build takes at least
 * @throws Error when it fails, or when the engine keeps nothing of it, so that another build would not be seen either
 */
export async function measureBuild(buildSeconds: number): Promise<Build> {
  await using stage = await Stage.open({}, buildSeconds)
  const before = await bytesBuilt()
  const times = new Map<string, number>()
  // The step's own clock is that of the local AWS, which knows nothing of builds.
  const onLine = (line: string): unknown => times.set(line, performance.now())
  const {exitCode, log} = await stage.release({}, {onLine})
  const [startedAt, endedAt] = [times.get('▼ Image'), times.get('▼ Register')]
  const bytes = (await bytesBuilt()) - before
  if (exitCode !== 0 || startedAt === undefined || endedAt === undefined || bytes === 0)
    throw new Error(`The release without a mistake built nothing.\n${log}`)
  return {seconds: (endedAt - startedAt) / 1000, bytes}
}
