import type * as sdk from '@aws-sdk/client-ecs'
import {isCheckedEssential} from './health.ts'
import {type Container, date, type Task} from './model.ts'
import {isOnFargate} from './placement.ts'

/** The launch type of a task, also where a capacity provider decides it. */
export function launchTypeOf(task: Task): sdk.LaunchType {
  return task.configuration.launchType ?? (isOnFargate(task.configuration) ? 'FARGATE' : 'EC2')
}

/** A task as DescribeTasks shows it. */
export function taskView(task: Task): sdk.Task {
  const {configuration} = task
  const {taskDefinition} = configuration
  return {
    taskArn: task.arn,
    clusterArn: task.cluster.arn,
    taskDefinitionArn: taskDefinition.taskDefinitionArn,
    group: task.group,
    startedBy: task.startedBy,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    healthStatus: healthOf(task),
    availabilityZone: task.instance?.availabilityZone ?? task.availabilityZone,
    containerInstanceArn: task.instance?.arn,
    attachments: taskDefinition.networkMode === 'awsvpc' ? [attachment(task)] : [],
    attributes: [{name: 'ecs.cpu-architecture', value: architecture(task)}],
    capacityProviderName: configuration.capacityProviderStrategy?.[0]?.capacityProvider,
    connectivity: task.connectivityAt === undefined ? undefined : 'CONNECTED',
    connectivityAt: date(task.connectivityAt),
    containers: task.containers.map(container => containerView(container, task)),
    cpu: taskDefinition.cpu,
    memory: taskDefinition.memory,
    createdAt: new Date(task.createdAt),
    enableExecuteCommand: task.enableExecuteCommand,
    executionStoppedAt: date(task.executionStoppedAt),
    launchType: launchTypeOf(task),
    overrides: {
      inferenceAcceleratorOverrides: [],
      ...task.overrides,
      containerOverrides: task.overrides?.containerOverrides ?? task.containers.map(({name}) => ({name}))
    },
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
  return task.configuration.taskDefinition.runtimePlatform?.cpuArchitecture === 'ARM64' ? 'arm64' : 'x86_64'
}

function attachment(task: Task): sdk.Attachment {
  const isGone = task.lastStatus === 'STOPPED'
  return {
    id: `${task.id.slice(0, 8)}-${task.id.slice(8, 12)}-4${task.id.slice(13, 16)}-a${task.id.slice(17, 20)}-${task.id.slice(20)}`,
    type: 'ElasticNetworkInterface',
    status: isGone ? 'DELETED' : task.connectivityAt === undefined ? 'PRECREATED' : 'ATTACHED',
    details: [
      {name: 'subnetId', value: task.configuration.networkConfiguration?.awsvpcConfiguration?.subnets?.[0]},
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
  const hasNetwork = task.configuration.taskDefinition.networkMode === 'awsvpc'
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
