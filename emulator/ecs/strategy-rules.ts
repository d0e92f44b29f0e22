import type * as sdk from '@aws-sdk/client-ecs'
import type {TargetGroups} from '../target-groups.ts'
import {invalidParameter, notPlayed} from './errors.ts'
import type {Service, ServiceConfiguration, ServiceSettings} from './model.ts'
import {isStaged} from './strategy.ts'
import {pairOf, ruleOf} from './traffic.ts'

/** What of a service the strategy of its deployments has to fit. */
export type StrategyContext = Pick<Service, 'controller' | 'settings' | 'configuration'>

/**
 * Refuses a strategy of deployments that cannot be. The texts on load balancers are ECS's (Developer Guide, "Troubleshooting
 * Amazon ECS blue/green deployments"); of the others only the limits are documented.
 * @throws AwsError InvalidParameterException; UnsupportedFeatureException for what this emulator does not play
 */
export function checkStrategy({controller, settings, configuration}: StrategyContext, groups: TargetGroups): void {
  const {deploymentConfiguration: deployment} = settings
  const fault =
    loadBalancersFault(configuration.loadBalancers, deployment, groups) ??
    placeFault(controller, configuration, deployment) ??
    shiftFault(deployment) ??
    hooksFault(deployment.lifecycleHooks ?? []) ??
    earlySuccessFault(deployment)
  if (fault !== undefined) throw invalidParameter(fault)
  if (isStaged(deployment)) return
  const {lifecycleHooks = [], alarms, bakeTimeInMinutes = 0} = deployment
  if (lifecycleHooks.length > 0) throw notPlayed('Lifecycle hooks of rolling deployments')
  if (bakeTimeInMinutes > 0 && alarms?.enable !== true) throw notPlayed('A bake time without alarms')
}

function loadBalancersFault(
  loadBalancers: readonly sdk.LoadBalancer[],
  deployment: sdk.DeploymentConfiguration,
  groups: TargetGroups
): string | undefined {
  const classic = loadBalancers.filter(({loadBalancerName}) => loadBalancerName !== undefined)
  const advanced = loadBalancers.filter(({advancedConfiguration}) => advancedConfiguration !== undefined)
  if (classic.length > 0 && classic.length < loadBalancers.length) {
    return 'All loadBalancers must be strictly either ELBv1 (defining loadBalancerName) or ELBv2 (defining targetGroupArn)'
  }
  if (classic.length > 0 && advanced.length > 0) {
    return 'advancedConfiguration field is not allowed with ELBv1 loadBalancers'
  }
  if (advanced.length > 0 && advanced.length < loadBalancers.length) {
    return 'Either all or none of the provided loadBalancers must have advancedConfiguration defined'
  }
  if (isStaged(deployment) && advanced.length < loadBalancers.length) {
    return 'advancedConfiguration field is required for all loadBalancers when using a non-ROLLING deployment strategy'
  }
  return advanced.map(each => advancedFault(each, groups)).find(Boolean) ?? duplicateFault(advanced)
}

function advancedFault(loadBalancer: sdk.LoadBalancer, groups: TargetGroups): string | undefined {
  const {productionListenerRule = '', testListenerRule} = loadBalancer.advancedConfiguration ?? {}
  if (!/:listener-rule\/app\/|:listener\/net\//.test(productionListenerRule)) {
    return (
      'productionListenerRule has an invalid ARN format. Must be RuleArn for ALB or ListenerArn for NLB. ' +
      `Got: ${productionListenerRule}`
    )
  }
  if (productionListenerRule === testListenerRule) {
    return `The following rules cannot be used as both production and test listener rules: ${testListenerRule}`
  }
  const rule = ruleOf(loadBalancer, 'production', groups)
  const forwards = rule?.forwards.map(({targetGroupArn}) => targetGroupArn) ?? []
  const isAlone = testListenerRule === undefined && productionListenerRule.includes(':listener-rule/')
  // A rule that is not there fails the deployment, not the call (observed).
  return rule !== undefined && isAlone && pairOf(loadBalancer).some(arn => !forwards.includes(arn))
    ? 'For Application LoadBalancer, testListenerRule is required when productionListenerRule is not associated with both targetGroup and alternateTargetGroup'
    : undefined
}

function duplicateFault(advanced: readonly sdk.LoadBalancer[]): string | undefined {
  const arns = advanced.flatMap(pairOf)
  const duplicate = arns.find((arn, index) => arns.indexOf(arn) < index)
  return duplicate && `Duplicate targetGroupArn found: ${duplicate}`
}

/** Strategies that shift traffic are for services of ECS's own controller, with something that can shift it. */
function placeFault(
  controller: sdk.DeploymentControllerType,
  {loadBalancers, serviceConnectConfiguration}: ServiceConfiguration,
  deployment: sdk.DeploymentConfiguration
): string | undefined {
  const {strategy = 'ROLLING'} = deployment
  if (!isStaged(deployment)) return undefined
  if (controller !== 'ECS') return `The ${strategy} strategy is only for services with an ECS deployment controller.`
  const isConnected = serviceConnectConfiguration?.enabled === true
  const hasNetwork = loadBalancers.some(({advancedConfiguration}) =>
    advancedConfiguration?.productionListenerRule?.includes(':listener/net/')
  )
  if (strategy !== 'BLUE_GREEN' && hasNetwork) {
    return `The ${strategy} strategy is only for Application Load Balancers and Service Connect.`
  }
  return loadBalancers.length > 0 || isConnected
    ? undefined
    : `The ${strategy} strategy needs a load balancer or Service Connect.`
}

function shiftFault(deployment: ServiceSettings['deploymentConfiguration']): string | undefined {
  const {bakeTimeInMinutes, linearConfiguration: linear = {}, canaryConfiguration: canary = {}} = deployment
  const rules: Readonly<Record<string, boolean>> = {
    'bakeTimeInMinutes must be between 0 and 1440.': isMinutes(bakeTimeInMinutes),
    'stepPercent must be a multiple of 0.1 from 3.0 to 100.0.': isPercent(linear.stepPercent, 3),
    'stepBakeTimeInMinutes must be between 0 and 1440.': isMinutes(linear.stepBakeTimeInMinutes),
    'canaryPercent must be a multiple of 0.1 from 0.1 to 100.0.': isPercent(canary.canaryPercent, 0.1),
    'canaryBakeTimeInMinutes must be between 0 and 1440.': isMinutes(canary.canaryBakeTimeInMinutes)
  }
  return Object.entries(rules).find(([, isKept]) => !isKept)?.[0]
}

function isMinutes(value: number | undefined): boolean {
  return value === undefined || (value >= 0 && value <= 1440)
}

function isPercent(value: number | undefined, least: number): boolean {
  return value === undefined || (value >= least && value <= 100 && Math.abs(value * 10 - Math.round(value * 10)) < 1e-9)
}

function hooksFault(hooks: readonly sdk.DeploymentLifecycleHook[]): string | undefined {
  const pauses = hooks.filter(({targetType}) => targetType === 'PAUSE')
  if (pauses.length > 10 || hooks.length - pauses.length > 10) {
    return 'There can be at most 10 pause hooks and 10 Lambda hooks.'
  }
  return hooks.map(hookFault).find(Boolean)
}

function hookFault(hook: sdk.DeploymentLifecycleHook): string | undefined {
  const {targetType = 'AWS_LAMBDA', hookTargetArn, roleArn, lifecycleStages = [], timeoutConfiguration} = hook
  const {timeoutInMinutes = 1440} = timeoutConfiguration ?? {}
  const isPause = targetType === 'PAUSE'
  if (lifecycleStages.length === 0) return 'lifecycleStages must be specified for a lifecycle hook.'
  if (!isPause && (hookTargetArn === undefined || roleArn === undefined)) {
    return 'hookTargetArn and roleArn must be specified for an AWS_LAMBDA lifecycle hook.'
  }
  const withoutPause = lifecycleStages.find(stage => ['TEST_TRAFFIC_SHIFT', 'PRODUCTION_TRAFFIC_SHIFT'].includes(stage))
  if (isPause && withoutPause !== undefined) return `PAUSE hooks cannot be configured at ${withoutPause}.`
  return timeoutInMinutes < 1 || timeoutInMinutes > (isPause ? 20_160 : 1440)
    ? 'timeoutInMinutes is out of range.'
    : undefined
}

function earlySuccessFault(deployment: ServiceSettings['deploymentConfiguration']): string | undefined {
  const {enable = false, healthyPercent, sourceServiceRevisionCleanup} = deployment.earlySuccessCriteria ?? {}
  if (!enable) return undefined
  if (isStaged(deployment)) return 'earlySuccessCriteria can be used only with the ROLLING deployment strategy.'
  if (healthyPercent === undefined || sourceServiceRevisionCleanup === undefined) {
    return 'healthyPercent and sourceServiceRevisionCleanup must be specified for earlySuccessCriteria.'
  }
  return healthyPercent < deployment.minimumHealthyPercent || healthyPercent > 100
    ? 'healthyPercent must be between minimumHealthyPercent and 100.'
    : undefined
}
