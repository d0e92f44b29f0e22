import {
  type DeploymentConfiguration,
  type DeploymentLifecycleHook,
  DeploymentLifecycleHookTargetType,
  DeploymentStrategy,
  SchedulingStrategy,
  type Service,
  ServiceRevisionCleanup
} from '@aws-sdk/client-ecs'

/** How a service replaces its tasks, as far as that says how long it takes and what its end is. */
export interface Rollout {
  readonly minimumHealthyPercent: number
  readonly maximumPercent: number
  /** Failed health checks do not count for so many seconds. */
  readonly gracePeriodSeconds: number
  /** The target groups of each load balancer; two where traffic is shifted from one to the other. */
  readonly targetGroups: readonly (readonly string[])[]
  /** What a deployment waits at its end to see whether it stays well, in minutes, as far as the service says so. */
  readonly bakeMinutes: number
  /** Alarms can fail the deployment; ECS watches them for some minutes at the end. */
  readonly alarms: boolean
  /** How traffic is shifted to the new tasks once they are healthy: blue/green, linear and canary; `undefined` where it is not. */
  readonly shift: Shift | undefined
  /** When ECS calls a deployment a success before all its tasks are up; `undefined` as a rule. */
  readonly earlySuccess: EarlySuccess | undefined
  /** One task on each container instance that fits: ECS itself sets the desired count. */
  readonly isDaemon: boolean
}

export interface Shift {
  /** How often ECS waits between two steps of the production traffic; 0 where all of it is shifted at once. */
  readonly waits: number
  /** How long each time, in minutes. */
  readonly waitMinutes: number
  /** What a step adds, or the canary is, in percent. */
  readonly percent: number
  /** The stages at which the deployment pauses until somebody says how to go on. */
  readonly pausesAt: readonly string[]
  /** How often a function is called that is a lifecycle hook, once a stage. */
  readonly functionCalls: number
}

export interface EarlySuccess {
  /** So many of the desired tasks have to be healthy. */
  readonly healthyPercent: number
  /** The old tasks go after the success. */
  readonly isDeferred: boolean
}

/** ECS's own percentages where a service has none. */
const PERCENTAGES = {
  REPLICA: {minimumHealthyPercent: 100, maximumPercent: 200},
  DAEMON: {minimumHealthyPercent: 0, maximumPercent: 100}
}

/** @param service as UpdateService or DescribeServices answers it */
export function rolloutOf({
  deploymentConfiguration = {},
  healthCheckGracePeriodSeconds = 0,
  loadBalancers = [],
  schedulingStrategy = 'REPLICA'
}: Service): Rollout {
  const {minimumHealthyPercent, maximumPercent, alarms, bakeTimeInMinutes = 0} = deploymentConfiguration
  const usual = PERCENTAGES[schedulingStrategy]
  return {
    minimumHealthyPercent: minimumHealthyPercent ?? usual.minimumHealthyPercent,
    maximumPercent: maximumPercent ?? usual.maximumPercent,
    gracePeriodSeconds: healthCheckGracePeriodSeconds,
    targetGroups: loadBalancers
      .map(({targetGroupArn, advancedConfiguration}) => [
        targetGroupArn,
        advancedConfiguration?.alternateTargetGroupArn
      ])
      .map(groups => groups.filter(arn => arn !== undefined))
      .filter(groups => groups.length > 0),
    bakeMinutes: bakeTimeInMinutes,
    alarms: alarms?.enable === true,
    shift: shiftOf(deploymentConfiguration),
    earlySuccess: earlySuccessOf(deploymentConfiguration),
    isDaemon: schedulingStrategy === SchedulingStrategy.DAEMON
  }
}

function shiftOf(configuration: DeploymentConfiguration): Shift | undefined {
  const {strategy = DeploymentStrategy.ROLLING, lifecycleHooks = []} = configuration
  if (strategy === DeploymentStrategy.ROLLING) return undefined
  const {pauses = [], functions = []} = Object.groupBy(lifecycleHooks, ({targetType}) =>
    targetType === DeploymentLifecycleHookTargetType.PAUSE ? 'pauses' : 'functions'
  )
  const stagesOf = (hooks: readonly DeploymentLifecycleHook[]) =>
    hooks.flatMap(({lifecycleStages = []}) => lifecycleStages)
  return {...stepsOf(configuration), pausesAt: stagesOf(pauses), functionCalls: stagesOf(functions).length}
}

/** What is not set is ECS's own: canary 5 % for 10 min, linear 10 % every 6 min. Source: ECS API reference. */
function stepsOf({
  strategy,
  canaryConfiguration: {canaryPercent = 5, canaryBakeTimeInMinutes = 10} = {},
  linearConfiguration: {stepPercent = 10, stepBakeTimeInMinutes = 6} = {}
}: DeploymentConfiguration): Pick<Shift, 'waits' | 'waitMinutes' | 'percent'> {
  switch (strategy) {
    case DeploymentStrategy.CANARY:
      return {waits: 1, waitMinutes: canaryBakeTimeInMinutes, percent: canaryPercent}
    case DeploymentStrategy.LINEAR:
      return {
        waits: Math.max(0, Math.ceil(100 / stepPercent) - 1),
        waitMinutes: stepBakeTimeInMinutes,
        percent: stepPercent
      }
    default:
      return {waits: 0, waitMinutes: 0, percent: 100}
  }
}

function earlySuccessOf({earlySuccessCriteria: criteria}: DeploymentConfiguration): EarlySuccess | undefined {
  if (criteria?.enable !== true) return undefined
  return {
    healthyPercent: criteria.healthyPercent ?? 100,
    isDeferred: criteria.sourceServiceRevisionCleanup === ServiceRevisionCleanup.DEFERRED
  }
}
