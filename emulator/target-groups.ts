import {createHash} from 'node:crypto'
import type {TargetHealthReasonEnum, TargetHealthStateEnum} from '@aws-sdk/client-elastic-load-balancing-v2'
import {ListenerRules} from './listener-rules.ts'

/** What a target group is made of; what is left out is ELB's default. */
export interface TargetGroupSettings {
  readonly name: string
  /** Default 80. */
  readonly port?: number
  /** What targets are: addresses, as with the network mode awsvpc, or instances. Default `ip`. */
  readonly targetType?: 'ip' | 'instance'
  readonly healthCheckPath?: string
  /** Default 30. */
  readonly healthCheckIntervalSeconds?: number
  /** Default 5. */
  readonly healthCheckTimeoutSeconds?: number
  /** Default 5. */
  readonly healthyThresholdCount?: number
  /** Default 2. */
  readonly unhealthyThresholdCount?: number
  /** HTTP codes of a healthy answer, default `200`. */
  readonly matcher?: string
  /** Default 300. */
  readonly deregistrationDelaySeconds?: number
  /** The load balancers that send traffic to it; one by default, empty for a group that no listener uses. */
  readonly loadBalancerArns?: readonly string[]
}

export interface TargetGroup extends Required<TargetGroupSettings> {
  readonly arn: string
}

/** A target: an address (or instance id) and a port. */
export interface Target {
  readonly id: string
  readonly port: number
  readonly availabilityZone?: string
}

/** As ELBv2 names states and reasons; a healthy target has neither reason nor description. */
export interface TargetHealth {
  readonly state: TargetHealthStateEnum
  readonly reason?: TargetHealthReasonEnum
  readonly description?: string
}

/** What a target answered to a health check over HTTP. */
export type ProbeAnswer = {readonly status: number} | 'timeout' | 'failed'

/** What the last health checks of a target were like. */
export interface TargetChecks {
  readonly state: 'initial' | 'healthy' | 'unhealthy'
  /** How many good or bad ones came in a row. */
  readonly good: number
  readonly bad: number
}

export interface RegisteredTarget {
  readonly target: Target
  readonly health: TargetHealth
}

/**
 * The target groups and the health of their targets. They change only when told to: the rollout decides when a target
 * becomes healthy and when a draining one is gone.
 */
export class TargetGroups {
  /** What forwards to them. */
  readonly rules: ListenerRules
  readonly #region: string
  readonly #account: string
  readonly #groups = new Map<string, TargetGroup>()
  readonly #targets = new Map<string, Map<string, RegisteredTarget>>()

  constructor(owner: {region: string; account: string}) {
    this.rules = new ListenerRules(owner)
    this.#region = owner.region
    this.#account = owner.account
  }

  /** Makes a target group; a second one of the same name replaces the first. */
  create(settings: TargetGroupSettings): TargetGroup {
    const group: TargetGroup = {
      port: 80,
      targetType: 'ip',
      healthCheckPath: '/',
      healthCheckIntervalSeconds: 30,
      healthCheckTimeoutSeconds: 5,
      healthyThresholdCount: 5,
      unhealthyThresholdCount: 2,
      matcher: '200',
      deregistrationDelaySeconds: 300,
      loadBalancerArns: [this.#arn('loadbalancer/app', settings.name)],
      ...settings,
      arn: this.#arn('targetgroup', settings.name)
    }
    this.#groups.set(group.arn, group)
    this.#targets.set(group.arn, new Map())
    return group
  }

  /** Deletes a target group, as its owner may once no listener uses it, even if a service still does. */
  delete(arn: string): void {
    this.#groups.delete(arn)
    this.#targets.delete(arn)
  }

  /** The group with this ARN, `undefined` without one. */
  get(arn: string): TargetGroup | undefined {
    return this.#groups.get(arn)
  }

  all(): readonly TargetGroup[] {
    return [...this.#groups.values()]
  }

  /** Registers a target in the state `initial`. @throws Error for an unknown group */
  register(groupArn: string, target: Target): void {
    const health: TargetHealth = {
      state: 'initial',
      reason: 'Elb.RegistrationInProgress',
      description: 'Target registration is in progress'
    }
    this.#of(groupArn).set(key(target), {target, health})
  }

  /** Sets the health of a registered target; one that is not registered (any more) stays so. */
  setHealth(groupArn: string, target: Target, health: TargetHealth): void {
    const targets = this.#of(groupArn)
    const registered = targets.get(key(target))
    if (registered !== undefined) targets.set(key(target), {...registered, health})
  }

  /** Starts to drain a target; `remove` ends it. */
  deregister(groupArn: string, target: Target): void {
    this.setHealth(groupArn, target, {
      state: 'draining',
      reason: 'Target.DeregistrationInProgress',
      description: 'Target deregistration is in progress'
    })
  }

  /** Takes a target out, after its deregistration delay. */
  remove(groupArn: string, target: Target): void {
    this.#of(groupArn).delete(key(target))
  }

  /** All targets of a group in the order of registration. @throws Error for an unknown group */
  health(groupArn: string): readonly RegisteredTarget[] {
    return [...this.#of(groupArn).values()]
  }

  #of(groupArn: string): Map<string, RegisteredTarget> {
    const targets = this.#targets.get(groupArn)
    if (targets === undefined) throw new Error(`There is no target group ${groupArn}.`)
    return targets
  }

  #arn(kind: string, name: string): string {
    const suffix = createHash('sha256').update(`${kind}/${name}`).digest('hex').slice(0, 16)
    return `arn:aws:elasticloadbalancing:${this.#region}:${this.#account}:${kind}/${name}/${suffix}`
  }
}

/** What an answer makes of a target. @param matcher such as `200`, `200,301` or `200-299` */
export function healthOf(answer: ProbeAnswer, matcher: string): TargetHealth & {state: 'healthy' | 'unhealthy'} {
  if (answer === 'timeout') return {state: 'unhealthy', reason: 'Target.Timeout', description: 'Request timed out'}
  if (answer === 'failed') {
    return {state: 'unhealthy', reason: 'Target.FailedHealthChecks', description: 'Health checks failed'}
  }
  const {status} = answer
  const isExpected = matcher.split(',').some(range => {
    const [from = 0, to = from] = range.split('-').map(Number)
    return from <= status && status <= to
  })
  if (isExpected) return {state: 'healthy'}
  const description = `Health checks failed with these codes: [${status}]`
  return {state: 'unhealthy', reason: 'Target.ResponseCodeMismatch', description}
}

/**
 * A target after one more health check: a new one is healthy with its first good one; otherwise it takes as many in a row
 * as the thresholds of its group say. Source: Elastic Load Balancing, "Health checks for target groups".
 */
export function afterCheck(
  before: TargetChecks,
  isGood: boolean,
  group: Pick<TargetGroup, 'healthyThresholdCount' | 'unhealthyThresholdCount'>
): TargetChecks {
  const good = isGood ? before.good + 1 : 0
  const bad = isGood ? 0 : before.bad + 1
  const enough = before.state === 'initial' ? 1 : group.healthyThresholdCount
  if (good >= enough) return {state: 'healthy', good, bad}
  if (bad >= group.unhealthyThresholdCount) return {state: 'unhealthy', good, bad}
  return {state: before.state, good, bad}
}

function key(target: Target): string {
  return `${target.id}:${target.port}`
}
