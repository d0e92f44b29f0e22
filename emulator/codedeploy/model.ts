import type * as sdk from '@aws-sdk/client-codedeploy'
import type {Service} from '../ecs/model.ts'
import type {TaskSet} from '../ecs/task-set.ts'
import type {DeploymentConfig} from './configs.ts'

// Times are milliseconds since 1970; the views make dates of them.

export interface Application {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  readonly groups: Map<string, DeploymentGroup>
}

export interface DeploymentGroup {
  readonly id: string
  readonly name: string
  readonly application: Application
  readonly config: DeploymentConfig
  readonly settings: sdk.CreateDeploymentGroupInput
  /** Newest first. */
  readonly deployments: Deployment[]
}

export interface LifecycleEvent {
  readonly name: string
  status: sdk.LifecycleEventStatus
  startedAt?: number
  endedAt?: number
}

export interface Deployment {
  readonly id: string
  readonly group: DeploymentGroup
  readonly config: DeploymentConfig
  readonly creator: 'user' | 'codeDeployRollback'
  readonly description?: string | undefined
  readonly revision?: sdk.RevisionLocation | undefined
  readonly previousRevision?: sdk.RevisionLocation | undefined
  readonly autoRollback: sdk.AutoRollbackConfiguration
  readonly overriddenAlarms?: sdk.AlarmConfiguration | undefined
  readonly createdAt: number
  readonly events: readonly LifecycleEvent[]
  /** What it replaces and by what, once that is known. */
  sets?: {readonly service: Service; readonly original: TaskSet; replacement?: TaskSet}
  /** The replacement task set's share of production traffic, in percent. */
  weight: number
  status: sdk.DeploymentStatus
  /** What it waits for, that somebody may cut short. */
  waitsFor?: sdk.DeploymentWaitType
  /** Whether it has begun to wait for the termination of the original task set. */
  waitsToTerminate: boolean
  startedAt?: number
  completedAt?: number
  updatedAt: number
  error?: sdk.ErrorInformation
  rollback?: sdk.RollbackInfo
}

/** Whether a deployment has come to its end. */
export function isOver({status}: Deployment): boolean {
  return status === 'Succeeded' || status === 'Failed' || status === 'Stopped'
}

/** The target group pair and the listeners of a deployment group. */
export function pairOf({settings}: DeploymentGroup): sdk.TargetGroupPairInfo {
  return settings.loadBalancerInfo?.targetGroupPairInfoList?.[0] ?? {}
}
