import {unlessUnreadable} from '../aws/reading.ts'
import type {World} from '../world.ts'
import {notPlaced, toFailure} from './explain.ts'
import type {
  Explanation,
  FailingDeployment,
  FailureSources,
  LookForFailures,
  ServiceEventLike,
  TaskFailure
} from './failure.ts'
import {type FailedGroup, groupStoppedTasks} from './group.ts'
import {type Logs, logsOf} from './logs.ts'
import {placementProblems} from './placement.ts'
import {stoppedTasksOf, type StoppedTasks} from './stopped-tasks.ts'
import {type Surroundings, surroundingsOf} from './surroundings.ts'
import {unhealthyTargetsIn} from './target-events.ts'
import {targetsOf} from './targets.ts'

/** The last look waits so often for log lines, each time so many milliseconds. */
const LAST_WAITS = 2
const LAST_WAIT = 1_500

/**
 * Finds out why tasks of a deployment fail.
 * @returns looks again; what was found is remembered
 */
export function failuresOf(
  deployment: FailingDeployment,
  sources: FailureSources,
  world: Pick<World, 'clock' | 'log'>
): LookForFailures {
  const search = new Search(deployment, sources, world)
  return (signal, events, last) => search.look({signal, events, last})
}

/** One look: by what, and whether it is the last. */
interface Look {
  readonly signal: AbortSignal
  readonly events: readonly ServiceEventLike[]
  readonly last: boolean
}

interface Found {
  readonly group: FailedGroup
  readonly logs: Logs
}

class Search {
  readonly #deployment: FailingDeployment
  readonly #world: Pick<World, 'clock' | 'log'>
  readonly #findTasks: ReturnType<typeof stoppedTasksOf>
  readonly #readSurroundings: ReturnType<typeof surroundingsOf>
  readonly #lookAtTargets: ReturnType<typeof targetsOf>
  readonly #readLogs: ReturnType<typeof logsOf>
  #tasks: StoppedTasks = {ended: [], stopping: []}

  constructor(deployment: FailingDeployment, sources: FailureSources, world: Pick<World, 'clock' | 'log'>) {
    this.#deployment = deployment
    this.#world = world
    this.#readSurroundings = surroundingsOf(deployment, sources, world.log)
    this.#findTasks = stoppedTasksOf(deployment, sources, this.#readSurroundings)
    this.#lookAtTargets = targetsOf(sources, world.log)
    this.#readLogs = logsOf(deployment, sources, world.clock)
  }

  async look(look: Look): Promise<Explanation> {
    const isRead = await this.#findTasksNow(look)
    const {ended, stopping} = this.#tasks
    const problems = placementProblems(
      look.events,
      this.#deployment,
      [...ended, ...stopping].map(({reason}) => reason)
    )
    const unfinished = !isRead || stopping.length > 0
    // An unhealthy target is gone soon after: it is looked at before its task has stopped.
    const told = ended.length + (look.last ? stopping.length : 0)
    if (told + problems.length + unhealthyTargetsIn(look.events).length === 0) return {failures: [], unfinished}
    const surroundings = await this.#readSurroundings(look.signal)
    const groups = groupStoppedTasks(surroundings, ended, look.last ? stopping : [])
    const stopped = await this.#explain(groups, surroundings, look)
    const failures = [...stopped.failures, ...problems.map(problem => notPlaced(problem, surroundings))]
    return {failures, unfinished: unfinished || stopped.unfinished}
  }

  /** @returns whether they could be read */
  async #findTasksNow({signal}: Look): Promise<boolean> {
    const tasks = await unlessUnreadable(this.#findTasks(signal), cause => {
      this.#world.log.debug(`Stopped tasks of ${this.#deployment.service.name} could not be read: ${String(cause)}`)
    })
    this.#tasks = tasks ?? this.#tasks
    return tasks !== undefined
  }

  /** A failure comes with its log: while that is not complete, the failure is left out, except from the last look. */
  async #explain(groups: readonly FailedGroup[], surroundings: Surroundings, look: Look): Promise<Explanation> {
    const tasks = groups.flatMap(group => group.tasks)
    const targets = await this.#lookAtTargets(targetGroupsOf(surroundings), tasks, look.events, look.signal)
    const found = await this.#withLogs(groups, surroundings, look)
    const told: TaskFailure[] = found
      .filter(({logs}) => look.last || !logs.pending)
      .map(({group, logs}) => toFailure(group, logs.found, targets, surroundings))
    return {failures: told, unfinished: found.some(({logs}) => logs.pending)}
  }

  async #withLogs(groups: readonly FailedGroup[], surroundings: Surroundings, look: Look): Promise<Found[]> {
    for (let waits = 0; ; waits++) {
      const found: Found[] = []
      for (const group of groups) {
        found.push({group, logs: await this.#readLogs(group, surroundings, look.signal)})
      }
      const isWaitedFor = look.last && found.some(({logs}) => logs.isEmpty && logs.pending)
      if (!isWaitedFor || waits === LAST_WAITS || look.signal.aborted) return found
      await this.#world.clock.sleep(LAST_WAIT, look.signal).catch(() => undefined)
    }
  }
}

function targetGroupsOf({service}: Surroundings): string[] {
  return (service?.loadBalancers ?? []).flatMap(({targetGroupArn, advancedConfiguration: other}) =>
    [targetGroupArn, other?.alternateTargetGroupArn].filter(arn => arn !== undefined)
  )
}
