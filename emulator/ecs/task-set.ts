import type * as sdk from '@aws-sdk/client-ecs'
import {ecsArn, type Owner} from './arns.ts'
import {type Deployment, deploymentId, isPendingTask, isRunningTask, type Service} from './model.ts'
import {configurationView} from './service-view.ts'

/**
 * A deployment whose steps are somebody else's: CodeDeploy's or an external controller's. ECS only keeps as many of its
 * tasks as it is told to. It is made like a deployment and counts as one (observed: `5 deployments exist on the service`).
 */
export interface TaskSet extends Deployment {
  /** How much of the service's desired count it has, in percent. */
  scale: number
  readonly startedBy?: string | undefined
  readonly externalId?: string | undefined
  /** It was deleted and goes away with its last task. */
  isDraining: boolean
  stability: sdk.StabilityStatus
  stabilityAt: number
}

/** Whether it is a task set: then some events name it. */
export function isTaskSet(deployment: Deployment): deployment is TaskSet {
  return 'scale' in deployment
}

/** The task set's share of the desired count, rounded up (documented). */
export function computedCount({scale, isDraining}: TaskSet, {settings}: Service): number {
  return isDraining ? 0 : Math.ceil((settings.desiredCount * scale) / 100)
}

/** A service's task sets as ECS shows them: that which serves production first, then from the newest to the oldest. */
export function taskSetViews(service: Service, owner: Owner): sdk.TaskSet[] {
  return service.taskSets
    .toSorted((one, other) => Number(other.status === 'PRIMARY') - Number(one.status === 'PRIMARY'))
    .map(set => taskSetView(set, service, owner))
}

/** A task set as ECS shows it. */
export function taskSetView(set: TaskSet, service: Service, owner: Owner): sdk.TaskSet {
  const view = configurationView(set.configuration)
  return {
    id: deploymentId(set),
    taskSetArn: ecsArn(owner, `task-set/${service.cluster.name}/${service.name}/${deploymentId(set)}`),
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    startedBy: set.startedBy,
    externalId: set.externalId,
    status: set.isDraining ? 'DRAINING' : set.status,
    computedDesiredCount: set.desiredCount,
    pendingCount: set.tasks.filter(isPendingTask).length,
    runningCount: set.tasks.filter(isRunningTask).length,
    createdAt: new Date(set.createdAt),
    updatedAt: new Date(set.updatedAt),
    taskDefinition: view.taskDefinition,
    launchType: view.launchType,
    capacityProviderStrategy: view.capacityProviderStrategy,
    platformVersion: view.platformVersion,
    platformFamily: view.platformFamily,
    networkConfiguration: view.networkConfiguration,
    loadBalancers: set.configuration.loadBalancers,
    serviceRegistries: set.configuration.serviceRegistries,
    scale: {value: set.isDraining ? 0 : set.scale, unit: 'PERCENT'},
    stabilityStatus: set.stability,
    stabilityStatusAt: new Date(set.stabilityAt),
    tags: []
  }
}
