import {expectedEnd} from './budget.ts'
import type {FollowState} from './reduce.ts'
import {isRollingBack} from './reduce.ts'
import {oursOf, serviceDeploymentOf} from './snapshot.ts'
import type {Surroundings} from './surroundings.ts'
import type {Trouble} from './trouble.ts'

/** A deployment that ended is looked at some more times before that is believed. */
const CONFIRMING = 1_000
const QUICK = 2_000
const CALM = 5_000
/** After a change another one is likely to follow within this time. */
const LIVELY = 20_000
/** From the third throttled read in a row on, the wait doubles, up to 8 s. */
const FREE_READS = 2
const MOST_DOUBLINGS = 2
/** Near the end the wait stays below this: with every third call throttled, a verdict still comes within 5 s. */
const MOST_NEAR_END = 2_500

/** Around the time when those before were over, the end is near; in milliseconds. */
const AROUND = 60_000
/** A rollback, or the failure that is the last, comes within this time after something changed; in milliseconds. */
const TURNING = 120_000
/** Old tasks may be gone this much before their time, and take this much longer; in milliseconds. */
const DRAINED_EARLY = 10_000
const DRAINED_LATE = 60_000
/** Where nothing is known: ELB's own deregistration delay, and ECS's own time to stop; in seconds. */
const DRAIN_SECONDS = 300
const STOP_SECONDS = 30

/** Tasks are read this often while their service shows no change; in milliseconds. */
const TASKS = 4_000
/** With more services than this their tasks are read less often, so that the calls in a second stay the same. */
const FEW_SERVICES = 5

/** A deployment that is followed, and what is known of how long it takes. */
export interface Paced {
  readonly state: FollowState
  readonly surroundings: Surroundings | undefined
}

/**
 * How long to wait before the next look, in milliseconds: 2 s after a change, near the end and while access is denied, which
 * a few reads decide, 1 s where it was stopped and some more looks decide, else 5 s; never less while AWS throttles. Pure.
 * @param trouble what any of the reads meets, also one that following can do without
 * @param random from 0 to 1, so that releases that are throttled together do not come back together
 */
export function pace(followed: readonly Paced[], trouble: Trouble | undefined, now: Date, random: number): number {
  const isEnding = followed.some(one => isNearEnd(one, now))
  const isQuick =
    isEnding || trouble?.kind === 'denied' || followed.some(one => isWithin(LIVELY, one.state.changedAt, now))
  const isStopped = followed.some(({state}) => serviceDeploymentOf(state.latest)?.status === 'STOPPED')
  const usual = isStopped ? CONFIRMING : isQuick ? QUICK : CALM
  if (trouble?.kind !== 'throttled') return usual
  const doublings = Math.min(Math.max(trouble.alike.reads - FREE_READS, 0), MOST_DOUBLINGS)
  const backOff = QUICK * 2 ** doublings * (0.5 + random / 2)
  return Math.max(usual, isEnding ? Math.min(backOff, MOST_NEAR_END) : backOff)
}

/**
 * Whether the tasks of a deployment should be read again: sooner after its service showed a change. Pure.
 * @param services how many services are followed
 */
export function areTasksDue(readAt: Date | undefined, isChanged: boolean, services: number, now: Date): boolean {
  const wait = TASKS * Math.max(1, services / FEW_SERVICES)
  return readAt === undefined || !isWithin(isChanged ? wait / 2 : wait, readAt, now)
}

function isWithin(milliseconds: number, since: Date, now: Date): boolean {
  return now.getTime() - since.getTime() < milliseconds
}

/** The last old tasks are about to go, ECS turns back, the next failure is the last, or it takes as long as it mostly does. */
function isNearEnd({state, surroundings}: Paced, now: Date): boolean {
  const end = surroundings && expectedEnd(state.started, surroundings)
  const isDue = end !== undefined && Math.abs(now.getTime() - end.getTime()) <= AROUND
  return (
    isDue || isDrainEnding(state, surroundings, now) || (isTurning(state) && isWithin(TURNING, state.changedAt, now))
  )
}

function isTurning(state: FollowState): boolean {
  const breaker = serviceDeploymentOf(state.latest)?.circuitBreaker
  const isNextTheLast = breaker?.status === 'MONITORING' && breaker.failureCount + 1 >= breaker.threshold
  return isNextTheLast || isRollingBack(state, state.latest)
}

/** Old tasks first finish what they are at, as long as their targets drain, and then have their time to stop. */
function isDrainEnding(
  {started, latest, timeline: {replaced}}: FollowState,
  surroundings: Surroundings | undefined,
  now: Date
): boolean {
  const ours = oursOf(latest, started)
  const others = latest?.deployments.filter(deployment => deployment !== ours) ?? []
  const isFull = ours !== undefined && ours.running > 0 && ours.running >= (latest?.desiredCount ?? 0)
  if (replaced === undefined || !isFull || others.some(({running, pending}) => running + pending > 0)) return false
  const [least, most] = drainSeconds(started.rollout.targetGroups.length > 0, surroundings)
  const stop = surroundings?.revision?.stopSeconds ?? STOP_SECONDS
  const passed = now.getTime() - replaced.getTime()
  return passed >= least * 1000 - DRAINED_EARLY && passed <= (most + stop) * 1000 + DRAINED_LATE
}

/** How long targets drain, at least and at most. */
function drainSeconds(isBalanced: boolean, surroundings: Surroundings | undefined): [number, number] {
  if (!isBalanced) return [0, 0]
  const known = surroundings?.targetGroups?.map(group => group.drainSeconds) ?? []
  return known.length === 0 ? [0, DRAIN_SECONDS] : [Math.min(...known), Math.max(...known)]
}
