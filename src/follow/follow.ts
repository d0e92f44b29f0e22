import type {Aws} from '../aws/clients.ts'
import type {World} from '../world.ts'
import {conclude, type Outcome, type Status} from './conclude.ts'
import type {Moment} from './facts.ts'
import {createSource, type Observation, observe, type Source} from './observe.ts'
import {pace} from './pace.ts'
import {unlessUnreadable} from '../aws/reading.ts'
import {type Change, type FollowState, initialState, oursFirst, reduce, type Timeline} from './reduce.ts'
import {type ServiceEvent, serviceDeploymentOf, type Snapshot} from './snapshot.ts'
import type {StartedDeployment} from './started.ts'
import {groupStoppedTasks, isSameFailure, stoppedTasksOf, type TaskFailure} from './stopped-tasks.ts'
import {nextTrouble, type Trouble} from './trouble.ts'

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
}

/** Is told of each change when it becomes known; `at` is the time of the look. */
export type Tell = (change: Change, started: StartedDeployment, at: Date) => void

/** A deployment while it is followed. */
interface Watched {
  readonly started: StartedDeployment
  state: FollowState
  outcome: Outcome | undefined
  endedAt: Date
  readonly findStoppedTasks: ReturnType<typeof stoppedTasksOf>
  taskFailures: readonly TaskFailure[]
  /** Something happened that may have been a task that failed. */
  tasksDue: boolean
}

/** The log is silent no longer than this, in milliseconds. */
const HEARTBEAT = 60_000
/** So many reads have to fail in a row to be told. */
const NEWS_READS = 2
/** These are told in full when they fail: tasks may explain them. */
const EXPLAINED: readonly Status[] = ['rolled-back', 'rollback-failed', 'failed', 'stopped', 'timed-out']

/**
 * Follows deployments, side by side, until each has an outcome. Reads that fail are ridden out; a cancelled job ends it.
 * @param options `waitForMinutes`: how long at most
 */
export async function follow(
  started: readonly StartedDeployment[],
  options: {readonly waitForMinutes: number},
  aws: Aws,
  world: World,
  tell: Tell
): Promise<Followed[]> {
  return new Follower(started, options.waitForMinutes, aws, world, tell).follow()
}

/** The loop: look, reduce, tell, conclude, wait. It decides nothing itself. */
class Follower {
  readonly #watched: readonly Watched[]
  readonly #source: Source
  readonly #world: World
  readonly #tell: Tell
  readonly #until: Date
  readonly #minutes: number
  /** The services could not be read. */
  #trouble: Trouble | undefined
  /** Something could not be read. */
  #anyTrouble: Trouble | undefined
  #toldAt: Date

  constructor(started: readonly StartedDeployment[], minutes: number, aws: Aws, world: World, tell: Tell) {
    const now = world.clock.now()
    const source = createSource(aws.ecsOnce, world.log, () => world.clock.now())
    this.#world = world
    this.#minutes = minutes
    this.#until = new Date(now.getTime() + minutes * 60_000)
    this.#toldAt = now
    this.#source = source
    this.#tell = (change, about, at) => {
      this.#toldAt = at
      tell(change, about, at)
    }
    this.#watched = started.map(deployment => watch(sinceNow(deployment, now), source, now))
  }

  async follow(): Promise<Followed[]> {
    let pending = this.#watched
    while (pending.length > 0) {
      const observation = await observe(
        pending.map(({started}) => started),
        this.#source,
        this.#world.signal
      )
      this.#noteTrouble(observation, pending)
      for (const watched of pending) await this.#advance(watched, observation.snapshot)
      pending = pending.filter(({outcome}) => outcome === undefined)
      if (pending.length > 0) await this.#pause(pending, observation.snapshot.at)
    }
    return this.#watched.map(toFollowed)
  }

  /** A single failed read is no news: the next one is due in seconds. */
  #noteTrouble({snapshot: {at}, problem, anyProblem}: Observation, [first]: readonly Watched[]): void {
    if (this.#world.signal.aborted || first === undefined) return
    const before = this.#trouble
    this.#trouble = nextTrouble(before, problem, at)
    this.#anyTrouble = nextTrouble(this.#anyTrouble, anyProblem, at)
    if (this.#trouble?.reads === NEWS_READS) this.#tell({kind: 'unknown', trouble: this.#trouble}, first.started, at)
    if (before !== undefined && before.reads >= NEWS_READS && this.#trouble === undefined) {
      this.#tell({kind: 'known-again', trouble: before}, first.started, at)
    }
  }

  async #advance(watched: Watched, {services, at}: Snapshot): Promise<void> {
    const service = services.find(({arn}) => arn === watched.started.service.arn)
    const {state, changes} =
      service === undefined ? {state: watched.state, changes: []} : reduce(watched.state, service, at)
    watched.state = state
    watched.outcome = conclude(state, this.#moment(at))
    watched.endedAt = at
    // What happened in the past of a service that runs the revision already is no news.
    const isUnchanged = watched.outcome?.status === 'unchanged'
    const news = changes.filter(({kind}) => kind === 'found' || !isUnchanged)
    for (const change of news) this.#tell(change, watched.started, at)
    watched.tasksDue ||= changes.some(({kind}) => kind === 'event' || kind === 'failed-tasks')
    const isExplained = watched.outcome !== undefined && EXPLAINED.includes(watched.outcome.status)
    if (isExplained || (watched.outcome === undefined && watched.tasksDue)) await this.#explain(watched, at)
  }

  #moment(now: Date): Moment {
    const {signal} = this.#world
    return {now, until: this.#until, minutes: this.#minutes, trouble: this.#unknown(), cancelled: signal.aborted}
  }

  /** Why the state of the services is unknown, when it is. */
  #unknown(): Trouble | undefined {
    return this.#trouble !== undefined && this.#trouble.reads >= NEWS_READS ? this.#trouble : undefined
  }

  /** Looks for tasks that failed and tells each new kind of failure once. */
  async #explain(watched: Watched, at: Date): Promise<void> {
    const {log, signal} = this.#world
    const tasks = await unlessUnreadable(watched.findStoppedTasks(signal), cause => {
      log.debug(`Stopped tasks of ${watched.started.service.name} could not be read: ${String(cause)}`)
    })
    if (tasks === undefined) return
    const before = watched.taskFailures
    watched.tasksDue = tasks.stopping.length > 0
    // Nobody looks again after the outcome, so what is known of those that are still stopping has to do.
    const told = watched.outcome === undefined ? tasks.ended : [...tasks.ended, ...tasks.stopping]
    watched.taskFailures = groupStoppedTasks(told)
    for (const failure of watched.taskFailures.filter(
      failure => !before.some(known => isSameFailure(known, failure))
    )) {
      this.#tell({kind: 'stopped-tasks', failure}, watched.started, at)
    }
  }

  async #pause(pending: readonly Watched[], at: Date): Promise<void> {
    const {clock, random, signal} = this.#world
    if (at.getTime() - this.#toldAt.getTime() >= HEARTBEAT) this.#heartbeat(pending, at)
    const states = pending.map(({state}) => state)
    const wait = Math.min(pace(states, this.#anyTrouble, at, random()), this.#until.getTime() - at.getTime())
    try {
      await clock.sleep(wait, signal)
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  #heartbeat(pending: readonly Watched[], at: Date): void {
    const [first] = pending
    const trouble = this.#unknown()
    if (trouble !== undefined && first !== undefined) {
      this.#tell({kind: 'unknown', trouble}, first.started, at)
      return
    }
    for (const {started, state} of pending) {
      if (state.latest === undefined) continue
      const {desiredCount} = state.latest
      this.#tell({kind: 'heartbeat', desiredCount, deployments: oursFirst(state.latest, started)}, started, at)
    }
  }
}

/** Scaling begins now, however old the deployment is that is scaled. */
function sinceNow(started: StartedDeployment, now: Date): StartedDeployment {
  return started.scaledTo === undefined ? started : {...started, startedAt: now}
}

function watch(started: StartedDeployment, {ecs, ifAllowed}: Source, now: Date): Watched {
  return {
    started,
    state: initialState(started, now),
    outcome: undefined,
    endedAt: now,
    findStoppedTasks: stoppedTasksOf(started, ecs, ifAllowed),
    taskFailures: [],
    tasksDue: false
  }
}

function toFollowed({started, state, outcome, endedAt, taskFailures}: Watched): Followed {
  if (outcome === undefined) throw new TypeError(`${started.deploymentId} has no outcome`)
  return {
    started,
    outcome,
    endedAt,
    events: state.events,
    serviceDeploymentArn: serviceDeploymentOf(state.latest)?.arn,
    timeline: state.timeline,
    taskFailures
  }
}
