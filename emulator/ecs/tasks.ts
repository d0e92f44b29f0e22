import * as sdk from '@aws-sdk/client-ecs'
import {lastPart} from './arns.ts'
import {type Clusters, serviceOf} from './clusters.ts'
import {invalidParameter} from './errors.ts'
import {type Cluster, type Container, deploymentId, type Task} from './model.ts'
import {operationOf, type Operations} from './operation.ts'
import {page} from './paging.ts'
import type {Rollout} from './rollout.ts'
import {isCheckedEssential} from './health.ts'

/** What the operations on tasks work on. */
export interface TaskOperationSurroundings {
  readonly clusters: Clusters
  readonly rollout: Rollout
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
      world.rollout.stopTask(task, {code: 'UserInitiated', reason: input.reason ?? 'Task stopped by user'})
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
    .filter(task => startedBy === undefined || deploymentId(task.deployment) === startedBy)
    .filter(task => service === undefined || task.service === service)
    .filter(task => family === undefined || task.deployment.configuration.taskDefinition.family === family)
    .filter(task => launchType === undefined || launchTypeOf(task) === launchType)
    .filter(() => containerInstance === undefined)
  const {items, ...rest} = page(
    found.map(task => task.arn),
    input,
    100
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

function findTask(cluster: Cluster, reference: string): Task | undefined {
  const id = lastPart(reference)
  if (id.length !== 32 && id.length !== 36) throw invalidParameter('taskId length should be one of [32,36]')
  return cluster.tasks.get(id)
}

function launchTypeOf(task: Task): sdk.LaunchType {
  const {launchType, platformVersion} = task.deployment.configuration
  return launchType ?? (platformVersion === undefined ? 'EC2' : 'FARGATE')
}

const date = (time: number | undefined): Date | undefined => (time === undefined ? undefined : new Date(time))

/** A task as DescribeTasks shows it. */
function taskView(task: Task): sdk.Task {
  const {configuration} = task.deployment
  const {taskDefinition} = configuration
  return {
    taskArn: task.arn,
    clusterArn: task.service.cluster.arn,
    taskDefinitionArn: taskDefinition.taskDefinitionArn,
    group: `service:${task.service.name}`,
    startedBy: deploymentId(task.deployment),
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    healthStatus: healthOf(task),
    availabilityZone: task.availabilityZone,
    attachments: taskDefinition.networkMode === 'awsvpc' ? [attachment(task)] : [],
    attributes: [{name: 'ecs.cpu-architecture', value: architecture(task)}],
    capacityProviderName: configuration.capacityProviderStrategy?.[0]?.capacityProvider,
    connectivity: task.connectivityAt === undefined ? undefined : 'CONNECTED',
    connectivityAt: date(task.connectivityAt),
    containers: task.containers.map(container => containerView(container, task)),
    cpu: taskDefinition.cpu,
    memory: taskDefinition.memory,
    createdAt: new Date(task.createdAt),
    enableExecuteCommand: task.service.settings.enableExecuteCommand,
    executionStoppedAt: date(task.executionStoppedAt),
    launchType: launchTypeOf(task),
    overrides: {containerOverrides: task.containers.map(({name}) => ({name})), inferenceAcceleratorOverrides: []},
    platformVersion: configuration.platformVersion === undefined ? undefined : '1.4.0',
    platformFamily: configuration.platformVersion === undefined ? undefined : 'Linux',
    pullStartedAt: date(task.pullStartedAt),
    pullStoppedAt: date(task.pullStoppedAt),
    startedAt: date(task.startedAt),
    stopCode: task.stopCode,
    stoppedAt: date(task.stoppedAt),
    stoppedReason: task.stoppedReason,
    stoppingAt: date(task.stoppingAt),
    tags: [],
    version: task.version
  }
}

function architecture(task: Task): string {
  return task.deployment.configuration.taskDefinition.runtimePlatform?.cpuArchitecture === 'ARM64' ? 'arm64' : 'x86_64'
}

function attachment(task: Task): sdk.Attachment {
  const isGone = task.lastStatus === 'STOPPED'
  return {
    id: `${task.id.slice(0, 8)}-${task.id.slice(8, 12)}-4${task.id.slice(13, 16)}-a${task.id.slice(17, 20)}-${task.id.slice(20)}`,
    type: 'ElasticNetworkInterface',
    status: isGone ? 'DELETED' : task.connectivityAt === undefined ? 'PRECREATED' : 'ATTACHED',
    details: [
      {name: 'subnetId', value: task.deployment.configuration.networkConfiguration?.awsvpcConfiguration?.subnets?.[0]},
      {name: 'networkInterfaceId', value: `eni-${task.id.slice(0, 17)}`},
      {name: 'privateIPv4Address', value: task.address}
    ]
  }
}

/** The task's health: that of its essential containers with a health check, UNKNOWN without any. */
function healthOf(task: Task): sdk.HealthStatus {
  const states = task.containers.filter(isCheckedEssential).map(container => container.healthStatus)
  if (states.includes('UNHEALTHY')) return 'UNHEALTHY'
  return states.length > 0 && states.every(state => state === 'HEALTHY') ? 'HEALTHY' : 'UNKNOWN'
}

function containerView(container: Container, task: Task): sdk.Container {
  const {definition} = container
  const hasNetwork = task.deployment.configuration.taskDefinition.networkMode === 'awsvpc'
  return {
    containerArn: container.arn,
    taskArn: task.arn,
    name: container.name,
    image: container.image,
    imageDigest: container.imageDigest,
    runtimeId: container.runtimeId,
    lastStatus: container.lastStatus,
    exitCode: container.exitCode,
    reason: container.reason?.slice(0, 1024),
    networkBindings: [],
    networkInterfaces: hasNetwork ? [{attachmentId: attachment(task).id, privateIpv4Address: task.address}] : [],
    healthStatus: container.healthStatus,
    managedAgents: [],
    cpu: String(definition.cpu ?? 0),
    memory: definition.memory === undefined ? undefined : String(definition.memory),
    memoryReservation: definition.memoryReservation === undefined ? undefined : String(definition.memoryReservation)
  }
}
