import {setTimeout as sleep} from 'node:timers/promises'
import * as core from '@actions/core'
import {run} from './main.ts'
import {goOn} from './sub-actions/continue.ts'
import {rollBack} from './sub-actions/rollback.ts'
import {cleanUp} from './workflow/private-directory.ts'
import {onCancel} from './workflow/cancel.ts'
import {runnerLog} from './workflow/log.ts'
import {runnerOutputs} from './workflow/outputs.ts'
import type {World} from './world.ts'

/** The program of the action that is run: this bundle is that of three. */
function start(world: World): Promise<void> {
  switch (world.env['INPUT_SUB-ACTION']) {
    case 'rollback':
      return rollBack(world)
    case 'continue':
      return goOn(world)
    default:
      return run(world)
  }
}

/** The runner starts this file twice: for the step, and after the job to clean up. State is how the second start is told. */
if (core.getState('started') === '') {
  core.saveState('started', 'true')
  const signal = onCancel()
  await start({
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
