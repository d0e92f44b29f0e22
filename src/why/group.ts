import {isDeepStrictEqual} from 'node:util'
import type {TaskFailure} from './failure.ts'
import {isStoppedByOthers, type StoppedContainer, type StoppedTask} from './stopped-tasks.ts'
import {isEssential, type Surroundings} from './surroundings.ts'

/** Tasks that stopped for the same reason, oldest first. */
export interface FailedGroup {
  readonly tasks: readonly [StoppedTask, ...StoppedTask[]]
  /** The containers of the first one that tell something. */
  readonly containers: readonly StoppedContainer[]
}

/**
 * Puts tasks that stopped for the same reason together, in the order of their first one. Pure.
 * @param surroundings tell which containers are essential
 * @param stopping tasks of which not all is known; they are left out where others that stopped for their reason tell more
 */
export function groupStoppedTasks(
  surroundings: Pick<Surroundings, 'taskDefinition'>,
  ended: readonly StoppedTask[],
  stopping: readonly StoppedTask[] = []
): FailedGroup[] {
  const telling = (task: StoppedTask): StoppedContainer[] => tellingContainers(task, surroundings)
  const unexplained = stopping.filter(({reason}) => !ended.some(task => task.reason === reason))
  const groups = Map.groupBy([...ended, ...unexplained], task =>
    JSON.stringify([withoutIds(task.reason), telling(task).map(essence)])
  )
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{tasks: [first, ...others], containers: telling(first)}]
  )
}

/** Whether both tell the same, of however many tasks. Pure. */
export function isSameFailure(one: TaskFailure, other: TaskFailure): boolean {
  return (
    one.kind === other.kind &&
    withoutIds(one.reason) === withoutIds(other.reason) &&
    isDeepStrictEqual(one.containers.map(essence), other.containers.map(essence))
  )
}

type Telling = Pick<StoppedContainer, 'name' | 'exitCode' | 'reason'>

function essence({name, exitCode, reason = ''}: Telling): unknown[] {
  return [name, exitCode, withoutIds(reason)]
}

/** A text of ECS without what differs from one task to the next: ids, addresses, times and how often something was tried. */
export function withoutIds(text: string): string {
  return text
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '<id>')
    .replace(/\b[0-9a-f]{32}\b/g, '<id>')
    .replace(/\b(?:i|eni)-[0-9a-f]{8,17}\b/g, '<id>')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?/g, '<address>')
    .replace(/\bretried \d+ time/g, 'retried <n> time')
}

/**
 * The containers that tell something. Those of a task that was stopped only say how they took it; beside one that failed,
 * the others were stopped because of it.
 */
function tellingContainers(task: StoppedTask, surroundings: Pick<Surroundings, 'taskDefinition'>): StoppedContainer[] {
  if (task.stopCode === 'ServiceSchedulerInitiated' || isStoppedByOthers(task)) return []
  return suspectsIn(task, surroundings)
    .map(container => (container.reason === task.reason ? {...container, reason: undefined} : container))
    .filter(({exitCode, reason}) => exitCode !== undefined || reason !== undefined)
}

/**
 * Who may have stopped a task: one that is not essential does so only by failing while another waits for it; one that
 * finished did what it was there for.
 */
function suspectsIn(
  {stopCode, containers}: StoppedTask,
  surroundings: Pick<Surroundings, 'taskDefinition'>
): readonly StoppedContainer[] {
  const isHelper = ({name}: StoppedContainer): boolean => isEssential(surroundings, name) === false
  const helpers = containers.filter(container => isHelper(container) && container.exitCode !== 0)
  const essential = containers.filter(container => !isHelper(container))
  if (stopCode !== 'EssentialContainerExited') return mostSuspicious([...essential, ...helpers])
  return [...mostSuspicious(essential), ...helpers.filter(hasFailed)]
}

/** The most suspicious first: what is stopped along with another ends with 143, 137 or 0. */
function mostSuspicious(containers: readonly StoppedContainer[]): readonly StoppedContainer[] {
  const levels = [hasFailed, isAnyOf(0, 137), isAnyOf(143)].map(isSuspect => containers.filter(isSuspect))
  return levels.find(({length}) => length > 0) ?? []
}

function hasFailed({exitCode, reason}: StoppedContainer): boolean {
  return reason !== undefined || (exitCode !== undefined && ![0, 137, 143].includes(exitCode))
}

function isAnyOf(...codes: number[]): (container: StoppedContainer) => boolean {
  return ({exitCode}) => exitCode !== undefined && codes.includes(exitCode)
}
