import type * as sdk from '@aws-sdk/client-codedeploy'
import {deploymentId, isPendingTask, isRunningTask} from '../ecs/model.ts'
import type {TaskSet} from '../ecs/task-set.ts'
import {targetGroupName, targetGroupOf} from './load-balancing.ts'
import {type Application, type Deployment, type DeploymentGroup, isOver, type LifecycleEvent} from './model.ts'

/** An application as GetApplication shows it. */
export function applicationView({id, name, createdAt}: Application): sdk.ApplicationInfo {
  return {
    applicationId: id,
    applicationName: name,
    createTime: new Date(createdAt),
    linkedToGitHub: false,
    computePlatform: 'ECS'
  }
}

/** A deployment group as GetDeploymentGroup shows it. */
export function groupView({
  id,
  name,
  application,
  config,
  settings,
  deployments
}: DeploymentGroup): sdk.DeploymentGroupInfo {
  const [last] = deployments
  const lastGood = deployments.find(({status}) => status === 'Succeeded')
  return {
    applicationName: application.name,
    deploymentGroupId: id,
    deploymentGroupName: name,
    deploymentConfigName: config.name,
    ec2TagFilters: [],
    onPremisesInstanceTagFilters: [],
    autoScalingGroups: [],
    serviceRoleArn: settings.serviceRoleArn,
    ...(lastGood?.revision !== undefined && {targetRevision: lastGood.revision}),
    triggerConfigurations: settings.triggerConfigurations ?? [],
    alarmConfiguration: settings.alarmConfiguration,
    autoRollbackConfiguration: settings.autoRollbackConfiguration,
    deploymentStyle: settings.deploymentStyle,
    outdatedInstancesStrategy: 'UPDATE',
    blueGreenDeploymentConfiguration: settings.blueGreenDeploymentConfiguration,
    loadBalancerInfo: settings.loadBalancerInfo,
    ...(lastGood !== undefined && {lastSuccessfulDeployment: lastView(lastGood)}),
    ...(last !== undefined && {lastAttemptedDeployment: lastView(last)}),
    computePlatform: 'ECS',
    ecsServices: settings.ecsServices
  }
}

function lastView({id, status, createdAt, completedAt}: Deployment): sdk.LastDeploymentInfo {
  return {
    deploymentId: id,
    status,
    createTime: new Date(createdAt),
    ...(completedAt !== undefined && {endTime: new Date(completedAt)})
  }
}

/** A deployment as GetDeployment shows it. It has an overview of its targets only when it is over (observed). */
export function deploymentView(deployment: Deployment): sdk.DeploymentInfo {
  const {group, startedAt, completedAt, overriddenAlarms} = deployment
  const {settings} = group
  return {
    applicationName: group.application.name,
    deploymentGroupName: group.name,
    deploymentConfigName: deployment.config.name,
    deploymentId: deployment.id,
    previousRevision: deployment.previousRevision,
    revision: deployment.revision,
    status: deployment.status,
    errorInformation: deployment.error,
    createTime: new Date(deployment.createdAt),
    ...(startedAt !== undefined && {startTime: new Date(startedAt)}),
    ...(completedAt !== undefined && {completeTime: new Date(completedAt)}),
    ...(isOver(deployment) && {deploymentOverview: overview(deployment)}),
    description: deployment.description,
    creator: deployment.creator,
    ignoreApplicationStopFailures: false,
    autoRollbackConfiguration: deployment.autoRollback,
    updateOutdatedInstancesOnly: false,
    rollbackInfo: deployment.rollback,
    deploymentStyle: settings.deploymentStyle,
    instanceTerminationWaitTimeStarted: deployment.waitsToTerminate,
    blueGreenDeploymentConfiguration: settings.blueGreenDeploymentConfiguration,
    loadBalancerInfo: settings.loadBalancerInfo,
    fileExistsBehavior: 'DISALLOW',
    deploymentStatusMessages: [],
    computePlatform: 'ECS',
    ...(overriddenAlarms !== undefined && {overrideAlarmConfiguration: overriddenAlarms})
  }
}

function overview(deployment: Deployment): sdk.DeploymentOverview {
  const none = {Pending: 0, InProgress: 0, Succeeded: 0, Failed: 0, Skipped: 0, Ready: 0}
  return {...none, [targetStatus(deployment)]: 1}
}

/** The id of a deployment's only target, such as `prod:web`. */
export function targetId({group}: Deployment): string {
  const {clusterName = 'default', serviceName = ''} = group.settings.ecsServices?.[0] ?? {}
  return `${clusterName}:${serviceName}`
}

/** The service of a deployment as GetDeploymentTarget shows it. */
export function targetView(deployment: Deployment): sdk.DeploymentTarget {
  const {sets, weight} = deployment
  return {
    deploymentTargetType: 'ECSTarget',
    ecsTarget: {
      deploymentId: deployment.id,
      targetId: targetId(deployment),
      ...(sets !== undefined && {targetArn: sets.service.arn}),
      lastUpdatedAt: new Date(deployment.updatedAt),
      lifecycleEvents: deployment.events.map(eventView),
      status: targetStatus(deployment),
      taskSetsInfo: [
        ...(sets === undefined ? [] : [taskSetView(sets.original, 100 - weight, 'Blue')]),
        ...(sets?.replacement === undefined ? [] : [taskSetView(sets.replacement, weight, 'Green')])
      ]
    }
  }
}

function targetStatus({status}: Deployment): sdk.TargetStatus & keyof sdk.DeploymentOverview {
  if (status === 'Created' || status === 'Queued') return 'Pending'
  if (status === 'Stopped' || status === 'Failed') return 'Failed'
  return status === 'Succeeded' || status === 'Ready' ? status : 'InProgress'
}

function eventView({name, status, startedAt, endedAt}: LifecycleEvent): sdk.LifecycleEvent {
  return {
    lifecycleEventName: name,
    ...(startedAt !== undefined && {startTime: new Date(startedAt)}),
    ...(endedAt !== undefined && {endTime: new Date(endedAt)}),
    status
  }
}

function taskSetView(set: TaskSet, trafficWeight: number, label: sdk.TargetLabel): sdk.ECSTaskSet {
  return {
    identifer: deploymentId(set),
    desiredCount: set.desiredCount,
    pendingCount: set.tasks.filter(isPendingTask).length,
    runningCount: set.tasks.filter(isRunningTask).length,
    status: set.isDraining ? 'DRAINING' : set.status,
    trafficWeight,
    targetGroup: {name: targetGroupName(targetGroupOf(set))},
    taskSetLabel: label
  }
}
