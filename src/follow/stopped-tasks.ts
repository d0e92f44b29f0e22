import {isDeepStrictEqual} from 'node:util'
import {DescribeTasksCommand, ListTasksCommand, type Task} from '@aws-sdk/client-ecs'
import {lastPart} from '../aws/arn.ts'
import type {Aws} from '../aws/clients.ts'
import {bounded, count, oneLine} from '../workflow/text.ts'
import {fromAws, type IfAllowed} from '../aws/reading.ts'
import type {StartedDeployment} from './started.ts'

/** A task of our deployment that stopped for another reason than to make room. */
export interface StoppedTask {
  readonly id: string
  readonly stopCode: string | undefined
  readonly reason: string
  /** When it stopped, or began to. */
  readonly at: Date | undefined
  readonly containers: readonly StoppedContainer[]
}

export interface StoppedContainer {
  readonly name: string
  /** `undefined` when it never started. */
  readonly exitCode: number | undefined
  readonly reason: string | undefined
}

/** Tasks that stopped for the same reason. */
export interface TaskFailure {
  readonly stopCode: string | undefined
  readonly reason: string
  readonly containers: readonly StoppedContainer[]
  readonly taskIds: readonly string[]
}

/** DescribeTasks takes a hundred tasks a call. */
const TASKS_A_CALL = 100
const LONGEST_REASON = 1000

/** Tasks of a deployment that failed. */
export interface StoppedTasks {
  /** Those that have ended, oldest first. */
  readonly ended: readonly StoppedTask[]
  /** Those that are still stopping; their exit codes are not known yet. */
  readonly stopping: readonly StoppedTask[]
}

/**
 * Finds the tasks of a deployment that failed. ECS keeps stopped tasks for an hour, so what was found is remembered.
 * @returns looks again and gives all that were found so far; none where the calls are denied
 */
export function stoppedTasksOf(
  {service, deploymentId}: StartedDeployment,
  ecs: Aws['ecs'],
  ifAllowed: IfAllowed
): (abortSignal: AbortSignal) => Promise<StoppedTasks> {
  const settled = new Set<string>()
  const ended: StoppedTask[] = []
  return async abortSignal => {
    const listed = await listStopped(service, ecs, ifAllowed, abortSignal)
    const arns = listed.filter(arn => !settled.has(arn))
    const tasks = await describe(arns, service.clusterArn, ecs, ifAllowed, abortSignal)
    const failed = tasks.filter(task => task.startedBy === deploymentId && isFailure(task))
    ended.push(...failed.filter(hasEnded).map(toStoppedTask))
    for (const task of tasks) if (!failed.includes(task) || hasEnded(task)) settled.add(task.taskArn ?? '')
    ended.sort((one, other) => (one.at?.getTime() ?? 0) - (other.at?.getTime() ?? 0))
    return {ended: [...ended], stopping: failed.filter(task => !hasEnded(task)).map(toStoppedTask)}
  }
}

async function describe(
  arns: readonly string[],
  cluster: string,
  ecs: Aws['ecs'],
  ifAllowed: IfAllowed,
  abortSignal: AbortSignal
): Promise<Task[]> {
  const tasks: Task[] = []
  for (let start = 0; start < arns.length; start += TASKS_A_CALL) {
    const command = new DescribeTasksCommand({cluster, tasks: arns.slice(start, start + TASKS_A_CALL)})
    const answer = await fromAws(ifAllowed('ecs:DescribeTasks', () => ecs.send(command, {abortSignal})))
    tasks.push(...(answer?.tasks ?? []))
  }
  return tasks
}

async function listStopped(
  service: StartedDeployment['service'],
  ecs: Aws['ecs'],
  ifAllowed: IfAllowed,
  abortSignal: AbortSignal
): Promise<string[]> {
  const arns: string[] = []
  let nextToken: string | undefined
  do {
    // `startedBy` cannot be combined with other filters, so the deployment is told apart afterwards.
    const command = new ListTasksCommand({
      cluster: service.clusterArn,
      serviceName: service.name,
      desiredStatus: 'STOPPED',
      nextToken
    })
    const answer = await fromAws(ifAllowed('ecs:ListTasks', () => ecs.send(command, {abortSignal})))
    arns.push(...(answer?.taskArns ?? []))
    nextToken = answer?.nextToken
  } while (nextToken !== undefined)
  return arns
}

/**
 * A task that is still stopping is listed as stopped already; its exit codes come later. Those of a task that ECS stopped
 * are not needed, and its connections may drain for minutes.
 */
function hasEnded({lastStatus, stopCode}: Task): boolean {
  return lastStatus === 'STOPPED' || lastStatus === 'DEPROVISIONING' || stopCode === 'ServiceSchedulerInitiated'
}

/**
 * Whether a task stopped for another reason than to make room for others, for fewer, or for one in another Availability
 * Zone. The wording of the last is not documented.
 */
export function isFailure({stoppedReason = ''}: Pick<Task, 'stoppedReason'>): boolean {
  return !stoppedReason.startsWith('Scaling activity initiated by') && !/rebalanc/i.test(stoppedReason)
}

function toStoppedTask(task: Task): StoppedTask {
  return {
    id: lastPart(task.taskArn ?? ''),
    stopCode: task.stopCode,
    reason: task.stoppedReason ?? task.stopCode ?? 'no reason given',
    at: task.stoppedAt ?? task.executionStoppedAt ?? task.stoppingAt,
    containers: (task.containers ?? []).map(({name = '', exitCode, reason}) => ({name, exitCode, reason}))
  }
}

/** Puts tasks that stopped for the same reason together, in the order of their first one. Pure. */
export function groupStoppedTasks(tasks: readonly StoppedTask[]): TaskFailure[] {
  const groups = Map.groupBy(tasks, task => JSON.stringify([task.reason, telling(task)]))
  return [...groups.values()].flatMap(group => {
    const [first] = group
    if (first === undefined) return []
    return {
      stopCode: first.stopCode,
      reason: first.reason,
      containers: telling(first),
      taskIds: group.map(({id}) => id)
    }
  })
}

/**
 * The containers that tell something. Those of a task that ECS stopped only say how they took it; beside one that failed,
 * the others were stopped because of it.
 */
function telling({stopCode, containers, reason}: StoppedTask): StoppedContainer[] {
  if (stopCode === 'ServiceSchedulerInitiated') return []
  const failed = containers.filter(container => container.exitCode !== 0 || container.reason !== undefined)
  const exited = failed.length > 0 ? failed : containers.filter(({exitCode}) => exitCode !== undefined)
  return exited
    .map(container => (container.reason === reason ? {...container, reason: undefined} : container))
    .filter(container => container.exitCode !== undefined || container.reason !== undefined)
}

/** Whether both tell the same, of however many tasks. */
export function isSameFailure(one: TaskFailure, other: TaskFailure): boolean {
  return one.reason === other.reason && isDeepStrictEqual(one.containers, other.containers)
}

/** `3 tasks stopped: Essential container in task exited; container web exited with code 1`. */
export function describeTaskFailure({taskIds, reason, containers}: TaskFailure): string {
  return [`${count(taskIds.length, 'task')} stopped: ${shown(reason)}`, ...containers.map(describeContainer)].join('; ')
}

function describeContainer({name, exitCode, reason}: StoppedContainer): string {
  if (exitCode === undefined) return `container ${name} did not start: ${shown(reason ?? '')}`
  return `container ${name} exited with code ${exitCode}${reason === undefined ? '' : ` (${shown(reason)})`}`
}

function shown(text: string): string {
  return bounded(oneLine(text).trim(), LONGEST_REASON).replace(/\.$/, '')
}
