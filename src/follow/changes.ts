import type {TaskFailure} from '../why/index.ts'
import type {Budget} from './budget.ts'
import {describeCounts} from './counts.ts'
import type {Lifecycle, Pause, StageSpan} from './lifecycle.ts'
import type {FollowState} from './reduce.ts'
import type {
  DeploymentSnapshot,
  HookSnapshot,
  ServiceDeploymentSnapshot,
  ServiceEvent,
  ServiceSnapshot,
  Traffic
} from './snapshot.ts'
import {newerOf, oursOf, primaryOf, serviceDeploymentOf} from './snapshot.ts'
import type {StartedDeployment} from './started.ts'
import type {Trouble} from './trouble.ts'

/** Something that became known about a deployment that is followed. */
export type Change =
  /** An event of the service since the start, as ECS words it. */
  | {readonly kind: 'event'; readonly event: ServiceEvent}
  | {readonly kind: 'counts'; readonly text: string}
  /** Something that CodeDeploy does. */
  | {readonly kind: 'note'; readonly text: string}
  /** Somebody, or auto scaling, changed how many tasks the service shall run. */
  | {readonly kind: 'desired-count'; readonly from: number; readonly to: number}
  /** Failed tasks of ours; `threshold` is what the circuit breaker allows, where there is one. */
  | {readonly kind: 'failed-tasks'; readonly failed: number; readonly threshold: number | undefined}
  /** Our service deployment was found. */
  | {readonly kind: 'found'; readonly serviceDeploymentArn: string}
  | {readonly kind: 'service-deployment'; readonly from: string; readonly to: ServiceDeploymentSnapshot}
  /** A lifecycle stage that a blue/green, linear or canary deployment has come to; `before` is over. */
  | {readonly kind: 'stage'; readonly stage: string; readonly before: StageSpan | undefined}
  /** What share of the traffic ECS gives to our tasks now, in percent. */
  | {readonly kind: 'traffic'; readonly of: keyof Traffic; readonly percent: number}
  /** A function that is a lifecycle hook was called, or answered. */
  | {readonly kind: 'hook'; readonly hook: HookSnapshot}
  /** A pause hook waits for somebody. */
  | {readonly kind: 'paused'; readonly pause: Pause; readonly serviceDeploymentArn: string}
  | {readonly kind: 'pause-over'; readonly pause: Pause}
  /** The rollout state of our deployment. */
  | {readonly kind: 'rollout'; readonly from: string; readonly to: string; readonly reason: string | undefined}
  /** Another deployment is the primary one now: a newer one, or the one before ours. */
  | {readonly kind: 'replaced'; readonly by: DeploymentSnapshot; readonly newer: boolean}
  | {readonly kind: 'service-status'; readonly status: ServiceSnapshot['status']}
  | {readonly kind: 'task-failure'; readonly failure: TaskFailure}
  /** How long the deployment is followed at most, and what that comes from. */
  | {readonly kind: 'budget'; readonly budget: Budget}
  /** What the deployment waits for. */
  | {readonly kind: 'waiting'; readonly text: string}
  /** Which image the tasks run, after the deployment went well. */
  | {readonly kind: 'proof'; readonly text: string}
  /** Nothing changed for a minute. */
  | {readonly kind: 'heartbeat'; readonly text: string}
  /** The state cannot be read at present. */
  | {readonly kind: 'unknown'; readonly trouble: Trouble}
  | {readonly kind: 'known-again'; readonly trouble: Trouble}

/**
 * What a look at the service tells that was not known before, in the order in which it should be told. Pure.
 * @param lifecycle with this look
 */
export function differences(state: FollowState, service: ServiceSnapshot, lifecycle: Lifecycle): Change[] {
  return [
    ...statusChange(state, service),
    ...desiredCountChange(state, service),
    ...countsChange(state, service),
    ...failedTasksChange(state, service),
    ...rolloutChange(state, service),
    ...pauseEnds(state, lifecycle),
    ...serviceDeploymentChanges(state, service),
    ...lifecycleChanges(state, service, lifecycle),
    ...primaryChange(state, service)
  ]
}

function statusChange({latest}: FollowState, {status}: ServiceSnapshot): Change[] {
  return status === (latest?.status ?? 'ACTIVE') ? [] : [{kind: 'service-status', status}]
}

function desiredCountChange({started, latest}: FollowState, {status, desiredCount: to}: ServiceSnapshot): Change[] {
  const from = latest?.desiredCount ?? started.desiredCount
  return from === to || status !== 'ACTIVE' ? [] : [{kind: 'desired-count', from, to}]
}

function countsChange({started, latest}: FollowState, service: ServiceSnapshot): Change[] {
  if (service.status !== 'ACTIVE') return []
  const text = describeCounts(service, started)
  return latest !== undefined && text === describeCounts(latest, started) ? [] : [{kind: 'counts', text}]
}

function failedTasksChange({started, latest}: FollowState, service: ServiceSnapshot): Change[] {
  const before = failedTasks(latest, started)?.failed ?? 0
  const now = failedTasks(service, started)
  return now === undefined || now.failed === before ? [] : [{kind: 'failed-tasks', ...now}]
}

/** `undefined` where nothing tells how many: our deployment is not listed any more. */
function failedTasks(service: ServiceSnapshot | undefined, started: StartedDeployment) {
  const breaker = serviceDeploymentOf(service)?.circuitBreaker
  if (breaker !== undefined && breaker.status !== 'DISABLED') {
    return {failed: breaker.failureCount, threshold: breaker.threshold}
  }
  const ours = oursOf(service, started)
  return ours && {failed: ours.failed, threshold: undefined}
}

function rolloutChange({started, latest}: FollowState, service: ServiceSnapshot): Change[] {
  const from = oursOf(latest, started)?.rolloutState ?? 'IN_PROGRESS'
  const ours = oursOf(service, started)
  const to = ours?.rolloutState ?? from
  if (to === 'FAILED' && isTold(service, started, `(deployment ${started.deploymentId}) deployment failed`)) return []
  return from === to ? [] : [{kind: 'rollout', from, to, reason: ours?.reason}]
}

function serviceDeploymentChanges({latest}: FollowState, service: ServiceSnapshot): Change[] {
  const before = serviceDeploymentOf(latest)
  const now = serviceDeploymentOf(service)
  if (now === undefined) return []
  const from = before?.status ?? 'PENDING'
  return [
    ...(before === undefined ? [{kind: 'found' as const, serviceDeploymentArn: now.arn}] : []),
    ...(now.status !== from ? [{kind: 'service-deployment' as const, from, to: now}] : [])
  ]
}

/** How a pause ended comes before what follows from it. */
function pauseEnds({lifecycle: {pauses: known}}: FollowState, {pauses}: Lifecycle): Change[] {
  const over = pauses.filter(({to}, index) => to !== undefined && known[index]?.to === undefined)
  return over.map(pause => ({kind: 'pause-over', pause}))
}

function lifecycleChanges(state: FollowState, service: ServiceSnapshot, lifecycle: Lifecycle): Change[] {
  const now = serviceDeploymentOf(service)
  if (now === undefined) return []
  const before = serviceDeploymentOf(state.latest)
  const pausesBegun = lifecycle.pauses.slice(state.lifecycle.pauses.length)
  return [
    ...stageChange(state.lifecycle, lifecycle),
    ...trafficChanges(before, now),
    ...hookChanges(before, now),
    ...pausesBegun.map(pause => ({kind: 'paused' as const, pause, serviceDeploymentArn: now.arn}))
  ]
}

function stageChange({stages: known}: Lifecycle, {stages}: Lifecycle): Change[] {
  const last = stages.at(-1)
  return last === undefined || stages.length === known.length
    ? []
    : [{kind: 'stage', stage: last.stage, before: stages.at(-2)}]
}

/** All of it is on other revisions at first. */
function trafficChanges(before: ServiceDeploymentSnapshot | undefined, now: ServiceDeploymentSnapshot): Change[] {
  return (['test', 'production'] as const).flatMap(of => {
    const percent = now.traffic[of]
    const isNews = now.stage !== undefined && percent !== undefined && percent !== (before?.traffic[of] ?? 0)
    return isNews ? [{kind: 'traffic' as const, of, percent}] : []
  })
}

/** Pauses are told apart from functions. */
function hookChanges(before: ServiceDeploymentSnapshot | undefined, now: ServiceDeploymentSnapshot): Change[] {
  return now.hooks
    .filter(({id, isPause, status}) => !isPause && before?.hooks.find(hook => hook.id === id)?.status !== status)
    .map(hook => ({kind: 'hook', hook}))
}

function primaryChange({started, latest}: FollowState, service: ServiceSnapshot): Change[] {
  const by = primaryOf(service)
  const before = primaryOf(latest)?.id ?? started.deploymentId
  if (by === undefined || by.id === before || by.id === started.deploymentId) return []
  if (isTold(service, started, `rolling back to deployment ${by.id}`)) return []
  return [{kind: 'replaced', by, newer: newerOf(service, started) !== undefined}]
}

/** An event of the service, which is told, says so already. */
function isTold({events}: ServiceSnapshot, {startedAt}: StartedDeployment, text: string): boolean {
  return events.some(({at, message}) => at >= startedAt && message.includes(text))
}
