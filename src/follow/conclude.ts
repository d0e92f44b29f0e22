import {type Facts, type Moment, reasonOf, toFacts} from './facts.ts'
import {
  accessLost,
  cancelled,
  deployed,
  failed,
  gone,
  rollbackFailed,
  rolledBack,
  stopped,
  superseded,
  timedOut,
  unchanged
} from './headline.ts'
import type {FollowState} from './reduce.ts'
import type {DeploymentSnapshot, ServiceDeploymentSnapshot, ServiceSnapshot} from './snapshot.ts'

/** How following a deployment can end; the words of the output `status`. */
export type Status =
  | 'deployed'
  | 'unchanged'
  | 'rolled-back'
  | 'rollback-failed'
  | 'failed'
  | 'stopped'
  | 'superseded'
  | 'timed-out'
  | 'service-gone'
  | 'access-lost'
  | 'cancelled'

/** How a deployment ended, or how following it did. */
export interface Outcome {
  readonly status: Status
  /** The whole of it in a sentence or two. */
  readonly headline: string
  /** Why, in ECS's words, where ECS gave a reason. */
  readonly reason: string | undefined
  /** The deployment that ECS works towards by now: what production runs, or will run. */
  readonly primary: DeploymentSnapshot | undefined
}

interface Row {
  readonly status: Status
  readonly when: (facts: Facts) => boolean
  readonly headline: (facts: Facts) => string
}

/** A single look can fall between two steps of ECS; these are believed when they were the same so often. */
const TWICE = 2
const THRICE = 3
const DENIED_READS = 3
/** Credentials that are refreshed by themselves are back within this time. */
const EXPIRED_MILLISECONDS = 120_000

/**
 * The outcomes; the first row that holds is it. Success is only ever: our deployment succeeded and is what runs. States
 * and what they mean: AWS's ServiceDeployment API and the rolling update in the ECS Developer Guide.
 */
const OUTCOMES: readonly Row[] = [
  {status: 'service-gone', when: ({service}) => service !== undefined && service.status !== 'ACTIVE', headline: gone},
  {status: 'superseded', when: ({newer}) => newer !== undefined, headline: superseded},
  {status: 'rolled-back', when: facts => has(facts, 'ROLLBACK_SUCCESSFUL') && isTurned(facts), headline: rolledBack},
  {status: 'rollback-failed', when: facts => has(facts, 'ROLLBACK_FAILED'), headline: rollbackFailed},
  {status: 'failed', when: facts => has(facts, 'STOP_REQUESTED', 'STOPPED') && isFailed(facts), headline: failed},
  {status: 'stopped', when: facts => has(facts, 'STOPPED') && isSame(facts, TWICE), headline: stopped},
  {status: 'unchanged', when: facts => isDone(facts) && isNothingNew(facts), headline: unchanged},
  {status: 'deployed', when: isSuccessful, headline: deployed},
  {status: 'deployed', when: facts => facts.deploymentsOnly && isDone(facts), headline: deployed},
  {status: 'failed', when: isFailedForGood, headline: failed},
  {status: 'rollback-failed', when: isStuck, headline: rollbackFailed},
  {status: 'rolled-back', when: isBackAtRest, headline: rolledBack},
  {status: 'access-lost', when: ({moment}) => isAccessLost(moment), headline: accessLost},
  {status: 'cancelled', when: ({moment}) => moment.cancelled, headline: cancelled},
  {status: 'timed-out', when: ({moment}) => moment.now >= moment.until, headline: timedOut}
]

/** Decides whether following a deployment is over, and how it ended. Pure. */
export function conclude(state: FollowState, moment: Moment): Outcome | undefined {
  const facts = toFacts(state, moment)
  const row = OUTCOMES.find(({when}) => when(facts))
  if (row === undefined) return undefined
  const {status, headline} = row
  return {status, headline: headline(facts), reason: reasonOf(facts), primary: facts.primary}
}

function has({serviceDeployment}: Facts, ...statuses: readonly string[]): boolean {
  return serviceDeployment !== undefined && statuses.includes(serviceDeployment.status)
}

function isSame({state}: Facts, reads: number): boolean {
  return state.sameReads >= reads
}

/** The service deployment succeeded and ours is what runs. */
function isSuccessful(facts: Facts): boolean {
  if (!has(facts, 'SUCCESSFUL') || !facts.isPrimary) return false
  // An earlier success does not count while ECS is coming back to it from a newer deployment.
  if (facts.started.joined && facts.ours?.rolloutState === 'IN_PROGRESS') return false
  return isSettled(facts)
}

/** The service ran our revision already, and did so whenever it was looked at. */
function isNothingNew({started, state}: Facts): boolean {
  return started.joined && !state.wasOnItsWay
}

/** Our deployment is what runs, by `deployments[]`, which has no rollout state with a Classic Load Balancer. */
function isDone({ours, isPrimary, service}: Facts): boolean {
  return isPrimary && ours !== undefined && isAtRest(ours, service)
}

function isAtRest(deployment: DeploymentSnapshot, service: ServiceSnapshot | undefined): boolean {
  if (deployment.rolloutState !== undefined) return deployment.rolloutState === 'COMPLETED'
  return service?.deployments.length === 1 && deployment.running === service.desiredCount && deployment.pending === 0
}

/** Another deployment is the primary one again and has settled. */
function isTurned(facts: Facts): boolean {
  return isSettled(facts) && (!facts.isPrimary || isSame(facts, THRICE))
}

/** The service agrees with its deployment's success or rollback; a read of it may be some seconds behind. */
function isSettled(facts: Facts): boolean {
  const {primary, service} = facts
  return primary !== undefined && (isAtRest(primary, service) || isSame(facts, THRICE))
}

/** An older deployment than ours is the primary one again, and it has settled. */
function isBackAtRest(facts: Facts): boolean {
  const {primary, isPrimary, deploymentsOnly, rollingBack, service} = facts
  if (primary === undefined || isPrimary || !isAtRest(primary, service)) return false
  return deploymentsOnly || (!rollingBack && isSame(facts, THRICE))
}

/** Our deployment failed, whatever ECS makes of it. */
function isFailed({ours, serviceDeployment}: Facts): boolean {
  return (
    ours?.rolloutState === 'FAILED' ||
    serviceDeployment?.circuitBreaker?.status === 'TRIGGERED' ||
    isAlarmed(serviceDeployment)
  )
}

function isAlarmed(serviceDeployment: ServiceDeploymentSnapshot | undefined): boolean {
  return serviceDeployment?.alarms?.status === 'TRIGGERED'
}

/** Our deployment failed, is the primary one all the same, and ECS was not told to roll back. */
function isFailedForGood(facts: Facts): boolean {
  const rollsBack = isAlarmed(facts.serviceDeployment)
    ? facts.service?.rollsBack.onAlarm
    : facts.service?.rollsBack.onFailure
  return isFailed(facts) && facts.isPrimary && rollsBack === false
}

/** Our deployment failed and stays the primary one although ECS should roll back: it has nothing to roll back to. */
function isStuck(facts: Facts): boolean {
  return facts.deploymentsOnly && isFailed(facts) && facts.isPrimary && isSame(facts, THRICE)
}

function isAccessLost({trouble, now}: Moment): boolean {
  if (trouble === undefined) return false
  if (trouble.kind === 'denied') return trouble.reads >= DENIED_READS
  return trouble.kind === 'expired' && now.getTime() - trouble.since.getTime() >= EXPIRED_MILLISECONDS
}
