import {setTimeout as sleep} from 'node:timers/promises'
import * as core from '@actions/core'
import {run} from './main.ts'
import {cleanUp} from './workflow/private-directory.ts'
import {onCancel} from './workflow/cancel.ts'
import {runnerLog} from './workflow/log.ts'
import {runnerOutputs} from './workflow/outputs.ts'

/** The runner starts this file twice: for the step, and after the job to clean up. State is how the second start is told. */
if (core.getState('started') === '') {
  core.saveState('started', 'true')
  const signal = onCancel()
  await run({
    env: process.env,
    clock: {now: () => new Date(), sleep: (milliseconds, signal) => sleep(milliseconds, undefined, {signal})},
    random: Math.random,
    log: runnerLog,
    outputs: runnerOutputs,
    signal
  })
  // What did not listen to a cancellation would keep the process until the runner ends it by force.
  if (signal.aborted) process.exit()
} else {
  await cleanUp(runnerLog)
}
