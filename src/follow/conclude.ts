import {type Cause, causeOf} from './cause.ts'
import {
  has,
  hasTurnedBack,
  isAccessLost,
  isBackAtRest,
  isDeployed,
  isFailed,
  isFailedBeforeNewer,
  isFailedForGood,
  isHealthy,
  isNeverListed,
  isOvertaken,
  isScaled,
  isScaledToZero,
  isSeenAlike,
  isStarted,
  isStoppedBeforeNewer,
  isStuck,
  isUnchanged,
  runsAnotherImage,
  THRICE
} from './conditions.ts'
import {type Facts, type Moment, reasonOf, toFacts} from './facts.ts'
import {type Footer, footerOf} from './footer.ts'
import * as headline from './headline.ts'
import type {FollowState} from './reduce.ts'
import type {DeploymentSnapshot} from './snapshot.ts'
import {isPausedAsAsked, isReached} from './stage-conditions.ts'
import {asWayBack} from './way-back.ts'

/** How following a deployment can end; the words of the output `status`. */
export type Status =
  | 'deployed'
  | 'healthy'
  | 'started'
  | 'reached'
  | 'paused'
  | 'unchanged'
  | 'restored'
  | 'rolled-back'
  | 'rollback-failed'
  | 'failed'
  | 'stopped'
  | 'superseded'
  | 'timed-out'
  | 'scaled-to-zero'
  | 'service-gone'
  | 'access-lost'
  | 'cancelled'

/** Whether the release is green by this outcome: everything went as it was asked for. */
export function isGood(status: Status): boolean {
  return ['deployed', 'healthy', 'started', 'reached', 'paused', 'unchanged', 'restored'].includes(status)
}

/** ECS, or somebody, gave the deployment up. */
const GIVEN_UP: readonly Status[] = ['rolled-back', 'rollback-failed', 'failed', 'stopped']

/** How a deployment ended, or how following it did. */
export interface Outcome {
  readonly status: Status
  /** The whole of it in a sentence or two. */
  readonly headline: string
  /** Why, in ECS's words, where ECS gave a reason. */
  readonly reason: string | undefined
  /** What ended it, where ECS or somebody gave it up. */
  readonly cause: Cause | undefined
  /** What there is now and what to do, where anything is: not after a success. */
  readonly footer: Footer | undefined
  /** The deployment that ECS works towards by now: what production runs, or will run. */
  readonly primary: DeploymentSnapshot | undefined
}

interface Row {
  readonly status: Status
  readonly when: (facts: Facts) => boolean
  /** The headline. */
  readonly say: (facts: Facts) => string
}

/**
 * The outcomes; the first row that holds is it. `deployed` is only ever: our deployment succeeded, and its tasks run, or
 * ran until a newer deployment took over. That ECS gave ours up counts for more than that somebody came next. States and
 * what they mean: AWS's ServiceDeployment API and the rolling update in the ECS Developer Guide.
 */
const OUTCOMES: readonly Row[] = [
  {
    status: 'service-gone',
    when: ({service}) => service !== undefined && service.status !== 'ACTIVE',
    say: headline.gone
  },
  {status: 'failed', when: runsAnotherImage, say: headline.anotherImage},
  {status: 'deployed', when: isOvertaken, say: headline.deployed},
  {
    status: 'rolled-back',
    when: facts => has(facts, 'ROLLBACK_SUCCESSFUL') && hasTurnedBack(facts),
    say: headline.rolledBack
  },
  {status: 'rollback-failed', when: facts => has(facts, 'ROLLBACK_FAILED'), say: headline.rollbackFailed},
  {status: 'failed', when: isFailedBeforeNewer, say: headline.failed},
  {status: 'stopped', when: isStoppedBeforeNewer, say: headline.stopped},
  {status: 'superseded', when: ({newer}) => newer !== undefined, say: headline.superseded},
  {status: 'failed', when: facts => has(facts, 'STOP_REQUESTED', 'STOPPED') && isFailed(facts), say: headline.failed},
  {status: 'stopped', when: facts => has(facts, 'STOPPED') && isSeenAlike(facts, THRICE), say: headline.stopped},
  {status: 'unchanged', when: isUnchanged, say: headline.unchanged},
  {status: 'scaled-to-zero', when: isScaledToZero, say: headline.scaledToZero},
  {status: 'deployed', when: isScaled, say: headline.scaled},
  {status: 'deployed', when: isDeployed, say: headline.deployed},
  {status: 'failed', when: isFailedForGood, say: headline.failed},
  {status: 'failed', when: isNeverListed, say: headline.neverListed},
  {status: 'rollback-failed', when: isStuck, say: headline.rollbackFailed},
  {status: 'rolled-back', when: isBackAtRest, say: headline.rolledBack},
  {status: 'paused', when: isPausedAsAsked, say: headline.paused},
  {status: 'reached', when: isReached, say: headline.reached},
  {status: 'healthy', when: isHealthy, say: headline.healthy},
  {status: 'started', when: isStarted, say: headline.started},
  {status: 'access-lost', when: ({moment}) => isAccessLost(moment), say: headline.accessLost},
  {status: 'cancelled', when: ({moment}) => moment.cancelled, say: headline.cancelled},
  {status: 'timed-out', when: ({moment}) => moment.now >= moment.until, say: headline.timedOut}
]

/** Decides whether following a deployment is over, and how it ended. Pure. */
export function conclude(state: FollowState, moment: Moment): Outcome | undefined {
  const facts = toFacts(state, moment)
  const row = OUTCOMES.find(({when}) => when(facts))
  if (row === undefined) return undefined
  const {status, say} = asWayBack(row, facts)
  return {
    status,
    headline: say(facts),
    reason: reasonOf(facts),
    cause: GIVEN_UP.includes(status) ? causeOf(facts) : undefined,
    footer: isGood(status) && status !== 'paused' ? undefined : footerOf(facts, status),
    primary: facts.primary
  }
}
