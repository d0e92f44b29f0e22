import type {Change} from './changes.ts'
import {conclude, type Outcome} from './conclude.ts'
import type {Moment} from './facts.ts'
import {type FollowState, reduce} from './reduce.ts'
import {oursOf, type ServiceSnapshot} from './snapshot.ts'
import type {Watched} from './watched.ts'

/** A look at a deployment, and what it makes of it; nothing is changed by it yet. */
export interface Look {
  readonly watched: Watched
  /** `undefined` where the service could not be read. */
  readonly service: ServiceSnapshot | undefined
  readonly state: FollowState
  readonly changes: readonly Change[]
  readonly outcome: Outcome | undefined
}

/** What a look makes of a deployment. Pure. @param service `undefined` where it could not be read */
export function lookAt(watched: Watched, service: ServiceSnapshot | undefined, moment: Moment): Look {
  const {state, changes} =
    service === undefined ? {state: watched.state, changes: []} : reduce(watched.state, service, moment.now)
  return {watched, service, state, changes, outcome: conclude(state, moment)}
}

/** Whether a look at the tasks cannot change what it makes of the deployment. Pure. */
export function isDecided({outcome}: Pick<Look, 'outcome'>): boolean {
  return outcome !== undefined && outcome.status !== 'healthy'
}

/** Something happened that may have been a task that failed: ECS says something, or there are fewer tasks of ours. Pure. */
export function mayHaveFailed(
  changes: readonly Change[],
  before: ServiceSnapshot | undefined,
  {latest, started}: FollowState
): boolean {
  const tasksIn = (service: ServiceSnapshot | undefined): number => {
    const {running = 0, pending = 0} = oursOf(service, started) ?? {}
    return running + pending
  }
  return changes.some(({kind}) => kind === 'event' || kind === 'failed-tasks') || tasksIn(latest) < tasksIn(before)
}
