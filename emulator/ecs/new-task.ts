import type {EmulatorClock} from '../clock.ts'
import {ecsArn, type Owner} from './arns.ts'
import type {Behaviours} from './behaviour.ts'
import type {Ids} from './ids.ts'
import type {Container, Deployment, Service, Task} from './model.ts'

/** What tasks are made with. */
export interface NewTaskSurroundings {
  readonly clock: EmulatorClock
  readonly ids: Ids
  readonly owner: Owner
  readonly behaviours: Behaviours
}

/**
 * A task of a deployment, PROVISIONING, with the behaviour of its containers decided.
 * @param number counts all tasks, from 0: availability zones take turns, addresses follow each other
 */
export function newTask(service: Service, deployment: Deployment, number: number, by: NewTaskSurroundings): Task {
  const id = by.ids.task()
  return {
    id,
    arn: ecsArn(by.owner, `task/${service.cluster.name}/${id}`),
    service,
    deployment,
    containers: deployment.configuration.taskDefinition.containerDefinitions.map(definition =>
      newContainer(service, deployment, definition, {task: id, by})
    ),
    availabilityZone: `${by.owner.region}${'abc'.charAt(number % 3)}`,
    address: `10.0.${Math.floor(number / 250) % 256}.${(number % 250) + 4}`,
    createdAt: by.clock.now(),
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    targets: [],
    isStable: false,
    wasHealthy: false,
    version: 1,
    timers: []
  }
}

function newContainer(
  service: Service,
  deployment: Deployment,
  definition: Container['definition'],
  {task, by}: {task: string; by: NewTaskSurroundings}
): Container {
  const {family, revision} = deployment.configuration.taskDefinition
  const {name, image} = definition
  return {
    name,
    arn: ecsArn(by.owner, `container/${service.cluster.name}/${task}/${by.ids.uuid()}`),
    image,
    definition,
    behaviour: by.behaviours.of({service: service.name, family, revision, container: name, image}),
    lastStatus: 'PENDING',
    healthStatus: 'UNKNOWN'
  }
}
