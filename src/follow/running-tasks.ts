import type {Task} from '@aws-sdk/client-ecs'
import {DescribeTargetHealthCommand} from '@aws-sdk/client-elastic-load-balancing-v2'
import {lastPart} from '../aws/arn.ts'
import {fromAws} from '../aws/reading.ts'
import {describeTasks, listTasks} from '../aws/tasks.ts'
import type {Phase, TaskSnapshot} from './snapshot.ts'
import type {Source} from './source.ts'
import type {StartedDeployment} from './started.ts'

/** What is read with. */
type TaskSource = Pick<Source, 'ecs' | 'elb' | 'ifAllowed' | 'now' | 'runningSince'>

/** What says whether a task is healthy. */
interface Checks {
  /** A container that matters has a health check of its own; `undefined` when that is not known. */
  readonly byContainer: boolean | undefined
  /** State by address of the targets in each load balancer's target groups; `undefined` where they could not be read. */
  readonly byTarget: readonly (ReadonlyMap<string, string> | undefined)[]
}

/**
 * The tasks of our deployment that ECS does not stop.
 * @returns `undefined` where that may not be read
 */
export async function readRunning(
  {service, deploymentId}: StartedDeployment,
  source: Pick<Source, 'ecs' | 'ifAllowed'>,
  abortSignal: AbortSignal
): Promise<Task[] | undefined> {
  const arns = await listTasks(service, 'RUNNING', source, abortSignal)
  const tasks = arns && (await describeTasks(service.clusterArn, arns, source, abortSignal))
  return tasks?.filter(({startedBy, desiredStatus}) => startedBy === deploymentId && desiredStatus !== 'STOPPED')
}

/**
 * How far the tasks of our deployment are, and whether they are healthy.
 * @param isChecked whether a container that matters has a health check of its own; `undefined` when that is not known
 * @returns `undefined` where that may not be read
 */
export async function readTasks(
  started: StartedDeployment,
  isChecked: boolean | undefined,
  source: TaskSource,
  signal: AbortSignal
): Promise<TaskSnapshot[] | undefined> {
  const tasks = await readRunning(started, source, signal)
  if (tasks === undefined) return undefined
  const runs = tasks.some(({lastStatus}) => lastStatus === 'RUNNING')
  const byTarget = runs ? await readTargets(started.rollout.targetGroups, source, signal) : []
  return tasks.map(task => toTask(task, {byContainer: isChecked, byTarget}, source))
}

/** The states of the targets of each load balancer, whose target groups count as one. */
async function readTargets(
  groups: StartedDeployment['rollout']['targetGroups'],
  {elb, ifAllowed}: TaskSource,
  abortSignal: AbortSignal
): Promise<Checks['byTarget']> {
  const read = async (TargetGroupArn: string): Promise<[string, string][] | undefined> => {
    const command = new DescribeTargetHealthCommand({TargetGroupArn})
    const answer = await fromAws(
      ifAllowed('elasticloadbalancing:DescribeTargetHealth', () => elb.send(command, {abortSignal}))
    )
    return answer?.TargetHealthDescriptions?.map(({Target, TargetHealth}) => [
      Target?.Id ?? '',
      TargetHealth?.State ?? ''
    ])
  }
  return Promise.all(
    groups.map(async arns => {
      const states = await Promise.all(arns.map(read))
      return states.some(found => found === undefined) ? undefined : new Map(states.flatMap(found => found ?? []))
    })
  )
}

function toTask(task: Task, checks: Checks, source: TaskSource): TaskSnapshot {
  return {
    id: lastPart(task.taskArn ?? ''),
    phase: phaseOf(task, checks),
    runningSince: task.lastStatus === 'RUNNING' ? firstSeen(task, source) : undefined,
    isChecked: checks.byTarget.length > 0 ? true : checks.byContainer
  }
}

/** ECS's own time of the start cannot be held against this machine's clock, which may be ahead of it. */
function firstSeen({taskArn = ''}: Task, {runningSince, now}: TaskSource): Date {
  const since = runningSince.get(taskArn) ?? now()
  runningSince.set(taskArn, since)
  return since
}

/** How far a task is; the states are those of the task lifecycle in the ECS Developer Guide. */
function phaseOf(task: Task, checks: Checks): Phase {
  const {lastStatus, pullStartedAt, pullStoppedAt} = task
  if (lastStatus === 'RUNNING') return healthOf(task, checks)
  if (lastStatus === 'ACTIVATING' || pullStoppedAt !== undefined) return 'starting'
  return pullStartedAt === undefined ? 'placing' : 'pulling'
}

/** By all that checks it: `running` while one of them does not know yet, or cannot be read. */
function healthOf(task: Task, {byContainer, byTarget}: Checks): 'running' | 'healthy' | 'unhealthy' {
  const address = (task.containers ?? []).flatMap(({networkInterfaces = []}) => networkInterfaces)[0]
  const targets = byTarget.map(states => states?.get(address?.privateIpv4Address ?? ''))
  if (task.healthStatus === 'UNHEALTHY' || targets.includes('unhealthy')) return 'unhealthy'
  const isHealthyInside = byContainer === false || task.healthStatus === 'HEALTHY'
  const hasChecks = byContainer !== false || byTarget.length > 0
  return hasChecks && isHealthyInside && targets.every(state => state === 'healthy') ? 'healthy' : 'running'
}
