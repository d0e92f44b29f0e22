import type {
  AutoRollbackConfiguration,
  BlueGreenDeploymentConfiguration,
  DeploymentGroupInfo,
  TrafficRoutingConfig
} from '@aws-sdk/client-codedeploy'
import {Failure} from '../workflow/failure.ts'
import {lastPart} from './arn.ts'

/** A deployment group of CodeDeploy, as far as a release goes by it. */
export interface CodeDeployGroup {
  readonly application: string
  readonly name: string
  /** Name of the deployment configuration that the release uses. */
  readonly config: string
  /** How production traffic moves; `undefined` where that could not be read. */
  readonly shift: TrafficShift | undefined
  /**
   * How long a deployment waits for somebody to continue it before production traffic moves, in minutes; then CodeDeploy
   * stops it. `undefined` where it does not wait.
   */
  readonly readyMinutes: number | undefined
  /** How long the old tasks are kept after the traffic has moved, in minutes; `undefined` where they stay for good. */
  readonly terminationMinutes: number | undefined
  /** When CodeDeploy rolls back by itself, such as `DEPLOYMENT_FAILURE`. */
  readonly rollsBackOn: readonly string[]
}

/** Production traffic that moves in steps. */
export interface TrafficShift {
  /** How often CodeDeploy waits between two steps; 0 where all traffic moves at once. */
  readonly waits: number
  /** How long each time, in minutes. */
  readonly waitMinutes: number
  /** What a step adds, or the canary is, in percent. */
  readonly percent: number
}

/**
 * The part of a deployment group that a release goes by.
 * @param config name of the deployment configuration that is used
 * @param routing what that says of traffic, where it is known
 */
export function toGroup(
  info: DeploymentGroupInfo,
  config: string,
  routing: TrafficRoutingConfig | undefined
): CodeDeployGroup {
  return {
    application: info.applicationName ?? '',
    name: info.deploymentGroupName ?? '',
    config,
    shift: routing && shiftOf(routing),
    ...waitsOf(info.blueGreenDeploymentConfiguration),
    rollsBackOn: rollbackEvents(info.autoRollbackConfiguration)
  }
}

/** CodeDeploy waits for somebody only where it stops the deployment otherwise (documented). */
function waitsOf({
  deploymentReadyOption: ready,
  terminateBlueInstancesOnDeploymentSuccess: terminate
}: BlueGreenDeploymentConfiguration = {}): Pick<CodeDeployGroup, 'readyMinutes' | 'terminationMinutes'> {
  return {
    readyMinutes: ready?.actionOnTimeout === 'STOP_DEPLOYMENT' ? (ready.waitTimeInMinutes ?? 0) : undefined,
    terminationMinutes: terminate?.action === 'KEEP_ALIVE' ? undefined : (terminate?.terminationWaitTimeInMinutes ?? 0)
  }
}

/** When CodeDeploy rolls back by itself. */
export function rollbackEvents({enabled = false, events = []}: AutoRollbackConfiguration = {}): readonly string[] {
  return enabled ? events : []
}

function shiftOf({timeBasedCanary: canary, timeBasedLinear: linear}: TrafficRoutingConfig): TrafficShift {
  if (canary !== undefined) {
    return {waits: 1, waitMinutes: canary.canaryInterval ?? 0, percent: canary.canaryPercentage ?? 100}
  }
  const percent = linear?.linearPercentage ?? 100
  return {waits: Math.max(0, Math.ceil(100 / percent) - 1), waitMinutes: linear?.linearInterval ?? 0, percent}
}

/** Whether a deployment group is for this service. */
export function isGroupOf(
  {ecsServices = []}: DeploymentGroupInfo,
  service: {readonly name: string; readonly cluster: {readonly name: string}}
): boolean {
  return ecsServices.some(
    ({serviceName = '', clusterName = 'default'}) =>
      lastPart(serviceName) === service.name && lastPart(clusterName) === service.cluster.name
  )
}

/**
 * What to say where the account may not use CodeDeploy at all, as many new ones.
 * @returns `undefined` for another error
 */
export function unsubscribed(error: unknown, service: string): Failure | undefined {
  if (!(error instanceof Error) || error.name !== 'SubscriptionRequiredException') return undefined
  return new Failure(
    `This AWS account may not use CodeDeploy (SubscriptionRequiredException), but ${service} has the deployment controller CODE_DEPLOY: ask AWS Support for access to CodeDeploy, or move the service to the deployment controller ECS, which does blue/green, linear and canary deployments itself.`,
    {cause: error}
  )
}
