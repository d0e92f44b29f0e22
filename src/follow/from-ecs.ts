import {
  type Deployment,
  type DeploymentLifecycleHookDetail,
  DeploymentLifecycleHookTargetType,
  type Service,
  type ServiceDeployment
} from '@aws-sdk/client-ecs'
import type {
  DeploymentSnapshot,
  HookSnapshot,
  ServiceDeploymentSnapshot,
  ServiceEvent,
  ServiceSnapshot,
  TaskSnapshot
} from './snapshot.ts'

/**
 * The part of ECS's answers that following a deployment needs.
 * @param service `undefined` for one that does not exist
 * @param tasks those of our deployment, where they were read
 */
export function toSnapshot(
  arn: string,
  service: Service | undefined,
  serviceDeployment: ServiceDeployment | 'unavailable' | undefined,
  tasks: readonly TaskSnapshot[] | undefined
): ServiceSnapshot {
  const {deploymentCircuitBreaker: breaker, alarms} = service?.deploymentConfiguration ?? {}
  return {
    arn,
    status: service === undefined ? 'MISSING' : toStatus(service.status),
    desiredCount: service?.desiredCount ?? 0,
    deployments: (service?.deployments ?? []).map(toDeployment),
    events: (service?.events ?? []).map(toEvent).reverse(),
    rollsBack: {
      onFailure: breaker?.enable === true && breaker.rollback === true,
      onAlarm: alarms?.enable === true && alarms.rollback === true
    },
    serviceDeployment:
      typeof serviceDeployment === 'object' ? toServiceDeployment(serviceDeployment) : serviceDeployment,
    tasks
  }
}

function toStatus(status: string | undefined): ServiceSnapshot['status'] {
  return status === 'DRAINING' || status === 'INACTIVE' ? status : 'ACTIVE'
}

function toDeployment(deployment: Deployment): DeploymentSnapshot {
  return {
    id: deployment.id ?? '',
    status: deployment.status ?? '',
    taskDefinitionArn: deployment.taskDefinition ?? '',
    running: deployment.runningCount ?? 0,
    pending: deployment.pendingCount ?? 0,
    failed: deployment.failedTasks ?? 0,
    createdAt: deployment.createdAt,
    updatedAt: deployment.updatedAt,
    rolloutState: deployment.rolloutState,
    reason: deployment.rolloutStateReason
  }
}

function toEvent({id = '', createdAt, message = ''}: NonNullable<Service['events']>[number]): ServiceEvent {
  return {id, at: createdAt ?? new Date(0), message}
}

function toServiceDeployment(deployment: ServiceDeployment): ServiceDeploymentSnapshot {
  const {deploymentCircuitBreaker: breaker, alarms, rollback, targetServiceRevision: target} = deployment
  return {
    arn: deployment.serviceDeploymentArn ?? '',
    status: deployment.status ?? '',
    reason: deployment.statusReason,
    updatedAt: deployment.updatedAt,
    stage: deployment.lifecycleStage,
    traffic: {test: target?.requestedTestTrafficWeight, production: target?.requestedProductionTrafficWeight},
    hooks: (deployment.lifecycleHookDetails ?? []).map(toHook),
    circuitBreaker: breaker && {
      status: breaker.status ?? 'DISABLED',
      failureCount: breaker.failureCount ?? 0,
      threshold: breaker.threshold ?? 0
    },
    alarms: alarms && {status: alarms.status ?? 'DISABLED', triggered: alarms.triggeredAlarmNames ?? []},
    rollback: rollback && {reason: rollback.reason}
  }
}

function toHook(hook: DeploymentLifecycleHookDetail): HookSnapshot {
  return {
    id: hook.hookId ?? hook.targetArn ?? '',
    isPause: hook.targetType === DeploymentLifecycleHookTargetType.PAUSE,
    target: hook.targetArn,
    status: hook.status ?? '',
    expiresAt: hook.expiresAt,
    timeoutAction: hook.timeoutAction ?? 'ROLLBACK'
  }
}
