import type * as sdk from '@aws-sdk/client-ecs'
import type {TargetGroups} from '../target-groups.ts'
import {lastPart, type Owner} from './arns.ts'
import type {ServiceConfiguration} from './model.ts'
import type {RoleFaults} from './role-faults.ts'
import {pairOf, ruleOf, type Traffic} from './traffic.ts'

/** What the check looks at. */
export interface NetworkingSurroundings {
  readonly owner: Owner
  readonly targetGroups: TargetGroups
  readonly roleFaults: RoleFaults
}

/**
 * Why ECS cannot shift traffic with the load balancers of a configuration, as what follows `invalid networking
 * configuration` in the status reason; `undefined` when it can (Developer Guide, "Troubleshooting Amazon ECS blue/green
 * deployments").
 */
export function networkingFault(
  {loadBalancers}: Pick<ServiceConfiguration, 'loadBalancers'>,
  by: NetworkingSurroundings
): string | undefined {
  return loadBalancers
    .filter(({advancedConfiguration}) => advancedConfiguration !== undefined)
    .map(
      loadBalancer =>
        roleFault(loadBalancer, by) ??
        missingFault(loadBalancer, by) ??
        associationFault(loadBalancer, by) ??
        productionFault(loadBalancer, by)
    )
    .find(fault => fault !== undefined)
}

function roleFault(
  {advancedConfiguration}: sdk.LoadBalancer,
  {roleFaults}: NetworkingSurroundings
): string | undefined {
  const role = advancedConfiguration?.roleArn ?? ''
  return ['trust', 'permissions'].includes(roleFaults.of(role) ?? '')
    ? `. ECS was unable to manage the ELB resources due to missing permissions on ECS Infrastructure Role '${role}'.`
    : undefined
}

function missingFault(loadBalancer: sdk.LoadBalancer, {targetGroups}: NetworkingSurroundings): string | undefined {
  const {productionListenerRule = '', testListenerRule} = loadBalancer.advancedConfiguration ?? {}
  const group = pairOf(loadBalancer).find(arn => targetGroups.get(arn) === undefined)
  if (group !== undefined) return `. The target group ${group} does not exist.`
  const rules = [productionListenerRule, testListenerRule].filter(arn => arn !== undefined)
  return rules.some(arn => targetGroups.rules.get(arn) === undefined) ? '. One or more rules not found' : undefined
}

function associationFault(loadBalancer: sdk.LoadBalancer, {targetGroups}: NetworkingSurroundings): string | undefined {
  const used = (['production', 'test'] as const)
    .flatMap(traffic => ruleOf(loadBalancer, traffic, targetGroups)?.forwards ?? [])
    .map(({targetGroupArn}) => targetGroupArn)
  const unused = pairOf(loadBalancer).filter(arn => !used.includes(arn))
  // Which of the two texts stands for which case is not known.
  return unused.length > 1
    ? '. Both targetGroup and alternateTargetGroup must be associated with the productionListenerRule or testListenerRule.'
    : unused[0] &&
        `: Target group ${unused[0]} is not associated with either productionListenerRule or testListenerRule.`
}

function productionFault(loadBalancer: sdk.LoadBalancer, {targetGroups}: NetworkingSurroundings): string | undefined {
  const rule = ruleOf(loadBalancer, 'production', targetGroups)
  const serving = (rule?.forwards ?? []).filter(({weight}) => weight > 0)
  if (serving.length !== 1) {
    return (
      `. productionListenerRule ${rule?.arn ?? ''} should have exactly one target group serving traffic ` +
      `but found ${serving.length} target groups which are serving traffic`
    )
  }
  const pair = pairOf(loadBalancer)
  const unexpected = serving.find(({targetGroupArn}) => !pair.includes(targetGroupArn))
  return (
    unexpected &&
    `. Production listener rule is forwarding traffic to unexpected target group ${unexpected.targetGroupArn}. ` +
      `Expected traffic to be forwarded to either targetGroupArn: ${pair[0] ?? ''} or alternateTargetGroupArn: ${pair[1] ?? ''}`
  )
}

/** Why ECS may not change how this traffic is forwarded, in its words; `undefined` when it may, or when no rule forwards it. */
export function modificationFault(
  {loadBalancers}: Pick<ServiceConfiguration, 'loadBalancers'>,
  traffic: Traffic,
  {owner, targetGroups, roleFaults}: NetworkingSurroundings
): string | undefined {
  const denied = loadBalancers.find(
    each =>
      roleFaults.of(each.advancedConfiguration?.roleArn ?? '') === 'modify-listener' &&
      ruleOf(each, traffic, targetGroups) !== undefined
  )
  if (denied === undefined) return undefined
  const role = lastPart(denied.advancedConfiguration?.roleArn ?? '')
  const action = 'elasticloadbalancing:ModifyListener'
  return (
    `User: arn:aws:sts::${owner.account}:assumed-role/${role}/ECSNetworkingWithELB is not authorized to perform: ${action} ` +
    `on resource: ${ruleOf(denied, traffic, targetGroups)?.listenerArn ?? ''} ` +
    `because no identity-based policy allows the ${action} action`
  )
}
