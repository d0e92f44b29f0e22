import * as sdk from '@aws-sdk/client-ecs'
import {type Operations, operationOf} from '../service.ts'
import {lastPart} from './arns.ts'
import {type Clusters, serviceOf} from './clusters.ts'
import {invalidParameter} from './errors.ts'
import {type Cluster, isServiceTask, type Task} from './model.ts'
import {page} from './paging.ts'
import type {Rollout} from './rollout.ts'
import type {StandaloneTasks} from './standalone-tasks.ts'
import type {TaskSets} from './task-sets.ts'
import {launchTypeOf, taskView} from './task-view.ts'
import type {EcsVariants} from './variants.ts'

/** What the operations on tasks work on. */
export interface TaskOperationSurroundings {
  readonly clusters: Clusters
  readonly rollout: Rollout
  readonly taskSets: TaskSets
  readonly standalone: StandaloneTasks
  readonly variants: EcsVariants
}

/** The operations on tasks. */
export function taskOperations(world: TaskOperationSurroundings): Operations {
  return {
    ListTasks: operationOf(sdk.ListTasks$, (input: sdk.ListTasksRequest): sdk.ListTasksResponse => list(world, input)),
    DescribeTasks: operationOf(sdk.DescribeTasks$, (input: sdk.DescribeTasksRequest): sdk.DescribeTasksResponse =>
      describe(world, input)
    ),
    StopTask: operationOf(sdk.StopTask$, (input: sdk.StopTaskRequest): sdk.StopTaskResponse => {
      const task = findTask(world.clusters.get(input.cluster), input.task ?? '')
      if (task === undefined) throw invalidParameter('The referenced task was not found.')
      const cause = {code: 'UserInitiated' as const, reason: input.reason ?? 'Task stopped by user'}
      if (!isServiceTask(task)) world.standalone.stop(task, cause)
      else if (task.service.controller === 'ECS') world.rollout.stopTask(task, cause)
      else world.taskSets.stopTask(task, cause)
      return {task: taskView(task)}
    })
  }
}

function list(world: TaskOperationSurroundings, input: sdk.ListTasksRequest): sdk.ListTasksResponse {
  const cluster = world.clusters.get(input.cluster)
  const {startedBy, serviceName, family, launchType, desiredStatus, containerInstance} = input
  const others = [serviceName, family, launchType, desiredStatus, containerInstance]
  if (startedBy !== undefined && others.some(filter => filter !== undefined)) {
    // The text is not confirmed.
    throw invalidParameter('startedBy cannot be combined with other filters.')
  }
  const service = serviceName === undefined ? undefined : serviceOf(cluster, serviceName)
  const found = [...cluster.tasks.values()]
    .filter(task => task.desiredStatus === (desiredStatus ?? 'RUNNING'))
    .filter(task => startedBy === undefined || task.startedBy === startedBy)
    .filter(task => service === undefined || (isServiceTask(task) && task.service === service))
    .filter(task => family === undefined || task.configuration.taskDefinition.family === family)
    .filter(task => launchType === undefined || launchTypeOf(task) === launchType)
    .filter(task => containerInstance === undefined || task.instance?.id === lastPart(containerInstance))
  const {items, ...rest} = page(
    found.map(task => task.arn),
    input,
    100,
    world.variants
  )
  return {taskArns: items, ...rest}
}

function describe(world: TaskOperationSurroundings, input: sdk.DescribeTasksRequest): sdk.DescribeTasksResponse {
  const references = input.tasks ?? []
  if (references.length === 0) throw invalidParameter('Tasks cannot be empty.')
  // The text for too many is not confirmed.
  if (references.length > 100) throw invalidParameter('Tasks cannot have more than 100 elements.')
  const cluster = world.clusters.get(input.cluster)
  const found = references.map(reference => ({reference, task: findTask(cluster, reference)}))
  return {
    tasks: found.flatMap(({task}) => (task === undefined ? [] : [taskView(task)])),
    failures: found
      .filter(({task}) => task === undefined)
      .map(({reference}) => ({
        arn: reference.startsWith('arn:') ? reference : `${cluster.arn.replace(':cluster/', ':task/')}/${reference}`,
        reason: 'MISSING'
      }))
  }
}

/** By id or ARN. @throws AwsError InvalidParameterException for what cannot be an id */
function findTask(cluster: Cluster, reference: string): Task | undefined {
  const id = lastPart(reference)
  if (id.length !== 32 && id.length !== 36) throw invalidParameter('taskId length should be one of [32,36]')
  const task = cluster.tasks.get(id)
  return reference.startsWith('arn:') && task?.arn !== reference ? undefined : task
}
