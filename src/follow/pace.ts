import type {FollowState} from './reduce.ts'
import {isRollingBack} from './reduce.ts'
import type {Trouble} from './trouble.ts'

const QUICK = 2_000
const CALM = 5_000
/** After a change another one is likely to follow within this time. */
const LIVELY = 20_000
/** From the third throttled read in a row on, the wait doubles, up to 8 s. */
const FREE_READS = 2
const MOST_DOUBLINGS = 2

/**
 * How long to wait before the next look, in milliseconds: 2 s while something changes and near the end, else 5 s, and
 * longer only while AWS throttles. Pure.
 * @param trouble what any of the reads meets, also one that following can do without
 * @param random from 0 to 1, so that releases that are throttled together do not come back together
 */
export function pace(states: readonly FollowState[], trouble: Trouble | undefined, now: Date, random: number): number {
  if (trouble?.kind === 'throttled') {
    const doublings = Math.min(Math.max(trouble.alike.reads - FREE_READS, 0), MOST_DOUBLINGS)
    return QUICK * 2 ** doublings * (0.5 + random / 2)
  }
  return states.some(state => isLively(state, now)) ? QUICK : CALM
}

function isLively(state: FollowState, now: Date): boolean {
  const {changedAt, timeline, latest} = state
  const isNearEnd = timeline.drained !== undefined || isRollingBack(state, latest)
  return isNearEnd || now.getTime() - changedAt.getTime() < LIVELY
}
