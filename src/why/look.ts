import {unlessUnreadable} from '../aws/reading.ts'
import type {World} from '../world.ts'
import {containerLogsOf} from './container-log.ts'
import {containersOf, notPlaced, toFailure, wantsLog} from './explain.ts'
import type {
  ContainerLog,
  Explanation,
  FailingDeployment,
  FailureSources,
  LookForFailures,
  ServiceEventLike,
  TaskFailure
} from './failure.ts'
import {type FailedGroup, groupStoppedTasks} from './group.ts'
import {logPlaceOf} from './log-place.ts'
import {placementProblems} from './placement.ts'
import {stoppedTasksOf, type StoppedTask, type StoppedTasks} from './stopped-tasks.ts'
import {definitionOf, type Surroundings, surroundingsOf} from './surroundings.ts'
import {unhealthyTargetsIn} from './target-events.ts'
import {targetsOf} from './targets.ts'

/** The last look waits so often for log lines, each time so many milliseconds. */
const LAST_WAITS = 2
const LAST_WAIT = 2_000
/** The log of one container tells enough; of many it would bury the rest. */
const MOST_LOGS = 2

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
  return (signal, events, last) => search.look(signal, events, last)
}

class Search {
  readonly #deployment: FailingDeployment
  readonly #world: Pick<World, 'clock' | 'log'>
  readonly #findTasks: ReturnType<typeof stoppedTasksOf>
  readonly #readSurroundings: ReturnType<typeof surroundingsOf>
  readonly #lookAtTargets: ReturnType<typeof targetsOf>
  readonly #readLog: ReturnType<typeof containerLogsOf>
  #tasks: StoppedTasks = {ended: [], stopping: []}

  constructor(deployment: FailingDeployment, sources: FailureSources, world: Pick<World, 'clock' | 'log'>) {
    this.#deployment = deployment
    this.#world = world
    this.#findTasks = stoppedTasksOf(deployment, sources)
    this.#readSurroundings = surroundingsOf(deployment, sources, world.log)
    this.#lookAtTargets = targetsOf(sources, world.log)
    this.#readLog = containerLogsOf(sources, world.clock)
  }

  async look(signal: AbortSignal, events: readonly ServiceEventLike[], last: boolean): Promise<Explanation> {
    const seen = await this.#tasksNow(signal)
    const tasks = last ? [...this.#tasks.ended, ...this.#tasks.stopping] : this.#tasks.ended
    const problems = placementProblems(events, this.#deployment)
    const unfinished = !seen || this.#tasks.stopping.length > 0
    if (tasks.length + problems.length + unhealthyTargetsIn(events).length === 0) return {failures: [], unfinished}
    const surroundings = await this.#readSurroundings(signal)
    const stopped = await this.#stopped(tasks, events, surroundings, signal, last)
    const failures = [...stopped.failures, ...problems.map(problem => notPlaced(problem, surroundings))]
    return {failures, unfinished: unfinished || stopped.pending}
  }

  /** @returns whether they could be read */
  async #tasksNow(signal: AbortSignal): Promise<boolean> {
    const tasks = await unlessUnreadable(this.#findTasks(signal), cause => {
      this.#world.log.debug(`Stopped tasks of ${this.#deployment.service.name} could not be read: ${String(cause)}`)
    })
    this.#tasks = tasks ?? this.#tasks
    return tasks !== undefined
  }

  /** Failures come with their logs: one whose log is not complete yet is left out until it is, or until the last look. */
  async #stopped(
    tasks: readonly StoppedTask[],
    events: readonly ServiceEventLike[],
    surroundings: Surroundings,
    signal: AbortSignal,
    last: boolean
  ): Promise<{readonly failures: readonly TaskFailure[]; readonly pending: boolean}> {
    const targets = await this.#lookAtTargets(targetGroupsOf(surroundings), tasks, events, signal)
    const groups = await this.#withLogs(groupStoppedTasks(tasks), surroundings, signal, last)
    const told = groups.filter(({logs}) => last || !logs.pending)
    return {
      failures: told.map(({group, logs}) => toFailure(group, logs.found, targets, surroundings)),
      pending: groups.some(({logs}) => logs.pending)
    }
  }

  async #withLogs(
    groups: readonly FailedGroup[],
    surroundings: Surroundings,
    signal: AbortSignal,
    last: boolean
  ): Promise<{readonly group: FailedGroup; readonly logs: Logs}[]> {
    for (let waits = 0; ; waits++) {
      const found = []
      for (const group of groups) found.push({group, logs: await this.#readLogs(group, surroundings, signal)})
      const isWaitedFor = last && found.some(({logs}) => logs.isEmpty && logs.pending)
      if (!isWaitedFor || waits === LAST_WAITS || signal.aborted) return found
      await this.#world.clock.sleep(LAST_WAIT, signal).catch(() => undefined)
    }
  }

  async #readLogs(group: FailedGroup, surroundings: Surroundings, signal: AbortSignal): Promise<Logs> {
    const [task] = group.tasks
    const found = new Map<string, ContainerLog>()
    let pending = false
    const wanted = containersOf(group, surroundings).filter(container => wantsLog(task, container))
    for (const container of wanted.slice(0, MOST_LOGS)) {
      const definition = definitionOf(surroundings, container.name)
      if (definition === undefined) continue
      const place = logPlaceOf(definition, container, task, regionOf(this.#deployment))
      if (typeof place === 'string') {
        found.set(container.name, {group: '', stream: '', region: '', lines: [], note: place})
        continue
      }
      // What ECS stopped for its health has written what there is to tell before.
      const at = task.stopCode === 'ServiceSchedulerInitiated' ? new Date(0) : task.at
      const reading = await this.#readLog(place, at, signal)
      found.set(container.name, reading.log)
      pending ||= reading.pending
    }
    return {found, pending, isEmpty: [...found.values()].every(({lines}) => lines.length === 0)}
  }
}

interface Logs {
  /** By the containers' names. */
  readonly found: ReadonlyMap<string, ContainerLog>
  readonly pending: boolean
  readonly isEmpty: boolean
}

function regionOf({service}: FailingDeployment): string {
  return service.arn.split(':')[3] ?? ''
}

function targetGroupsOf({service}: Surroundings): string[] {
  return (service?.loadBalancers ?? []).flatMap(({targetGroupArn, advancedConfiguration: other}) =>
    [targetGroupArn, other?.alternateTargetGroupArn].filter(arn => arn !== undefined)
  )
}
