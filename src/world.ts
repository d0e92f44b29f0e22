import type {Log} from './workflow/log.ts'
import type {Outputs} from './workflow/outputs.ts'

/** Time, as the release sees it. */
export interface Clock {
  now(): Date
  /** Resolves after `milliseconds`; rejects with the signal's reason as soon as it aborts. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

/** Everything that comes from outside; nothing else in `src` reads the process, the time or chance. */
export interface World {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** A number from 0 up to, not including, 1. */
  readonly random: () => number
  readonly log: Log
  readonly outputs: Outputs
  /** Aborts when the job is cancelled. */
  readonly signal: AbortSignal
}
