import type * as sdk from '@aws-sdk/client-codedeploy'
import type {AwsError} from '../service.ts'

/** Why a deployment comes to a bad end. */
export class DeploymentFailure extends Error {
  readonly code: sdk.ErrorCode
  /** How the deployment ends. */
  readonly status: 'Failed' | 'Stopped'

  constructor(code: sdk.ErrorCode, message: string, status: 'Failed' | 'Stopped' = 'Failed') {
    super(message)
    this.code = code
    this.status = status
  }
}

// The texts are observed or documented ("Troubleshoot Amazon ECS deployment issues"); where a code is not, a comment says so.

/** ECS refuses what it is asked for. @param requestId of ECS's answer */
export function ecsRefuses({message, status, name}: AwsError, requestId: string): DeploymentFailure {
  return new DeploymentFailure(
    'ECS_UPDATE_ERROR',
    `The ECS service cannot be updated due to an unexpected error: ${message} (Service: AmazonECS; Status Code: ${status}; ` +
      `Error Code: ${name}; Request ID: ${requestId}; Proxy: null). Check your ECS service status.`
  )
}

/** The code is not confirmed. */
export function neverHealthy(): DeploymentFailure {
  return new DeploymentFailure(
    'TIMEOUT',
    'The deployment timed out while waiting for the replacement task set to become healthy. This time out period is 60 minutes.'
  )
}

export function hookFailed(): DeploymentFailure {
  return new DeploymentFailure(
    'HOOK_EXECUTION_FAILURE',
    'The deployment failed because one or more of the lifecycle event validation functions failed.'
  )
}

/** The code is not confirmed. */
export function hookSilent(): DeploymentFailure {
  return new DeploymentFailure(
    'TIMEOUT',
    'The deployment timed out while waiting for a status callback. CodeDeploy expects a status callback within one hour ' +
      'after a deployment hook is invoked.'
  )
}

/** The code is not confirmed. */
export function hookDenied(role: string): DeploymentFailure {
  return new DeploymentFailure(
    'IAM_ROLE_PERMISSIONS',
    `The IAM role ${role} does not give you permission to perform operations in the following AWS service: AWSLambda.`
  )
}

/** Documented to end Stopped; the code is not confirmed. */
export function notContinued(minutes: number): DeploymentFailure {
  return new DeploymentFailure(
    'TIMEOUT',
    `The deployment timed out while waiting for a notification to continue. This time out period is ${minutes} minutes.`,
    'Stopped'
  )
}

/** The code is not confirmed. */
export function notBehindListener(listener: string): DeploymentFailure {
  return new DeploymentFailure(
    'ELASTIC_LOAD_BALANCING_INVALID',
    `The ELB could not be updated due to the following error: Primary taskset target group must be behind listener ${listener}`
  )
}

export function alarmActive(alarms: readonly string[]): DeploymentFailure {
  return new DeploymentFailure(
    'ALARM_ACTIVE',
    'One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected ' +
      `deployments have been stopped. Activated alarms: ${alarms.map(alarm => `<${alarm}>`).join(' ')}`,
    'Stopped'
  )
}

/** The text is not confirmed. */
export function stoppedByHand(): DeploymentFailure {
  return new DeploymentFailure('MANUAL_STOP', 'The deployment was stopped by a user.', 'Stopped')
}

/** The text is not confirmed. */
export function noService(): DeploymentFailure {
  return new DeploymentFailure('INVALID_ECS_SERVICE', 'The ECS service of the deployment group cannot be used.')
}
