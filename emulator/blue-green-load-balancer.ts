import type {AdvancedConfiguration, LoadBalancer} from '@aws-sdk/client-ecs'
import type {ListenerRule} from './listener-rules.ts'
import type {TargetGroup, TargetGroups, TargetGroupSettings} from './target-groups.ts'

/** What a service that shifts traffic is behind. */
export interface BlueGreenLoadBalancer {
  /** The target group that serves production at first. */
  readonly blue: TargetGroup
  readonly green: TargetGroup
  readonly production: ListenerRule
  readonly test: ListenerRule
  readonly roleArn: string
  /** For CreateService. */
  readonly loadBalancers: [LoadBalancer & {advancedConfiguration: AdvancedConfiguration}]
}

/** The container that it sends traffic to, and how its target groups differ from ELB's defaults. */
export interface BlueGreenSettings extends Partial<TargetGroupSettings> {
  readonly containerName: string
  readonly containerPort: number
}

/** Makes a load balancer with a production and a test rule and two target groups, as blue/green deployments need it. */
export function createBlueGreenLoadBalancer(
  targetGroups: TargetGroups,
  name: string,
  {containerName, containerPort, ...settings}: BlueGreenSettings
): BlueGreenLoadBalancer {
  const rule = (port: number, ...arns: string[]): ListenerRule =>
    targetGroups.rules.create({
      loadBalancer: name,
      type: 'app',
      port,
      forwards: arns.map((targetGroupArn, index) => ({targetGroupArn, weight: index === 0 ? 100 : 0}))
    })
  const {loadBalancerArn} = rule(443)
  const group = (colour: string): TargetGroup =>
    targetGroups.create({name: `${name}-${colour}`, ...settings, loadBalancerArns: [loadBalancerArn]})
  const [blue, green] = [group('blue'), group('green')]
  const production = rule(443, blue.arn, green.arn)
  const test = rule(8443, blue.arn, green.arn)
  const [, , , , account = ''] = blue.arn.split(':')
  const roleArn = `arn:aws:iam::${account}:role/ecsInfrastructureRole`
  const advancedConfiguration = {
    alternateTargetGroupArn: green.arn,
    productionListenerRule: production.arn,
    testListenerRule: test.arn,
    roleArn
  }
  const loadBalancers: BlueGreenLoadBalancer['loadBalancers'] = [
    {targetGroupArn: blue.arn, containerName, containerPort, advancedConfiguration}
  ]
  return {blue, green, production, test, roleArn, loadBalancers}
}
