import {failuresOf, type FailureSources, type LookForFailures, type TaskFailure} from '../why/index.ts'
import type {World} from '../world.ts'
import type {Budget} from './budget.ts'
import type {Outcome} from './conclude.ts'
import type {Proof} from './proof.ts'
import {type FollowState, initialState, type Timeline} from './reduce.ts'
import {type ServiceEvent, serviceDeploymentOf} from './snapshot.ts'
import type {Source} from './source.ts'
import type {StartedDeployment} from './started.ts'
import type {Surroundings} from './surroundings.ts'

/** A deployment that has been followed to an outcome. */
export interface Followed {
  readonly started: StartedDeployment
  readonly outcome: Outcome
  readonly endedAt: Date
  /** Of the service since the start, oldest first, as ECS words them. */
  readonly events: readonly ServiceEvent[]
  readonly serviceDeploymentArn: string | undefined
  readonly timeline: Timeline
  /** Tasks of the deployment that failed on the way, also when it succeeded in the end. */
  readonly taskFailures: readonly TaskFailure[]
  /** Which image the tasks run, where a success was proven. */
  readonly proof: Proof | undefined
}

/** A deployment while it is followed. */
export interface Watched {
  readonly started: StartedDeployment
  state: FollowState
  outcome: Outcome | undefined
  endedAt: Date
  /** How long it is followed at most; the default until it is known. */
  budget: Budget
  surroundings: Surroundings | undefined
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
    surroundings: undefined,
    lookForFailures: failuresOf(started, {...clients, ecs: source.ecs, ifAllowed: source.ifAllowed}, world),
    taskFailures: [],
    tasksDue: false,
    proof: undefined,
    toldWaits: new Set()
  }
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
    taskFailures,
    proof
  }
}
