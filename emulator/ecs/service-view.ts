import type * as sdk from '@aws-sdk/client-ecs'
import type {EmulatorClock} from '../clock.ts'
import type {Owner} from './arns.ts'
import {hasFailed, isOpen} from './hooks.ts'
import {
  date,
  type Deployment,
  deploymentId,
  type Hook,
  isPendingTask,
  isRunningTask,
  revisionsOf,
  type Service,
  type ServiceConfiguration,
  type ServiceDeployment
} from './model.ts'
import {revisionCounts} from './revision-counts.ts'
import {breakerCounts} from './service-deployment.ts'
import {taskSetViews} from './task-set.ts'
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
  const deployments = revisionsOf(service)
  const tasks = [...deployments, ...service.taskSets].flatMap(deployment => deployment.tasks)
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
    ...(service.controller === 'ECS' ? {} : {taskSets: taskSetViews(service, owner)}),
    roleArn: `arn:aws:iam::${owner.account}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS`,
    events: service.events.all(),
    createdAt: new Date(service.createdAt),
    createdBy: service.createdBy,
    schedulingStrategy: service.scheduling,
    deploymentController: {type: service.controller},
    resourceManagementType: 'CUSTOMER',
    currentServiceDeployment: newest !== undefined && newest.listedAt <= clock.now() ? newest.arn : undefined,
    currentServiceRevisions: deployments.map(revisionCounts)
  }
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
    ...connectionsView(configuration),
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
export function configurationView(configuration: ServiceConfiguration): {taskDefinition: string} & sdk.Deployment {
  return {
    taskDefinition: configuration.taskDefinition.taskDefinitionArn,
    launchType: configuration.launchType,
    capacityProviderStrategy: configuration.capacityProviderStrategy,
    platformVersion: configuration.platformVersion,
    platformFamily: configuration.platformVersion === undefined ? undefined : platformFamily(configuration),
    networkConfiguration: configuration.networkConfiguration
  }
}

/** What deployments and revisions show besides, and services do not. */
function connectionsView({
  serviceConnectConfiguration,
  volumeConfigurations,
  vpcLatticeConfigurations
}: ServiceConfiguration): Pick<
  sdk.Deployment,
  'serviceConnectConfiguration' | 'volumeConfigurations' | 'vpcLatticeConfigurations'
> {
  return {serviceConnectConfiguration, volumeConfigurations, vpcLatticeConfigurations}
}

function platformFamily({taskDefinition}: ServiceConfiguration): string {
  const system = taskDefinition.runtimePlatform?.operatingSystemFamily ?? 'LINUX'
  return system === 'LINUX' ? 'Linux' : system
}

/** `LATEST` stands for this version. */
function resolvedPlatformVersion({platformVersion}: ServiceConfiguration): string | undefined {
  return platformVersion === 'LATEST' ? '1.4.0' : platformVersion
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
export function serviceDeploymentView(deployment: ServiceDeployment, variants: EcsVariants): sdk.ServiceDeployment {
  const {rollback} = deployment
  return {
    ...deploymentSummary(deployment),
    stoppedAt: date(deployment.stoppedAt),
    updatedAt: new Date(deployment.updatedAt),
    sourceServiceRevisions: deployment.sources.map(source => revisionView(source, deployment)),
    targetServiceRevision: revisionView(deployment.target, deployment),
    ...stageView(deployment, variants),
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

function revisionView(revision: Deployment, deployment: ServiceDeployment): sdk.ServiceRevisionSummary {
  const counts = deployment.lastCounts?.get(revision) ?? revisionCounts(revision)
  return {...counts, ...trafficWeights(revision, deployment)}
}

/** The shares of traffic; rolling deployments show none. */
function trafficWeights(
  revision: Deployment,
  {target, progress}: ServiceDeployment
): Pick<sdk.ServiceRevisionSummary, 'requestedTestTrafficWeight' | 'requestedProductionTrafficWeight'> {
  if (progress === undefined) return {}
  const {productionWeight, testWeight, blue} = progress
  const rest = revision === blue ? 100 : 0
  return revision === target
    ? {requestedTestTrafficWeight: testWeight ?? 0, requestedProductionTrafficWeight: productionWeight}
    : {
        requestedTestTrafficWeight: testWeight === undefined ? 0 : Math.max(rest - testWeight, 0),
        requestedProductionTrafficWeight: Math.max(rest - productionWeight, 0)
      }
}

function stageView(
  deployment: ServiceDeployment,
  {hooksShown, stageInRollback, stageAfterEnd}: EcsVariants
): Pick<sdk.ServiceDeployment, 'lifecycleStage' | 'lifecycleHookDetails'> {
  const {progress, finishedAt, status} = deployment
  if (progress?.stage === undefined) return {}
  const {stage, hooks, pastHooks, rollback} = progress
  // What has failed stays to be seen in the rollback; nobody is asked any more by what is over.
  const kept = hooksShown === 'all' ? pastHooks : pastHooks.filter(hook => rollback !== undefined && hasFailed(hook))
  const isOver = finishedAt !== undefined || status === 'STOP_REQUESTED'
  const shown = [...kept, ...hooks].filter(hook => !isOver || !isOpen(hook))
  const shownStage = stageInRollback === 'failed' ? (rollback?.from ?? stage) : stage
  return {
    // The SDK's list of stages lacks one that its documentation has.
    ...((finishedAt === undefined || stageAfterEnd) && {
      lifecycleStage: shownStage as sdk.ServiceDeploymentLifecycleStage
    }),
    lifecycleHookDetails: shown.map(hookView)
  }
}

function hookView({id, definition, status, expiresAt}: Hook): sdk.DeploymentLifecycleHookDetail {
  const {targetType = 'AWS_LAMBDA', hookTargetArn, timeoutConfiguration} = definition
  return {
    hookId: id,
    targetType,
    targetArn: targetType === 'PAUSE' ? undefined : hookTargetArn,
    status,
    expiresAt: new Date(expiresAt),
    timeoutAction: timeoutConfiguration?.action ?? 'ROLLBACK'
  }
}

/** The target groups that the revision's tasks are in, and the rules of production. */
function resolvedLoadBalancers({loadBalancers}: Deployment): sdk.ServiceRevisionLoadBalancer[] {
  return loadBalancers.flatMap(({targetGroupArn, advancedConfiguration}) =>
    advancedConfiguration === undefined
      ? []
      : [{targetGroupArn, productionListenerRule: advancedConfiguration.productionListenerRule}]
  )
}

/** A service revision as DescribeServiceRevisions shows it. */
export function serviceRevisionView(service: Service, deployment: Deployment): sdk.ServiceRevision {
  const {configuration} = deployment
  const images = [...deployment.images.values()]
  const resolved = resolvedLoadBalancers(deployment)
  return {
    serviceRevisionArn: deployment.revisionArn,
    serviceArn: service.arn,
    clusterArn: service.cluster.arn,
    ...configurationView(configuration),
    ...connectionsView(configuration),
    platformVersion: resolvedPlatformVersion(configuration),
    loadBalancers: configuration.loadBalancers,
    serviceRegistries: configuration.serviceRegistries,
    ...(images.length === 0 ? {} : {containerImages: images}),
    ...(resolved.length > 0 && {resolvedConfiguration: {loadBalancers: resolved}}),
    guardDutyEnabled: false,
    createdAt: new Date(deployment.createdAt)
  }
}
