import type * as sdk from '@aws-sdk/client-ecs'
import type {ListenerRule} from '../listener-rules.ts'
import type {TargetGroups} from '../target-groups.ts'
import type {Deployment, ServiceConfiguration, ServiceDeployment} from './model.ts'

/** Production traffic goes by the production listener rule, test traffic by the test listener rule, if there is one. */
export type Traffic = 'production' | 'test'

/**
 * The load balancers of a new deployment, each with the target group that its tasks are registered in. The two target
 * groups swap their roles with every deployment that shifts traffic: a new revision gets the one that `blue`, or without
 * it the production rule, does not use.
 */
export function resolveLoadBalancers(
  {loadBalancers}: ServiceConfiguration,
  swaps: boolean,
  blue: Deployment | undefined,
  groups: TargetGroups
): sdk.LoadBalancer[] {
  return loadBalancers.map((loadBalancer, index) => {
    const pair = pairOf(loadBalancer)
    if (pair.length < 2) return loadBalancer
    const used = blue?.loadBalancers[index]?.targetGroupArn ?? servingGroup(loadBalancer, groups)
    const wanted = pair.find(arn => (arn === used) !== (swaps && blue !== undefined))
    return {...loadBalancer, targetGroupArn: wanted ?? pair[0]}
  })
}

/** A load balancer's target group and its alternate one. */
export function pairOf({targetGroupArn, advancedConfiguration}: sdk.LoadBalancer): string[] {
  return [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn].filter(arn => arn !== undefined)
}

/** The rule by which a load balancer sends this traffic. */
export function ruleOf(
  {advancedConfiguration}: sdk.LoadBalancer,
  traffic: Traffic,
  groups: TargetGroups
): ListenerRule | undefined {
  const {productionListenerRule, testListenerRule} = advancedConfiguration ?? {}
  return groups.rules.get((traffic === 'production' ? productionListenerRule : testListenerRule) ?? '')
}

function servingGroup(loadBalancer: sdk.LoadBalancer, groups: TargetGroups): string | undefined {
  const forwards = ruleOf(loadBalancer, 'production', groups)?.forwards ?? []
  return [...forwards].sort((left, right) => right.weight - left.weight)[0]?.targetGroupArn
}

/** Gives the target revision this share of the traffic, in percent; the other target group gets the rest. */
export function shiftTraffic(
  {target}: ServiceDeployment,
  traffic: Traffic,
  percent: number,
  groups: TargetGroups
): void {
  for (const [index, loadBalancer] of target.configuration.loadBalancers.entries()) {
    const rule = ruleOf(loadBalancer, traffic, groups)
    if (rule === undefined) continue
    const green = target.loadBalancers[index]?.targetGroupArn
    // Which whole numbers ECS makes of tenths of a percent is not known.
    rule.forwards = pairOf(loadBalancer).map(targetGroupArn => ({
      targetGroupArn,
      weight: Math.round(targetGroupArn === green ? percent : 100 - percent)
    }))
  }
}
