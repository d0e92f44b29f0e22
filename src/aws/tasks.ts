import {DescribeTasksCommand, ListTasksCommand, type Task} from '@aws-sdk/client-ecs'
import {chunksOf} from '../workflow/chunks.ts'
import type {Aws} from './clients.ts'
import {fromAws, type IfAllowed} from './reading.ts'

/** What tasks are read with: a client that repeats nothing, because whoever reads looks again anyway. */
export interface TaskReader {
  readonly ecs: Aws['ecsOnce']
  readonly ifAllowed: IfAllowed
}

/** DescribeTasks takes a hundred tasks a call, and ListTasks gives as many a page. */
const TASKS_A_CALL = 100

/**
 * ARNs of the tasks of a service, of all its deployments: ListTasks takes `startedBy` with no other filter.
 * @param desiredStatus `STOPPED` for those that have stopped or are about to
 * @returns `undefined` where that may not be read
 */
export async function listTasks(
  {name, clusterArn}: {readonly name: string; readonly clusterArn: string},
  desiredStatus: 'RUNNING' | 'STOPPED',
  {ecs, ifAllowed}: TaskReader,
  abortSignal: AbortSignal
): Promise<string[] | undefined> {
  const arns: string[] = []
  let nextToken: string | undefined
  do {
    const command = new ListTasksCommand({cluster: clusterArn, serviceName: name, desiredStatus, nextToken})
    const answer = await fromAws(ifAllowed('ecs:ListTasks', () => ecs.send(command, {abortSignal})))
    if (answer === undefined) return undefined
    arns.push(...(answer.taskArns ?? []))
    nextToken = answer.nextToken
  } while (nextToken !== undefined)
  return arns
}

/** The tasks of a cluster by their ARNs; `undefined` where they may not be read. */
export async function describeTasks(
  clusterArn: string,
  arns: readonly string[],
  {ecs, ifAllowed}: TaskReader,
  abortSignal: AbortSignal
): Promise<Task[] | undefined> {
  const tasks: Task[] = []
  for (const chunk of chunksOf(arns, TASKS_A_CALL)) {
    const command = new DescribeTasksCommand({cluster: clusterArn, tasks: chunk})
    const answer = await fromAws(ifAllowed('ecs:DescribeTasks', () => ecs.send(command, {abortSignal})))
    if (answer === undefined) return undefined
    tasks.push(...(answer.tasks ?? []))
  }
  return tasks
}
