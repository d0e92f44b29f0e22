import {
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  type DescribeServicesCommandOutput,
  ListServiceDeploymentsCommand,
  type Service,
  type ServiceDeployment
} from '@aws-sdk/client-ecs'
import {lastPart} from '../aws/arn.ts'
import type {Aws} from '../aws/clients.ts'
import type {Log} from '../workflow/log.ts'
import {toSnapshot} from './from-ecs.ts'
import {answered, type IfAllowed, rememberDenials, tolerate} from './reading.ts'
import type {Snapshot} from './snapshot.ts'
import type {StartedDeployment} from './started.ts'

/** What `observe` reads with, and what it remembers from one time to the next. */
export interface Source {
  /**
   * The client that repeats nothing: the follower asks again by itself, and a call that is repeated inside the SDK would
   * leave the log silent meanwhile.
   */
  readonly ecs: Aws['ecsOnce']
  readonly ifAllowed: IfAllowed
  readonly log: Log
  readonly now: () => Date
  /** ARN of the service deployment that belongs to ours, by the service's ARN. */
  readonly joined: Map<string, string>
  serviceDeploymentsUnavailable: boolean
}

export interface Observation {
  readonly snapshot: Snapshot
  /** Why something could not be read this time. */
  readonly problem: unknown
}

/** DescribeServices takes ten services a call, DescribeServiceDeployments twenty service deployments. */
const SERVICES_A_CALL = 10
const SERVICE_DEPLOYMENTS_A_CALL = 20
/** The service deployment is created about as its deployment is, by another clock of AWS. */
const MARGIN = 60_000

/** A source for one follow. */
export function createSource(ecs: Source['ecs'], log: Log, now: () => Date): Source {
  return {ecs, ifAllowed: rememberDenials(log), log, now, joined: new Map(), serviceDeploymentsUnavailable: false}
}

/** Looks at the services of `started` once. What AWS does not answer is left out of the snapshot and never thrown. */
export async function observe(
  started: readonly StartedDeployment[],
  source: Source,
  signal: AbortSignal
): Promise<Observation> {
  let problem: unknown
  const keep = (cause: unknown): void => {
    problem ??= cause
  }
  const reads = batches(started).map(batch => tolerate(readServices(batch, source, signal), keep))
  const services = (await Promise.all(reads)).flatMap(found => found ?? [])
  const deployments =
    (await tolerate(readServiceDeployments(services, source, signal), keep)) ?? new Map<string, never>()
  const snapshots = services.map(({deployment, service}) => {
    const {arn} = deployment.service
    return toSnapshot(arn, service, source.serviceDeploymentsUnavailable ? 'unavailable' : deployments.get(arn))
  })
  return {snapshot: {at: source.now(), services: snapshots}, problem}
}

/** Services of the same cluster, ten at a time. */
function batches(started: readonly StartedDeployment[]): StartedDeployment[][] {
  const clusters = Map.groupBy(started, ({service}) => service.clusterArn)
  return [...clusters.values()].flatMap(group => chunks(group, SERVICES_A_CALL))
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({length: Math.ceil(items.length / size)}, (_, index) =>
    items.slice(index * size, (index + 1) * size)
  )
}

interface FoundService {
  readonly deployment: StartedDeployment
  /** `undefined` for a service that does not exist. */
  readonly service: Service | undefined
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
  const {services = []} = await answered(ecs.send(command, {abortSignal}).catch(withoutCluster))
  return batch.map(deployment => ({
    deployment,
    service: services.find(({serviceArn}) => serviceArn === deployment.service.arn)
  }))
}

/** The services of a deleted cluster are gone as well. */
function withoutCluster(error: unknown): Pick<DescribeServicesCommandOutput, 'services'> {
  if (error instanceof Error && ['ClusterNotFoundException', 'ServiceNotFoundException'].includes(error.name)) return {}
  throw error
}

/** The service deployments that belong to our deployments, by the service's ARN; those that are not found are left out. */
async function readServiceDeployments(
  services: readonly FoundService[],
  source: Source,
  signal: AbortSignal
): Promise<Map<string, ServiceDeployment>> {
  const candidates = services.map(
    ({deployment, service}) => source.joined.get(deployment.service.arn) ?? service?.currentServiceDeployment
  )
  const described = await describe(candidates, source, signal)
  const found = new Map<string, ServiceDeployment>()
  for (const [index, {deployment, service}] of services.entries()) {
    if (service === undefined) continue
    const candidate = described.find(({serviceDeploymentArn}) => serviceDeploymentArn === candidates[index])
    const ours = belongs(candidate, deployment) ? candidate : await search(deployment, service, source, signal)
    if (ours?.serviceDeploymentArn === undefined) continue
    source.joined.set(deployment.service.arn, ours.serviceDeploymentArn)
    found.set(deployment.service.arn, ours)
  }
  return found
}

/** The service revision that a deployment makes bears the number of the deployment: observed, not documented. */
function belongs(
  serviceDeployment: Pick<ServiceDeployment, 'targetServiceRevision'> | undefined,
  deployment: StartedDeployment
): serviceDeployment is ServiceDeployment {
  return isRevisionOf(serviceDeployment?.targetServiceRevision?.arn, deployment)
}

function isRevisionOf(serviceRevisionArn: string | undefined, {deploymentId}: StartedDeployment): boolean {
  return serviceRevisionArn !== undefined && lastPart(serviceRevisionArn) === lastPart(deploymentId)
}

async function describe(
  arns: readonly (string | undefined)[],
  source: Source,
  abortSignal: AbortSignal
): Promise<ServiceDeployment[]> {
  const found: ServiceDeployment[] = []
  for (const chunk of chunks(
    arns.filter(arn => arn !== undefined),
    SERVICE_DEPLOYMENTS_A_CALL
  )) {
    const command = new DescribeServiceDeploymentsCommand({serviceDeploymentArns: chunk})
    const answer = await helpful('DescribeServiceDeployments', () => source.ecs.send(command, {abortSignal}), source)
    found.push(...(answer?.serviceDeployments ?? []))
  }
  return found
}

/** Looks through the service's deployments since ours was created. Right after an update it may not be listed yet. */
async function search(
  deployment: StartedDeployment,
  service: Service,
  source: Source,
  abortSignal: AbortSignal
): Promise<ServiceDeployment | undefined> {
  const created = service.deployments?.find(({id}) => id === deployment.deploymentId)?.createdAt ?? deployment.startedAt
  let nextToken: string | undefined
  do {
    const command = new ListServiceDeploymentsCommand({
      cluster: deployment.service.clusterArn,
      service: deployment.service.arn,
      createdAt: {after: new Date(created.getTime() - MARGIN)},
      nextToken
    })
    const answer = await helpful('ListServiceDeployments', () => source.ecs.send(command, {abortSignal}), source)
    const ours = answer?.serviceDeployments?.find(item => isRevisionOf(item.targetServiceRevisionArn, deployment))
    if (ours !== undefined) return (await describe([ours.serviceDeploymentArn], source, abortSignal))[0]
    nextToken = answer?.nextToken
  } while (nextToken !== undefined)
  return undefined
}

/** A call about service deployments: where it is denied or not offered, `deployments[]` has to do. */
async function helpful<T>(operation: string, call: () => Promise<T>, source: Source): Promise<T | undefined> {
  if (source.serviceDeploymentsUnavailable) return undefined
  const answer = await answered(source.ifAllowed(`ecs:${operation}`, () => call().catch(notOffered)))
  if (answer === 'not offered') source.log.info(`not checked: ECS offers no ${operation} here`)
  if (answer !== undefined && answer !== 'not offered') return answer
  source.serviceDeploymentsUnavailable = true
  return undefined
}

function notOffered(error: unknown): 'not offered' {
  if (error instanceof Error && /^(UnknownOperation|UnsupportedFeature)/.test(error.name)) return 'not offered'
  throw error
}
