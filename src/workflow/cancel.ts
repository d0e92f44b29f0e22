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
