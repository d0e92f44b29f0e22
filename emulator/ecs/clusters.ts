import * as sdk from '@aws-sdk/client-ecs'
import {AwsError} from '../service.ts'
import {ecsArn, lastPart, type Owner} from './arns.ts'
import {invalidParameter} from './errors.ts'
import type {Cluster, Service, Task} from './model.ts'
import {operationOf, type Operations} from './operation.ts'
import {page} from './paging.ts'
import type {Tags} from './tags.ts'

/** The clusters, by name or ARN. */
export class Clusters {
  readonly #owner: Owner
  readonly #tags: Tags
  readonly #clusters = new Map<string, Cluster>()

  constructor(owner: Owner, tags: Tags) {
    this.#owner = owner
    this.#tags = tags
  }

  /** Makes a cluster; one of that name that exists is answered as it is. */
  create(name: string, tags?: readonly sdk.Tag[]): Cluster {
    const existing = this.#clusters.get(name)
    if (existing !== undefined) return existing
    const cluster = {name, arn: ecsArn(this.#owner, `cluster/${name}`), services: new Map(), tasks: new Map()}
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

/** CreateCluster, DescribeClusters and ListClusters. */
export function clusterOperations(clusters: Clusters, tags: Tags): Operations {
  return {
    CreateCluster: operationOf(sdk.CreateCluster$, (input: sdk.CreateClusterRequest): sdk.CreateClusterResponse => {
      return {cluster: clusterView(clusters.create(input.clusterName ?? 'default', input.tags), tags)}
    }),
    DescribeClusters: operationOf(
      sdk.DescribeClusters$,
      (input: sdk.DescribeClustersRequest): sdk.DescribeClustersResponse => describeClusters(clusters, tags, input)
    ),
    ListClusters: operationOf(sdk.ListClusters$, (input: sdk.ListClustersRequest): sdk.ListClustersResponse => {
      const arns = clusters.all().map(cluster => cluster.arn)
      const {items, ...rest} = page(arns, input, 100)
      return {clusterArns: items, ...rest}
    })
  }
}

function describeClusters(
  clusters: Clusters,
  tags: Tags,
  input: sdk.DescribeClustersRequest
): sdk.DescribeClustersResponse {
  const names = input.clusters ?? ['default']
  if (names.length > 100) throw invalidParameter('Clusters can have at most 100 items.')
  const found = names.map(name => ({name, cluster: clusters.find(name)}))
  const withTags = input.include?.includes('TAGS') === true
  return {
    clusters: found.flatMap(({cluster}) =>
      cluster === undefined ? [] : [clusterView(cluster, withTags ? tags : undefined)]
    ),
    failures: found.filter(({cluster}) => cluster === undefined).map(({name}) => ({arn: name, reason: 'MISSING'}))
  }
}

function clusterView(cluster: Cluster, tags?: Tags): sdk.Cluster {
  const count = (fits: (task: Task) => boolean): number => [...cluster.tasks.values()].filter(fits).length
  return {
    clusterArn: cluster.arn,
    clusterName: cluster.name,
    status: 'ACTIVE',
    registeredContainerInstancesCount: 0,
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

/** Whether a task counts as running. */
export function isRunningTask(task: Task): boolean {
  return task.lastStatus === 'RUNNING'
}

/** Whether a task counts as pending: on its way to RUNNING (ECS is seen to count all of these states). */
export function isPendingTask(task: Task): boolean {
  return ['PROVISIONING', 'PENDING', 'ACTIVATING'].includes(task.lastStatus)
}
