import {familyAndRevision} from '../../aws/arn.ts'
import {RENEWAL} from '../../aws/explain.ts'
import {inShort} from '../../why/index.ts'
import {bounded, count, duration, listed, oneLine} from '../../workflow/text.ts'
import {whoContinues} from './changes.ts'
import {causeOf, type CodeDeployFacts, oursOf, primaryOf, revision, where} from './facts.ts'
import {shortDigest} from '../proof.ts'
import {clauses, sentence, tasks} from '../words.ts'

export function deployed(facts: CodeDeployFacts): string {
  const desired = facts.seen?.service.desiredCount
  const what = `Deployed ${revision(facts)} to ${where(facts)}`
  if (desired === 0)
    return `${what} in ${took(facts)}, but its desired count is 0: no task has run it, so this proves nothing.`
  return `${what}: ${running(facts)}, ${took(facts)}.`
}

export function restored(facts: CodeDeployFacts): string {
  return `Restored ${revision(facts)} on ${where(facts)}: ${running(facts)}, ${took(facts)}.`
}

export function withdrawn(facts: CodeDeployFacts): string {
  return `Restored ${where(facts)}: CodeDeploy has gone back from ${revision(facts)} to ${servingText(facts)}, ${took(facts)}.`
}

export function tooLate(facts: CodeDeployFacts): string {
  return `Rollback failed: CodeDeploy had completed the deployment of ${revision(facts)} to ${where(facts)} before it could be stopped.`
}

export function healthy(facts: CodeDeployFacts): string {
  const keeps = facts.seen?.deployment?.isTerminating === true ? '; CodeDeploy still keeps the old tasks' : ''
  return `Healthy: ${revision(facts)} has all production traffic of ${where(facts)}, ${running(facts)}, ${took(facts)}${keeps}.`
}

export function reached(facts: CodeDeployFacts): string {
  return `Reached ${facts.moment.waitFor}: ${withTraffic(facts)}; CodeDeploy goes on.`
}

export function paused(facts: CodeDeployFacts): string {
  const who = facts.seen === undefined ? '' : `; ${whoContinues(facts.started, facts.seen)}`
  return `Paused: ${withTraffic(facts)}${who}.`
}

export function started(facts: CodeDeployFacts): string {
  return `Started: CodeDeploy is deploying ${revision(facts)} to ${where(facts)}; nothing is proven yet.`
}

export function unchanged(facts: CodeDeployFacts): string {
  return `Nothing to deploy: ${where(facts)} has ${revision(facts)} already, ${running(facts)}.`
}

export function rolledBack(facts: CodeDeployFacts): string {
  return `Rolled back${because(facts)}: ${clauses(failure(facts), `${where(facts)} runs ${servingText(facts, ' again')}`)}.${says(facts)}`
}

export function rollbackFailed(facts: CodeDeployFacts): string {
  const {error} = facts.seen?.rollback ?? {}
  const why = error === undefined ? '' : ` Of the rollback CodeDeploy says: ${sentence(error.message)}`
  const what = `CodeDeploy gave up deploying ${revision(facts)} to ${where(facts)} and could not roll back`
  return `Rollback failed: ${clauses(failure(facts), what)}.${says(facts)}${why}${left(facts)}`
}

export function failed(facts: CodeDeployFacts): string {
  const what = `CodeDeploy gave up deploying ${revision(facts)} to ${where(facts)} and does not roll back`
  return `Failed${because(facts)}: ${clauses(failure(facts), what)}.${says(facts)}${left(facts)}`
}

export function stopped(facts: CodeDeployFacts): string {
  const what = `the deployment of ${revision(facts)} to ${where(facts)} was stopped before it was done`
  return `Stopped${because(facts)}: ${clauses(failure(facts), what)}.${says(facts)}${left(facts)}`
}

export function anotherImage(facts: CodeDeployFacts): string {
  const {proof} = facts.moment.evidence
  if (proof === undefined) throw new TypeError('There is no proof')
  const number = proof.others.reduce((sum, other) => sum + other.tasks, 0)
  const others = listed(proof.others.map(({digest}) => shortDigest(digest)))
  const run = number === 1 ? 'runs' : 'run'
  return `Failed: ${number} of ${count(proof.tasks, 'task')} of ${revision(facts)} on ${where(facts)} ${run} the image ${others}, not ${shortDigest(proof.digest)}, which is released.`
}

export function gone(facts: CodeDeployFacts): string {
  return `Service gone: ${where(facts)} is being deleted or was deleted, so ${revision(facts)} was not deployed.`
}

export function accessLost(facts: CodeDeployFacts): string {
  const {trouble} = facts.moment
  const renewal = trouble?.kind === 'expired' ? ` To prevent it, ${RENEWAL}.` : ''
  return `Access lost: how ${where(facts)} is doing cannot be read any more, CodeDeploy goes on deploying ${revision(facts)}. AWS says: ${sentence(trouble?.problem ?? '')}${renewal}`
}

export function cancelled(facts: CodeDeployFacts): string {
  return `Cancelled: CodeDeploy goes on ${going(facts)}.`
}

export function timedOut(facts: CodeDeployFacts): string {
  const {minutes, trouble} = facts.moment
  const state = clauses(oursOf(facts) && running(facts), failure(facts))
  const unknown = trouble === undefined ? '' : ` How it is doing is unknown; AWS says: ${sentence(trouble.problem)}`
  return `Timed out: after ${count(minutes, 'minute')} CodeDeploy is still ${going(facts)}${state === '' ? '' : `: ${state}`}.${unknown}`
}

function going(facts: CodeDeployFacts): string {
  const {deployment} = facts.seen ?? {}
  if (deployment?.rollbackId !== undefined) return `rolling ${where(facts)} back from ${revision(facts)}`
  const what = `deploying ${revision(facts)} to ${where(facts)}`
  if (deployment?.status === 'Ready') return `${what}, waiting to be continued`
  return deployment?.isTerminating === true
    ? `keeping the old tasks of ${where(facts)} beside ${revision(facts)}, which has all production traffic`
    : what
}

function withTraffic(facts: CodeDeployFacts): string {
  const {production} = facts.seen ?? {}
  const has = production === undefined ? 'is there' : `has ${production} % of the production traffic`
  return `${revision(facts)} on ${where(facts)} ${has} after ${took(facts)}`
}

function took({moment, started}: CodeDeployFacts): string {
  return duration(moment.now.getTime() - started.startedAt.getTime())
}

/** `2 of 2 tasks run it`. */
function running(facts: CodeDeployFacts): string {
  const {running: number = 0} = oursOf(facts) ?? {}
  const desired = facts.seen?.service.desiredCount
  return `${tasks(number, desired)} ${number === 1 && desired === 1 ? 'runs' : 'run'} it`
}

/** ` because the hook of AfterAllowTestTraffic failed`. */
function because(facts: CodeDeployFacts): string {
  switch (causeOf(facts)) {
    case 'alarm':
      return ' because an alarm went off'
    case 'hook':
      return ` because the hook of ${failedEvent(facts)} failed`
    case 'request':
      return ' because somebody stopped it'
    case 'pause-timed-out':
      return ' because nobody continued it in time'
    case 'set-up':
      return ' because CodeDeploy is not set up for it'
    default:
      return ''
  }
}

function failedEvent({seen}: CodeDeployFacts): string {
  return bounded(oneLine(seen?.events.find(({status}) => status === 'Failed')?.name ?? 'a lifecycle event'), 100)
}

/** The most frequent failure of tasks in short. */
function failure(facts: CodeDeployFacts): string | undefined {
  const [first] = facts.moment.evidence.failures.toSorted((one, other) => other.taskIds.length - one.taskIds.length)
  if (first === undefined) return undefined
  const number = first.taskIds.length
  return number === 0 ? inShort(first) : `${inShort(first)} in ${count(number, 'task')} of ${revision(facts)}`
}

/** CodeDeploy's words, where they tell more than the headline does. */
function says(facts: CodeDeployFacts): string {
  const {error} = facts.seen?.deployment ?? {}
  const isTold = ['hook', 'request', 'pause-timed-out'].includes(causeOf(facts) ?? '')
  return error === undefined || error.message === '' || isTold ? '' : ` CodeDeploy says: ${sentence(error.message)}`
}

/** ` Production is on web:41.` */
function left(facts: CodeDeployFacts): string {
  return primaryOf(facts) === undefined ? '' : ` Production is on ${servingText(facts)}.`
}

function servingText(facts: CodeDeployFacts, again = ''): string {
  const serving = primaryOf(facts)
  const arn = serving?.taskDefinitionArn ?? facts.started.previousTaskDefinitionArn
  const name = arn === undefined ? 'the revision before it' : familyAndRevision(arn)
  const number = serving === undefined ? '' : `, with ${tasks(serving.running, facts.seen?.service.desiredCount)}`
  return `${name}${again}${number}`
}
