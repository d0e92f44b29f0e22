import {DescribeServicesCommand, type DescribeServicesCommandOutput} from '@aws-sdk/client-ecs'
import {fromAws, unlessUnreadable} from '../aws/reading.ts'
import {toSnapshot} from './from-ecs.ts'
import {chunksOf} from '../workflow/chunks.ts'
import {isWorthReading} from './phases.ts'
import {readTasks} from './running-tasks.ts'
import {type FoundService, readServiceDeployments} from './service-deployments.ts'
import type {Snapshot} from './snapshot.ts'
import type {Source} from './source.ts'
import type {StartedDeployment} from './started.ts'

export interface Observation {
  readonly snapshot: Snapshot
  /** Why a service could not be read this time. */
  readonly problem: unknown
  /** Why a service or its service deployment could not; without the latter following goes on. */
  readonly anyProblem: unknown
}

/** DescribeServices takes ten services a call. */
const SERVICES_A_CALL = 10

/** Looks at the services of `started` once. What AWS does not answer is left out of the snapshot and never thrown. */
export async function observe(
  started: readonly StartedDeployment[],
  source: Source,
  signal: AbortSignal
): Promise<Observation> {
  const problems: unknown[] = []
  const keep = (cause: unknown): void => {
    problems.push(cause)
  }
  const reads = batches(started).map(batch => unlessUnreadable(readServices(batch, source, signal), keep))
  const services = (await Promise.all(reads)).flatMap(found => found ?? [])
  const [problem] = problems
  const deployments =
    (await unlessUnreadable(readServiceDeployments(services, source, signal), keep)) ?? new Map<string, never>()
  await Promise.all(services.map(found => unlessUnreadable(readOurTasks(found, source, signal), keep)))
  const snapshots = services.map(({deployment, service}) => {
    const {arn} = deployment.service
    const serviceDeployment = source.serviceDeploymentsUnavailable ? 'unavailable' : deployments.get(arn)
    return toSnapshot(arn, service, serviceDeployment, source.tasks.get(arn))
  })
  return {snapshot: {at: source.now(), services: snapshots}, problem, anyProblem: problems[0]}
}

/** Services of the same cluster, ten at a time. */
function batches(started: readonly StartedDeployment[]): StartedDeployment[][] {
  const clusters = Map.groupBy(started, ({service}) => service.clusterArn)
  return [...clusters.values()].flatMap(group => chunksOf(group, SERVICES_A_CALL))
}

async function readServices(
  batch: readonly StartedDeployment[],
  {ecs}: Source,
  abortSignal: AbortSignal
): Promise<FoundService[]> {
  const command = new DescribeServicesCommand({
    cluster: batch[0]?.service.clusterArn,
    services: batch.map(({service}) => service.arn)
  })
  const {services = []} = await fromAws(ecs.send(command, {abortSignal}).catch(withoutCluster))
  return batch.map(deployment => ({
    deployment,
    service: services.find(({serviceArn}) => serviceArn === deployment.service.arn)
  }))
}

/** Reads the tasks of our deployment as far as they can have changed. */
async function readOurTasks({deployment, service}: FoundService, source: Source, signal: AbortSignal): Promise<void> {
  const {arn} = deployment.service
  const ours = toSnapshot(arn, service, undefined, undefined).deployments.find(({id}) => id === deployment.deploymentId)
  if (ours?.status !== 'PRIMARY' || ours.running + ours.pending === 0) {
    source.tasks.delete(arn)
    return
  }
  if (!isWorthReading(ours, service?.desiredCount ?? 0, source.tasks.get(arn))) return
  const tasks = await readTasks(deployment, source.isChecked.get(arn), source, signal)
  if (tasks !== undefined) source.tasks.set(arn, tasks)
}

/** The services of a deleted cluster are gone as well. */
function withoutCluster(error: unknown): Pick<DescribeServicesCommandOutput, 'services'> {
  if (error instanceof Error && ['ClusterNotFoundException', 'ServiceNotFoundException'].includes(error.name)) return {}
  throw error
}
