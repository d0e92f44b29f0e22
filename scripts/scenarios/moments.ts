import type {DeploymentStatus, LifecycleEventStatus} from '@aws-sdk/client-codedeploy'
import type * as ecs from '@aws-sdk/client-ecs'
import type {SeenCodeDeploy} from './codedeploy.ts'

/** The local AWS as it is now, without the faults that clients meet; times in milliseconds since 1970. */
export interface Seen {
  readonly now: number
  /** When the step was started. */
  readonly releasedAt: number
  /** When ECS took the release's update. */
  readonly updatedAt: number
  readonly service: ecs.Service
  /** The release's deployment, as long as the service lists it. */
  readonly ours: ecs.Deployment | undefined
  /** The release's service deployment. */
  readonly serviceDeployment: ecs.ServiceDeployment | undefined
  /** The release's deployment in CodeDeploy. */
  readonly codeDeploy: SeenCodeDeploy | undefined
  /** How many targets of the release's tasks are healthy, in the service's target group. */
  readonly healthyTargets: number
}

/** A moment of the local AWS's history: when something is to happen, or when a release has its outcome. */
export interface Moment {
  /** What the moment is, such as `the rollback is done`. */
  readonly what: string
  readonly hasCome: (seen: Seen) => boolean
}

/** So many seconds after ECS took the update. */
export function after(seconds: number): Moment {
  return {what: `${seconds} s after the update`, hasCome: ({now, updatedAt}) => now >= updatedAt + seconds * 1000}
}

/** The time to follow the deployment is up. */
export function budgetEnds(minutes: number): Moment {
  return {...after(minutes * 60), what: `the ${minutes} minutes are over`}
}

/** So many seconds after the step was started. */
export function sinceStart(seconds: number, what: string): Moment {
  return {what, hasCome: ({now, releasedAt}) => now >= releasedAt + seconds * 1000}
}

/** There is nothing to wait for: what the release wants is there when it starts. */
export const fromTheStart = sinceStart(0, 'the service runs the revision already')

export const accepted: Moment = {what: 'ECS took the update', hasCome: ({now, updatedAt}) => now >= updatedAt}

/** The first tasks are being placed, pulled and started. */
export const starting: Moment = {what: 'tasks start', hasCome: ({ours}) => (ours?.pendingCount ?? 0) > 0}

/** All tasks run and are being checked, beside the old ones. */
export const running: Moment = {
  what: 'all tasks run beside the old ones',
  hasCome: ({ours, service}) => isFull(ours, service) && (service.deployments?.length ?? 0) > 1
}

/** The old tasks are on their way out. */
export const draining: Moment = {
  what: 'the old tasks drain',
  hasCome: ({ours, service}) =>
    isFull(ours, service) &&
    (service.deployments ?? []).some(({id, desiredCount}) => id !== ours?.id && desiredCount === 0)
}

/** The new tasks carry the service; old ones may still drain. */
export const healthy: Moment = {
  what: 'all new tasks are healthy',
  hasCome: ({ours, service, healthyTargets}) => isFull(ours, service) && healthyTargets >= (service.desiredCount ?? 0)
}

function isFull(deployment: ecs.Deployment | undefined, {desiredCount = 0}: ecs.Service): boolean {
  return deployment !== undefined && desiredCount > 0 && deployment.runningCount === desiredCount
}

export const succeeded = ended('SUCCESSFUL')
export const rolledBack = ended('ROLLBACK_SUCCESSFUL')
export const rollbackFailed = ended('ROLLBACK_FAILED')
export const stopped = ended('STOPPED')

function ended(status: ecs.ServiceDeploymentStatus): Moment {
  return {
    what: `the service deployment is ${status}`,
    hasCome: ({serviceDeployment}) => serviceDeployment?.status === status
  }
}

export const rollingBack: Moment = {...ended('ROLLBACK_IN_PROGRESS'), what: 'ECS rolls back'}

/** The deployment has come to a lifecycle stage. */
export function inStage(stage: string): Moment {
  return {what: `it is in ${stage}`, hasCome: ({serviceDeployment}) => serviceDeployment?.lifecycleStage === stage}
}

/** The deployment waits for somebody. */
export const paused: Moment = {
  what: 'it is paused',
  hasCome: ({serviceDeployment}) =>
    serviceDeployment?.lifecycleHookDetails?.some(({status}) => status === 'AWAITING_ACTION') === true
}

export const failed: Moment = {
  what: 'the deployment is FAILED',
  hasCome: ({ours}) => ours?.rolloutState === 'FAILED'
}

export const superseded: Moment = {
  what: 'a newer deployment is the primary one',
  hasCome: ({service, ours, updatedAt}) =>
    (service.deployments ?? []).some(
      ({id, status, createdAt}) => status === 'PRIMARY' && id !== ours?.id && Number(createdAt) > updatedAt
    )
}

export const beingDeleted: Moment = {
  what: 'the service is being deleted',
  hasCome: ({service}) => service.status === 'DRAINING'
}

export const deleted: Moment = {what: 'the service is deleted', hasCome: ({service}) => service.status === 'INACTIVE'}

/** CodeDeploy's deployment has this status. */
export function codeDeployIs(status: DeploymentStatus): Moment {
  return {
    what: `CodeDeploy's deployment is ${status}`,
    hasCome: ({codeDeploy}) => codeDeploy?.deployment.status === status
  }
}

/** A lifecycle event of CodeDeploy's deployment has this status. */
export function lifecycleEventIs(name: string, status: LifecycleEventStatus): Moment {
  return {
    what: `${name} is ${status}`,
    hasCome: ({codeDeploy}) =>
      codeDeploy?.events.some(event => event.lifecycleEventName === name && event.status === status) === true
  }
}

export const codeDeployRolledBack: Moment = {
  what: "CodeDeploy's rollback is done",
  hasCome: ({codeDeploy}) => codeDeploy?.rollback?.status === 'Succeeded'
}

export const oldTasksAreKept: Moment = {
  what: 'the old tasks are kept for a while',
  hasCome: ({codeDeploy}) => codeDeploy?.deployment.instanceTerminationWaitTimeStarted === true
}

/** CodeDeploy's deployment has waited for somebody for so many seconds. */
export function readyFor(seconds: number): Moment {
  return {
    what: `CodeDeploy's deployment is Ready for ${seconds} s`,
    hasCome: ({codeDeploy, now}) => {
      if (codeDeploy?.deployment.status !== 'Ready') return false
      const before = codeDeploy.events.findLast(({endTime}) => endTime !== undefined)
      return now >= Number(before?.endTime) + seconds * 1000
    }
  }
}
