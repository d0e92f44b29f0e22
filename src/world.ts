import type {Environment} from './workflow/event.ts'
import type {Log} from './workflow/log.ts'
import type {Outputs} from './workflow/outputs.ts'

/** Time, as the release sees it. */
export interface Clock {
  now(): Date
  /** Resolves after `milliseconds`; rejects with the signal's reason as soon as it aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

/** What comes from outside and decides what the release does; all of it can be given by a test. */
export interface World {
  readonly env: Environment
  readonly clock: Clock
  /** A number from 0 up to, not including, 1. */
  readonly random: () => number
  readonly log: Log
  readonly outputs: Outputs
  /** Aborts when the job is cancelled. */
  readonly signal: AbortSignal
}
