import {once} from 'node:events'

/**
 * A signal that aborts when the job is cancelled or runs into its time limit. The runner sends SIGINT to this process
 * only, SIGTERM after 7.5 s and kills after 2.5 s more; what happens in between is up to those who listen.
 * Source: actions/runner, ProcessInvoker.cs.
 */
export function onCancel(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      controller.abort(new Error('The job was cancelled'))
    })
  }
  return controller.signal
}

interface Job {
  readonly signal: AbortSignal
  readonly clock: {sleep(milliseconds: number, signal?: AbortSignal): Promise<void>}
}

/** What work that does not listen is given after a cancellation, in milliseconds; the rest is for the last word. */
const GRACE = 5000

/**
 * Waits for `work`, after a cancellation only for the time that leaves room for outputs and summary.
 * @throws what the work throws, or the signal's reason
 */
export async function inTime({signal, clock}: Job, work: () => Promise<void>): Promise<void> {
  const ended = new AbortController()
  const tooLate = async (): Promise<void> => {
    if (!signal.aborted) await once(signal, 'abort', {signal: ended.signal})
    await clock.sleep(GRACE, ended.signal)
    signal.throwIfAborted()
  }
  try {
    await Promise.race([work(), tooLate()])
  } finally {
    ended.abort()
  }
}
