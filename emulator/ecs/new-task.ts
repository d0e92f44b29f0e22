import type * as sdk from '@aws-sdk/client-ecs'
import type {EmulatorClock} from '../clock.ts'
import type {Ids} from '../ids.ts'
import {ecsArn, type Owner} from './arns.ts'
import type {AvailabilityZones} from './availability-zones.ts'
import type {Behaviours} from './behaviour.ts'
import {
  type Cluster,
  type Container,
  type Deployment,
  deploymentId,
  type Service,
  type ServiceTask,
  type Task,
  type TaskConfiguration
} from './model.ts'

/** What tasks are made with. */
export interface NewTaskSurroundings {
  readonly clock: EmulatorClock
  readonly ids: Ids
  readonly owner: Owner
  readonly behaviours: Behaviours
  /** Counts all tasks, from 0: availability zones take turns, addresses follow each other. */
  readonly nextTask: () => number
  readonly zones: AvailabilityZones
}

/** What a task comes from. */
export interface TaskOrigin {
  readonly cluster: Cluster
  readonly configuration: TaskConfiguration
  readonly group: string
  readonly startedBy?: string | undefined
  readonly enableExecuteCommand: boolean
  readonly overrides?: sdk.TaskOverride | undefined
  readonly images: Task['images']
  /** The service's name for the behaviour's rules, empty without a service. */
  readonly serviceName: string
  /** The tasks that it is to stand beside. */
  readonly beside?: readonly Task[]
  /** The availability zone, where it is not for the scheduler to choose. */
  readonly zone?: string | undefined
}

/** A task, PROVISIONING, with the behaviour of its containers decided. */
export function newTask({serviceName, beside = [], zone, ...origin}: TaskOrigin, by: NewTaskSurroundings): Task {
  const id = by.ids.task()
  const number = by.nextTask()
  return {
    ...origin,
    id,
    arn: ecsArn(by.owner, `task/${origin.cluster.name}/${id}`),
    containers: origin.configuration.taskDefinition.containerDefinitions.map(definition =>
      newContainer({...origin, serviceName}, definition, id, by)
    ),
    availabilityZone: zone ?? by.zones.next(by.owner.region, beside, number),
    address: `10.0.${Math.floor(number / 250) % 256}.${(number % 250) + 4}`,
    createdAt: by.clock.now(),
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    targets: [],
    isStarted: false,
    isStable: false,
    wasHealthy: false,
    version: 1,
    timers: new Set()
  }
}

/** A task of a deployment. @param zone the availability zone, where the scheduler is not to choose one */
export function newServiceTask(
  service: Service,
  deployment: Deployment,
  by: NewTaskSurroundings,
  zone?: string
): ServiceTask {
  const origin = {
    cluster: service.cluster,
    configuration: {...deployment.configuration, loadBalancers: [...deployment.loadBalancers]},
    group: `service:${service.name}`,
    startedBy: deploymentId(deployment),
    enableExecuteCommand: service.settings.enableExecuteCommand,
    images: deployment.images,
    serviceName: service.name,
    beside: deployment.tasks,
    zone
  }
  return {...newTask(origin, by), service, deployment}
}

function newContainer(
  {cluster, configuration, serviceName}: TaskOrigin,
  definition: Container['definition'],
  task: string,
  by: NewTaskSurroundings
): Container {
  const {family, revision} = configuration.taskDefinition
  const {name, image} = definition
  return {
    name,
    arn: ecsArn(by.owner, `container/${cluster.name}/${task}/${by.ids.uuid()}`),
    image,
    definition,
    behaviour: by.behaviours.of({service: serviceName, family, revision, container: name, image}),
    isStarting: false,
    lastStatus: 'PENDING',
    healthStatus: 'UNKNOWN'
  }
}
