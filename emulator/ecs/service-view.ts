import type * as sdk from '@aws-sdk/client-ecs'
import type {EmulatorClock} from '../clock.ts'
import type {Owner} from './arns.ts'
import {
  date,
  type Deployment,
  deploymentId,
  isPendingTask,
  isRunningTask,
  primaryOf,
  type Service,
  type ServiceConfiguration,
  type ServiceDeployment,
  sourcesOf
} from './model.ts'
import {breakerCounts} from './service-deployment.ts'
import type {EcsVariants} from './variants.ts'

/** What a view depends on besides the service. */
export interface ViewSurroundings {
  readonly clock: EmulatorClock
  readonly owner: Owner
  readonly variants: EcsVariants
}

/** A service as DescribeServices shows it now. */
export function serviceView(service: Service, {clock, owner, variants}: ViewSurroundings): sdk.Service {
  const {settings, configuration} = service
  const deployments = shownDeployments(service)
  const tasks = deployments.flatMap(deployment => deployment.tasks)
  const [newest] = service.serviceDeployments
  const {taskDefinition, launchType, capacityProviderStrategy, platformVersion, platformFamily, networkConfiguration} =
    configurationView(configuration)
  return {
    serviceArn: service.arn,
    serviceName: service.name,
    clusterArn: service.cluster.arn,
    status: service.status,
    runningCount: tasks.filter(isRunningTask).length,
    pendingCount: tasks.filter(isPendingTask).length,
    taskDefinition,
    launchType,
    capacityProviderStrategy,
    platformVersion,
    platformFamily,
    networkConfiguration,
    ...settings,
    loadBalancers: configuration.loadBalancers,
    serviceRegistries: configuration.serviceRegistries,
    deployments: deployments.map(deployment => deploymentView(deployment, variants)),
    ...(service.controller === 'ECS' ? {} : {taskSets: []}),
    roleArn: `arn:aws:iam::${owner.account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
    events: service.events.all(),
    createdAt: new Date(service.createdAt),
    createdBy: service.createdBy,
    schedulingStrategy: 'REPLICA',
    deploymentController: {type: service.controller},
    resourceManagementType: 'CUSTOMER',
    currentServiceDeployment: newest !== undefined && newest.listedAt <= clock.now() ? newest.arn : undefined,
    currentServiceRevisions: deployments.map(revisionCounts)
  }
}

function shownDeployments(service: Service): readonly Deployment[] {
  const primary = primaryOf(service)
  return [...(primary === undefined ? [] : [primary]), ...sourcesOf(service)]
}

function deploymentView(deployment: Deployment, variants: EcsVariants): sdk.Deployment {
  const {configuration} = deployment
  // With a Classic Load Balancer ECS tells no rollout state.
  const isClassic = configuration.loadBalancers.some(({loadBalancerName}) => loadBalancerName !== undefined)
  return {
    id: deploymentId(deployment),
    status: deployment.status,
    desiredCount: deployment.desiredCount,
    runningCount: deployment.tasks.filter(isRunningTask).length,
    pendingCount: deployment.tasks.filter(isPendingTask).length,
    failedTasks: deployment.failedTasks,
    createdAt: new Date(deployment.createdAt),
    updatedAt: new Date(deployment.updatedAt),
    ...configurationView(configuration),
    platformVersion: resolvedPlatformVersion(configuration),
    ...(isClassic ? {} : rollout(deployment, variants))
  }
}

/** A failed deployment that is rolled back may still show how it was before. */
function rollout(
  deployment: Deployment,
  {stateWhileRolledBack}: EcsVariants
): Pick<sdk.Deployment, 'rolloutState' | 'rolloutStateReason'> {
  const {rolloutState, rolloutStateReason, status} = deployment
  return rolloutState === 'FAILED' && status === 'ACTIVE' && stateWhileRolledBack === 'IN_PROGRESS'
    ? {rolloutState: 'IN_PROGRESS', rolloutStateReason: `ECS deployment ${deploymentId(deployment)} in progress.`}
    : {rolloutState, rolloutStateReason}
}

/** What deployments and revisions show alike, and services in part. */
function configurationView(configuration: ServiceConfiguration): {taskDefinition: string} & sdk.Deployment {
  return {
    taskDefinition: configuration.taskDefinition.taskDefinitionArn,
    launchType: configuration.launchType,
    capacityProviderStrategy: configuration.capacityProviderStrategy,
    platformVersion: configuration.platformVersion,
    platformFamily: configuration.platformVersion === undefined ? undefined : platformFamily(configuration),
    networkConfiguration: configuration.networkConfiguration,
    serviceConnectConfiguration: configuration.serviceConnectConfiguration,
    volumeConfigurations: configuration.volumeConfigurations,
    vpcLatticeConfigurations: configuration.vpcLatticeConfigurations
  }
}

function platformFamily({taskDefinition}: ServiceConfiguration): string {
  const system = taskDefinition.runtimePlatform?.operatingSystemFamily ?? 'LINUX'
  return system === 'LINUX' ? 'Linux' : system
}

/** `LATEST` stands for this version. */
function resolvedPlatformVersion({platformVersion}: ServiceConfiguration): string | undefined {
  return platformVersion === 'LATEST' ? '1.4.0' : platformVersion
}

function revisionCounts(
  deployment: Deployment
): {arn: string} & Required<Omit<sdk.ServiceCurrentRevisionSummary, 'arn'>> {
  return {
    arn: deployment.revisionArn,
    requestedTaskCount: deployment.desiredCount,
    runningTaskCount: deployment.tasks.filter(isRunningTask).length,
    pendingTaskCount: deployment.tasks.filter(isPendingTask).length
  }
}

/** A service deployment as ListServiceDeployments shows it. */
export function serviceDeploymentBrief(deployment: ServiceDeployment): sdk.ServiceDeploymentBrief {
  return {...deploymentSummary(deployment), targetServiceRevisionArn: deployment.target.revisionArn}
}

/** What both views of a service deployment have. */
function deploymentSummary(deployment: ServiceDeployment): sdk.ServiceDeploymentBrief & sdk.ServiceDeployment {
  return {
    serviceDeploymentArn: deployment.arn,
    serviceArn: deployment.service.arn,
    clusterArn: deployment.service.cluster.arn,
    createdAt: new Date(deployment.createdAt),
    startedAt: date(deployment.startedAt),
    finishedAt: date(deployment.finishedAt),
    status: deployment.status,
    statusReason: deployment.statusReason
  }
}

/** A service deployment as DescribeServiceDeployments shows it. */
export function serviceDeploymentView(deployment: ServiceDeployment): sdk.ServiceDeployment {
  const {rollback} = deployment
  return {
    ...deploymentSummary(deployment),
    stoppedAt: date(deployment.stoppedAt),
    updatedAt: new Date(deployment.updatedAt),
    sourceServiceRevisions: deployment.sources.map(revisionCounts),
    targetServiceRevision: revisionCounts(deployment.target),
    deploymentConfiguration: deployment.configuration,
    ...(rollback === undefined
      ? {}
      : {
          rollback: {
            reason: deployment.statusReason,
            startedAt: new Date(rollback.startedAt),
            serviceRevisionArn: rollback.to.revisionArn
          }
        }),
    deploymentCircuitBreaker:
      deployment.circuitBreaker.status === 'MONITORING'
        ? {...breakerCounts(deployment), status: 'MONITORING'}
        : deployment.circuitBreaker,
    alarms: deployment.alarms
  }
}

/** A service revision as DescribeServiceRevisions shows it. */
export function serviceRevisionView(service: Service, deployment: Deployment): sdk.ServiceRevision {
  const {configuration} = deployment
  const images = [...deployment.images.values()]
  return {
    serviceRevisionArn: deployment.revisionArn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    ...configurationView(configuration),
    platformVersion: resolvedPlatformVersion(configuration),
    loadBalancers: configuration.loadBalancers,
    serviceRegistries: configuration.serviceRegistries,
    ...(images.length === 0 ? {} : {containerImages: images}),
    guardDutyEnabled: false,
    createdAt: new Date(deployment.createdAt)
  }
}
