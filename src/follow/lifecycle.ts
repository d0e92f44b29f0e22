import {stageIndex} from '../workflow/wait-for.ts'
import type {HookSnapshot, ServiceDeploymentSnapshot} from './snapshot.ts'

/** What a deployment that shifts traffic went through so far, by this machine's clock. */
export interface Lifecycle {
  /** In the order in which they were seen; the last one goes on while it has no end. */
  readonly stages: readonly StageSpan[]
  readonly pauses: readonly Pause[]
}

export interface StageSpan {
  readonly stage: string
  readonly from: Date
  readonly to: Date | undefined
}

/** A time for which a pause hook stopped the deployment. */
export interface Pause {
  readonly hook: HookSnapshot
  readonly stage: string
  readonly from: Date
  /** `undefined` while the deployment waits. */
  readonly to: Date | undefined
  /** How it ended; `undefined` while the deployment waits, and where it was stopped for another reason. */
  readonly answer: PauseAnswer | undefined
}

export interface PauseAnswer {
  readonly action: 'CONTINUE' | 'ROLLBACK'
  /** Nobody said anything in time. */
  readonly timedOut: boolean
}

export const NO_LIFECYCLE: Lifecycle = {stages: [], pauses: []}

/** The pauses that wait for somebody. */
export function openPauses({pauses}: Pick<Lifecycle, 'pauses'>): Pause[] {
  return pauses.filter(({to}) => to === undefined)
}

/** How the last pause ended. */
export function lastAnswer({pauses}: Lifecycle): Pause | undefined {
  return pauses.findLast(({answer}) => answer !== undefined)
}

/** How long the deployment was paused so far, in milliseconds. */
export function pausedFor({pauses}: Lifecycle, now: Date): number {
  let counted = 0
  let total = 0
  for (const {from, to = now} of pauses) {
    // Pauses of one stage last side by side.
    total += Math.max(0, to.getTime() - Math.max(from.getTime(), counted))
    counted = Math.max(counted, to.getTime())
  }
  return total
}

/** Whether the deployment has come to a stage, also where it was there between two looks. */
export function hasReached({stages}: Lifecycle, stage: string): boolean {
  return stages.some(seen => stageIndex(seen.stage) >= stageIndex(stage))
}

/**
 * Adds what a look at the service deployment shows. Pure.
 * @param serviceDeployment `undefined` where it is not known
 * @param at when it was looked at
 */
export function nextLifecycle(
  lifecycle: Lifecycle,
  serviceDeployment: ServiceDeploymentSnapshot | undefined,
  at: Date
): Lifecycle {
  if (serviceDeployment === undefined) return lifecycle
  return {
    stages: nextStages(lifecycle.stages, serviceDeployment, at),
    pauses: nextPauses(lifecycle.pauses, serviceDeployment, at)
  }
}

function nextStages(stages: readonly StageSpan[], now: ServiceDeploymentSnapshot, at: Date): readonly StageSpan[] {
  const last = stages.at(-1)
  const stage = isOver(now) ? undefined : now.stage
  if (last?.to === undefined && last?.stage === stage) return stages
  const ended = last?.to === undefined ? stages.map(span => (span === last ? {...span, to: at} : span)) : stages
  return stage === undefined ? ended : [...ended, {stage, from: at, to: undefined}]
}

const OVER = ['SUCCESSFUL', 'STOPPED', 'ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED']

/** The last stage stays in the answer when all is over. */
function isOver({status}: ServiceDeploymentSnapshot): boolean {
  return OVER.includes(status)
}

function nextPauses(pauses: readonly Pause[], now: ServiceDeploymentSnapshot, at: Date): readonly Pause[] {
  const waiting = isOver(now) ? [] : now.hooks.filter(isWaiting)
  const begun = waiting.filter(({id}) => !openPauses({pauses}).some(({hook}) => hook.id === id))
  const known = pauses.map(pause => {
    if (pause.to !== undefined || waiting.some(({id}) => id === pause.hook.id)) return pause
    return {...pause, to: at, answer: answerOf(pause, now, at)}
  })
  return [...known, ...begun.map(hook => ({hook, stage: now.stage ?? '', from: at, to: undefined, answer: undefined}))]
}

function isWaiting({isPause, status}: HookSnapshot): boolean {
  return isPause && status === 'AWAITING_ACTION'
}

/** By what ECS says of the hook, else by what the deployment did next: a hook may not be told of once its stage is over. */
function answerOf({hook, stage}: Pause, now: ServiceDeploymentSnapshot, at: Date): PauseAnswer | undefined {
  if (now.status.startsWith('STOP') || hasOtherCause(now, stage)) return undefined
  const status = now.hooks.find(({id}) => id === hook.id)?.status
  const isLate = hook.expiresAt !== undefined && (now.updatedAt ?? at) >= hook.expiresAt
  const timedOut = status === 'TIMED_OUT' || (status === undefined && isLate)
  const isBack = timedOut ? hook.timeoutAction === 'ROLLBACK' : status === 'FAILED' || isRollback(now)
  return {action: isBack ? 'ROLLBACK' : 'CONTINUE', timedOut}
}

/** What ECS says of functions, roles and load balancers that made a deployment fail. */
const OTHER_CAUSE = /\bhook target\b|\bassume role\b|\bnot authorized\b|\binvalid networking configuration\b/

/** An alarm, the circuit breaker, a function, a role or a later stage, not an answer, ended what was going on. */
function hasOtherCause(now: ServiceDeploymentSnapshot, stage: string): boolean {
  const {alarms, circuitBreaker, hooks, reason = ''} = now
  const [, failedStage = stage] = /\b(\w+) lifecycle (?:hook|stage)/.exec(reason) ?? []
  return (
    alarms?.status === 'TRIGGERED' ||
    circuitBreaker?.status === 'TRIGGERED' ||
    hooks.some(hook => !hook.isPause && isFailed(hook)) ||
    OTHER_CAUSE.test(reason) ||
    failedStage !== stage
  )
}

function isFailed({status, timeoutAction}: HookSnapshot): boolean {
  return status === 'FAILED' || (status === 'TIMED_OUT' && timeoutAction === 'ROLLBACK')
}

function isRollback({status}: ServiceDeploymentSnapshot): boolean {
  return status.startsWith('ROLLBACK_')
}
