import {isDeepStrictEqual} from 'node:util'
import * as sdk from '@aws-sdk/client-ecs'
import {AwsError, type Call, type Operations, operationOf} from '../service.ts'
import type {TargetGroups} from '../target-groups.ts'
import {ecsArn, isResourceName} from './arns.ts'
import {type Clusters, findService, serviceOf} from './clusters.ts'
import {checkDaemon, daemonPercents} from './daemons.ts'
import {invalidParameter, notPlayed} from './errors.ts'
import {EventLog} from './events.ts'
import type {Cluster, Service, ServiceConfiguration, ServiceSettings} from './model.ts'
import {page} from './paging.ts'
import {isOnFargate} from './placement.ts'
import type {Rollout, RolloutSurroundings} from './rollout.ts'
import {checkConfiguration, checkController, checkSettings, withPublicIpDefault} from './service-rules.ts'
import {checkStrategy} from './strategy-rules.ts'
import {serviceView} from './service-view.ts'
import type {Tags} from './tags.ts'
import type {TaskSets} from './task-sets.ts'
import type {Registered} from './task-definition.ts'
import type {TaskDefinitions} from './task-definitions.ts'

/** What the operations on services work on. */
export interface ServiceSurroundings extends RolloutSurroundings {
  readonly clusters: Clusters
  readonly definitions: TaskDefinitions
  readonly targetGroups: TargetGroups
  readonly tags: Tags
  readonly rollout: Rollout
  readonly taskSets: TaskSets
}

/** The operations on services. */
export function serviceOperations(world: ServiceSurroundings): Operations {
  return {
    CreateService: operationOf(
      sdk.CreateService$,
      (input: sdk.CreateServiceRequest, call): sdk.CreateServiceResponse => {
        return {service: view(world, createService(world, input, call))}
      }
    ),
    UpdateService: operationOf(sdk.UpdateService$, (input: sdk.UpdateServiceRequest): sdk.UpdateServiceResponse => {
      return {service: view(world, updateService(world, input))}
    }),
    DeleteService: operationOf(sdk.DeleteService$, (input: sdk.DeleteServiceRequest): sdk.DeleteServiceResponse => {
      return {service: view(world, deleteService(world, input))}
    }),
    DescribeServices: operationOf(
      sdk.DescribeServices$,
      (input: sdk.DescribeServicesRequest): sdk.DescribeServicesResponse => describeServices(world, input)
    ),
    ListServices: operationOf(sdk.ListServices$, (input: sdk.ListServicesRequest): sdk.ListServicesResponse =>
      listServices(world, input)
    )
  }
}

function view(world: ServiceSurroundings, service: Service): sdk.Service {
  return serviceView(service, world)
}

function createService(world: ServiceSurroundings, input: sdk.CreateServiceRequest, call: Call): Service {
  const cluster = world.clusters.get(input.cluster)
  const {schedulingStrategy: scheduling = 'REPLICA', deploymentController: {type: controller = 'ECS'} = {}} = input
  if (scheduling === 'DAEMON') checkDaemon(input, controller)
  const name = input.serviceName ?? ''
  // Which names are refused is documented, the text is not.
  if (!isResourceName(name)) throw invalidParameter('serviceName contains invalid characters.')
  const existing = cluster.services.get(name)
  if (existing?.status === 'ACTIVE') throw invalidParameter('Creation of service was not idempotent.')
  if (existing?.status === 'DRAINING') throw invalidParameter('Unable to Start a service that is still Draining.')
  const configuration = firstConfiguration(input, world.definitions.usable(input.taskDefinition))
  const settings = firstSettings(input)
  checkSettings(settings)
  checkConfiguration(configuration, world.targetGroups)
  checkStrategy({controller, settings, configuration}, world.targetGroups)
  const service: Service = {
    name,
    arn: ecsArn(world.owner, `service/${cluster.name}/${name}`),
    cluster,
    controller,
    scheduling,
    createdAt: world.clock.now(),
    createdBy: call.caller.arn,
    firstLaunchType: configuration.launchType ?? (isOnFargate(configuration) ? 'FARGATE' : 'EC2'),
    events: new EventLog(world, name),
    status: 'ACTIVE',
    settings,
    configuration,
    deployments: [],
    serviceDeployments: [],
    taskSets: [],
    isSteady: false
  }
  cluster.services.set(name, service)
  world.tags.add(service.arn, input.tags)
  if (service.controller === 'ECS') world.rollout.deploy(service)
  if (service.controller === 'CODE_DEPLOY') world.taskSets.createFirst(service)
  return service
}

function firstConfiguration(input: sdk.CreateServiceRequest, taskDefinition: Registered): ServiceConfiguration {
  const hasProviders = (input.capacityProviderStrategy ?? []).length > 0
  return withPlatform({
    taskDefinition,
    launchType: input.launchType ?? (hasProviders ? undefined : 'EC2'),
    capacityProviderStrategy: hasProviders ? input.capacityProviderStrategy : undefined,
    platformVersion: input.platformVersion,
    networkConfiguration: withPublicIpDefault(input.networkConfiguration),
    loadBalancers: input.loadBalancers ?? [],
    serviceRegistries: input.serviceRegistries ?? [],
    serviceConnectConfiguration: input.serviceConnectConfiguration,
    volumeConfigurations: input.volumeConfigurations,
    vpcLatticeConfigurations: input.vpcLatticeConfigurations
  })
}

/** Only Fargate has platform versions, LATEST unless another one is given. */
function withPlatform(configuration: ServiceConfiguration): ServiceConfiguration {
  const {platformVersion = 'LATEST'} = configuration
  return {...configuration, platformVersion: isOnFargate(configuration) ? platformVersion : undefined}
}

function firstSettings(input: sdk.CreateServiceRequest): ServiceSettings {
  const isDaemon = input.schedulingStrategy === 'DAEMON'
  return {
    desiredCount: input.desiredCount ?? 0,
    deploymentConfiguration: deploymentConfiguration({
      ...(isDaemon ? daemonPercents : {}),
      ...withoutUndefined(input.deploymentConfiguration ?? {})
    }),
    placementConstraints: input.placementConstraints ?? [],
    placementStrategy: input.placementStrategy ?? [],
    healthCheckGracePeriodSeconds:
      input.healthCheckGracePeriodSeconds ?? ((input.loadBalancers ?? []).length > 0 ? 0 : undefined),
    enableExecuteCommand: input.enableExecuteCommand ?? false,
    enableECSManagedTags: input.enableECSManagedTags ?? false,
    propagateTags: input.propagateTags ?? 'NONE',
    availabilityZoneRebalancing: input.availabilityZoneRebalancing ?? (isDaemon ? 'DISABLED' : 'ENABLED')
  }
}

/** `given` with what a replica service has by default, or what it had. */
function deploymentConfiguration(
  given: sdk.DeploymentConfiguration | undefined,
  before?: ServiceSettings['deploymentConfiguration']
): ServiceSettings['deploymentConfiguration'] {
  const merged = {
    maximumPercent: 200,
    minimumHealthyPercent: 100,
    alarms: {alarmNames: [], rollback: false, enable: false},
    strategy: 'ROLLING' as const,
    bakeTimeInMinutes: 0,
    ...before,
    ...withoutUndefined(given ?? {})
  }
  const breaker = merged.deploymentCircuitBreaker ?? {enable: false, rollback: false}
  return withoutOtherStrategies({...merged, deploymentCircuitBreaker: {resetOnHealthyTask: true, ...breaker}})
}

/** What belongs to another strategy is dropped without a word (observed of a canary configuration under BLUE_GREEN). */
function withoutOtherStrategies(
  configuration: ServiceSettings['deploymentConfiguration']
): ServiceSettings['deploymentConfiguration'] {
  const {linearConfiguration, canaryConfiguration, ...rest} = configuration
  if (rest.strategy === 'LINEAR') return {...rest, linearConfiguration}
  return rest.strategy === 'CANARY' ? {...rest, canaryConfiguration} : rest
}

function withoutUndefined<Value extends object>(value: Value): {[Key in keyof Value]: Exclude<Value[Key], undefined>} {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [Key in keyof Value]: Exclude<Value[Key], undefined>
  }
}

function updateService(world: ServiceSurroundings, input: sdk.UpdateServiceRequest): Service {
  const service = serviceOf(world.clusters.get(input.cluster), named(input.service))
  if (service.status !== 'ACTIVE') throw new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.')
  checkController(service.controller, input)
  if (service.scheduling === 'DAEMON') checkDaemon(input, service.controller)
  if (input.deploymentController !== undefined && input.deploymentController.type !== service.controller) {
    throw notPlayed('Changing the deployment controller')
  }
  const configuration = nextConfiguration(world, service, input)
  const settings = nextSettings(service.settings, input)
  checkSettings(settings)
  checkConfiguration(configuration, world.targetGroups)
  checkStrategy({controller: service.controller, settings, configuration}, world.targetGroups)
  const isNew = !isDeepStrictEqual(deployed(configuration), deployed(service.configuration))
  const {desiredCount} = service.settings
  service.settings = settings
  service.configuration = configuration
  if (isNew || input.forceNewDeployment === true) world.rollout.deploy(service)
  else if (service.settings.desiredCount !== desiredCount) changed(world, service)
  return service
}

/** @throws AwsError InvalidParameterException without a name, in words that are not confirmed */
function named(service: string | undefined): string {
  if (service === undefined || service === '') throw invalidParameter('Service can not be blank.')
  return service
}

/** What makes a new deployment when it changes. A member that is given as it was is no change. */
function deployed(configuration: ServiceConfiguration): object {
  const {taskDefinitionArn} = configuration.taskDefinition
  return {...configuration, taskDefinition: taskDefinitionArn, launchType: null, capacityProviderStrategy: null}
}

function nextConfiguration(
  world: ServiceSurroundings,
  service: Service,
  input: sdk.UpdateServiceRequest
): ServiceConfiguration {
  const {
    platformVersion,
    loadBalancers,
    serviceRegistries,
    serviceConnectConfiguration,
    volumeConfigurations,
    vpcLatticeConfigurations
  } = input
  return withPlatform({
    ...service.configuration,
    ...(input.taskDefinition === undefined ? {} : {taskDefinition: world.definitions.usable(input.taskDefinition)}),
    ...(input.networkConfiguration === undefined
      ? {}
      : {networkConfiguration: withPublicIpDefault(input.networkConfiguration)}),
    ...nextCapacity(service, input.capacityProviderStrategy),
    ...withoutUndefined({
      platformVersion,
      loadBalancers,
      serviceRegistries,
      serviceConnectConfiguration,
      volumeConfigurations,
      vpcLatticeConfigurations
    })
  })
}

/** A strategy replaces the launch type; an empty one goes back to it. */
function nextCapacity(
  {firstLaunchType}: Service,
  strategy: sdk.CapacityProviderStrategyItem[] | undefined
): Pick<ServiceConfiguration, 'launchType' | 'capacityProviderStrategy'> | object {
  if (strategy === undefined) return {}
  return strategy.length > 0
    ? {launchType: undefined, capacityProviderStrategy: strategy}
    : {launchType: firstLaunchType, capacityProviderStrategy: undefined}
}

const plainSettings = [
  'desiredCount',
  'placementConstraints',
  'placementStrategy',
  'healthCheckGracePeriodSeconds',
  'enableExecuteCommand',
  'enableECSManagedTags',
  'propagateTags',
  'availabilityZoneRebalancing'
] as const

function nextSettings(before: ServiceSettings, input: sdk.UpdateServiceRequest): ServiceSettings {
  const given = plainSettings.filter(name => input[name] !== undefined).map(name => [name, input[name]] as const)
  return {
    ...before,
    ...Object.fromEntries(given),
    deploymentConfiguration: deploymentConfiguration(input.deploymentConfiguration, before.deploymentConfiguration)
  }
}

function deleteService(world: ServiceSurroundings, input: sdk.DeleteServiceRequest): Service {
  const service = serviceOf(world.clusters.get(input.cluster), named(input.service))
  if (service.status !== 'ACTIVE') throw new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.')
  if (service.settings.desiredCount > 0 && input.force !== true) {
    throw invalidParameter('The service cannot be stopped while it is scaled above 0.')
  }
  service.status = 'DRAINING'
  service.settings = {...service.settings, desiredCount: 0}
  changed(world, service)
  return service
}

/** Has those look at the service who keep its tasks, and the rollout, which also ends the deletion of any service. */
function changed({rollout, taskSets}: ServiceSurroundings, service: Service): void {
  rollout.changed(service)
  if (service.controller !== 'ECS') taskSets.changed(service)
}

function describeServices(
  world: ServiceSurroundings,
  input: sdk.DescribeServicesRequest
): sdk.DescribeServicesResponse {
  const names = input.services ?? []
  if (names.length === 0) throw invalidParameter('Services cannot be empty.')
  // The text for too many is not confirmed.
  if (names.length > 10) throw invalidParameter('Services cannot have more than 10 elements.')
  const cluster = world.clusters.get(input.cluster)
  const found = names.map(name => ({name, service: findService(cluster, name)}))
  const withTags = input.include?.includes('TAGS') === true
  return {
    services: found.flatMap(({service}) =>
      service === undefined ? [] : [{...view(world, service), ...(withTags ? {tags: world.tags.of(service.arn)} : {})}]
    ),
    failures: found
      .filter(({service}) => service === undefined)
      .map(({name}) => ({arn: missingArn(world, cluster, name), reason: 'MISSING'}))
  }
}

function missingArn(world: ServiceSurroundings, cluster: Cluster, name: string): string {
  return name.startsWith('arn:') ? name : ecsArn(world.owner, `service/${cluster.name}/${name}`)
}

function listServices(world: ServiceSurroundings, input: sdk.ListServicesRequest): sdk.ListServicesResponse {
  const services = [...world.clusters.get(input.cluster).services.values()]
    .filter(service => service.status !== 'INACTIVE')
    .filter(service => input.launchType === undefined || service.configuration.launchType === input.launchType)
    .filter(({scheduling}) => (input.schedulingStrategy ?? scheduling) === scheduling)
  const {items, ...rest} = page(
    services.map(service => service.arn),
    input,
    10,
    world.variants
  )
  return {serviceArns: items, ...rest}
}
