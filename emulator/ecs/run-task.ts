import * as sdk from '@aws-sdk/client-ecs'
import {type Operations, operationOf} from '../service.ts'
import type {Clusters} from './clusters.ts'
import {invalidParameter} from './errors.ts'
import {checkTaskConfiguration, withPublicIpDefault} from './service-rules.ts'
import type {StandaloneTasks} from './standalone-tasks.ts'
import type {Tags} from './tags.ts'
import type {TaskDefinitions} from './task-definitions.ts'
import {taskView} from './task-view.ts'
import {type Task, type TaskConfiguration} from './model.ts'
import {isOnFargate} from './placement.ts'

/** What RunTask works on. */
export interface RunTaskSurroundings {
  readonly clusters: Clusters
  readonly definitions: TaskDefinitions
  readonly standalone: StandaloneTasks
  readonly tags: Tags
}

/** RunTask. */
export function runTaskOperations(world: RunTaskSurroundings): Operations {
  return {
    RunTask: operationOf(sdk.RunTask$, (input: sdk.RunTaskRequest): sdk.RunTaskResponse => runTask(world, input))
  }
}

function runTask(world: RunTaskSurroundings, input: sdk.RunTaskRequest): sdk.RunTaskResponse {
  const count = input.count ?? 1
  // That at most 10 tasks are started at once is documented, the text is not.
  if (count < 1 || count > 10) throw invalidParameter('count must be between 1 and 10.')
  const cluster = world.clusters.get(input.cluster)
  const configuration = configurationOf(world, input)
  const origin = {
    cluster,
    configuration,
    group: input.group ?? `family:${configuration.taskDefinition.family}`,
    startedBy: input.startedBy,
    enableExecuteCommand: input.enableExecuteCommand ?? false,
    overrides: input.overrides,
    serviceName: ''
  }
  const started = Array.from({length: count}, () => world.standalone.run({...origin, images: new Map()}))
  const tasks = started.filter((each): each is Task => 'id' in each)
  for (const task of tasks) world.tags.add(task.arn, input.tags)
  return {tasks: tasks.map(taskView), failures: started.filter(each => !('id' in each))}
}

function configurationOf(world: RunTaskSurroundings, input: sdk.RunTaskRequest): TaskConfiguration {
  const {launchType, capacityProviderStrategy = []} = input
  if (launchType !== undefined && capacityProviderStrategy.length > 0) {
    throw invalidParameter('Specify either Launch Type or Capacity Provider Strategy, but not both.')
  }
  const configuration: TaskConfiguration = {
    taskDefinition: world.definitions.usable(input.taskDefinition),
    launchType: capacityProviderStrategy.length > 0 ? undefined : (launchType ?? 'EC2'),
    capacityProviderStrategy: capacityProviderStrategy.length > 0 ? capacityProviderStrategy : undefined,
    networkConfiguration: withPublicIpDefault(input.networkConfiguration),
    loadBalancers: []
  }
  const platformVersion = isOnFargate(configuration) ? (input.platformVersion ?? 'LATEST') : undefined
  const complete = {...configuration, platformVersion}
  checkTaskConfiguration(complete)
  return complete
}
