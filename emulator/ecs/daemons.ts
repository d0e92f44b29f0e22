import type * as sdk from '@aws-sdk/client-ecs'
import {invalidParameter} from './errors.ts'
import type {Service} from './model.ts'
import type {EcsVariants} from './variants.ts'

/** What a daemon service has by default, so that its old tasks are stopped before new ones are started (documented). */
export const daemonPercents = {maximumPercent: 100, minimumHealthyPercent: 0}

/**
 * Refuses what a daemon service cannot have; the limits are documented.
 * @param controller of the service
 * @throws AwsError InvalidParameterException
 */
export function checkDaemon(
  request: sdk.CreateServiceRequest | sdk.UpdateServiceRequest,
  controller: sdk.DeploymentControllerType
): void {
  const {
    deploymentConfiguration: {maximumPercent = 100} = {},
    capacityProviderStrategy = [],
    placementStrategy = []
  } = request
  const isOnFargate = 'launchType' in request && request.launchType === 'FARGATE'
  // The first three texts are observed.
  const faults: Readonly<Record<string, boolean>> = {
    'The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again':
      request.desiredCount !== undefined,
    'The daemon scheduling strategy does not support values above 100 for maximumPercent on a deployment configuration. Change the maximumPercent value to 100, and try again':
      maximumPercent > 100,
    'Specifying a capacity provider strategy is not supported when you create a service using the DAEMON scheduling strategy.':
      capacityProviderStrategy.length > 0,
    'The daemon scheduling strategy does not support placement strategies.': placementStrategy.length > 0,
    'The daemon scheduling strategy does not support the FARGATE launch type.': isOnFargate,
    [`The daemon scheduling strategy does not support the ${controller} deployment controller.`]: controller !== 'ECS'
  }
  const fault = Object.keys(faults).find(text => faults[text] === true)
  if (fault !== undefined) throw invalidParameter(fault)
}

/** Has a daemon service want one task for each container instance of now; whether that is another number than before. */
export function fitToInstances(service: Service, {containerInstances}: EcsVariants): boolean {
  const {scheduling, status, settings, cluster} = service
  const active = [...cluster.instances.values()].filter(instance => instance.status === 'ACTIVE')
  const desiredCount = containerInstances + active.length
  if (scheduling !== 'DAEMON' || status !== 'ACTIVE' || settings.desiredCount === desiredCount) return false
  service.settings = {...settings, desiredCount}
  return true
}
