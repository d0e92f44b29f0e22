import * as sdk from '@aws-sdk/client-ecs'
import {AwsError, type Operations, operationOf} from '../service.ts'
import {type Owner} from './arns.ts'
import {type Clusters, serviceOf} from './clusters.ts'
import {invalidParameter} from './errors.ts'
import {deploymentId, type Service} from './model.ts'
import {withPublicIpDefault} from './service-rules.ts'
import {type TaskSet, taskSetView, taskSetViews} from './task-set.ts'
import type {NewTaskSet, TaskSets} from './task-sets.ts'

/** What the operations on task sets work on. */
export interface TaskSetOperationSurroundings {
  readonly owner: Owner
  readonly clusters: Clusters
  readonly taskSets: TaskSets
}

/** The operations on task sets, which an external controller deploys with. */
export function taskSetOperations(world: TaskSetOperationSurroundings): Operations {
  const {taskSets, owner} = world
  return {
    CreateTaskSet: operationOf(sdk.CreateTaskSet$, (input: sdk.CreateTaskSetRequest): sdk.CreateTaskSetResponse => {
      const service = steeredService(world, input)
      return {taskSet: taskSetView(taskSets.create(service, newTaskSet(input)), service, owner)}
    }),
    UpdateTaskSet: operationOf(sdk.UpdateTaskSet$, (input: sdk.UpdateTaskSetRequest): sdk.UpdateTaskSetResponse => {
      const {service, set} = find(world, input)
      taskSets.scale(service, set, percent(input.scale))
      return {taskSet: taskSetView(set, service, owner)}
    }),
    DeleteTaskSet: operationOf(sdk.DeleteTaskSet$, (input: sdk.DeleteTaskSetRequest): sdk.DeleteTaskSetResponse => {
      const {service, set} = find(world, input)
      // That it has to be scaled down first is documented, the text is not.
      if (set.scale > 0 && input.force !== true) {
        throw invalidParameter('The task set cannot be deleted while it is scaled above 0.')
      }
      taskSets.delete(service, set)
      return {taskSet: taskSetView(set, service, owner)}
    }),
    DescribeTaskSets: operationOf(
      sdk.DescribeTaskSets$,
      (input: sdk.DescribeTaskSetsRequest): sdk.DescribeTaskSetsResponse => describe(world, input)
    ),
    UpdateServicePrimaryTaskSet: operationOf(
      sdk.UpdateServicePrimaryTaskSet$,
      (input: sdk.UpdateServicePrimaryTaskSetRequest): sdk.UpdateServicePrimaryTaskSetResponse => {
        const {service, set} = find(world, {...input, taskSet: input.primaryTaskSet})
        taskSets.setPrimary(service, set)
        return {taskSet: taskSetView(set, service, owner)}
      }
    )
  }
}

/** A service that somebody else than ECS deploys. @throws AwsError for one that is not there, or is ECS's own */
function steeredService(
  {clusters}: TaskSetOperationSurroundings,
  {cluster, service: name = ''}: {cluster: string | undefined; service: string | undefined}
): Service {
  const service = serviceOf(clusters.get(cluster), name)
  if (service.status !== 'ACTIVE') throw new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.')
  // The text is not confirmed.
  if (service.controller === 'ECS') {
    throw invalidParameter('Task sets need a service with a CODE_DEPLOY or an EXTERNAL deployment controller.')
  }
  return service
}

/** By id or ARN. @throws AwsError TaskSetNotFoundException, its text not confirmed */
function find(
  world: TaskSetOperationSurroundings,
  input: {cluster: string | undefined; service: string | undefined; taskSet: string | undefined}
): {service: Service; set: TaskSet} {
  const service = steeredService(world, input)
  const set = service.taskSets.find(each => isNamed(each, input.taskSet ?? ''))
  if (set === undefined) throw new AwsError('TaskSetNotFoundException', 'The specified task set was not found.')
  return {service, set}
}

function isNamed(set: TaskSet, reference: string): boolean {
  return reference === deploymentId(set) || reference.endsWith(`/${deploymentId(set)}`)
}

function newTaskSet({
  taskDefinition = '',
  networkConfiguration,
  scale,
  ...input
}: sdk.CreateTaskSetRequest): NewTaskSet {
  const {loadBalancers, serviceRegistries, launchType, capacityProviderStrategy, platformVersion, externalId} = input
  return {
    taskDefinition,
    scale: scale === undefined ? 100 : percent(scale),
    externalId,
    ...(loadBalancers !== undefined && {loadBalancers}),
    ...(serviceRegistries !== undefined && {serviceRegistries}),
    ...(networkConfiguration !== undefined && {networkConfiguration: withPublicIpDefault(networkConfiguration)}),
    ...(launchType !== undefined && {launchType, capacityProviderStrategy: undefined}),
    ...(capacityProviderStrategy !== undefined && {launchType: undefined, capacityProviderStrategy}),
    ...(platformVersion !== undefined && {platformVersion})
  }
}

/** The range is documented, the text is not. */
function percent({value = 100}: sdk.Scale = {}): number {
  if (value < 0 || value > 100) throw invalidParameter('The scale of a task set is between 0 and 100 percent.')
  return value
}

function describe(
  world: TaskSetOperationSurroundings,
  input: sdk.DescribeTaskSetsRequest
): sdk.DescribeTaskSetsResponse {
  const service = steeredService(world, input)
  const {taskSets: asked = []} = input
  const isThere = (reference: string): boolean => service.taskSets.some(set => isNamed(set, reference))
  return {
    taskSets: taskSetViews(service, world.owner).filter(
      ({id, taskSetArn}) => asked.length === 0 || asked.some(reference => reference === id || reference === taskSetArn)
    ),
    failures: asked.filter(reference => !isThere(reference)).map(arn => ({arn, reason: 'MISSING'}))
  }
}
