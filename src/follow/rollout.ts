import type {Service} from '@aws-sdk/client-ecs'

/** How a service replaces its tasks, as far as that says how long it takes. */
export interface Rollout {
  readonly minimumHealthyPercent: number
  readonly maximumPercent: number
  /** Failed health checks do not count for so many seconds. */
  readonly gracePeriodSeconds: number
  /** The target groups of each load balancer; two where traffic is shifted from one to the other. */
  readonly targetGroups: readonly (readonly string[])[]
  /** All that a deployment waits to see whether it stays well, in minutes, as far as the service says so. */
  readonly bakeMinutes: number
  /** Alarms can fail the deployment; ECS watches them for some minutes at the end. */
  readonly alarms: boolean
  /** Traffic is shifted to the new tasks only once they are healthy: blue/green, linear and canary. */
  readonly shiftsTraffic: boolean
}

/** ECS's own percentages where a service has none: those of services of the scheduling strategy REPLICA. */
const PERCENTAGES = {minimumHealthyPercent: 100, maximumPercent: 200}

/** @param service as UpdateService or DescribeServices answers it */
export function rolloutOf({
  deploymentConfiguration = {},
  healthCheckGracePeriodSeconds = 0,
  loadBalancers = []
}: Service): Rollout {
  const {minimumHealthyPercent, maximumPercent, alarms, strategy = 'ROLLING'} = deploymentConfiguration
  return {
    minimumHealthyPercent: minimumHealthyPercent ?? PERCENTAGES.minimumHealthyPercent,
    maximumPercent: maximumPercent ?? PERCENTAGES.maximumPercent,
    gracePeriodSeconds: healthCheckGracePeriodSeconds,
    targetGroups: loadBalancers
      .map(({targetGroupArn, advancedConfiguration}) => [
        targetGroupArn,
        advancedConfiguration?.alternateTargetGroupArn
      ])
      .map(groups => groups.filter(arn => arn !== undefined))
      .filter(groups => groups.length > 0),
    bakeMinutes: bakeMinutesOf(deploymentConfiguration),
    alarms: alarms?.enable === true,
    shiftsTraffic: strategy !== 'ROLLING'
  }
}

/** The bake time at the end, and that of each step of a canary or linear deployment. */
function bakeMinutesOf({
  bakeTimeInMinutes = 0,
  canaryConfiguration,
  linearConfiguration
}: NonNullable<Service['deploymentConfiguration']>): number {
  const {stepPercent = 100, stepBakeTimeInMinutes = 0} = linearConfiguration ?? {}
  const steps = Math.max(0, Math.ceil(100 / stepPercent) - 1)
  return bakeTimeInMinutes + (canaryConfiguration?.canaryBakeTimeInMinutes ?? 0) + steps * stepBakeTimeInMinutes
}
