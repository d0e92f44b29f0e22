import type {Task} from '@aws-sdk/client-ecs'
import {lastPart} from '../aws/arn.ts'
import {describeTasks, listTasks} from '../aws/tasks.ts'
import type {FailingDeployment, FailureSources} from './failure.ts'
import {isEssential, type Surroundings} from './surroundings.ts'

/** A task of our deployment that stopped for another reason than to make room. */
export interface StoppedTask {
  readonly id: string
  readonly stopCode: string | undefined
  readonly reason: string
  /** When its containers had ended, or it began to stop. */
  readonly at: Date | undefined
  /** Where its load balancer reached it, when it had an address of its own. */
  readonly address: string | undefined
  readonly containers: readonly StoppedContainer[]
}

export interface StoppedContainer {
  readonly name: string
  /** `undefined` when it never started. */
  readonly exitCode: number | undefined
  readonly reason: string | undefined
  readonly isUnhealthy: boolean
  /** The container runtime's id; `undefined` when it never started. */
  readonly runtimeId: string | undefined
}

/** Tasks of a deployment that failed. */
export interface StoppedTasks {
  /** Those of which all is known, oldest first. */
  readonly ended: readonly StoppedTask[]
  /** Those that are still stopping, without exit codes as yet. */
  readonly stopping: readonly StoppedTask[]
}

/**
 * Finds the tasks of a deployment that failed. ECS keeps stopped tasks for an hour, so what was found is remembered.
 * @param readSurroundings tells which containers are essential, while a task of several is still stopping
 * @returns looks again and gives all that were found so far; none where the calls are denied
 */
export function stoppedTasksOf(
  {service, deploymentId}: FailingDeployment,
  sources: Pick<FailureSources, 'ecs' | 'ifAllowed'>,
  readSurroundings: (abortSignal: AbortSignal) => Promise<Surroundings>
): (abortSignal: AbortSignal) => Promise<StoppedTasks> {
  const settled = new Set<string>()
  const ended: StoppedTask[] = []
  return async abortSignal => {
    const listed = (await listTasks(service, 'STOPPED', sources, abortSignal)) ?? []
    const arns = listed.filter(arn => !settled.has(arn))
    const tasks = (await describeTasks(service.clusterArn, arns, sources, abortSignal)) ?? []
    const failed = tasks.filter(task => task.startedBy === deploymentId && isFailure(task))
    const {taskDefinition} = failed.some(isStopping) ? await readSurroundings(abortSignal) : {}
    const stopping = failed.filter(task => isStopping(task) && !isExplained(task, {taskDefinition}))
    ended.push(...failed.filter(task => !stopping.includes(task)).map(toStoppedTask))
    for (const task of tasks) if (!stopping.includes(task)) settled.add(task.taskArn ?? '')
    ended.sort((one, other) => (one.at?.getTime() ?? 0) - (other.at?.getTime() ?? 0))
    return {ended: [...ended], stopping: stopping.map(toStoppedTask)}
  }
}

/** A task that is still stopping is listed as stopped already. */
function isStopping({lastStatus}: Task): boolean {
  return lastStatus !== 'STOPPED' && lastStatus !== 'DEPROVISIONING'
}

/**
 * Whether a task that is still stopping has told what it has to: the exit code of the essential container that ended it;
 * others may have ended before, as planned. Those of a task that ECS stopped are not needed, and its connections may drain
 * for minutes. Pure.
 */
export function isExplained(
  {stopCode, containers = []}: Pick<Task, 'stopCode' | 'containers'>,
  surroundings: Pick<Surroundings, 'taskDefinition'>
): boolean {
  if (stopCode !== 'EssentialContainerExited') return stopCode === 'ServiceSchedulerInitiated'
  const exited = containers.filter(({exitCode}) => exitCode !== undefined)
  return (
    (exited.length > 0 && exited.length === containers.length) ||
    exited.some(({name = ''}) => isEssential(surroundings, name) === true)
  )
}

/**
 * Whether a task stopped for another reason than to make room for others, for fewer, or for one in another Availability
 * Zone. The wording of the last is not documented.
 */
export function isFailure({stoppedReason = ''}: Pick<Task, 'stoppedReason'>): boolean {
  return !stoppedReason.startsWith('Scaling activity initiated by') && !/rebalanc/i.test(stoppedReason)
}

const STOPPED_BY_OTHERS: readonly (string | undefined)[] = [
  'UserInitiated',
  'SpotInterruption',
  'TerminationNotice',
  'InfrastructureHealth'
]

/** Whether a task was stopped though its containers did nothing wrong: how they ended, and their logs, explain nothing. */
export function isStoppedByOthers({stopCode}: Pick<StoppedTask, 'stopCode'>): boolean {
  return STOPPED_BY_OTHERS.includes(stopCode)
}

/** The part of a task that tells why it stopped. */
export function toStoppedTask(task: Task): StoppedTask {
  const containers = task.containers ?? []
  return {
    id: lastPart(task.taskArn ?? ''),
    stopCode: task.stopCode,
    reason: task.stoppedReason ?? task.stopCode ?? 'no reason given',
    at: task.executionStoppedAt ?? task.stoppingAt ?? task.stoppedAt,
    address: containers.flatMap(({networkInterfaces = []}) => networkInterfaces)[0]?.privateIpv4Address,
    containers: containers.map(({name = '', exitCode, reason, healthStatus, runtimeId}) => ({
      name,
      exitCode,
      reason,
      isUnhealthy: healthStatus === 'UNHEALTHY',
      runtimeId
    }))
  }
}
