import {estimate} from './budget.ts'
import type {Change} from './changes.ts'
import {describeCounts} from './counts.ts'
import {describePause, describeStageNow} from './describe-lifecycle.ts'
import {openPauses} from './lifecycle.ts'
import type {FollowState} from './reduce.ts'
import type {ServiceSnapshot} from './snapshot.ts'
import type {Surroundings} from './surroundings.ts'

/** What is told of a deployment while nothing changes: how far it is, or whom it waits for. Pure. */
export function progress(
  {started, lifecycle}: FollowState,
  service: ServiceSnapshot,
  surroundings: Surroundings | undefined,
  at: Date
): Change {
  const [pause] = openPauses(lifecycle)
  if (pause !== undefined) return {kind: 'waiting', text: describePause(pause, at)}
  const left = surroundings && estimate(started, surroundings, at)
  const parts = [
    ...describeStageNow(lifecycle, at),
    describeCounts(service, started),
    ...(left === undefined ? [] : [left])
  ]
  return {kind: 'heartbeat', text: parts.join('; ')}
}
