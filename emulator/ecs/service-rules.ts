import type * as sdk from '@aws-sdk/client-ecs'
import type {TargetGroups} from '../target-groups.ts'
import {invalidParameter, notPlayed} from './errors.ts'
import type {ServiceConfiguration} from './model.ts'

/**
 * Refuses what ECS refuses of a service's configuration, and what this emulator does not play.
 * @throws AwsError InvalidParameterException in ECS's words; UnsupportedFeatureException
 */
export function checkConfiguration(configuration: ServiceConfiguration, targetGroups: TargetGroups): void {
  const fault =
    launchFault(configuration) ??
    networkFault(configuration) ??
    configuration.loadBalancers.map(each => loadBalancerFault(each, configuration, targetGroups)).find(Boolean)
  if (fault !== undefined) throw invalidParameter(fault)
}

function launchFault({
  launchType,
  capacityProviderStrategy = [],
  taskDefinition
}: ServiceConfiguration): string | undefined {
  if (launchType !== undefined && capacityProviderStrategy.length > 0) {
    return 'Specifying both a launch type and capacity provider strategy is not supported'
  }
  const asked = capacityProviderStrategy.some(({capacityProvider}) => capacityProvider?.startsWith('FARGATE'))
    ? 'FARGATE'
    : launchType
  return asked === undefined || taskDefinition.compatibilities?.includes(asked) === true
    ? undefined
    : `Task definition does not support launch_type ${asked}.`
}

function networkFault({networkConfiguration, taskDefinition}: ServiceConfiguration): string | undefined {
  const vpc = networkConfiguration?.awsvpcConfiguration
  if (taskDefinition.networkMode !== 'awsvpc') {
    // The text is not confirmed.
    return vpc && 'Network Configuration is not valid for the given networkMode of this task definition.'
  }
  if (vpc === undefined) return "Network Configuration must be provided when networkMode 'awsvpc' is specified."
  return (vpc.subnets ?? []).length === 0 ? 'subnets can not be empty.' : undefined
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
  return group.loadBalancerArns.length === 0
    ? `The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`
    : undefined
}

/** Refuses strategies and schedulers that this emulator does not play. @throws AwsError UnsupportedFeatureException */
export function checkPlayed(request: sdk.CreateServiceRequest | sdk.UpdateServiceRequest): void {
  const strategy = request.deploymentConfiguration?.strategy ?? 'ROLLING'
  if (strategy !== 'ROLLING') throw notPlayed(`The deployment strategy ${strategy}`)
  if ('schedulingStrategy' in request && request.schedulingStrategy === 'DAEMON') throw notPlayed('DAEMON scheduling')
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
