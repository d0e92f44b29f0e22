import {eventTexts} from './events.ts'
import {type Deployment, deploymentId, type Service, type ServiceDeployment} from './model.ts'
import {
  breakerCounts,
  breakerIsOn,
  type DeploymentSurroundings,
  isRunning,
  reviveDeployment,
  rollbackCandidate,
  setStatus,
  stopServiceDeployment,
  thresholdOf
} from './service-deployment.ts'

const breakerTripped = 'ECS deployment circuit breaker: tasks failed to start.'
const rolledBack = 'Service deployment rolled back because the circuit breaker threshold was exceeded.'
/** The words are not confirmed; those of the event are. */
const alarmDetected = 'ECS deployment failed because of one or more active alarms.'
const rolledBackByAlarm = 'Service deployment rolled back because of one or more active alarms.'
const noCandidate = 'No rollback candidate was found to run the rollback.'

/** Counts a failed task of a deployment; the circuit breaker counts no further than to its threshold. */
export function countFailure(service: Service, deployment: Deployment): void {
  const [newest] = service.serviceDeployments
  const isWatched = newest?.finishedAt === undefined || deployment.rolloutState === 'FAILED'
  const isLimited = breakerIsOn(service) && isWatched
  if (!isLimited || deployment.failedTasks < thresholdOf(service)) deployment.failedTasks += 1
}

/** Counts a task that died before RUNNING. After some in a row, the next ones are held back for longer and longer. */
export function countFailedStart(service: Service, deployment: Deployment, by: DeploymentSurroundings): void {
  countFailure(service, deployment)
  deployment.failedStarts += 1
  const {freeRestarts, firstRestartDelay} = by.timing
  if (deployment.failedStarts < freeRestarts || deployment.restartAt > by.clock.now()) return
  holdBack(deployment, firstRestartDelay, by)
  service.events.addProblem(eventTexts.restartsHeldBack)
}

/** Counts a task that could not be placed, which the circuit breaker counts as well (observed); the next try waits. */
export function countFailedPlacement(
  service: Service,
  deployment: Deployment,
  event: string,
  by: DeploymentSurroundings
): void {
  service.events.addProblem(event)
  countFailure(service, deployment)
  deployment.failedStarts += 1
  holdBack(deployment, by.timing.placementRetry, by)
}

function holdBack(deployment: Deployment, first: number, {timing, clock}: DeploymentSurroundings): void {
  deployment.restartDelay = Math.min(timing.longestRestartDelay, deployment.restartDelay * 2 || first)
  deployment.restartAt = clock.now() + deployment.restartDelay
}

/**
 * Fails what the circuit breaker watches when its failed tasks have reached the threshold.
 * @param unhealthy ids of tasks that are about to be stopped as failed; they count
 * @returns whether it has tripped now
 */
export function breakIfTripped(service: Service, unhealthy: readonly string[], by: DeploymentSurroundings): boolean {
  const [newest] = service.serviceDeployments
  const watched = newest && watchedBy(newest, by)
  if (newest === undefined || watched === undefined || !breakerIsOn(service) || service.status !== 'ACTIVE')
    return false
  const failing = watched.tasks.filter(task => unhealthy.includes(task.id)).length
  if (watched.failedTasks + failing < thresholdOf(service)) return false
  watched.failedTasks = thresholdOf(service)
  fail(watched, breakerTripped, by)
  service.events.add(eventTexts.failedToStart(deploymentId(watched)))
  if (watched === newest.target) trip(service, newest, by)
  else setStatus(newest, 'ROLLBACK_FAILED', by.clock.now())
  return true
}

function watchedBy(deployment: ServiceDeployment, {variants}: DeploymentSurroundings): Deployment | undefined {
  const isRollback = deployment.status === 'ROLLBACK_IN_PROGRESS' && variants.breakerWatchesRollback
  if (isRollback) return deployment.rollback?.to
  return isRunning(deployment) && !isCleaningUp(deployment) ? deployment.target : undefined
}

/** Whether a deployment that shifted its traffic removes what was there before: what fails now does not undo it any more. */
export function isCleaningUp({progress}: ServiceDeployment): boolean {
  return progress?.stage === 'CLEAN_UP'
}

function fail(deployment: Deployment, reason: string, {clock}: DeploymentSurroundings): void {
  deployment.rolloutState = 'FAILED'
  deployment.rolloutStateReason = reason
  deployment.updatedAt = clock.now()
}

function trip(service: Service, deployment: ServiceDeployment, by: DeploymentSurroundings): void {
  deployment.circuitBreaker = {...breakerCounts(deployment), status: 'TRIGGERED'}
  const {rollback} = service.settings.deploymentConfiguration.deploymentCircuitBreaker ?? {}
  giveUp(deployment, rollback === true ? rolledBack : undefined, by)
}

/** Rolls a failed deployment back, for this reason; without one it is stopped. */
function giveUp(deployment: ServiceDeployment, reason: string | undefined, by: DeploymentSurroundings): void {
  if (reason === undefined) {
    stopServiceDeployment(deployment, by)
    return
  }
  deployment.statusReason = reason
  rollBack(deployment, by)
}

/**
 * Fails the service deployment that runs when one of its alarms has gone off since its start.
 * @returns whether it has failed now
 */
export function failOnAlarm(service: Service, by: DeploymentSurroundings): boolean {
  const [newest] = service.serviceDeployments
  if (!isRunning(newest) || isCleaningUp(newest)) return false
  if (newest.alarms.status !== 'MONITORING' || service.status !== 'ACTIVE') return false
  const triggeredAlarmNames = by.alarms.ringing(newest.alarms.alarmNames ?? [])
  if (triggeredAlarmNames.length === 0) return false
  newest.alarms = {...newest.alarms, status: 'TRIGGERED', triggeredAlarmNames}
  fail(newest.target, alarmDetected, by)
  service.events.add(eventTexts.alarmDetected(deploymentId(newest.target)))
  giveUp(newest, newest.configuration.alarms?.rollback === true ? rolledBackByAlarm : undefined, by)
  return true
}

/** Fails a deployment that shifts traffic and rolls it back, for this reason. The words of its rollout state are not known. */
export function failBecause(deployment: ServiceDeployment, reason: string, by: DeploymentSurroundings): void {
  const {service, target} = deployment
  fail(target, `ECS deployment ${deploymentId(target)} failed.`, by)
  service.events.add(eventTexts.failed(deploymentId(target), reason))
  giveUp(deployment, reason, by)
}

/** Goes back to the last completed deployment; without one, the deployment has failed and nothing changes. */
export function rollBack(deployment: ServiceDeployment, by: DeploymentSurroundings): void {
  const {service, target} = deployment
  const now = by.clock.now()
  const candidate = rollbackCandidate(deployment)
  if (candidate === undefined) {
    deployment.statusReason = noCandidate
    if (target.rolloutState !== 'FAILED') {
      target.rolloutState = 'FAILED'
      // What ECS says here, where no circuit breaker has tripped, is not known.
      target.rolloutStateReason = `ECS deployment ${deploymentId(target)} failed.`
    }
    setStatus(deployment, 'ROLLBACK_FAILED', now)
    return
  }
  reviveDeployment(deployment, candidate, by)
  deployment.rollback = {startedAt: now, to: candidate}
  setStatus(deployment, 'ROLLBACK_IN_PROGRESS', now)
  service.events.add(eventTexts.rollingBack(deploymentId(candidate)))
}
