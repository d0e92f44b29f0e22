import type {Service} from '@aws-sdk/client-ecs'

/** What decides how a rolling update goes. */
export interface Rolling {
  readonly desiredCount: number
  /** Percent of the desired count, rounded up, that keep running. */
  readonly minimumHealthyPercent: number
  /** Percent of the desired count, rounded down, that there may be at a time. */
  readonly maximumPercent: number
  /** Tasks that there are before the deployment, of whatever revision. */
  readonly oldTasks: number
}

/** What ECS does at once; the next step comes when the started tasks are healthy and the stopped ones are gone. */
export interface RollingStep {
  /** Tasks of the new revision that are started. */
  readonly start: number
  /** Old tasks that are stopped. */
  readonly stop: number
  /** Tasks of the new revision after the step. */
  readonly newTasks: number
  /** Old tasks after the step. */
  readonly oldTasks: number
}

/** A rolling update from the first step to the last. */
export interface RollingCourse {
  readonly steps: readonly RollingStep[]
  /** Whether it ends with new tasks only; otherwise ECS can neither start nor stop a task after the last step. */
  readonly isComplete: boolean
  /** The most tasks at a time, those that start or stop included: what the cluster and the subnets have to have room for. */
  readonly most: number
  /** The fewest tasks that carry the service at a time. */
  readonly fewest: number
}

/**
 * How a service rolls.
 * @param desiredCount that of the release, where it sets one
 * @returns `undefined` where other rules than the percentages decide: blue/green, linear and canary deployments
 */
export function rollingOf(service: Service, desiredCount: number | undefined): Rolling | undefined {
  const {schedulingStrategy, deploymentConfiguration = {}, runningCount = 0, pendingCount = 0} = service
  const {strategy = 'ROLLING', minimumHealthyPercent, maximumPercent} = deploymentConfiguration
  if (strategy !== 'ROLLING') return undefined
  const isDaemon = schedulingStrategy === 'DAEMON'
  return {
    desiredCount: desiredCount ?? service.desiredCount ?? 0,
    minimumHealthyPercent: minimumHealthyPercent ?? (isDaemon ? 0 : 100),
    maximumPercent: maximumPercent ?? (isDaemon ? 100 : 200),
    oldTasks: runningCount + pendingCount
  }
}

/** The fewest and the most tasks that ECS keeps: `ceil(desired × minimum %)` and `floor(desired × maximum %)`. */
export function boundsOf(rolling: Rolling): {readonly lower: number; readonly upper: number} {
  const {desiredCount, minimumHealthyPercent, maximumPercent} = rolling
  return {
    lower: Math.ceil((desiredCount * minimumHealthyPercent) / 100),
    upper: Math.floor((desiredCount * maximumPercent) / 100)
  }
}

/**
 * How ECS takes a service to a new revision when every task comes up: as many new tasks as the maximum leaves room for, and
 * as many old ones stopped as the minimum can spare, in turns (Amazon ECS, "Deploy Amazon ECS services by replacing tasks").
 */
export function rollingSteps(rolling: Rolling): RollingCourse {
  const {lower, upper} = boundsOf(rolling)
  const steps: RollingStep[] = []
  let oldTasks = rolling.oldTasks
  let newTasks = 0
  let most = oldTasks
  let fewest = oldTasks
  for (;;) {
    const tasks = oldTasks + newTasks
    const start = Math.max(0, Math.min(rolling.desiredCount - newTasks, upper - tasks))
    const stop = Math.max(0, Math.min(oldTasks, tasks - lower))
    if (start === 0 && stop === 0) break
    most = Math.max(most, tasks + start)
    fewest = Math.min(fewest, tasks - stop)
    newTasks += start
    oldTasks -= stop
    steps.push({start, stop, newTasks, oldTasks})
  }
  return {steps, isComplete: oldTasks === 0 && newTasks === rolling.desiredCount, most, fewest}
}
