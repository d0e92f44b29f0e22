import {causeOf} from './cause.ts'
import type {Facts, Moment} from './facts.ts'
import {areHealthy} from './milestones.ts'
import type {DeploymentSnapshot, ServiceDeploymentSnapshot} from './snapshot.ts'

/** A single look can fall between two steps of ECS; these are believed when they were the same so often. */
export const THRICE = 3
const DENIED_READS = 3
/** Credentials that are refreshed by themselves are back within this time. */
const EXPIRED_MILLISECONDS = 120_000
/** Without load balancer and health checks a task counts as healthy after so many milliseconds. */
const HEALTHY_MILLISECONDS = 40_000
/** After a failure the primary deployment takes about 20 s to turn back. */
const TURN_MILLISECONDS = 30_000

export function has({serviceDeployment}: Facts, ...statuses: readonly string[]): boolean {
  return serviceDeployment !== undefined && statuses.includes(serviceDeployment.status)
}

/** The service looked the same so often in a row. */
export function isSeenAlike({state}: Facts, reads: number): boolean {
  return state.sameReads >= reads
}

/** The service deployment goes on, by a read of it that is no older than those of the service. */
function isGoingOn(facts: Facts): boolean {
  return has(facts, 'PENDING', 'IN_PROGRESS', 'STOP_REQUESTED') && !facts.deploymentsOnly
}

/** A service that had tasks, or should have had some, ended without any: nothing has run our revision, or proves it. */
export function isScaledToZero(facts: Facts): boolean {
  const {started, service} = facts
  if (service?.desiredCount !== 0 || started.desiredCount === 0) return false
  return isDeployed(facts) || isScaled(facts)
}

/** Tasks of our deployment run another image than the one that is released. */
export function runsAnotherImage({moment}: Facts): boolean {
  return moment.evidence.proof !== undefined && moment.evidence.proof.others.length > 0
}

/**
 * Our deployment carries the service: as many of its tasks as there shall be count as healthy for ECS. Where traffic is
 * shifted in stages, healthy tasks may have none yet, so that only the end of the deployment tells.
 */
export function isHealthy(facts: Facts): boolean {
  const {moment, service, ours, isPrimary, rollingBack, started, serviceDeployment, state} = facts
  if (moment.waitFor !== 'healthy' || started.scaledTo !== undefined || service === undefined) return false
  if (started.rollout.shift !== undefined || serviceDeployment?.stage !== undefined) return false
  // While nobody can look, tasks that ran may have stopped.
  return isPrimary && !rollingBack && !isFailed(facts) && areHealthy(service, ours, state.latestAt)
}

/** Nothing more is waited for. */
export function isStarted({moment, rollingBack}: Facts): boolean {
  return moment.waitFor === 'started' && !rollingBack
}

/** Our deployment has come up, its tasks run, and nothing more was asked for. */
export function isDeployed(facts: Facts): boolean {
  return facts.started.scaledTo === undefined && isUp(facts) && runsInFull(facts)
}

/**
 * Our deployment had succeeded before a newer one took over. One that ran before this release is not ours to call deployed,
 * and without any task nothing is proven.
 */
export function isOvertaken(facts: Facts): boolean {
  const {newer, started, deploymentsOnly, ours, service} = facts
  if (newer === undefined || started.scaledTo !== undefined || isNothingNew(facts)) return false
  if (service?.desiredCount === 0) return false
  return has(facts, 'SUCCESSFUL') || (deploymentsOnly && ours?.rolloutState === 'COMPLETED')
}

/** ECS had given our deployment up already when a newer one took over. */
export function isFailedBeforeNewer(facts: Facts): boolean {
  const {newer, rollingBack, state} = facts
  return newer !== undefined && (isFailed(facts) || (rollingBack && !state.rollbackRequested))
}

/** Somebody had our deployment rolled back, and a newer one took over before that was done. */
export function isStoppedBeforeNewer({newer, state}: Facts): boolean {
  return newer !== undefined && state.rollbackRequested
}

/**
 * As many tasks of ours run as the service was to have when it was updated, or as it is to have since, where that is less; of
 * these, as many as the service's early success asks for. Without any deployment listed, ECS's word for its success has to do.
 */
function runsInFull({ours, service, started}: Facts): boolean {
  if (service === undefined || service.deployments.length === 0) return true
  const desired = Math.min(service.desiredCount, started.desiredCount)
  const {earlySuccess} = started.rollout
  const needed =
    earlySuccess === undefined
      ? desired
      : Math.min(desired, Math.max(1, Math.ceil((desired * earlySuccess.healthyPercent) / 100)))
  return (ours?.running ?? 0) >= needed
}

/** Our deployment is complete for ECS, but fewer tasks run than there should be. */
export function isShortOfTasks(facts: Facts): boolean {
  return (isUp(facts) || (isComplete(facts) && !isGoingOn(facts))) && !runsInFull(facts)
}

/** Our deployment is up, and as many of its tasks run as were asked for, or as somebody wants since then. */
export function isScaled(facts: Facts): boolean {
  const {started, state, moment, ours, service} = facts
  if (started.scaledTo === undefined || !(isUp(facts) || (isComplete(facts) && !isGoingOn(facts)))) return false
  if (ours?.pending !== 0 || ours.running !== service?.desiredCount) return false
  // A read from before the change has the count from before.
  return service.desiredCount === started.scaledTo || passed(state.changedAt, moment) >= TURN_MILLISECONDS
}

/** The service deployment succeeded and ours is what runs; without one, `deployments[]` says that it is complete. */
function isUp(facts: Facts): boolean {
  return isSuccessful(facts) || (facts.deploymentsOnly && isComplete(facts))
}

/** The service deployment succeeded, and nothing else runs. An earlier success does not count while ECS returns to it. */
function isSuccessful(facts: Facts): boolean {
  const isOurs = facts.isPrimary || facts.primary === undefined
  return has(facts, 'SUCCESSFUL') && isOurs && !isReturning(facts) && isSettled(facts)
}

/** ECS is coming back to our deployment from a newer one; clean-up after an early success looks like it otherwise. */
function isReturning({ours, service, state, started}: Facts): boolean {
  if (ours?.rolloutState !== 'IN_PROGRESS') return false
  return (
    /rolling back/i.test(ours.reason ?? '') ||
    state.events.some(({message}) => message.includes(`rolling back to deployment ${started.deploymentId}`)) ||
    service?.deployments.some(other => other.rolloutState === 'FAILED' && isNewer(other, ours)) === true
  )
}

function isNewer({createdAt}: DeploymentSnapshot, than: DeploymentSnapshot): boolean {
  return createdAt !== undefined && than.createdAt !== undefined && createdAt > than.createdAt
}

/** The service has our revision as it is wanted, and nothing was to be done for it. */
export function isUnchanged(facts: Facts): boolean {
  return isComplete(facts) && isNothingNew(facts) && runsInFull(facts)
}

/** The service had our revision already whenever it was looked at. */
function isNothingNew({started, state}: Facts): boolean {
  return started.joined && started.scaledTo === undefined && !state.wasOnItsWay
}

/** Our deployment is what runs, by `deployments[]`. */
function isComplete(facts: Facts): boolean {
  return facts.isPrimary && isPrimaryAtRest(facts)
}

/** The primary deployment is complete. With a Classic Load Balancer it has no rollout state that would say so. */
function isPrimaryAtRest({primary, service, state, moment}: Facts): boolean {
  if (primary === undefined) return false
  if (primary.rolloutState !== undefined) return primary.rolloutState === 'COMPLETED'
  const isFull = service?.deployments.length === 1 && primary.running === service.desiredCount && primary.pending === 0
  // Tasks that crash run for some seconds, too.
  const isSteady = state.events.some(({message}) => message.includes('has reached a steady state'))
  return isFull && (isSteady || passed(state.changedAt, moment) >= HEALTHY_MILLISECONDS)
}

/** Milliseconds. */
function passed(since: Date, {now}: Moment): number {
  return now.getTime() - since.getTime()
}

/** Another deployment is the primary one again and has settled, or a newer one has taken over since. */
export function hasTurnedBack(facts: Facts): boolean {
  if (facts.newer !== undefined) return true
  return isSettled(facts) && (!facts.isPrimary || isSeenAlike(facts, THRICE))
}

/** The service agrees with its deployment's success or rollback; a read of it may be some seconds behind. */
function isSettled(facts: Facts): boolean {
  return isPrimaryAtRest(facts) || isSeenAlike(facts, THRICE)
}

/** An older deployment than ours is the primary one again, and it has settled. */
export function isBackAtRest(facts: Facts): boolean {
  const {isPrimary, deploymentsOnly, rollingBack} = facts
  if (isPrimary || isGoingOn(facts) || !isPrimaryAtRest(facts)) return false
  return deploymentsOnly || (!rollingBack && isSeenAlike(facts, THRICE))
}

/** ECS accepted our deployment, but it never showed, and an older one runs as if nothing had been asked for. */
export function isNeverListed(facts: Facts): boolean {
  const {state, isPrimary, rollingBack, deploymentsOnly} = facts
  return !state.seen && !isPrimary && !rollingBack && deploymentsOnly && isPrimaryAtRest(facts)
}

/** Our deployment failed, whatever ECS makes of it. */
export function isFailed({ours, serviceDeployment}: Facts): boolean {
  return (
    ours?.rolloutState === 'FAILED' ||
    serviceDeployment?.circuitBreaker?.status === 'TRIGGERED' ||
    isAlarmed(serviceDeployment)
  )
}

function isAlarmed(serviceDeployment: ServiceDeploymentSnapshot | undefined): boolean {
  return serviceDeployment?.alarms?.status === 'TRIGGERED'
}

/** Our deployment failed, is the primary one all the same, and ECS neither rolls back nor was told to. */
export function isFailedForGood(facts: Facts): boolean {
  return isFailed(facts) && facts.isPrimary && !facts.rollingBack && !isToRollBack(facts)
}

/** ECS is told to roll back from what made our deployment fail, or does so in any case. */
function isToRollBack(facts: Facts): boolean {
  const {onFailure, onAlarm} = facts.service?.rollsBack ?? {onFailure: true, onAlarm: true}
  const cause = causeOf(facts)
  if (cause === 'alarm') return onAlarm
  if (cause === 'circuit-breaker') return onFailure
  // Hooks, and how the load balancer is set up, make it roll back whatever the service says.
  return cause !== undefined || onFailure || onAlarm || facts.started.rollout.shift !== undefined
}

/** Our deployment failed and stays the primary one although ECS should roll back: it has nothing to roll back to. */
export function isStuck(facts: Facts): boolean {
  return (
    facts.deploymentsOnly &&
    isFailed(facts) &&
    facts.isPrimary &&
    passed(facts.state.sameSince, facts.moment) >= TURN_MILLISECONDS
  )
}

export function isAccessLost(moment: Moment): boolean {
  const {trouble} = moment
  if (trouble?.kind === 'denied') return trouble.alike.reads >= DENIED_READS
  return trouble?.kind === 'expired' && passed(trouble.alike.since, moment) >= EXPIRED_MILLISECONDS
}
