import type {Task} from '@aws-sdk/client-ecs'
import {unlessUnreadable} from '../aws/reading.ts'
import {bounded, count, oneLine} from '../workflow/text.ts'
import type {World} from '../world.ts'
import {readRunning} from './running-tasks.ts'
import type {Source} from './source.ts'
import type {StartedDeployment} from './started.ts'

/** Which image the tasks of our deployment run. */
export interface Proof {
  /** The digest that is released. */
  readonly digest: string
  /** Tasks that run. */
  readonly tasks: number
  /** Of these, those that run the image that is released. */
  readonly same: number
  /** Other digests, and how many tasks run each. */
  readonly others: readonly {readonly digest: string; readonly tasks: number}[]
}

/**
 * The digests by which ECS may name the image with this one: of an index, those of its images too. `undefined` when that
 * cannot be known; the log says why.
 */
export type DigestsOf = (digest: string) => Promise<readonly string[] | undefined>

/** So often the tasks are read at most, with a pause between in milliseconds. */
const MOST_READS = 4
const PAUSE = 1_000
const LONGEST_REASON = 300

/** The digest in an image reference. */
export function digestIn(reference: string): string | undefined {
  return /@(sha256:[0-9a-f]{64})$/.exec(reference)?.[1]
}

/** Enough of a digest to tell it from others. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12)
}

/**
 * Looks which image the tasks of our deployment run.
 * @returns `undefined` where that cannot be known; the log says why
 */
export async function prove(
  started: StartedDeployment,
  digestsOf: DigestsOf,
  source: Source,
  world: Pick<World, 'clock' | 'signal'>
): Promise<Proof | undefined> {
  const notChecked = (why: string): void => {
    source.log.info(`image that the tasks run not checked: ${bounded(oneLine(why), LONGEST_REASON)}`)
  }
  const digest = digestIn(started.image.reference)
  if (digest === undefined) {
    notChecked(`${started.image.reference} has no digest`)
    return undefined
  }
  const tasks = await readPatiently(started, source, world, notChecked)
  if (tasks === undefined) return undefined
  const first = proofOf(tasks, started.image.containers, digest, [digest])
  if (first.tasks === 0) {
    notChecked('no task runs any more')
    return undefined
  }
  if (first.others.length === 0) return first
  const digests = await digestsOf(digest)
  return digests && proofOf(tasks, started.image.containers, digest, [digest, ...digests])
}

/** The client repeats nothing by itself, and there is no later look that could make up for this one. */
async function readPatiently(
  started: StartedDeployment,
  source: Source,
  {clock, signal}: Pick<World, 'clock' | 'signal'>,
  notChecked: (why: string) => void
): Promise<Task[] | undefined> {
  for (let reads = 1; ; reads++) {
    const problems: unknown[] = []
    const tasks = await unlessUnreadable(readRunning(started, source, signal), cause => {
      problems.push(cause)
    })
    if (problems.length === 0) return tasks
    if (reads === MOST_READS || signal.aborted) {
      notChecked(String(problems[0]))
      return undefined
    }
    // A cancelled job ends the sleep, and the next read as well.
    await clock.sleep(PAUSE, signal).catch(() => undefined)
  }
}

/** Pure. @param accepted the digests by which ECS may name the image */
export function proofOf(
  tasks: readonly Task[],
  containers: readonly string[],
  digest: string,
  accepted: readonly string[]
): Proof {
  const running = tasks.filter(({lastStatus}) => lastStatus === 'RUNNING')
  const digests = running.map(task =>
    (task.containers ?? []).filter(({name = ''}) => containers.includes(name)).map(({imageDigest}) => imageDigest)
  )
  const strange = digests.flatMap(found => found.find(one => one !== undefined && !accepted.includes(one)) ?? [])
  const counts = Map.groupBy(strange, one => one)
  return {
    digest,
    tasks: running.length,
    same: digests.filter(found => found.length > 0 && found.every(one => one !== undefined && accepted.includes(one)))
      .length,
    others: [...counts].map(([other, found]) => ({digest: other, tasks: found.length}))
  }
}

/** `2 of 2 tasks run sha256:3c5f1e2a9b7d, the image that is released`. Pure. */
export function describeProof({tasks, same, others, digest}: Proof): string {
  const run = tasks === 1 && same === 1 ? 'runs' : 'run'
  const strange = others.reduce((sum, other) => sum + other.tasks, 0)
  return [
    `${same} of ${count(tasks, 'task')} ${run} ${shortDigest(digest)}, the image that is released`,
    ...(strange > 0 ? [`${strange} ${strange === 1 ? 'runs' : 'run'} another`] : []),
    ...(same + strange < tasks ? ['ECS names no digest for the others'] : [])
  ].join('; ')
}
