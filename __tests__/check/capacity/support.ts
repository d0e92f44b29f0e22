import type {CapacityProvider, ContainerInstance, Service, Task} from '@aws-sdk/client-ecs'
import type {Capacity} from '../../../src/check/capacity/gather.ts'
import type {Situation} from '../../../src/check/situation.ts'
import type {JsonObject} from '../../../src/definition/json.ts'
import {container, fargate, situation} from '../situation.ts'

const CLUSTER = 'arn:aws:ecs:eu-central-1:111122223333:container-instance/demo'
export const RUNNING = 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:1'

/** What is free on an instance, and what it has without tasks. */
export interface InstanceSize {
  readonly cpu?: number
  readonly memory?: number
  readonly ports?: readonly string[]
  readonly udp?: readonly string[]
  readonly empty?: {readonly cpu: number; readonly memory: number}
  readonly freeGpus?: number
  readonly gpus?: number
}

/** A container instance with this much room; `more` replaces members. */
export function instance(id: string, size: InstanceSize = {}, more: ContainerInstance = {}): ContainerInstance {
  const {cpu = 2048, memory = 4096, ports = ['22'], udp = [], empty = {cpu, memory}, gpus = 0, freeGpus = gpus} = size
  const resources = (amounts: {readonly cpu: number; readonly memory: number}, taken: readonly string[]) => [
    {name: 'CPU', type: 'INTEGER', integerValue: amounts.cpu},
    {name: 'MEMORY', type: 'INTEGER', integerValue: amounts.memory},
    {name: 'PORTS', type: 'STRINGSET', stringSetValue: [...taken]},
    {name: 'PORTS_UDP', type: 'STRINGSET', stringSetValue: [...udp]}
  ]
  return {
    containerInstanceArn: `${CLUSTER}/${id}`,
    ec2InstanceId: `i-${id}`,
    status: 'ACTIVE',
    agentConnected: true,
    healthStatus: {overallStatus: 'OK'},
    remainingResources: resources({cpu, memory}, ports),
    registeredResources: resources(empty, ['22']),
    attributes: [
      {name: 'ecs.availability-zone', value: 'eu-central-1a'},
      {name: 'ecs.instance-type', value: 'm5.large'}
    ],
    ...(gpus > 0 && {
      gpuDevices: Array.from({length: gpus}, (_, index) => ({
        gpuId: `GPU-${index}`,
        containerCount: index < freeGpus ? 0 : 1
      }))
    }),
    ...more
  }
}

/** Tasks of the running revision, one on each of these instances. */
export function tasksOn(...ids: readonly string[]): Task[] {
  return ids.map(id => ({containerInstanceArn: `${CLUSTER}/${id}`, taskDefinitionArn: RUNNING}))
}

/** A capacity provider with managed scaling. */
export function provider(scaling: object = {}, more: CapacityProvider = {}): CapacityProvider {
  return {
    name: 'cp',
    status: 'ACTIVE',
    autoScalingGroupProvider: {autoScalingGroupArn: 'web', managedScaling: {status: 'ENABLED', ...scaling}},
    ...more
  }
}

/** A definition for instances, of 512 CPU units and 1,024 MiB. */
export function onInstances(changes: JsonObject = {}): JsonObject {
  const app = container({portMappings: [{containerPort: 8080}]})
  return fargate({
    requiresCompatibilities: ['EC2'],
    networkMode: 'bridge',
    cpu: '512',
    memory: '1024',
    containerDefinitions: [app],
    ...changes
  })
}

/** A service of two tasks on instances with what it runs on, the running revision like the new one unless it is given. */
export function seen(
  capacity: Partial<Capacity>,
  {
    definition = onInstances(),
    running = definition,
    service = {},
    inputs = {}
  }: {
    readonly definition?: JsonObject
    readonly running?: JsonObject
    readonly service?: Service
    readonly inputs?: Readonly<Record<string, string>>
  } = {}
): Situation {
  return situation({
    definition,
    service: {launchType: 'EC2', networkConfiguration: undefined, ...service},
    inputs,
    running: {arn: RUNNING, status: 'ACTIVE', json: running, tags: []},
    capacity: {instances: [], providers: [], tasks: [], requiresAttributes: [], ...capacity}
  })
}
