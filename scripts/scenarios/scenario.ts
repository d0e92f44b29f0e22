import type {CreateDeploymentGroupInput} from '@aws-sdk/client-codedeploy'
import type {CreateServiceCommandInput} from '@aws-sdk/client-ecs'
import type {BehaviourRule} from '../../emulator/ecs/behaviour.ts'
import type {TargetGroupSettings} from '../../emulator/target-groups.ts'
import type {Moment} from './moments.ts'
import type {Stage} from './stage.ts'

/** A release in a situation, and what it must make of it. */
export interface Scenario {
  readonly name: string
  /** The service `web`, where it is not the usual one. */
  readonly service?: ServiceSetup
  /** Files of the repository, by path. */
  readonly files?: Readonly<Record<string, string>>
  /** Further steps of the set-up. */
  readonly before?: (stage: Stage) => unknown
  /** Tag of the image that is released, `v2` by default; words in it say how its tasks behave, see emulator/ecs/behaviour.ts. */
  readonly tag?: string
  /** How tasks behave where a word in the tag does not say it. */
  readonly behaviours?: readonly BehaviourRule[]
  /** Inputs of the step, beside region, cluster, service and image. */
  readonly inputs?: Readonly<Record<string, string>>
  /** Whose credentials the job has; by default a user's, which do not expire. */
  readonly credentials?: Credentials
  /** What happens while the step runs; each once. */
  readonly meanwhile?: readonly {readonly when: Moment; readonly what: Happening}[]
  /** Which service the outcome is of, `web` by default. */
  readonly decidedBy?: string
  /** When what the verdict is about has happened in AWS. */
  readonly outcome: Moment
  /** How long the step is to go on trying after that, in seconds; counted apart from how late its verdict is. */
  readonly tries?: number
  readonly expected: Expected
}

export interface Expected {
  /** The output `status`. */
  readonly status: string
  readonly exitCode: number
  /** What the log says; all of it, anywhere. */
  readonly says: readonly RegExp[]
  /** What the log does not say. */
  readonly saysNot?: readonly RegExp[]
}

export type Credentials =
  /** A role's session that nobody renews. */
  | {readonly kind: 'session'; readonly seconds: number}
  /** The job's OIDC token, for a role. */
  | {readonly kind: 'oidc'}

/** Something that happens in AWS, at once. */
export type Happening = (stage: Stage) => void

/** A service; the usual one has two tasks on Fargate, a circuit breaker that rolls back, and no load balancer. */
export interface ServiceSetup {
  /** Tag of its image, `v1` by default. */
  readonly tag?: string
  /** Tags of its revision. */
  readonly tags?: Readonly<Record<string, string>>
  readonly desiredCount?: number
  /** Where it shifts traffic, the service is behind a load balancer with two target groups. */
  readonly deployment?: CreateServiceCommandInput['deploymentConfiguration']
  /** What is given makes a target group; the service is behind it. */
  readonly targetGroup?: Omit<TargetGroupSettings, 'name'>
  readonly gracePeriodSeconds?: number
  /** Whether the container has a health check of its own. */
  readonly healthCheck?: boolean
  /** CodeDeploy deploys it, with a deployment group that differs so from the usual one. */
  readonly codeDeploy?: Partial<CreateDeploymentGroupInput>
  /** Whether it runs on container instances instead of Fargate. */
  readonly onInstances?: boolean
  /** Whether it has one task on each of the three container instances. */
  readonly isDaemon?: boolean
  /** Whether it is behind a Classic Load Balancer. */
  readonly isClassic?: boolean
}

/** The circuit breaker of a service. */
export function breaker(rollback: boolean): NonNullable<ServiceSetup['deployment']> {
  return {deploymentCircuitBreaker: {enable: true, rollback}}
}

/** No circuit breaker: ECS tries on for ever. */
export const noBreaker: NonNullable<ServiceSetup['deployment']> = {
  deploymentCircuitBreaker: {enable: false, rollback: false}
}

/** Alarms that watch each deployment; the alarm is called `web-5xx`. */
export function alarms(rollback: boolean): NonNullable<ServiceSetup['deployment']> {
  return {alarms: {alarmNames: ['web-5xx'], enable: true, rollback}}
}
