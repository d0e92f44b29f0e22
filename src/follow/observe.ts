import {DescribeServicesCommand, type DescribeServicesCommandOutput} from '@aws-sdk/client-ecs'
import {fromAws, unlessUnreadable} from '../aws/reading.ts'
import {toSnapshot} from './from-ecs.ts'
import {chunksOf} from '../workflow/chunks.ts'
import {isWorthReading} from './phases.ts'
import {areTasksDue} from './pace.ts'
import {readTasks} from './running-tasks.ts'
import {type FoundService, readServiceDeployments} from './service-deployments.ts'
import {type DeploymentSnapshot, oursOf, type ServiceSnapshot, type Snapshot} from './snapshot.ts'
import type {Source} from './source.ts'
import type {StartedDeployment} from './started.ts'

export interface Observation {
  /** The tasks in it are those that were last read. */
  readonly snapshot: Snapshot
  /** Why a service could not be read this time. */
  readonly problem: unknown
  /** Why a service or its service deployment could not; without the latter following goes on. */
  readonly anyProblem: unknown
}

/** DescribeServices takes ten services a call. */
const SERVICES_A_CALL = 10
/** Tasks are only looked at as long as that keeps nobody waiting, in milliseconds. */
const LONGEST_READ = 5_000

/** Looks at the services of `started` once, and at their service deployments. What AWS does not answer is left out of the snapshot and never thrown. */
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
  const snapshots = services.map(({deployment, service}) => {
    const {arn} = deployment.service
    const serviceDeployment = source.serviceDeploymentsUnavailable ? 'unavailable' : deployments.get(arn)
    const seen = toSnapshot(arn, service, serviceDeployment, source.tasks.get(arn))
    return hasTasks(seen, deployment) ? seen : {...seen, tasks: undefined}
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

/** How the tasks of a service are looked at. */
export interface TaskWishes {
  /** How many services are followed. */
  readonly services: number
  /** What they were before is as good as the end of following: they are read in any case, and those of before do not do. */
  readonly isDecisive: boolean
}

/**
 * Looks at the tasks of our deployment, as far as they are due and can have changed. What AWS does not answer in time is
 * never thrown: the tasks are then those of before.
 * @returns the service with them, and why they could not be read
 */
export async function observeTasks(
  started: StartedDeployment,
  service: ServiceSnapshot,
  source: Source,
  signal: AbortSignal,
  wishes: TaskWishes
): Promise<{readonly service: ServiceSnapshot; readonly problem: unknown}> {
  const {arn} = service
  const ours = oursOf(service, started)
  if (ours === undefined || !hasTasks(service, started) || !isWorthReading(ours, service.desiredCount, undefined)) {
    source.tasks.delete(arn)
    return {service: {...service, tasks: undefined}, problem: undefined}
  }
  if (!wishes.isDecisive && !isDue(service, ours, source, wishes.services)) return {service, problem: undefined}
  source.tasksAsked.set(arn, {at: source.now(), seen: signOf(service, ours)})
  let problem: unknown
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_READ)])
  const tasks = await unlessUnreadable(readTasks(started, source.isChecked.get(arn), source, inTime), cause => {
    problem = cause
  })
  if (tasks !== undefined) source.tasks.set(arn, tasks)
  return {service: {...service, tasks: wishes.isDecisive ? tasks : source.tasks.get(arn)}, problem}
}

/** Our deployment is the primary one and has tasks. */
function hasTasks(service: ServiceSnapshot, started: StartedDeployment): boolean {
  const ours = oursOf(service, started)
  return ours?.status === 'PRIMARY' && ours.running + ours.pending > 0
}

function isDue(service: ServiceSnapshot, ours: DeploymentSnapshot, source: Source, services: number): boolean {
  const asked = source.tasksAsked.get(service.arn)
  const isChanged = asked?.seen !== signOf(service, ours)
  if (!isWorthReading(ours, service.desiredCount, source.tasks.get(service.arn))) return false
  return areTasksDue(asked?.at, isChanged, services, source.now())
}

/** What shows that something may have happened to the tasks. */
function signOf({events}: ServiceSnapshot, {running, pending, failed}: DeploymentSnapshot): string {
  return [running, pending, failed, events.at(-1)?.id].join()
}

/** The services of a deleted cluster are gone as well. */
function withoutCluster(error: unknown): Pick<DescribeServicesCommandOutput, 'services'> {
  if (error instanceof Error && ['ClusterNotFoundException', 'ServiceNotFoundException'].includes(error.name)) return {}
  throw error
}
