import type {DeploymentInfo, ECSTarget, LifecycleEvent as SdkEvent} from '@aws-sdk/client-codedeploy'
import type {Service, TaskSet} from '@aws-sdk/client-ecs'
import {rollbackEvents} from '../../aws/codedeploy.ts'
import {toSnapshot} from '../from-ecs.ts'
import type {DeploymentSnapshot, ServiceSnapshot} from '../snapshot.ts'

/** A deployment of CodeDeploy, its lifecycle events and its service at one time. */
export interface CodeDeploySnapshot {
  /** `undefined` where nothing is deployed. */
  readonly deployment: DeploymentState | undefined
  /** The deployment that rolls it back. */
  readonly rollback: DeploymentState | undefined
  /** In their order; those of before where they could not be read this time. */
  readonly events: readonly LifecycleEvent[]
  /** The share of production traffic that our tasks have, in percent, as CodeDeploy sets it; `undefined` where not known. */
  readonly production: number | undefined
  readonly service: TaskSetService
}

/** A service with task sets in place of deployments. */
export interface TaskSetService extends ServiceSnapshot {
  readonly deployments: readonly TaskSetSnapshot[]
}

export interface TaskSetSnapshot extends DeploymentSnapshot {
  /** Id of the CodeDeploy deployment that made it. */
  readonly madeBy: string | undefined
  /** How many tasks it shall have. */
  readonly desired: number
  readonly isSteady: boolean
}

export interface DeploymentState {
  readonly id: string
  /** `Created`, `Queued`, `InProgress`, `Ready`, `Baking`, `Succeeded`, `Failed` or `Stopped`. */
  readonly status: string
  readonly error: {readonly code: string; readonly message: string} | undefined
  readonly rollbackId: string | undefined
  /** It has begun to wait for the end of the old tasks. */
  readonly isTerminating: boolean
  readonly completedAt: Date | undefined
  /** When CodeDeploy rolls it back by itself. */
  readonly rollsBackOn: readonly string[]
}

/** A lifecycle event, by AWS's clock. */
export interface LifecycleEvent {
  readonly name: string
  /** `Pending`, `InProgress`, `Succeeded`, `Failed`, `Skipped` or `Unknown`. */
  readonly status: string
  readonly from: Date | undefined
  readonly to: Date | undefined
  /** What CodeDeploy, or the hook, says of a failure. */
  readonly message: string | undefined
}

/** The part of GetDeployment's answer that following needs. */
export function toDeployment(info: DeploymentInfo): DeploymentState {
  const {deploymentId = '', status = '', errorInformation: error} = info
  return {
    id: deploymentId,
    status,
    error: error && {code: error.code ?? '', message: error.message ?? ''},
    rollbackId: info.rollbackInfo?.rollbackDeploymentId,
    isTerminating: info.instanceTerminationWaitTimeStarted === true,
    completedAt: info.completeTime,
    rollsBackOn: rollbackEvents(info.autoRollbackConfiguration)
  }
}

/** Of the deployment's target. */
export function toEvents({lifecycleEvents = []}: ECSTarget): LifecycleEvent[] {
  return lifecycleEvents.map(toEvent)
}

function toEvent({
  lifecycleEventName: name = '',
  status = 'Unknown',
  startTime,
  endTime,
  diagnostics
}: SdkEvent): LifecycleEvent {
  return {name, status, from: startTime, to: endTime, message: diagnostics?.message}
}

/** What CodeDeploy sends to the tasks that it starts, in percent. */
export function productionWeight({taskSetsInfo = []}: ECSTarget): number | undefined {
  return taskSetsInfo.find(({taskSetLabel}) => taskSetLabel === 'Green')?.trafficWeight
}

/** @param service `undefined` for one that does not exist */
export function toTaskSetService(arn: string, service: Service | undefined): TaskSetService {
  return {...toSnapshot(arn, service, 'unavailable', undefined), deployments: (service?.taskSets ?? []).map(toTaskSet)}
}

function toTaskSet(set: TaskSet): TaskSetSnapshot {
  return {
    id: set.id ?? '',
    status: set.status ?? '',
    taskDefinitionArn: set.taskDefinition ?? '',
    running: set.runningCount ?? 0,
    pending: set.pendingCount ?? 0,
    failed: 0,
    createdAt: set.createdAt,
    updatedAt: set.updatedAt,
    rolloutState: undefined,
    reason: undefined,
    madeBy: set.externalId,
    desired: set.computedDesiredCount ?? 0,
    isSteady: set.stabilityStatus === 'STEADY_STATE'
  }
}

/** The task set that our deployment has made, or, where nothing is deployed, the one that serves production. */
export function oursIn(service: TaskSetService, deploymentId: string | undefined): TaskSetSnapshot | undefined {
  return deploymentId === undefined
    ? servingIn(service)
    : service.deployments.find(({madeBy}) => madeBy === deploymentId)
}

/** The task set that serves production. */
export function servingIn({deployments}: TaskSetService): TaskSetSnapshot | undefined {
  return deployments.find(({status}) => status === 'PRIMARY')
}
