import type {Aws} from '../aws/clients.ts'
import {tellOnce} from '../aws/allowed.ts'
import {type IfAllowed, rememberDenials} from '../aws/reading.ts'
import type {Log} from '../workflow/log.ts'
import {bounded, oneLine} from '../workflow/text.ts'
import type {TaskSnapshot} from './snapshot.ts'

/** What the follower reads with, and what it remembers from one time to the next. */
export interface Source {
  /**
   * The client that repeats nothing: the follower asks again by itself, and a call that is repeated inside the SDK would
   * leave the log silent meanwhile.
   */
  readonly ecs: Aws['ecsOnce']
  readonly elb: Aws['elb']
  readonly ifAllowed: IfAllowed
  /** The IAM actions that were denied. */
  readonly denied: ReadonlySet<string>
  readonly log: Log
  readonly now: () => Date
  /** ARN of the service deployment that belongs to ours, by the service's ARN. */
  readonly found: Map<string, string>
  /** Whether tasks of ours have a health check of their own, by the service's ARN, where that is known. */
  readonly isChecked: Map<string, boolean>
  /** When each task was first seen to run, by this machine's clock, by the task's ARN. */
  readonly runningSince: Map<string, Date>
  /** The tasks of ours when they were last read, by the service's ARN. */
  readonly tasks: Map<string, readonly TaskSnapshot[]>
  /** When they were last asked for, and what their service showed then. */
  readonly tasksAsked: Map<string, {readonly at: Date; readonly seen: string}>
  serviceDeploymentsUnavailable: boolean
}

const TARGET_HEALTH = 'elasticloadbalancing:DescribeTargetHealth'
/** After so many failures in a row load balancers are left alone for this time, in milliseconds. */
const FAILURES = 3
const REST = 60_000
const LONGEST_PROBLEM = 200

/** A source for one follow. */
export function createSource({ecsOnce, elb}: Pick<Aws, 'ecsOnce' | 'elb'>, log: Log, now: () => Date): Source {
  const denied = new Set<string>()
  const ifAllowed = rememberDenials(log)
  return {
    ecs: ecsOnce,
    elb,
    ifAllowed: whileAnswering(
      async (action, call) => {
        const answer = await ifAllowed(action, call)
        if (answer === undefined) denied.add(action)
        return answer
      },
      log,
      now
    ),
    denied,
    log,
    now,
    found: new Map(),
    isChecked: new Map(),
    runningSince: new Map(),
    tasks: new Map(),
    tasksAsked: new Map(),
    serviceDeploymentsUnavailable: false
  }
}

/** Asks load balancers that do not answer for the health of targets only now and then: each time costs some seconds. */
function whileAnswering(ifAllowed: IfAllowed, log: Log, now: () => Date): IfAllowed {
  let failures = 0
  let failedAt = 0
  return async (action, call) => {
    if (action !== TARGET_HEALTH) return ifAllowed(action, call)
    if (failures >= FAILURES && now().getTime() - failedAt < REST) return undefined
    // Calls that are made together fail together: they count once.
    const before = failures
    try {
      const answer = await ifAllowed(action, call)
      failures = 0
      return answer
    } catch (error) {
      failures = Math.max(failures, before + 1)
      failedAt = now().getTime()
      if (failures >= FAILURES) tellOnce(log, `health of targets not checked: ${problemOf(error)}`)
      throw error
    }
  }
}

function problemOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error)
  return `AWS says: ${bounded(oneLine(text), LONGEST_PROBLEM)}`
}
