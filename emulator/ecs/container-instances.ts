import * as sdk from '@aws-sdk/client-ecs'
import type {EmulatorClock} from '../clock.ts'
import type {Ids} from '../ids.ts'
import {type Operations, operationOf} from '../service.ts'
import {ecsArn, lastPart, type Owner} from './arns.ts'
import type {Clusters} from './clusters.ts'
import {invalidParameter, notPlayed} from './errors.ts'
import {instanceLoad} from './instance-load.ts'
import {type Cluster, type ContainerInstance, isPendingTask, isRunningTask, type Task} from './model.ts'
import {page} from './paging.ts'
import type {EcsVariants} from './variants.ts'

/** A container instance that registers with a cluster. */
export interface InstanceSeed {
  /** CPU units. */
  readonly cpu: number
  /** MiB. */
  readonly memory: number
  readonly gpus?: number
  readonly availabilityZone?: string
  readonly instanceType?: string
  /** Beside those that every instance has; `undefined` for one without a value. */
  readonly attributes?: Readonly<Record<string, string | undefined>>
  /** What its agent can do, in place of all that one of today can. */
  readonly capabilities?: readonly string[]
  readonly capacityProvider?: string
}

/** What an agent of today offers, as far as the emulator's definitions ask for it. */
export const agentCapabilities: readonly string[] = [
  ...[
    'docker-remote-api.1.18',
    'docker-remote-api.1.19',
    'ecr-auth',
    'task-iam-role',
    'task-iam-role-network-host'
  ].map(name => `com.amazonaws.ecs.capability.${name}`),
  ...['awslogs', 'json-file', 'syslog', 'none'].map(name => `com.amazonaws.ecs.capability.logging-driver.${name}`),
  ...[
    'execution-role-awslogs',
    'execution-role-ecr-pull',
    'secrets.asm.environment-variables',
    'secrets.ssm.environment-variables',
    'container-health-check',
    'container-ordering',
    'task-eni'
  ].map(name => `ecs.capability.${name}`)
]

/** SSH, Docker and the agent (documented). */
const reservedPorts = [22, 2375, 2376, 51678, 51679, 51680]

/** What container instances are made with. */
export interface InstanceSurroundings {
  readonly clock: EmulatorClock
  readonly ids: Ids
  readonly owner: Owner
  readonly variants: EcsVariants
  readonly clusters: Clusters
}

/** Registers a container instance, ACTIVE and with its agent connected; both may be changed. */
export function addInstance(cluster: Cluster, seed: InstanceSeed, by: InstanceSurroundings): ContainerInstance {
  const {gpus = 0, availabilityZone = `${by.owner.region}a`, instanceType = 'm5.large'} = seed
  const id = by.ids.task()
  const attributes = new Map<string, string | undefined>([
    ...(seed.capabilities ?? agentCapabilities).map(name => [name, undefined] as const),
    ['ecs.availability-zone', availabilityZone],
    ['ecs.instance-type', instanceType],
    ['ecs.os-type', 'linux'],
    ['ecs.cpu-architecture', 'x86_64'],
    ...Object.entries(seed.attributes ?? {})
  ])
  const instance: ContainerInstance = {
    id,
    arn: ecsArn(by.owner, `container-instance/${cluster.name}/${id}`),
    ec2InstanceId: `i-${id.slice(0, 17)}`,
    cluster,
    registeredAt: by.clock.now(),
    cpu: seed.cpu,
    memory: seed.memory,
    gpuIds: Array.from({length: gpus}, (_, index) => `GPU-${id.slice(0, 8)}-${index}`),
    availabilityZone,
    attributes,
    capacityProvider: seed.capacityProvider,
    status: 'ACTIVE',
    agentConnected: true,
    healthStatus: 'OK'
  }
  cluster.instances.set(id, instance)
  return instance
}

/** What is left on an instance beside the tasks that are not stopped. */
export function remainingOn(instance: ContainerInstance): {
  readonly cpu: number
  readonly memory: number
  readonly tcp: readonly number[]
  readonly udp: readonly number[]
  readonly gpuIds: readonly string[]
} {
  const loads = tasksOn(instance).map(task => instanceLoad(task.configuration.taskDefinition))
  const sum = (of: (load: (typeof loads)[number]) => number): number =>
    loads.reduce((total, load) => total + of(load), 0)
  return {
    cpu: instance.cpu - sum(({cpu}) => cpu),
    memory: instance.memory - sum(({memory}) => memory),
    tcp: [...reservedPorts, ...loads.flatMap(({tcp}) => tcp)],
    udp: loads.flatMap(({udp}) => udp),
    gpuIds: instance.gpuIds.slice(sum(({gpus}) => gpus))
  }
}

/** The tasks on an instance that hold something of it. */
export function tasksOn(instance: ContainerInstance): readonly Task[] {
  return [...instance.cluster.tasks.values()].filter(
    task => task.instance === instance && task.lastStatus !== 'STOPPED'
  )
}

/** The operations on container instances. */
export function containerInstanceOperations(world: InstanceSurroundings): Operations {
  return {
    ListContainerInstances: operationOf(
      sdk.ListContainerInstances$,
      (input: sdk.ListContainerInstancesRequest): sdk.ListContainerInstancesResponse => {
        if (input.filter !== undefined) throw notPlayed('A filter of ListContainerInstances')
        const {status = 'ACTIVE'} = input
        const found = viewsOf(world.clusters.get(input.cluster), world).filter(view => view.status === status)
        const arns = found.map(({containerInstanceArn = ''}) => containerInstanceArn)
        const {items, ...rest} = page(arns, input, 100, world.variants)
        return {containerInstanceArns: items, ...rest}
      }
    ),
    DescribeContainerInstances: operationOf(
      sdk.DescribeContainerInstances$,
      (input: sdk.DescribeContainerInstancesRequest): sdk.DescribeContainerInstancesResponse => describe(world, input)
    )
  }
}

function describe(
  world: InstanceSurroundings,
  input: sdk.DescribeContainerInstancesRequest
): sdk.DescribeContainerInstancesResponse {
  const names = input.containerInstances ?? []
  // These texts are not confirmed.
  if (names.length === 0) throw invalidParameter('Container instances cannot be empty.')
  if (names.length > 100) throw invalidParameter('Container instances cannot have more than 100 elements.')
  const cluster = world.clusters.get(input.cluster)
  const views = viewsOf(cluster, world)
  const find = (name: string): sdk.ContainerInstance | undefined =>
    views.find(({containerInstanceArn = ''}) => lastPart(containerInstanceArn) === lastPart(name))
  return {
    containerInstances: names.flatMap(name => find(name) ?? []),
    failures: names.filter(name => find(name) === undefined).map(arn => ({arn, reason: 'MISSING'}))
  }
}

function viewsOf(cluster: Cluster, {owner, variants}: InstanceSurroundings): sdk.ContainerInstance[] {
  return [
    ...[...cluster.instances.values()].map(instanceView),
    ...Array.from({length: variants.containerInstances}, (_, index) => endlessInstance(cluster, index, owner))
  ]
}

function instanceView(instance: ContainerInstance): sdk.ContainerInstance {
  const tasks = tasksOn(instance)
  const remaining = remainingOn(instance)
  const registered = {...remaining, cpu: instance.cpu, memory: instance.memory, tcp: reservedPorts, udp: []}
  return {
    containerInstanceArn: instance.arn,
    ec2InstanceId: instance.ec2InstanceId,
    capacityProviderName: instance.capacityProvider,
    version: tasks.length + 1,
    versionInfo: {agentVersion: '1.99.0', dockerVersion: 'DockerVersion: 27.3.1'},
    status: instance.status,
    agentConnected: instance.agentConnected,
    runningTasksCount: tasks.filter(isRunningTask).length,
    pendingTasksCount: tasks.filter(isPendingTask).length,
    registeredAt: new Date(instance.registeredAt),
    registeredResources: resources({...registered, gpuIds: instance.gpuIds}),
    remainingResources: resources(remaining),
    attributes: [...instance.attributes].map(([name, value]) => (value === undefined ? {name} : {name, value})),
    attachments: [],
    tags: [],
    healthStatus: {overallStatus: instance.healthStatus},
    ...(instance.gpuIds.length > 0 ? {gpuDevices: gpuDevices(instance, remaining.gpuIds)} : {})
  }
}

function gpuDevices({gpuIds}: ContainerInstance, free: readonly string[]): sdk.GpuDevice[] {
  return gpuIds.map(gpuId => ({
    gpuId,
    sharingMode: free.includes(gpuId) ? 'IDLE' : 'DEDICATED',
    containerCount: free.includes(gpuId) ? 0 : 1
  }))
}

/** Of ports, those that are taken. What stands there for GPUs is not confirmed. */
function resources({cpu, memory, tcp, udp, gpuIds}: ReturnType<typeof remainingOn>): sdk.Resource[] {
  const none = {doubleValue: 0, longValue: 0, integerValue: 0}
  return [
    {...none, name: 'CPU', type: 'INTEGER', integerValue: cpu},
    {...none, name: 'MEMORY', type: 'INTEGER', integerValue: memory},
    {...none, name: 'PORTS', type: 'STRINGSET', stringSetValue: tcp.map(String)},
    {...none, name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: udp.map(String)},
    ...(gpuIds.length > 0 ? [{...none, name: 'GPU', type: 'STRINGSET', stringSetValue: [...gpuIds]}] : [])
  ]
}

/** One of those of the variant `containerInstances`, on which tasks leave no trace. */
function endlessInstance(cluster: Cluster, index: number, owner: Owner): sdk.ContainerInstance {
  const id = `7e3b6c0e4f7a4b55a2b1c0d9e8f7${String(index).padStart(4, '0')}`
  const room = resources({cpu: 1_000_000, memory: 10_000_000, tcp: reservedPorts, udp: [], gpuIds: []})
  return {
    containerInstanceArn: ecsArn(owner, `container-instance/${cluster.name}/${id}`),
    ec2InstanceId: `i-${id.slice(-17)}`,
    version: 1,
    status: 'ACTIVE',
    agentConnected: true,
    runningTasksCount: 0,
    pendingTasksCount: 0,
    registeredResources: room,
    remainingResources: room,
    attributes: agentCapabilities.map(name => ({name})),
    attachments: [],
    tags: []
  }
}
