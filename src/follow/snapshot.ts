import type {StartedDeployment} from './started.ts'

/** What is seen of services at one time. Services that could not be read are left out. */
export interface Snapshot {
  readonly at: Date
  readonly services: readonly ServiceSnapshot[]
}

export interface ServiceSnapshot {
  readonly arn: string
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE' | 'MISSING'
  readonly desiredCount: number
  /** The primary one first. */
  readonly deployments: readonly DeploymentSnapshot[]
  /** Oldest first; ECS keeps the last hundred. */
  readonly events: readonly ServiceEvent[]
  /** When ECS rolls back by itself: when the circuit breaker trips, when an alarm goes off. */
  readonly rollsBack: {readonly onFailure: boolean; readonly onAlarm: boolean}
  /**
   * The service deployment that belongs to our deployment; `undefined` while it is not found or could not be read this
   * time, `unavailable` when it never will be: the call is denied, or the region does not offer it.
   */
  readonly serviceDeployment: ServiceDeploymentSnapshot | 'unavailable' | undefined
  /** The tasks of our deployment that are not being stopped; `undefined` where they were not read. */
  readonly tasks: readonly TaskSnapshot[] | undefined
}

/** A task of our deployment. */
export interface TaskSnapshot {
  readonly id: string
  readonly phase: Phase
  /** When it was first seen to run, by this machine's clock; `undefined` for one that does not run yet. */
  readonly runningSince: Date | undefined
  /** Whether a health check or a load balancer says that it is healthy; `undefined` when that is not known. */
  readonly isChecked: boolean | undefined
}

/** How far a task is; `running` is one of which nothing says (yet) whether it is healthy. */
export type Phase = 'placing' | 'pulling' | 'starting' | 'running' | 'healthy' | 'unhealthy'

/** An entry of `deployments[]`. */
export interface DeploymentSnapshot {
  /** `ecs-svc/…`. */
  readonly id: string
  /** `PRIMARY`, `ACTIVE` or `INACTIVE`. */
  readonly status: string
  readonly taskDefinitionArn: string
  readonly running: number
  readonly pending: number
  /** Tasks that failed in a row. */
  readonly failed: number
  readonly createdAt: Date | undefined
  readonly updatedAt: Date | undefined
  /** `IN_PROGRESS`, `COMPLETED` or `FAILED`; not there with a Classic Load Balancer. */
  readonly rolloutState: string | undefined
  readonly reason: string | undefined
}

export interface ServiceEvent {
  readonly id: string
  readonly at: Date
  readonly message: string
}

export interface ServiceDeploymentSnapshot {
  readonly arn: string
  /** Such as `IN_PROGRESS`, `SUCCESSFUL`, `ROLLBACK_SUCCESSFUL`. */
  readonly status: string
  readonly reason: string | undefined
  readonly updatedAt: Date | undefined
  /** Of blue/green, linear and canary deployments. */
  readonly stage: string | undefined
  /** What share of the traffic our tasks are to get, in percent, as ECS sets it; not measured. */
  readonly traffic: Traffic
  /** The lifecycle hooks that ECS tells of: as a rule those of the present stage. */
  readonly hooks: readonly HookSnapshot[]
  readonly circuitBreaker: CircuitBreaker | undefined
  /** `triggered`: names of the alarms that went off. */
  readonly alarms: {readonly status: string; readonly triggered: readonly string[]} | undefined
  readonly rollback: {readonly reason: string | undefined} | undefined
}

export interface Traffic {
  readonly test: number | undefined
  readonly production: number | undefined
}

/** A lifecycle hook of a deployment. */
export interface HookSnapshot {
  readonly id: string
  /** It stops the deployment until somebody says how to go on; else it calls a function. */
  readonly isPause: boolean
  /** ARN of the function. */
  readonly target: string | undefined
  /** `AWAITING_ACTION`, `IN_PROGRESS`, `SUCCEEDED`, `FAILED` or `TIMED_OUT`. */
  readonly status: string
  /** How long ECS waits for it. */
  readonly expiresAt: Date | undefined
  /** What ECS does then: `ROLLBACK` or `CONTINUE`. */
  readonly timeoutAction: string
}

export interface CircuitBreaker {
  /** `DISABLED`, `MONITORING`, `MONITORING_COMPLETE` or `TRIGGERED`. */
  readonly status: string
  readonly failureCount: number
  readonly threshold: number
}

/** The deployment that ECS works towards. */
export function primaryOf(service: ServiceSnapshot | undefined): DeploymentSnapshot | undefined {
  return service?.deployments.find(({status}) => status === 'PRIMARY')
}

/** Our deployment; `undefined` when it is not listed (yet, or any more). */
export function oursOf(
  service: ServiceSnapshot | undefined,
  started: StartedDeployment
): DeploymentSnapshot | undefined {
  return service?.deployments.find(({id}) => id === started.deploymentId)
}

/** The primary deployment if somebody started it after ours. */
export function newerOf(
  service: ServiceSnapshot | undefined,
  started: StartedDeployment
): DeploymentSnapshot | undefined {
  const primary = primaryOf(service)
  if (primary?.createdAt === undefined || primary.id === started.deploymentId) return undefined
  const oursCreatedAt = oursOf(service, started)?.createdAt ?? started.startedAt
  return primary.createdAt > oursCreatedAt ? primary : undefined
}

/** The service deployment, where it is known. */
export function serviceDeploymentOf(service: ServiceSnapshot | undefined): ServiceDeploymentSnapshot | undefined {
  const known = service?.serviceDeployment
  return known === 'unavailable' ? undefined : known
}
