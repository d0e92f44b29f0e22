import type {Aws} from '../aws/clients.ts'
import {type IfAllowed, rememberDenials} from '../aws/reading.ts'
import type {Log} from '../workflow/log.ts'
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
  serviceDeploymentsUnavailable: boolean
}

/** A source for one follow. */
export function createSource({ecsOnce, elb}: Pick<Aws, 'ecsOnce' | 'elb'>, log: Log, now: () => Date): Source {
  return {
    ecs: ecsOnce,
    elb,
    ifAllowed: rememberDenials(log),
    log,
    now,
    found: new Map(),
    isChecked: new Map(),
    runningSince: new Map(),
    tasks: new Map(),
    serviceDeploymentsUnavailable: false
  }
}
