import type * as sdk from '@aws-sdk/client-ecs'
import type {EmulatorClock} from '../clock.ts'
import type {Alarms} from './alarms.ts'
import {ecsArn, type Owner} from './arns.ts'
import {breakerThreshold} from './circuit-breaker.ts'
import type {Ids} from '../ids.ts'
import {
  type Deployment,
  deploymentId,
  primaryOf,
  type Service,
  type ServiceDeployment,
  type StageProgress
} from './model.ts'
import type {TargetGroups} from '../target-groups.ts'
import {revisionCounts} from './revision-counts.ts'
import {isStaged} from './strategy.ts'
import type {Timing} from './timing.ts'
import {resolveLoadBalancers} from './traffic.ts'
import type {EcsVariants} from './variants.ts'

/** What deployments are made with. */
export interface DeploymentSurroundings {
  readonly clock: EmulatorClock
  readonly timing: Timing
  readonly ids: Ids
  readonly owner: Owner
  readonly variants: EcsVariants
  readonly alarms: Alarms
  readonly targetGroups: TargetGroups
}

/**
 * A new deployment of the service's configuration, with its service revision: the revision's ARN ends with the number of
 * the deployment's id (observed). It wants no task yet (observed). Restarts that are held back stay so unless the task
 * definition is another one (documented).
 */
export function newDeployment(service: Service, by: DeploymentSurroundings): Deployment {
  const {configuration} = service
  const number = by.ids.deployment()
  const now = by.clock.now()
  const before = primaryOf(service)
  const isSame = before?.configuration.taskDefinition === configuration.taskDefinition
  const {failedStarts, restartAt, restartDelay} = isSame ? before : {failedStarts: 0, restartAt: 0, restartDelay: 0}
  return {
    number,
    revisionArn: ecsArn(by.owner, `service-revision/${service.cluster.name}/${service.name}/${number}`),
    configuration: {...configuration},
    loadBalancers: resolveLoadBalancers(
      configuration,
      isStaged(service.settings.deploymentConfiguration),
      blueOf(service.deployments),
      by.targetGroups
    ),
    createdAt: now,
    updatedAt: now,
    status: 'PRIMARY',
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: `ECS deployment ecs-svc/${number} in progress.`,
    desiredCount: 0,
    failedTasks: 0,
    failedStarts,
    restartAt,
    restartDelay,
    wasCompleted: false,
    images: new Map(),
    tasks: []
  }
}

/**
 * Of the deployments that a new one replaces, the one that goes on serving production until the new one takes over: the
 * last completed one that still has tasks to run, else the newest.
 */
function blueOf(deployments: readonly Deployment[]): Deployment | undefined {
  const standing = deployments.filter(({status, desiredCount}) => status !== 'INACTIVE' && desiredCount > 0)
  const active = deployments.filter(({status}) => status !== 'INACTIVE')
  return (
    standing.find(({rolloutState}) => rolloutState === 'COMPLETED') ??
    standing.find(({wasCompleted}) => wasCompleted) ??
    active[0]
  )
}

/**
 * Opens the history of a deployment, which is made a moment after its revision: PENDING, and soon IN_PROGRESS unless
 * something came between.
 */
export function openServiceDeployment(
  service: Service,
  target: Deployment,
  sources: readonly Deployment[],
  by: DeploymentSurroundings
): ServiceDeployment {
  const createdAt = by.clock.now() + by.timing.revisionLead
  const opened: ServiceDeployment = {
    arn: ecsArn(by.owner, `service-deployment/${service.cluster.name}/${service.name}/${by.ids.serviceDeployment()}`),
    service,
    target,
    sources,
    configuration: service.settings.deploymentConfiguration,
    createdAt,
    listedAt: by.clock.now() + by.timing.deploymentListed,
    status: 'PENDING',
    updatedAt: createdAt,
    circuitBreaker: {status: breakerIsOn(service) ? 'MONITORING' : 'DISABLED'},
    alarms: watchedAlarms(service, by.alarms),
    ...(isStaged(service.settings.deploymentConfiguration) && {progress: newProgress(sources)})
  }
  by.clock.at(createdAt + by.timing.deploymentPending, () => {
    if (opened.status !== 'PENDING') return
    opened.startedAt = by.clock.now()
    setStatus(opened, 'IN_PROGRESS', by.clock.now())
  })
  return opened
}

function newProgress(sources: readonly Deployment[]): StageProgress {
  return {
    blue: blueOf(sources),
    stage: undefined,
    since: 0,
    until: 0,
    shifts: 0,
    productionWeight: 0,
    testWeight: undefined,
    hooks: [],
    pastHooks: []
  }
}

/**
 * What the alarms show of a deployment that starts now. Alarms are ignored for the whole of it when one of them is in
 * ALARM at its start (documented); that they show as DISABLED then is not confirmed.
 */
function watchedAlarms({settings}: Service, alarms: Alarms): sdk.ServiceDeploymentAlarms {
  const {enable = false, alarmNames = []} = settings.deploymentConfiguration.alarms ?? {}
  if (!enable) return {status: 'DISABLED'}
  return {status: alarms.ringing(alarmNames).length > 0 ? 'DISABLED' : 'MONITORING', alarmNames}
}

/**
 * Whether nothing is left to wait for once all tasks are in place: alarms are watched for the bake time after that
 * (documented), which ECS computes unless the service has one.
 */
export function isBaked(deployment: ServiceDeployment | undefined, {clock, timing}: DeploymentSurroundings): boolean {
  if (!isRunning(deployment) || deployment.alarms.status !== 'MONITORING') return true
  deployment.bakingSince ??= clock.now()
  const {bakeTimeInMinutes = 0} = deployment.configuration
  return clock.now() - deployment.bakingSince >= (bakeTimeInMinutes * 60_000 || timing.bake)
}

/** Whether the deployment circuit breaker of the service is enabled. */
export function breakerIsOn(service: Service): boolean {
  return service.settings.deploymentConfiguration.deploymentCircuitBreaker?.enable === true
}

/** The threshold of the service's circuit breaker, with its desired count of now. */
export function thresholdOf(service: Service): number {
  return breakerThreshold(
    service.settings.deploymentConfiguration.deploymentCircuitBreaker,
    service.settings.desiredCount
  )
}

/** What the circuit breaker has counted of a service deployment so far, and its threshold. */
export function breakerCounts({target, service}: ServiceDeployment): {failureCount: number; threshold: number} {
  return {failureCount: target.failedTasks, threshold: thresholdOf(service)}
}

/** Whether a service deployment is still to end by itself, one way or the other. */
export function isRunning(deployment: ServiceDeployment | undefined): deployment is ServiceDeployment {
  return deployment?.status === 'PENDING' || deployment?.status === 'IN_PROGRESS'
}

/** Sets the status; a final one gets its time. */
export function setStatus(deployment: ServiceDeployment, status: ServiceDeployment['status'], now: number): void {
  deployment.status = status
  deployment.updatedAt = now
  if (!['STOPPED', 'SUCCESSFUL', 'ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED'].includes(status)) return
  deployment.finishedAt = now
  if (status === 'STOPPED') deployment.stoppedAt = now
  if (deployment.circuitBreaker.status === 'MONITORING') {
    deployment.circuitBreaker = {...breakerCounts(deployment), status: 'MONITORING_COMPLETE'}
  }
  if (deployment.alarms.status === 'MONITORING') deployment.alarms.status = 'MONITORING_COMPLETE'
}

/** From now on a service deployment shows the counts of its revisions as they are now. */
export function keepCounts(deployment: ServiceDeployment): void {
  const revisions = [deployment.target, ...deployment.sources]
  deployment.lastCounts = new Map(revisions.map(revision => [revision, revisionCounts(revision)]))
}

/** Ends a service deployment because a newer one takes its place, or because it failed and is not rolled back. */
export function stopServiceDeployment(deployment: ServiceDeployment, by: DeploymentSurroundings): void {
  if (deployment.status === 'ROLLBACK_IN_PROGRESS') {
    setStatus(deployment, 'ROLLBACK_FAILED', by.clock.now())
    return
  }
  if (deployment.status === 'ROLLBACK_REQUESTED') setStatus(deployment, 'STOPPED', by.clock.now())
  if (!isRunning(deployment)) return
  setStatus(deployment, 'STOP_REQUESTED', by.clock.now())
  by.clock.at(by.clock.now() + by.timing.deploymentStop, () => {
    setStatus(deployment, 'STOPPED', by.clock.now())
  })
}

/**
 * The deployment to go back to: the most recent one that is COMPLETED. One that is being rolled back to is not. Where
 * traffic is shifted, it is the one that could take it back.
 */
export function rollbackCandidate({service, target, progress}: ServiceDeployment): Deployment | undefined {
  const candidates = progress === undefined ? service.deployments : [progress.blue]
  return candidates.find(deployment => deployment !== target && deployment?.rolloutState === 'COMPLETED')
}

/** Makes an earlier deployment, under its old id, what the service is to run; the one that is given up drains. */
export function reviveDeployment(
  {service, target: failed, circuitBreaker}: ServiceDeployment,
  candidate: Deployment,
  by: DeploymentSurroundings
): void {
  failed.status = 'ACTIVE'
  failed.desiredCount = 0
  const id = deploymentId(candidate)
  candidate.status = 'PRIMARY'
  candidate.rolloutState = 'IN_PROGRESS'
  // What stands here after an alarm is not known.
  candidate.rolloutStateReason =
    circuitBreaker.status === 'TRIGGERED'
      ? `ECS deployment circuit breaker: rolling back to deploymentId ${id}.`
      : `ECS deployment ${id} in progress.`
  candidate.updatedAt = by.clock.now()
  candidate.failedTasks = 0
  candidate.failedStarts = 0
  candidate.restartAt = 0
  candidate.restartDelay = 0
  if (by.variants.definitionAfterRollback === 'restored') service.configuration = {...candidate.configuration}
}
