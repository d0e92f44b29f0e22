import type {FollowState} from './reduce.ts'
import {isRollingBack} from './reduce.ts'
import {serviceDeploymentOf} from './snapshot.ts'
import type {Trouble} from './trouble.ts'

const QUICK = 2_000
const CALM = 5_000
/** After a change another one is likely to follow within this time. */
const LIVELY = 20_000
/** From the third throttled read in a row on, the wait doubles, up to 8 s. */
const FREE_READS = 2
const MOST_DOUBLINGS = 2

/** Around the time when those before were over, the end is near; in milliseconds. */
const AROUND = 60_000

/** A deployment that is followed, and when it should be over by those before it. */
export interface Paced {
  readonly state: FollowState
  readonly expectedEnd: Date | undefined
}

/**
 * How long to wait before the next look, in milliseconds: 2 s while something changes and near the end, else 5 s, and
 * longer only while AWS throttles. Pure.
 * @param trouble what any of the reads meets, also one that following can do without
 * @param random from 0 to 1, so that releases that are throttled together do not come back together
 */
export function pace(followed: readonly Paced[], trouble: Trouble | undefined, now: Date, random: number): number {
  if (trouble?.kind === 'throttled') {
    const doublings = Math.min(Math.max(trouble.alike.reads - FREE_READS, 0), MOST_DOUBLINGS)
    return QUICK * 2 ** doublings * (0.5 + random / 2)
  }
  return followed.some(one => isLively(one, now) || isNearEnd(one, now)) ? QUICK : CALM
}

function isLively({state: {changedAt}}: Paced, now: Date): boolean {
  return now.getTime() - changedAt.getTime() < LIVELY
}

/** Only old tasks are left to go, ECS turns back, the next failure is the last, or it takes as long as it mostly does. */
function isNearEnd({state, expectedEnd}: Paced, now: Date): boolean {
  const {timeline, latest} = state
  const breaker = serviceDeploymentOf(latest)?.circuitBreaker
  const isNextTheLast = breaker?.status === 'MONITORING' && breaker.failureCount + 1 >= breaker.threshold
  const isDue = expectedEnd !== undefined && Math.abs(now.getTime() - expectedEnd.getTime()) <= AROUND
  return timeline.replaced !== undefined || isRollingBack(state, latest) || isNextTheLast || isDue
}
