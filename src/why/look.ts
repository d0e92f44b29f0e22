import {unlessUnreadable} from '../aws/reading.ts'
import type {World} from '../world.ts'
import type {Explanation, FailingDeployment, FailureSources, LookForFailures} from './failure.ts'
import {stoppedTasksOf} from './stopped-tasks.ts'

/**
 * Finds out why tasks of a deployment fail.
 * @returns looks again; what was found is remembered
 */
export function failuresOf(
  deployment: FailingDeployment,
  sources: FailureSources,
  {log}: Pick<World, 'clock' | 'log'>
): LookForFailures {
  const findStoppedTasks = stoppedTasksOf(deployment, sources)
  let known: Explanation = {failures: [], unfinished: false}
  return async signal => {
    const tasks = await unlessUnreadable(findStoppedTasks(signal), cause => {
      log.debug(`Stopped tasks of ${deployment.service.name} could not be read: ${String(cause)}`)
    })
    if (tasks === undefined) return {...known, unfinished: true}
    known = {failures: [], unfinished: tasks.stopping.length > 0}
    return known
  }
}
