import type * as sdk from '@aws-sdk/client-ecs'
import type {TargetGroups} from '../target-groups.ts'
import {AwsError} from '../service.ts'
import {invalidParameter} from './errors.ts'
import type {ServiceConfiguration, ServiceSettings, TaskConfiguration} from './model.ts'
import {checkExpressions} from './member-of.ts'
import {isOnFargate} from './placement.ts'

/**
 * Refuses what ECS refuses of a service's configuration, and what this emulator does not play.
 * @throws AwsError InvalidParameterException in ECS's words; UnsupportedFeatureException
 */
export function checkConfiguration(configuration: ServiceConfiguration, targetGroups: TargetGroups): void {
  checkTaskConfiguration(configuration)
  const fault =
    launchFault(configuration) ??
    configuration.loadBalancers.map(each => loadBalancerFault(each, configuration, targetGroups)).find(Boolean)
  if (fault !== undefined) throw invalidParameter(fault)
}

/**
 * Refuses what ECS refuses of the configuration of tasks, in a service or without one.
 * @throws AwsError InvalidParameterException, or the one of an unknown platform version
 */
export function checkTaskConfiguration(configuration: TaskConfiguration): void {
  const {platformVersion} = configuration
  if (platformVersion !== undefined && !platformVersions.includes(platformVersion)) {
    // The text is not confirmed.
    throw new AwsError('PlatformUnknownException', 'The specified platform does not exist.')
  }
  checkExpressions(configuration.taskDefinition.placementConstraints)
  const fault = strategyFault(configuration) ?? compatibilityFault(configuration) ?? networkFault(configuration)
  if (fault !== undefined) throw invalidParameter(fault)
}

const platformVersions = ['LATEST', '1.4.0', '1.3.0', '1.2.0', '1.1.0', '1.0.0']

/** The limits are documented, the texts are not. */
function strategyFault({capacityProviderStrategy: strategy = []}: TaskConfiguration): string | undefined {
  if (strategy.length > 20) return 'A capacity provider strategy can have at most 20 capacity providers.'
  if (strategy.filter(({base = 0}) => base > 0).length > 1) return 'Only one capacity provider can have a base.'
  if (strategy.some(({base, weight}) => !isIn(base, 0, 100_000) || !isIn(weight, 0, 1000))) {
    return 'A base is between 0 and 100000, a weight between 0 and 1000.'
  }
  return strategy.length > 0 && strategy.every(({weight = 0}) => weight === 0) && strategy.length > 1
    ? 'At least one capacity provider must have a weight above 0.'
    : undefined
}

function compatibilityFault(configuration: TaskConfiguration): string | undefined {
  const asked = isOnFargate(configuration) ? 'FARGATE' : configuration.launchType
  return asked === undefined || configuration.taskDefinition.compatibilities?.includes(asked) === true
    ? undefined
    : `Task definition does not support launch_type ${asked}.`
}

const isIn = (value: number | undefined, least: number, most: number): boolean =>
  value === undefined || (Number.isInteger(value) && value >= least && value <= most)

/** A configuration's network as ECS shows it. */
export function withPublicIpDefault(
  network: sdk.NetworkConfiguration | undefined
): sdk.NetworkConfiguration | undefined {
  const vpc = network?.awsvpcConfiguration
  if (vpc === undefined) return network
  const {securityGroups = [], assignPublicIp = 'DISABLED'} = vpc
  return {awsvpcConfiguration: {...vpc, securityGroups, assignPublicIp}}
}

function launchFault({launchType, capacityProviderStrategy = []}: ServiceConfiguration): string | undefined {
  return launchType !== undefined && capacityProviderStrategy.length > 0
    ? 'Specifying both a launch type and capacity provider strategy is not supported'
    : undefined
}

function networkFault({networkConfiguration, taskDefinition}: TaskConfiguration): string | undefined {
  const vpc = networkConfiguration?.awsvpcConfiguration
  if (taskDefinition.networkMode !== 'awsvpc') {
    // The text is not confirmed.
    return vpc && 'Network Configuration is not valid for the given networkMode of this task definition.'
  }
  if (vpc === undefined) return "Network Configuration must be provided when networkMode 'awsvpc' is specified."
  if ((vpc.subnets ?? []).length === 0) return 'subnets can not be empty.'
  // The limits are documented, the text is not.
  return (vpc.subnets ?? []).length > 16 || (vpc.securityGroups ?? []).length > 5
    ? 'There can be at most 16 subnets and 5 security groups.'
    : undefined
}

function loadBalancerFault(
  {containerName = '', containerPort, targetGroupArn}: sdk.LoadBalancer,
  {taskDefinition}: ServiceConfiguration,
  targetGroups: TargetGroups
): string | undefined {
  const container = taskDefinition.containerDefinitions.find(({name}) => name === containerName)
  if (container === undefined) return `The container ${containerName} does not exist in the task definition.`
  if (!container.portMappings?.some(mapping => mapping.containerPort === containerPort)) {
    return `The container ${containerName} did not have a container port ${containerPort ?? ''} defined.`
  }
  if (targetGroupArn === undefined) return undefined
  const group = targetGroups.get(targetGroupArn)
  // Which text ECS has for a target group that does not exist is not confirmed.
  if (group === undefined) return 'Unable to assume role and validate the specified targetGroupArn.'
  if (group.loadBalancerArns.length === 0) {
    return `The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`
  }
  const mode = taskDefinition.networkMode ?? 'bridge'
  return (group.targetType === 'ip') === (mode === 'awsvpc')
    ? undefined
    : `The provided target group ${targetGroupArn} has target type ${group.targetType}, which is incompatible with the ${mode} network mode specified in the task definition.`
}

/**
 * Refuses settings that cannot be; the limits are documented, the texts are this emulator's.
 * @throws AwsError InvalidParameterException
 */
export function checkSettings(settings: ServiceSettings): void {
  const {deploymentConfiguration: deployment, desiredCount, healthCheckGracePeriodSeconds: grace} = settings
  const {maximumPercent, minimumHealthyPercent} = deployment
  const {type, value} = deployment.deploymentCircuitBreaker?.thresholdConfiguration ?? {}
  const rules: Readonly<Record<string, boolean>> = {
    'desiredCount must be between 0 and 5000.': isIn(desiredCount, 0, 5000),
    'minimumHealthyPercent must be between 0 and 100.': isIn(minimumHealthyPercent, 0, 100),
    'maximumPercent must be above 0 and not below minimumHealthyPercent.':
      maximumPercent > 0 && maximumPercent >= minimumHealthyPercent,
    'healthCheckGracePeriodSeconds must be between 0 and 2147483647.': isIn(grace, 0, 2_147_483_647),
    'The value of the circuit breaker threshold is out of range.': isIn(value, 1, type === 'COUNT' ? Infinity : 100),
    'There can be at most 10 placement constraints.': settings.placementConstraints.length <= 10,
    'There can be at most 5 placement strategies.': settings.placementStrategy.length <= 5
  }
  checkExpressions(settings.placementConstraints)
  const broken = Object.entries(rules).find(([, isKept]) => !isKept)
  if (broken !== undefined) throw invalidParameter(broken[0])
}

/** What a service of CODE_DEPLOY or EXTERNAL may still be given by UpdateService. */
const changeable = [
  'service',
  'cluster',
  'desiredCount',
  'healthCheckGracePeriodSeconds',
  'placementConstraints',
  'placementStrategy',
  'enableECSManagedTags',
  'propagateTags'
]

/**
 * Refuses what UpdateService does not take for a service of another deployment controller than ECS. The texts for task
 * definition and force are CodeDeploy services' own; the others follow them, unconfirmed.
 * @throws AwsError InvalidParameterException
 */
export function checkController(controller: sdk.DeploymentControllerType, request: sdk.UpdateServiceRequest): void {
  if (controller === 'ECS') return
  const advice = controller === 'CODE_DEPLOY' ? ' Use AWS CodeDeploy to trigger a new deployment.' : ''
  const on = `on services with a ${controller} deployment controller.${advice}`
  if (request.taskDefinition !== undefined) throw invalidParameter(`Unable to update task definition ${on}`)
  if (request.forceNewDeployment === true) throw invalidParameter(`Cannot force a new deployment ${on}`)
  const refused = Object.entries(request).find(
    ([member, value]) =>
      value !== undefined && value !== false && !changeable.includes(member) && !isAllowed(controller, member)
  )
  if (refused !== undefined) throw invalidParameter(`Unable to update ${refused[0]} ${on}`)
}

function isAllowed(controller: sdk.DeploymentControllerType, member: string): boolean {
  return controller === 'CODE_DEPLOY' && member === 'deploymentConfiguration'
}
