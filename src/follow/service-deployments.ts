import {
  DescribeServiceDeploymentsCommand,
  ListServiceDeploymentsCommand,
  type Service,
  type ServiceDeployment,
  type ServiceDeploymentBrief
} from '@aws-sdk/client-ecs'
import {lastPart} from '../aws/arn.ts'
import {fromAws} from '../aws/reading.ts'
import {chunksOf} from '../workflow/chunks.ts'
import type {Source} from './source.ts'
import type {StartedDeployment} from './started.ts'

/** A service of a deployment of ours, as it was read. */
export interface FoundService {
  readonly deployment: StartedDeployment
  /** `undefined` for a service that does not exist. */
  readonly service: Service | undefined
}

/** DescribeServiceDeployments takes twenty service deployments a call. */
const SERVICE_DEPLOYMENTS_A_CALL = 20
/** The service deployment is created about as its deployment is, by another clock of AWS; in milliseconds. */
const MARGIN = 60_000
const SAME_TIME = 10_000

/** The service deployments that belong to our deployments, by the service's ARN; those that are not found are left out. */
export async function readServiceDeployments(
  services: readonly FoundService[],
  source: Source,
  signal: AbortSignal
): Promise<Map<string, ServiceDeployment>> {
  const candidates = services.map(
    ({deployment, service}) => source.found.get(deployment.service.arn) ?? service?.currentServiceDeployment
  )
  const described = await describe(candidates, source, signal)
  const found = new Map<string, ServiceDeployment>()
  for (const [index, {deployment, service}] of services.entries()) {
    if (service === undefined) continue
    const candidate = described.find(({serviceDeploymentArn}) => serviceDeploymentArn === candidates[index])
    const isOurs = source.found.has(deployment.service.arn) || belongs(candidate, deployment)
    const ours = isOurs ? candidate : await search(deployment, service, source, signal)
    if (ours?.serviceDeploymentArn === undefined) continue
    source.found.set(deployment.service.arn, ours.serviceDeploymentArn)
    found.set(deployment.service.arn, ours)
  }
  return found
}

/** The service revision that a deployment makes bears the number of the deployment: observed, not documented. */
function belongs(
  serviceDeployment: Pick<ServiceDeployment, 'targetServiceRevision'> | undefined,
  deployment: StartedDeployment
): boolean {
  return isRevisionOf(serviceDeployment?.targetServiceRevision?.arn, deployment.deploymentId)
}

function isRevisionOf(serviceRevisionArn: string | undefined, deploymentId: string | undefined): boolean {
  if (serviceRevisionArn === undefined || deploymentId === undefined) return false
  return lastPart(serviceRevisionArn) === lastPart(deploymentId)
}

/**
 * The service deployment of a list that belongs to our deployment: by its number, or, where the service shows that its
 * revisions do not bear the numbers of its deployments, the only one that was created when ours was. Pure.
 */
export function oursAmong(
  listed: readonly ServiceDeploymentBrief[],
  service: Pick<Service, 'deployments' | 'currentServiceRevisions'>,
  {deploymentId, startedAt}: Pick<StartedDeployment, 'deploymentId' | 'startedAt'>
): ServiceDeploymentBrief | undefined {
  const byNumber = listed.find(({targetServiceRevisionArn}) => isRevisionOf(targetServiceRevisionArn, deploymentId))
  if (byNumber !== undefined || !areNumbersApart(service)) return byNumber
  const created = createdAt(service, {deploymentId, startedAt}).getTime()
  const atThatTime = listed.filter(item => Math.abs((item.createdAt?.getTime() ?? 0) - created) <= SAME_TIME)
  return atThatTime.length === 1 ? atThatTime[0] : undefined
}

/** Revisions and deployments are listed, and none has the number of one of the others. */
function areNumbersApart({
  deployments = [],
  currentServiceRevisions: revisions = []
}: Pick<Service, 'deployments' | 'currentServiceRevisions'>): boolean {
  if (deployments.length === 0 || revisions.length === 0) return false
  return !deployments.some(({id}) => revisions.some(({arn}) => isRevisionOf(arn, id)))
}

function createdAt(
  {deployments}: Pick<Service, 'deployments'>,
  {deploymentId, startedAt}: Pick<StartedDeployment, 'deploymentId' | 'startedAt'>
): Date {
  return deployments?.find(({id}) => id === deploymentId)?.createdAt ?? startedAt
}

async function describe(
  arns: readonly (string | undefined)[],
  source: Source,
  abortSignal: AbortSignal
): Promise<ServiceDeployment[]> {
  const found: ServiceDeployment[] = []
  for (const chunk of chunksOf(
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
  const after = new Date(createdAt(service, deployment).getTime() - MARGIN)
  const listed: ServiceDeploymentBrief[] = []
  let nextToken: string | undefined
  do {
    const command = new ListServiceDeploymentsCommand({
      cluster: deployment.service.clusterArn,
      service: deployment.service.arn,
      createdAt: {after},
      nextToken
    })
    const answer = await helpful('ListServiceDeployments', () => source.ecs.send(command, {abortSignal}), source)
    listed.push(...(answer?.serviceDeployments ?? []))
    nextToken = answer?.nextToken
  } while (nextToken !== undefined)
  return (await describe([oursAmong(listed, service, deployment)?.serviceDeploymentArn], source, abortSignal))[0]
}

/**
 * A call about service deployments. Where ECS does not offer it, or does not let them be described, `deployments[]` has to
 * do; where only listing them is denied, the service may still name ours.
 */
async function helpful<T>(operation: HelpfulOperation, call: () => Promise<T>, source: Source): Promise<T | undefined> {
  if (source.serviceDeploymentsUnavailable) return undefined
  const answer = await fromAws(source.ifAllowed(`ecs:${operation}`, () => call().catch(notOffered)))
  if (answer === 'not offered') source.log.info(`not checked: ECS offers no ${operation} here`)
  if (answer !== undefined && answer !== 'not offered') return answer
  source.serviceDeploymentsUnavailable = answer === 'not offered' || operation === 'DescribeServiceDeployments'
  return undefined
}

type HelpfulOperation = 'DescribeServiceDeployments' | 'ListServiceDeployments'

function notOffered(error: unknown): 'not offered' {
  if (error instanceof Error && /^(UnknownOperation|UnsupportedFeature)/.test(error.name)) return 'not offered'
  throw error
}
