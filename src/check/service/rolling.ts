import type {Check, Found} from '../check.ts'
import type {Situation} from '../situation.ts'
import {boundsOf, type Rolling, rollingOf, rollingSteps} from './rolling-steps.ts'

/** ECS: "was unable to stop or start tasks during a deployment because of the service deployment configuration". */
export const deploymentSteps: Check = {
  name: 'deployment-steps',
  finds: 'a desired count, minimum and maximum percent with which ECS can neither start nor stop a task',
  level: 'error',
  needs: [],
  run: situation => (situation.service?.schedulingStrategy === 'DAEMON' ? [] : stuck(situation))
}

/** How ECS counts for daemons is documented less exactly. */
export const daemonSteps: Check = {
  name: 'daemon-steps',
  finds: 'the same in a daemon service',
  level: 'warning',
  needs: [],
  run: situation => (situation.service?.schedulingStrategy === 'DAEMON' ? stuck(situation) : [])
}

function stuck({service, inputs}: Situation): Found[] {
  const rolling = service && rollingOf(service, inputs.desiredCount)
  if (service === undefined || rolling === undefined) return []
  const {steps, isComplete} = rollingSteps(rolling)
  // What is still starting can be stopped at once, and what then runs is not known.
  if (isComplete || (service.pendingCount ?? 0) > 0) return []
  const {enable: mayEndEarly = false} = service.deploymentConfiguration?.earlySuccessCriteria ?? {}
  if (mayEndEarly && steps.length > 0) return []
  const {desiredCount, minimumHealthyPercent, maximumPercent} = rolling
  const {lower, upper} = boundsOf(rolling)
  const last = steps.at(-1)
  const where =
    last === undefined
      ? 'ECS can neither start a new task nor stop an old one'
      : `ECS gets as far as ${last.newTasks} new and ${last.oldTasks} old and can then neither start nor stop one`
  const {least, most} = remedy(rolling)
  const name = service.serviceName ?? ''
  return [
    {
      message:
        `The service ${name} cannot roll: of ${desiredCount} desired, its minimum of ${minimumHealthyPercent} % keeps ` +
        `${lower} running and its maximum of ${maximumPercent} % allows ${upper}, so ${where}, and the deployment would ` +
        `never end: raise the maximum to ${most} % or more, or lower the minimum to ${least} % or less.`,
      fix: `"deploymentConfiguration": {"minimumHealthyPercent": ${minimumHealthyPercent}, "maximumPercent": ${Math.max(200, most)}}`
    }
  ]
}

/** The percentages that leave room for one more task, or can spare one. */
function remedy({desiredCount}: Rolling): {readonly least: number; readonly most: number} {
  return {
    least: Math.floor(((desiredCount - 1) * 100) / desiredCount),
    most: Math.ceil(((desiredCount + 1) * 100) / desiredCount)
  }
}

/** A deployment of no task is successful at once. */
export const desiredCountZero: Check = {
  name: 'desired-count-zero',
  finds: 'a service of which no task is desired, so that nothing is started and success proves nothing',
  level: 'warning',
  needs: [],
  run: ({service, inputs}) => {
    const desired = inputs.desiredCount ?? service?.desiredCount
    if (service === undefined || desired !== 0) return []
    return [
      {
        message:
          `The desired count of the service ${service.serviceName ?? ''} is 0: nothing is started, so that the deployment ` +
          'succeeds without proving anything about the image; set `desired-count` to start tasks.',
        fix: 'with:\n  desired-count: 1'
      }
    ]
  }
}
