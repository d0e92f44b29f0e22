import {DescribeServicesCommand, ListClustersCommand, ListServicesCommand, type Service} from '@aws-sdk/client-ecs'
import {ifAllowed} from '../aws/allowed.ts'
import {lastPart} from '../aws/arn.ts'
import type {Aws} from '../aws/clients.ts'
import {explain} from '../aws/explain.ts'
import {chunksOf} from '../workflow/chunks.ts'
import {Failure} from '../workflow/failure.ts'
import {listed} from '../workflow/text.ts'
import {together} from '../workflow/together.ts'
import type {World} from '../world.ts'
import type {CodeDeployTarget} from './codedeploy/index.ts'

/** A service that can be released to, as it was before the release. */
export interface ServiceToRelease {
  readonly name: string
  readonly arn: string
  readonly cluster: {readonly name: string; readonly arn: string}
  /** ARN of the revision that the service runs. */
  readonly taskDefinitionArn: string
  readonly desiredCount: number
  /** `ROLLING`, `BLUE_GREEN`, `LINEAR` or `CANARY`; `CODE_DEPLOY` where CodeDeploy deploys it. */
  readonly strategy: string
  /** How it rolls, in a few words for the log. */
  readonly rolls: string
  /** As ECS describes it. */
  readonly described: Service
  /** With what CodeDeploy deploys it, where that is its deployment controller. */
  readonly codeDeploy?: CodeDeployTarget
}

/** DescribeServices takes ten services a call. */
const SERVICES_A_CALL = 10

/**
 * Reads the services of the release.
 * @param names names or ARNs
 * @returns those that there are
 * @throws Failure when the cluster is missing (with those that exist), or they may not be read
 */
export async function readServices(
  names: readonly string[],
  cluster: string,
  aws: Aws,
  world: World
): Promise<Service[]> {
  const read = await together(chunksOf(names, SERVICES_A_CALL).map(wanted => describe(wanted, cluster, aws, world)))
  return read.flatMap(({services = []}) => services)
}

/**
 * The service of a name, if it can be released to.
 * @param name or ARN
 * @param services those that there are
 * @throws Failure when it is missing (with those that exist), inactive or not for this action
 */
export async function acceptService(
  name: string,
  services: readonly Service[],
  cluster: string,
  aws: Aws,
  world: World
): Promise<ServiceToRelease> {
  const service = services.find(({serviceName, serviceArn}) => serviceName === name || serviceArn === name)
  if (service === undefined) throw await serviceMissing(lastPart(name), cluster, aws, world)
  return accept(service)
}

/**
 * The services of these names, which all can be released to.
 * @throws Failure for those that cannot, see `readServices` and `acceptService`
 */
export async function findServices(
  names: readonly string[],
  cluster: string,
  aws: Aws,
  world: World
): Promise<ServiceToRelease[]> {
  const services = await readServices(names, cluster, aws, world)
  return together(names.map(name => acceptService(name, services, cluster, aws, world)))
}

async function describe(services: string[], cluster: string, aws: Aws, world: World) {
  try {
    return await aws.ecs.send(new DescribeServicesCommand({cluster, services}), {abortSignal: world.signal})
  } catch (error) {
    if (error instanceof Error && error.name === 'ClusterNotFoundException')
      throw await clusterMissing(cluster, aws, world)
    const doing = `reading the service ${listed(services)} in the cluster ${cluster}`
    // A role with the least policy may not even ask for a service of another name.
    throw explain(error, doing, 'or correct the inputs `service` and `cluster` if they name another one')
  }
}

function accept(service: Service): ServiceToRelease {
  const {serviceName = '', serviceArn = '', clusterArn = '', status, desiredCount = 0} = service
  const taskDefinition = runningDefinition(service)
  const cluster = lastPart(clusterArn)
  if (status !== 'ACTIVE') {
    throw new Failure(
      `The service ${serviceName} in ${cluster} is ${status ?? 'in an unknown state'} and takes no deployments: it is being deleted or was deleted, so create it again or correct the input \`service\`.`
    )
  }
  // Services from before deployment controllers have none and are ECS's.
  const controller = service.deploymentController?.type ?? 'ECS'
  if (controller === 'EXTERNAL') throw external(service, cluster)
  if (taskDefinition === undefined)
    throw new Failure(`The service ${serviceName} in ${cluster} has no task definition.`)
  return {
    name: serviceName,
    arn: serviceArn,
    cluster: {name: cluster, arn: clusterArn},
    taskDefinitionArn: taskDefinition,
    desiredCount,
    strategy: controller === 'ECS' ? (service.deploymentConfiguration?.strategy ?? 'ROLLING') : controller,
    rolls: describeStrategy(service),
    described: service
  }
}

/** Of a service with task sets, what the one has that serves production. */
function runningDefinition({taskSets = [], taskDefinition}: Service): string | undefined {
  return taskSets.find(({status}) => status === 'PRIMARY')?.taskDefinition ?? taskDefinition
}

/** What makes its task sets is the user's own, and only that knows when traffic goes to which. */
function external({serviceName = ''}: Service, cluster: string): Failure {
  return new Failure(
    `The service ${serviceName} in ${cluster} has the deployment controller EXTERNAL, whose deployments this action cannot make: its task sets and their traffic are managed by a deployment tool of your own, which has to make this release; or give the service the controller ECS, which does rolling, blue/green, linear and canary deployments.`
  )
}

/** `rolling within 100–200 %, circuit breaker with rollback`. */
function describeStrategy({deploymentConfiguration = {}}: Service): string {
  const {
    strategy = 'ROLLING',
    minimumHealthyPercent,
    maximumPercent,
    deploymentCircuitBreaker: breaker
  } = deploymentConfiguration
  const way = strategy.toLowerCase().replace('_', '/')
  const within = strategy === 'ROLLING' ? ` within ${minimumHealthyPercent ?? 100}–${maximumPercent ?? 200} %` : ''
  const safety =
    breaker?.enable !== true
      ? 'no circuit breaker'
      : `circuit breaker ${breaker.rollback ? 'with' : 'without'} rollback`
  return `${way}${within}, ${safety}`
}

async function clusterMissing(cluster: string, aws: Aws, world: World): Promise<Failure> {
  const clusters = await clusterNames(aws, world)
  return new Failure(`There is no cluster ${cluster} in ${place(aws)}: ${choose('cluster', clusters)}.`)
}

/** The most common mistake is the right service in another cluster, so the other clusters are searched for it. */
async function serviceMissing(name: string, cluster: string, aws: Aws, world: World): Promise<Failure> {
  const [services, clusters] = await Promise.all([serviceNames(cluster, aws, world), clusterNames(aws, world)])
  const elsewhere = await clusterWith(
    name,
    (clusters ?? []).filter(other => other !== cluster),
    aws,
    world
  )
  if (elsewhere !== undefined) {
    return new Failure(
      `There is no service ${name} in the cluster ${cluster}, but there is one in ${elsewhere}: set the input \`cluster\`.`,
      {
        fix: `with:\n  cluster: ${elsewhere}\n  service: ${name}`
      }
    )
  }
  return new Failure(
    `There is no service ${name} in the cluster ${cluster} (${place(aws)}): ${choose('service', services)}.`
  )
}

async function clusterWith(
  service: string,
  clusters: readonly string[],
  aws: Aws,
  world: World
): Promise<string | undefined> {
  for (const cluster of clusters.slice(0, 10)) {
    const names = await serviceNames(cluster, aws, world)
    if (names === undefined) return undefined
    if (names.includes(service)) return cluster
  }
  return undefined
}

function choose(input: 'cluster' | 'service', existing: readonly string[] | undefined): string {
  if (existing === undefined) return `check the input \`${input}\` and \`aws-region\``
  if (existing.length === 0) return `there are none, so check \`aws-region\` and the account`
  return `set the input \`${input}\` to one of ${listed(existing)}`
}

function place({region, caller}: Aws): string {
  return caller === undefined ? region : `${region} of account ${caller.account}`
}

/** At most a hundred: the list is for people. */
async function clusterNames(aws: Aws, world: World): Promise<string[] | undefined> {
  const list = () => aws.ecs.send(new ListClustersCommand({}), {abortSignal: world.signal})
  return names(world, 'ecs:ListClusters', async () => (await list()).clusterArns)
}

async function serviceNames(cluster: string, aws: Aws, world: World): Promise<string[] | undefined> {
  const command = new ListServicesCommand({cluster, maxResults: 100})
  const list = () => aws.ecs.send(command, {abortSignal: world.signal})
  return names(world, 'ecs:ListServices', async () => (await list()).serviceArns)
}

/** @returns `undefined` where the list cannot be had, for whatever reason: what is to be said is known without it */
async function names(
  {log}: World,
  action: string,
  list: () => Promise<string[] | undefined>
): Promise<string[] | undefined> {
  const arns = await ifAllowed(log, action, async () => (await list()) ?? []).catch(() => undefined)
  return arns?.map(lastPart).sort()
}
