import {RENEWAL} from '../aws/explain.ts'
import {count, duration, listed} from '../workflow/text.ts'
import {causeOf, describeCause} from './cause.ts'
import {isShortOfTasks} from './conditions.ts'
import {whoContinues} from './describe-lifecycle.ts'
import type {Facts} from './facts.ts'
import {areHealthy} from './milestones.ts'
import {shortDigest} from './proof.ts'
import {
  clauses,
  earlier,
  failureOf,
  left,
  newer,
  oursRunning,
  revision,
  says,
  sentence,
  tasks,
  unlessTold,
  verb,
  where
} from './words.ts'

export function healthy(facts: Facts): string {
  const {service, started, moment} = facts
  const isChecked = service?.tasks?.some(task => task.isChecked !== false) === true
  const how = isChecked ? 'are healthy' : 'have run for 40 s, which counts as healthy where nothing checks it'
  const took = duration(moment.now.getTime() - started.startedAt.getTime())
  const tasksOfOurs = `${tasks(service?.desiredCount ?? 0, service?.desiredCount)} of ${revision(facts)}`
  return `Healthy: ${tasksOfOurs} on ${where(facts)} ${how}, ${took}; old tasks may still drain.`
}

export function reached(facts: Facts): string {
  return `Reached ${facts.moment.waitFor}: ${withTraffic(facts)}; ECS goes on.`
}

export function paused(facts: Facts): string {
  const [pause] = facts.pauses
  return `Paused${atPause(facts)}: ${withTraffic(facts)}; ${pause === undefined ? '' : whoContinues(pause)}.`
}

/** `web:42 on web in prod has 100 % of the test traffic and 0 % of the production traffic after 3 min`. */
function withTraffic(facts: Facts): string {
  const {moment, started, serviceDeployment} = facts
  const shares = (['test', 'production'] as const).flatMap(of => {
    const percent = serviceDeployment?.traffic[of]
    return percent === undefined ? [] : [`${percent} % of the ${of} traffic`]
  })
  const has = shares.length === 0 ? 'is there' : `has ${listed(shares)}`
  return `${revision(facts)} on ${where(facts)} ${has} after ${duration(moment.now.getTime() - started.startedAt.getTime())}`
}

export function started(facts: Facts): string {
  return `Started: ECS is ${going(facts)}; nothing is proven yet.`
}

export function deployed(facts: Facts): string {
  const {service, moment, started} = facts
  const took = duration(moment.now.getTime() - started.startedAt.getTime())
  const what = `Deployed ${revision(facts)} to ${where(facts)}`
  if (service?.desiredCount === 0) {
    return `${what} in ${took}, but ${noneIsDesired(facts)}: no task has run it, so this proves nothing.`
  }
  if (facts.newer !== undefined) return `${what}, ${took}.${left(facts)}`
  const running = facts.ours === undefined ? '' : `: ${oursRunning(facts)}`
  return `${what}${running}, ${took}.${meanwhile(facts)}`
}

function noneIsDesired({started}: Facts): string {
  return started.rollout.isDaemon ? 'there is no container instance for it' : 'its desired count is 0'
}

/** A success that ECS calls early says less of the tasks, and ECS has something left to do. */
function meanwhile({started: {rollout}, ours, service, moment}: Facts): string {
  const {earlySuccess} = rollout
  if (earlySuccess === undefined || ours === undefined || service === undefined) return ''
  const rest = [
    ...(ours.running < service.desiredCount ? ['starts the others'] : []),
    ...(service.deployments.some(deployment => deployment !== ours) ? ['removes the old tasks'] : [])
  ]
  if (rest.length === 0 && areHealthy(service, ours, moment.now)) return ''
  const byItself = rest.length === 0 ? '' : `, and ${rest.join(' and ')} by itself`
  return ` ECS calls that a success with ${earlySuccess.healthyPercent} % of the tasks healthy${byItself}.`
}

export function scaled(facts: Facts): string {
  const {moment, started, state, service, ours} = facts
  const took = duration(moment.now.getTime() - started.startedAt.getTime())
  const {initialRunning} = state
  const from = initialRunning === undefined || initialRunning === started.scaledTo ? '' : ` from ${initialRunning}`
  const to = count(service?.desiredCount ?? 0, 'task')
  const running = tasks(ours?.running ?? 0, service?.desiredCount)
  return `Scaled ${where(facts)}${from} to ${to}: ${running} ${verb(facts)} ${revision(facts)}, ${took}.`
}

export function unchanged(facts: Facts): string {
  const {service} = facts
  const what = `Nothing to deploy: ${where(facts)} has ${revision(facts)} already`
  return service?.desiredCount === 0 ? `${what}, with a desired count of 0.` : `${what}, ${oursRunning(facts)}.`
}

export function rolledBack(facts: Facts): string {
  const what = facts.newer === undefined ? runsAgain(facts) : `${where(facts)} had gone back from ${revision(facts)}`
  const then = facts.newer === undefined ? '' : left(facts)
  return `${turnedBack(facts)}: ${clauses(failureOf(facts), what)}.${unlessTold(facts)}${then}`
}

/** `web in prod runs web:41 again, with 2 of 2 tasks, not web:42`. */
function runsAgain(facts: Facts): string {
  const {primary, isPrimary, started, service} = facts
  const back = isPrimary || primary === undefined ? started.previousTaskDefinitionArn : primary.taskDefinitionArn
  const running = isPrimary || primary === undefined ? '' : `, with ${tasks(primary.running, service?.desiredCount)}`
  const what = back === undefined ? 'the revision before it' : earlier(back, started)
  const not = back === started.taskDefinitionArn ? 'the new one' : revision(facts)
  return `${where(facts)} runs ${what} again${running}${failureOf(facts) === undefined ? `, not ${not}` : ''}`
}

/** `Rolled back by the circuit breaker`. */
function turnedBack(facts: Facts): string {
  if (causeOf(facts) === 'circuit-breaker') return 'Rolled back by the circuit breaker'
  const cause = describeCause(facts)
  return cause === undefined ? 'Rolled back' : `Rolled back because ${cause}`
}

export function neverListed(facts: Facts): string {
  return `Failed: ECS accepted the deployment of ${revision(facts)} to ${where(facts)} but does not list it.${left(facts)}`
}

export function rollbackFailed(facts: Facts): string {
  const what = `ECS gave up deploying ${revision(facts)} to ${where(facts)} and could not roll back`
  return `Rollback failed: ${clauses(failureOf(facts), what)}.${says(facts)}${left(facts)}`
}

export function failed(facts: Facts): string {
  const cause = describeCause(facts)
  const then = facts.newer === undefined ? ' and does not roll back' : ''
  const what = `ECS gave up deploying ${revision(facts)} to ${where(facts)}${then}`
  const head = cause === undefined ? 'Failed' : `Failed because ${cause}`
  return `${head}: ${clauses(failureOf(facts), what)}.${unlessTold(facts)}${left(facts)}`
}

export function anotherImage(facts: Facts): string {
  const {proof} = facts.moment.evidence
  if (proof === undefined) throw new TypeError('There is no proof')
  const others = listed(proof.others.map(({digest}) => shortDigest(digest)))
  const number = proof.others.reduce((sum, other) => sum + other.tasks, 0)
  const run = `${number} of ${count(proof.tasks, 'task')} of ${revision(facts)} on ${where(facts)} ${number === 1 ? 'runs' : 'run'}`
  return `Failed: ${run} the image ${others}, not ${shortDigest(proof.digest)}, which is released.`
}

export function stopped(facts: Facts): string {
  const what = `the deployment of ${revision(facts)} to ${where(facts)} was stopped before it was done`
  return `Stopped: ${clauses(failureOf(facts), what)}.${says(facts)}${left(facts)}`
}

export function scaledToZero(facts: Facts): string {
  if (facts.started.rollout.isDaemon) {
    return `Scaled to zero: no container instance is left for ${where(facts)} while ${revision(facts)} was deployed, so nothing proves it.`
  }
  return `Scaled to zero: somebody set the desired count of ${where(facts)} from ${facts.started.desiredCount} to 0 while ${revision(facts)} was deployed, so nothing proves it.`
}

export function superseded(facts: Facts): string {
  const {ours, serviceDeployment} = facts
  const wasDone = serviceDeployment?.status === 'SUCCESSFUL' || ours?.rolloutState === 'COMPLETED'
  const when = wasDone ? 'after it was done' : 'before it was done'
  const what = `a newer deployment${newer(facts)} replaced ${revision(facts)} on ${where(facts)} ${when}`
  return `Superseded: ${clauses(failureOf(facts), what)}.`
}

const GONE = {DRAINING: 'is being deleted', INACTIVE: 'was deleted', MISSING: 'does not exist any more', ACTIVE: ''}

export function gone(facts: Facts): string {
  const {service} = facts
  return `Service gone: ${where(facts)} ${GONE[service?.status ?? 'MISSING']}, so ${revision(facts)} was not deployed.`
}

export function accessLost(facts: Facts): string {
  const {trouble} = facts.moment
  const renewal = trouble?.kind === 'expired' ? ` To prevent it, ${RENEWAL}.` : ''
  return `Access lost: how ${where(facts)} is doing cannot be read any more, ECS goes on ${going(facts)}. AWS says: ${sentence(trouble?.problem ?? '')}${renewal}`
}

export function cancelled(facts: Facts): string {
  return `Cancelled: ECS goes on ${going(facts)}.`
}

export function timedOut(facts: Facts): string {
  const {minutes, trouble} = facts.moment
  const running = facts.ours === undefined || facts.rollingBack ? undefined : oursRunning(facts)
  const state = clauses(running, failureOf(facts))
  const reached = state === '' ? '' : `: ${state}`
  const unknown = trouble === undefined ? '' : ` How it is doing is unknown; AWS says: ${sentence(trouble.problem)}`
  return `Timed out: after ${count(minutes, 'minute')} ECS is still ${going(facts)}${reached}.${unseenPause(facts)}${unknown}`
}

/** Without its service deployment nothing tells whether a deployment is paused. */
function unseenPause({service, started: {rollout}, rollingBack}: Facts): string {
  const {pausesAt = []} = rollout.shift ?? {}
  if (service?.serviceDeployment !== 'unavailable' || pausesAt.length === 0 || rollingBack) return ''
  return ` It may be paused at ${listed(pausesAt)}: that is told by ecs:DescribeServiceDeployments, which is missing.`
}

function going(facts: Facts): string {
  const {scaledTo} = facts.started
  if (facts.rollingBack) return `rolling ${where(facts)} back from ${revision(facts)}`
  if (scaledTo !== undefined) return `scaling ${where(facts)} to ${count(scaledTo, 'task')}`
  if (isShortOfTasks(facts)) {
    return `starting tasks of ${revision(facts)} on ${where(facts)}, although its deployment is complete`
  }
  return `deploying ${revision(facts)} to ${where(facts)}${facts.pauses.length > 0 ? `, paused${atPause(facts)}` : ''}`
}

/** ` at POST_TEST_TRAFFIC_SHIFT`. */
function atPause({pauses: [pause]}: Facts): string {
  return pause === undefined ? '' : ` at ${pause.stage}`
}
