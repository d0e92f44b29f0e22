import {isDeepStrictEqual} from 'node:util'
import {failuresOf, type FailureSources, type LookForFailures, type TaskFailure} from '../why/index.ts'
import type {World} from '../world.ts'
import {type Budget, budgetOf} from './budget.ts'
import type {Outcome, Status} from './conclude.ts'
import type {Lifecycle} from './lifecycle.ts'
import type {Proof} from './proof.ts'
import type {Timeline} from './milestones.ts'
import {type FollowState, initialState} from './reduce.ts'
import {type ServiceEvent, serviceDeploymentOf} from './snapshot.ts'
import type {Source} from './source.ts'
import type {StartedDeployment} from './started.ts'
import {type Reading, readSurroundings} from './surroundings.ts'

/** A deployment that has been followed to an outcome. */
export interface Followed {
  readonly started: StartedDeployment
  readonly outcome: Outcome
  readonly endedAt: Date
  /** Of the service since the start, oldest first, as ECS words them. */
  readonly events: readonly ServiceEvent[]
  readonly serviceDeploymentArn: string | undefined
  readonly timeline: Timeline
  /** The stages of a deployment that shifts traffic, and its pauses. */
  readonly lifecycle: Lifecycle
  /** Tasks of the deployment that failed on the way, also when it succeeded in the end. */
  readonly taskFailures: readonly TaskFailure[]
  /** Which image the tasks run, where a success was proven. */
  readonly proof: Proof | undefined
  /** What was done to go back from it, where anything was. */
  readonly rollback?: Rollback
}

/** The way back from a deployment that failed or was cancelled. */
export interface Rollback {
  /** `requested` where nobody waits for it, `error` where it could not be begun. */
  readonly status: Status | 'requested' | 'error'
  /** In a sentence. */
  readonly headline: string
  /** The deployment that goes back, as far as it was followed. */
  readonly followed: Followed | undefined
}

/** A deployment while it is followed. */
export interface Watched {
  readonly started: StartedDeployment
  state: FollowState
  outcome: Outcome | undefined
  endedAt: Date
  /** How long it is followed at most; the default until it is known. */
  budget: Budget
  /** What says how long it may take, as far as it was read. */
  reading: Reading | undefined
  readonly lookForFailures: LookForFailures
  taskFailures: readonly TaskFailure[]
  /** Something happened that may have been a task that failed. */
  tasksDue: boolean
  proof: Proof | undefined
  /** What it was said to wait for. */
  readonly toldWaits: Set<string>
}

/** As long as nothing is known of a deployment, in minutes. */
const DEFAULT_MINUTES = 30

/** @param now when the follower begins */
export function watch(
  deployment: StartedDeployment,
  minutes: number | undefined,
  source: Source,
  clients: Pick<FailureSources, 'elb' | 'logs'>,
  world: World,
  now: Date
): Watched {
  const started = sinceNow(deployment, now)
  return {
    started,
    state: initialState(started, now),
    outcome: undefined,
    endedAt: now,
    budget: {minutes: minutes ?? DEFAULT_MINUTES, from: ''},
    reading: undefined,
    lookForFailures: failuresOf(
      started,
      {...clients, ecs: source.ecs, elb: source.elb, ifAllowed: source.ifAllowed},
      world
    ),
    taskFailures: [],
    tasksDue: false,
    proof: undefined,
    toldWaits: new Set()
  }
}

/**
 * Reads what says how long a deployment may take, at first or again, and sets its budget by that.
 * @param minutes the input `wait-for-minutes`
 * @returns whether the budget is another one than before
 */
export async function readBudget(
  watched: Watched,
  minutes: number | undefined,
  source: Source,
  signal: AbortSignal
): Promise<boolean> {
  const {started, reading: before, budget} = watched
  const reading = await readSurroundings(started, source, signal, before)
  const {revision} = reading.surroundings
  if (revision !== undefined && before?.surroundings.revision === undefined) {
    const {arn} = started.service
    source.isChecked.set(arn, revision.isChecked)
    source.tasks.delete(arn)
    source.tasksAsked.delete(arn)
  }
  watched.reading = reading
  watched.budget = budgetOf(started, reading.surroundings, minutes)
  return before === undefined || !isDeepStrictEqual(budget, watched.budget)
}

/** Scaling begins now, however old the deployment is that is scaled. */
function sinceNow(started: StartedDeployment, now: Date): StartedDeployment {
  return started.scaledTo === undefined ? started : {...started, startedAt: now}
}

export function toFollowed({started, state, outcome, endedAt, taskFailures, proof}: Watched): Followed {
  if (outcome === undefined) throw new TypeError(`${started.deploymentId} has no outcome`)
  return {
    started,
    outcome,
    endedAt,
    events: state.events,
    serviceDeploymentArn: serviceDeploymentOf(state.latest)?.arn,
    timeline: state.timeline,
    lifecycle: state.lifecycle,
    taskFailures,
    proof
  }
}
