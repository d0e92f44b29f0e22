import {isStage, stageIndex} from '../../workflow/wait-for.ts'
import {isAccessLost} from '../conditions.ts'
import {isGood, type Outcome, type Status} from '../conclude.ts'
import type {StartedDeployment} from '../started.ts'
import {causeOf, type CodeDeployFacts, goalOf, isGivenUp, isRollbackDue, oursOf} from './facts.ts'
import {footerOf} from './footer.ts'
import * as headline from './headline.ts'
import {hasCome, READY_STAGE} from './lifecycle.ts'

interface Row {
  readonly status: Status
  readonly when: (facts: CodeDeployFacts) => boolean
  readonly say: (facts: CodeDeployFacts) => string
}

/** So many looks, a second apart, until a deployment that ended is taken to have no rollback, and where one is due. */
const LOOKS = 3
const LOOKS_WHEN_DUE = 15

/**
 * The outcomes; the first row that holds is it. `deployed` is only ever: CodeDeploy calls our deployment a success, which it
 * does after all traffic has moved and the wait for the end of the old tasks is over. States: AWS CodeDeploy API reference.
 */
const OUTCOMES: readonly Row[] = [
  {
    status: 'service-gone',
    when: ({seen}) => seen !== undefined && seen.service.status !== 'ACTIVE',
    say: headline.gone
  },
  {status: 'failed', when: ({moment}) => (moment.evidence.proof?.others.length ?? 0) > 0, say: headline.anotherImage},
  {
    status: 'restored',
    when: facts => isWayBack(facts, 'redeployed') && has(facts, 'Succeeded'),
    say: headline.restored
  },
  {
    status: 'rollback-failed',
    when: facts => isWayBack(facts, 'withdrawn') && has(facts, 'Succeeded'),
    say: headline.tooLate
  },
  {status: 'deployed', when: facts => has(facts, 'Succeeded'), say: headline.deployed},
  {
    status: 'restored',
    when: facts => isWayBack(facts, 'withdrawn') && facts.seen?.rollback?.status === 'Succeeded',
    say: headline.withdrawn
  },
  {status: 'rolled-back', when: ({seen}) => seen?.rollback?.status === 'Succeeded', say: headline.rolledBack},
  {
    status: 'rollback-failed',
    when: ({seen}) => ['Failed', 'Stopped'].includes(seen?.rollback?.status ?? ''),
    say: headline.rollbackFailed
  },
  {status: 'stopped', when: facts => isLeft(facts) && isStopped(facts), say: headline.stopped},
  {status: 'failed', when: isLeft, say: headline.failed},
  {status: 'unchanged', when: isUnchanged, say: headline.unchanged},
  {status: 'paused', when: isPausedAsAsked, say: headline.paused},
  {status: 'reached', when: isReached, say: headline.reached},
  {status: 'healthy', when: isHealthy, say: headline.healthy},
  {status: 'started', when: facts => facts.moment.waitFor === 'started' && isOnItsWay(facts), say: headline.started},
  {status: 'access-lost', when: ({moment}) => isAccessLost(moment), say: headline.accessLost},
  {status: 'cancelled', when: ({moment}) => moment.cancelled, say: headline.cancelled},
  {status: 'timed-out', when: ({moment}) => moment.now >= moment.until, say: headline.timedOut}
]

/** Decides whether following a deployment is over, and how it ended. Pure. */
export function conclude(facts: CodeDeployFacts): Outcome | undefined {
  const row = OUTCOMES.find(({when}) => when(facts))
  if (row === undefined) return undefined
  const {status, say} = row
  return {
    status,
    headline: say(facts),
    reason: facts.seen?.deployment?.error?.message,
    cause: isGivenUp(facts) ? causeOf(facts) : undefined,
    footer: isGood(status) && status !== 'paused' ? undefined : footerOf(facts, status),
    primary: goalOf(facts)
  }
}

function isWayBack({started}: CodeDeployFacts, way: StartedDeployment['wayBack']): boolean {
  return started.wayBack === way
}

function has({seen}: CodeDeployFacts, status: string): boolean {
  return seen?.deployment?.status === status
}

/** It ended badly, and nothing rolls it back. */
function isLeft(facts: CodeDeployFacts): boolean {
  if (!isGivenUp(facts) || facts.seen?.deployment?.rollbackId !== undefined) return false
  return facts.endedLooks >= (isRollbackDue(facts) ? LOOKS_WHEN_DUE : LOOKS)
}

/** By somebody, or because nobody continued it; an alarm stops a deployment that failed. */
function isStopped(facts: CodeDeployFacts): boolean {
  return has(facts, 'Stopped') && causeOf(facts) !== 'alarm'
}

/** Nothing was deployed, and what is there runs. */
function isUnchanged(facts: CodeDeployFacts): boolean {
  const {started, seen} = facts
  const ours = oursOf(facts)
  if (started.codeDeploy?.id !== undefined || seen === undefined || ours === undefined) return false
  return ours.isSteady && ours.running >= seen.service.desiredCount
}

function isOnItsWay(facts: CodeDeployFacts): boolean {
  return facts.seen?.deployment !== undefined && !isGivenUp(facts)
}

/** It waits to be continued, at the stage that is waited for or past it. */
function isPausedAsAsked(facts: CodeDeployFacts): boolean {
  const {waitFor} = facts.moment
  return isStage(waitFor) && has(facts, 'Ready') && stageIndex(READY_STAGE) >= stageIndex(waitFor)
}

/** It has come to the stage that is waited for; where it is to wait for somebody there, that comes first. */
function isReached(facts: CodeDeployFacts): boolean {
  const {moment, seen, started} = facts
  if (!isStage(moment.waitFor) || seen === undefined || !isOnItsWay(facts)) return false
  const waits = moment.waitFor === READY_STAGE && started.codeDeploy?.group.readyMinutes !== undefined
  const isPast = hasCome(seen, 'PRE_PRODUCTION_TRAFFIC_SHIFT')
  return hasCome(seen, moment.waitFor) && (!waits || isPast)
}

/** All production traffic is on our tasks, and the last hook has nothing against it. */
function isHealthy(facts: CodeDeployFacts): boolean {
  const {moment, seen} = facts
  if (moment.waitFor !== 'healthy' || seen === undefined || !isOnItsWay(facts)) return false
  return seen.deployment?.isTerminating === true || seen.events.at(-1)?.status === 'Succeeded'
}
