import type * as sdk from '@aws-sdk/client-codedeploy'
import type {BlueGreenLoadBalancer} from '../../emulator/blue-green-load-balancer.ts'
import {deploymentGroupFor} from '../../emulator/codedeploy/seed.ts'
import type {LocalAws} from '../../emulator/local-aws.ts'

/** The release's deployment in CodeDeploy as it is now. */
export interface SeenCodeDeploy {
  readonly deployment: sdk.DeploymentInfo
  /** The deployment that rolls it back. */
  readonly rollback: sdk.DeploymentInfo | undefined
  readonly events: readonly sdk.LifecycleEvent[]
}

/** What somebody else does in CodeDeploy, at once; neither faults nor the journal know of it. */
export function callCodeDeploy({codeDeploy, emulator}: LocalAws, operation: string, input: object): object {
  const {handle} = codeDeploy.service.operations[operation] ?? {}
  if (handle === undefined) throw new Error(`CodeDeploy has no ${operation}.`)
  const {account, region} = emulator
  const caller = {accessKeyId: 'AKIAI44QH8DHBEXAMPLE', arn: `arn:aws:iam::${account}:user/somebody-else`, account}
  const output = handle(input as never, {operation, region, caller, requestId: 'somebody-else'})
  if (output instanceof Promise) throw new TypeError(`${operation} takes time.`)
  return output
}

/** Makes the application and the deployment group of a service. @param more how the group differs from the usual one */
export function createDeploymentGroup(
  aws: LocalAws,
  service: {readonly cluster: string; readonly service: string; readonly balancer: BlueGreenLoadBalancer},
  more: Partial<sdk.CreateDeploymentGroupInput>
): void {
  const group = deploymentGroupFor(service, more)
  const {applicationName} = group
  callCodeDeploy(aws, 'CreateApplication', {applicationName, computePlatform: 'ECS'})
  callCodeDeploy(aws, 'CreateDeploymentGroup', group)
}

/** The first deployment that somebody created since then, of any group. */
export function seenCodeDeploy(aws: LocalAws, since: number): SeenCodeDeploy | undefined {
  if (!aws.codeDeploy.variants.isSubscribed) return undefined
  const {deployments = []} = callCodeDeploy(aws, 'ListDeployments', {
    createTimeRange: {start: new Date(since)}
  }) as sdk.ListDeploymentsOutput
  const first = deployments.map(id => read(aws, id)).findLast(({creator}) => creator === 'user')
  if (first === undefined) return undefined
  const {rollbackDeploymentId} = first.rollbackInfo ?? {}
  const rollback = rollbackDeploymentId === undefined ? undefined : read(aws, rollbackDeploymentId)
  return {deployment: first, rollback, events: eventsOf(aws, first)}
}

function read(aws: LocalAws, deploymentId: string): sdk.DeploymentInfo {
  const {deploymentInfo} = callCodeDeploy(aws, 'GetDeployment', {deploymentId}) as sdk.GetDeploymentOutput
  return deploymentInfo ?? {}
}

function eventsOf(aws: LocalAws, {deploymentId, startTime}: sdk.DeploymentInfo): readonly sdk.LifecycleEvent[] {
  if (startTime === undefined) return []
  const {targetIds} = callCodeDeploy(aws, 'ListDeploymentTargets', {deploymentId}) as sdk.ListDeploymentTargetsOutput
  const {deploymentTarget} = callCodeDeploy(aws, 'GetDeploymentTarget', {
    deploymentId,
    targetId: targetIds?.[0]
  }) as sdk.GetDeploymentTargetOutput
  return deploymentTarget?.ecsTarget?.lifecycleEvents ?? []
}
