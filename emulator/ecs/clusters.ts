import * as sdk from '@aws-sdk/client-ecs'
import {AwsError, type Operations, operationOf} from '../service.ts'
import {ecsArn, isResourceName, lastPart, type Owner} from './arns.ts'
import {invalidParameter} from './errors.ts'
import {type Cluster, isPendingTask, isRunningTask, type Service, type Task} from './model.ts'
import {page} from './paging.ts'
import type {CapacityProviders} from './capacity-providers.ts'
import type {Tags} from './tags.ts'
import type {EcsVariants} from './variants.ts'

/** The clusters, by name or ARN. */
export class Clusters {
  readonly #owner: Owner
  readonly #tags: Tags
  readonly #capacityProviders: CapacityProviders
  readonly #clusters = new Map<string, Cluster>()

  constructor(owner: Owner, tags: Tags, capacityProviders: CapacityProviders) {
    this.#owner = owner
    this.#tags = tags
    this.#capacityProviders = capacityProviders
  }

  /** Makes a cluster; one of that name that exists is answered as it is. @throws AwsError for a name that cannot be */
  create(name: string, tags?: readonly sdk.Tag[]): Cluster {
    const existing = this.#clusters.get(name)
    if (existing !== undefined) return existing
    // Which names are refused is documented, the text is not.
    if (!isResourceName(name)) throw invalidParameter('Cluster name contains invalid characters.')
    const cluster = {
      name,
      arn: ecsArn(this.#owner, `cluster/${name}`),
      services: new Map(),
      tasks: new Map(),
      instances: new Map(),
      capacityProviders: this.#capacityProviders
    }
    this.#clusters.set(name, cluster)
    this.#tags.add(cluster.arn, tags)
    return cluster
  }

  /** By name or ARN, `default` when none is named; `undefined` when there is none. */
  find(reference = 'default'): Cluster | undefined {
    const cluster = this.#clusters.get(lastPart(reference))
    return reference.startsWith('arn:') && cluster?.arn !== reference ? undefined : cluster
  }

  /** The same. @throws AwsError ClusterNotFoundException when there is none */
  get(reference: string | undefined): Cluster {
    const cluster = this.find(reference)
    if (cluster === undefined) throw new AwsError('ClusterNotFoundException', 'Cluster not found.')
    return cluster
  }

  /**
   * Deletes a cluster; that a deleted one is described as INACTIVE for a while is not played.
   * @throws AwsError when there is none, or when it has services or tasks
   */
  delete(reference: string): Cluster {
    const cluster = this.get(reference)
    if ([...cluster.services.values()].some(({status}) => status !== 'INACTIVE')) {
      throw new AwsError('ClusterContainsServicesException', 'The Cluster cannot be deleted while Services are active.')
    }
    if ([...cluster.tasks.values()].some(({lastStatus}) => lastStatus !== 'STOPPED')) {
      throw new AwsError('ClusterContainsTasksException', 'The Cluster cannot be deleted while Tasks are active.')
    }
    this.#clusters.delete(cluster.name)
    return cluster
  }

  all(): readonly Cluster[] {
    return [...this.#clusters.values()]
  }
}

/**
 * The service of a cluster by name or ARN, also an INACTIVE one.
 * @throws AwsError ServiceNotFoundException when there is none
 */
export function serviceOf(cluster: Cluster, reference: string): Service {
  const service = findService(cluster, reference)
  if (service === undefined) throw new AwsError('ServiceNotFoundException', 'Service not found.')
  return service
}

/** The same, `undefined` when there is none; the short form of the ARN, without the cluster, is taken as well. */
export function findService(cluster: Cluster, reference: string): Service | undefined {
  const service = cluster.services.get(lastPart(reference))
  if (!reference.startsWith('arn:')) return service
  const shortArn = service?.arn.replace(`/${cluster.name}/`, '/')
  return reference === service?.arn || reference === shortArn ? service : undefined
}

/** What the operations on clusters work on. */
export interface ClusterSurroundings {
  readonly clusters: Clusters
  readonly tags: Tags
  readonly variants: EcsVariants
}

/** The operations on clusters. */
export function clusterOperations(world: ClusterSurroundings): Operations {
  const {clusters, tags, variants} = world
  return {
    CreateCluster: operationOf(sdk.CreateCluster$, (input: sdk.CreateClusterRequest): sdk.CreateClusterResponse => {
      return {cluster: clusterView(clusters.create(input.clusterName ?? 'default', input.tags), world, tags)}
    }),
    DescribeClusters: operationOf(
      sdk.DescribeClusters$,
      (input: sdk.DescribeClustersRequest): sdk.DescribeClustersResponse => describeClusters(world, input)
    ),
    ListClusters: operationOf(sdk.ListClusters$, (input: sdk.ListClustersRequest): sdk.ListClustersResponse => {
      const arns = clusters.all().map(cluster => cluster.arn)
      const {items, ...rest} = page(arns, input, 100, variants)
      return {clusterArns: items, ...rest}
    }),
    DeleteCluster: operationOf(sdk.DeleteCluster$, (input: sdk.DeleteClusterRequest): sdk.DeleteClusterResponse => {
      return {cluster: {...clusterView(clusters.delete(input.cluster ?? ''), world), status: 'INACTIVE'}}
    })
  }
}

function describeClusters(
  world: ClusterSurroundings,
  input: sdk.DescribeClustersRequest
): sdk.DescribeClustersResponse {
  const {clusters, tags} = world
  const names = input.clusters ?? ['default']
  // The text is not confirmed.
  if (names.length > 100) throw invalidParameter('Clusters can have at most 100 items.')
  const found = names.map(name => ({name, cluster: clusters.find(name)}))
  const withTags = input.include?.includes('TAGS') === true
  return {
    clusters: found.flatMap(({cluster}) =>
      cluster === undefined ? [] : [clusterView(cluster, world, withTags ? tags : undefined)]
    ),
    failures: found.filter(({cluster}) => cluster === undefined).map(({name}) => ({arn: name, reason: 'MISSING'}))
  }
}

function clusterView(cluster: Cluster, {variants}: ClusterSurroundings, tags?: Tags): sdk.Cluster {
  const count = (fits: (task: Task) => boolean): number => [...cluster.tasks.values()].filter(fits).length
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: 'ACTIVE',
    registeredContainerInstancesCount: variants.containerInstances + cluster.instances.size,
    runningTasksCount: count(isRunningTask),
    pendingTasksCount: count(isPendingTask),
    activeServicesCount: [...cluster.services.values()].filter(service => service.status !== 'INACTIVE').length,
    statistics: [],
    tags: tags?.of(cluster.arn) ?? [],
    settings: [{name: 'containerInsights', value: 'disabled'}],
    capacityProviders: [],
    defaultCapacityProviderStrategy: []
  }
}
