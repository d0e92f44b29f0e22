import {type Moment, NO_EVIDENCE} from '../../src/follow/facts.ts'
import type {Change} from '../../src/follow/changes.ts'
import {type FollowState, initialState, reduce} from '../../src/follow/reduce.ts'
import type {Shift} from '../../src/follow/rollout.ts'
import type {
  DeploymentSnapshot,
  ServiceDeploymentSnapshot,
  ServiceEvent,
  ServiceSnapshot,
  TaskSnapshot
} from '../../src/follow/snapshot.ts'
import type {TaskFailure} from '../../src/why/index.ts'
import type {StartedDeployment} from '../../src/follow/started.ts'

/** When the examples begin. */
export const START = new Date('2026-08-06T12:00:00Z')
export const OURS = 'ecs-svc/1571272475813219068'
export const OLD = 'ecs-svc/1675294001379389663'
export const NEWER = 'ecs-svc/2222222222222222222'

const ARN = 'arn:aws:ecs:eu-west-1:111122223333'

/** `seconds` after the start. */
export function after(seconds: number): Date {
  return new Date(START.getTime() + seconds * 1000)
}

export const started: StartedDeployment = {
  service: {name: 'web', arn: `${ARN}:service/prod/web`, clusterArn: `${ARN}:cluster/prod`},
  deploymentId: OURS,
  taskDefinitionArn: `${ARN}:task-definition/web:42`,
  previousTaskDefinitionArn: `${ARN}:task-definition/web:41`,
  startedAt: START,
  desiredCount: 2,
  joined: false,
  scaledTo: undefined,
  image: {reference: `111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:v2@${digest('a')}`, containers: ['app']},
  rollout: {
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    gracePeriodSeconds: 0,
    targetGroups: [],
    bakeMinutes: 0,
    alarms: false,
    shift: undefined,
    earlySuccess: undefined,
    isDaemon: false
  }
}

/** All traffic at once, and nothing in between. */
export const BLUE_GREEN: Shift = {waits: 0, waitMinutes: 0, percent: 100, pausesAt: [], functionCalls: 0}

/** A digest of one character. */
export function digest(character: string): string {
  return `sha256:${character.repeat(64)}`
}

export function deployment(revision: number, overrides: Partial<DeploymentSnapshot> = {}): DeploymentSnapshot {
  return {
    id: OURS,
    status: 'PRIMARY',
    taskDefinitionArn: `${ARN}:task-definition/web:${revision}`,
    running: 0,
    pending: 0,
    failed: 0,
    createdAt: START,
    updatedAt: undefined,
    rolloutState: 'IN_PROGRESS',
    reason: undefined,
    ...overrides
  }
}

export const ours = (overrides: Partial<DeploymentSnapshot> = {}): DeploymentSnapshot => deployment(42, overrides)

export const old = (overrides: Partial<DeploymentSnapshot> = {}): DeploymentSnapshot =>
  deployment(41, {
    id: OLD,
    status: 'ACTIVE',
    running: 2,
    rolloutState: 'COMPLETED',
    createdAt: after(-86_400),
    ...overrides
  })

export const newer = (overrides: Partial<DeploymentSnapshot> = {}): DeploymentSnapshot =>
  deployment(43, {id: NEWER, createdAt: after(60), ...overrides})

export function serviceDeployment(
  status: string,
  overrides: Partial<ServiceDeploymentSnapshot> = {}
): ServiceDeploymentSnapshot {
  return {
    arn: `${ARN}:service-deployment/prod/web/NCWGC2ZR-taawPAYrIaU5`,
    status,
    reason: undefined,
    updatedAt: undefined,
    stage: undefined,
    traffic: {test: undefined, production: undefined},
    hooks: [],
    circuitBreaker: undefined,
    alarms: undefined,
    rollback: undefined,
    ...overrides
  }
}

/** The service in the middle of the rollout, unless told otherwise. */
export function service(overrides: Partial<ServiceSnapshot> = {}): ServiceSnapshot {
  return {
    arn: started.service.arn,
    status: 'ACTIVE',
    desiredCount: 2,
    deployments: [ours(), old()],
    events: [],
    rollsBack: {onFailure: true, onAlarm: false},
    serviceDeployment: serviceDeployment('IN_PROGRESS'),
    tasks: undefined,
    ...overrides
  }
}

/** A task of ours that runs since the start and that health checks watch. */
export function task(overrides: Partial<TaskSnapshot> = {}): TaskSnapshot {
  return {id: 'e1', phase: 'running', runningSince: START, isChecked: true, ...overrides}
}

export function event(seconds: number, message: string): ServiceEvent {
  return {id: `event at ${seconds} s: ${message}`, at: after(seconds), message: `(service web) ${message}`}
}

/** A look at the service, `seconds` after the start. */
export type Look = readonly [seconds: number, service: ServiceSnapshot]

/** All looks reduced one after the other. */
export function lookAt(
  looks: readonly Look[],
  deployment: StartedDeployment = started
): {readonly state: FollowState; readonly changes: readonly Change[]} {
  let state = initialState(deployment, START)
  const changes: Change[] = []
  for (const [seconds, snapshot] of looks) {
    const next = reduce(state, snapshot, after(seconds))
    state = next.state
    changes.push(...next.changes)
  }
  return {state, changes}
}

export function moment(seconds: number, overrides: Partial<Moment> = {}): Moment {
  return {
    now: after(seconds),
    until: after(1800),
    minutes: 30,
    trouble: undefined,
    cancelled: false,
    waitFor: 'deployed',
    evidence: NO_EVIDENCE,
    ...overrides
  }
}

/** A failure of tasks of ours whose container `app` exits. */
export function crash(taskIds: readonly string[], exitCode = 3): TaskFailure {
  const container = {name: 'app', exitCode, reason: undefined, health: undefined, log: undefined}
  return {
    kind: 'stopped',
    stopCode: 'EssentialContainerExited',
    reason: 'Essential container in task exited',
    taskIds,
    containers: [container],
    targets: [],
    advice: undefined,
    member: undefined
  }
}
