import {createHash} from 'node:crypto'

/** A target group that a rule forwards to, and its share of the rule's traffic: weights are relative to each other. */
export interface Forward {
  readonly targetGroupArn: string
  readonly weight: number
}

/** A rule of an Application Load Balancer's listener, or a Network Load Balancer's listener, which forwards by itself. */
export interface ListenerRule {
  readonly arn: string
  readonly listenerArn: string
  readonly loadBalancerArn: string
  forwards: readonly Forward[]
}

/** What a rule is made of. */
export interface ListenerRuleSettings {
  /** The load balancer's name; of type `app` or `net`. */
  readonly loadBalancer: string
  readonly type: 'app' | 'net'
  /** The listener's port. */
  readonly port: number
  /** Of an Application Load Balancer's rule; one of a Network Load Balancer's listener has none. */
  readonly priority?: number
  readonly forwards: readonly Forward[]
}

/** The rules by which load balancers send traffic to target groups. They change only when told to. */
export class ListenerRules {
  readonly #owner: {readonly region: string; readonly account: string}
  readonly #rules = new Map<string, ListenerRule>()

  constructor(owner: {readonly region: string; readonly account: string}) {
    this.#owner = owner
  }

  /** Makes a rule; a second one of the same listener and priority replaces the first. */
  create({loadBalancer, type, port, priority = 1, forwards}: ListenerRuleSettings): ListenerRule {
    const path = `${type}/${loadBalancer}/${digits(`loadbalancer/${type}/${loadBalancer}`)}`
    const listener = `${path}/${digits(`${path}/${port}`)}`
    const listenerArn = this.#arn(`listener/${listener}`)
    const arn =
      type === 'net' ? listenerArn : this.#arn(`listener-rule/${listener}/${digits(`${listener}/${priority}`)}`)
    const rule = {arn, listenerArn, loadBalancerArn: this.#arn(`loadbalancer/${path}`), forwards}
    this.#rules.set(arn, rule)
    return rule
  }

  /** By the ARN of the rule or, for a Network Load Balancer, of the listener; `undefined` when there is none. */
  get(arn: string): ListenerRule | undefined {
    return this.#rules.get(arn)
  }

  all(): readonly ListenerRule[] {
    return [...this.#rules.values()]
  }

  delete(arn: string): void {
    this.#rules.delete(arn)
  }

  #arn(resource: string): string {
    return `arn:aws:elasticloadbalancing:${this.#owner.region}:${this.#owner.account}:${resource}`
  }
}

function digits(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
