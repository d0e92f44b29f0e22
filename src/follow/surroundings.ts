import {
  DescribeTaskDefinitionCommand,
  ListServiceDeploymentsCommand,
  type ServiceDeploymentBrief,
  type TaskDefinition
} from '@aws-sdk/client-ecs'
import {
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  type TargetGroup
} from '@aws-sdk/client-elastic-load-balancing-v2'
import {fromAws, unlessUnreadable} from '../aws/reading.ts'
import type {Source} from './source.ts'
import type {StartedDeployment} from './started.ts'

/** What says how long a deployment may take, read when it begins to be followed; `undefined` is what could not be read. */
export interface Surroundings {
  /** How long the service's last successful deployments took, the newest first, in milliseconds. */
  readonly past: readonly number[] | undefined
  /** Those of the service's load balancers. */
  readonly targetGroups: readonly TargetGroupTimes[] | undefined
  readonly revision: RevisionTimes | undefined
}

export interface TargetGroupTimes {
  readonly name: string
  /** From the first good health check to the last that is needed, in seconds. */
  readonly healthySeconds: number
  /** How long an old target may finish what it is at, in seconds: the deregistration delay. */
  readonly drainSeconds: number
}

export interface RevisionTimes {
  /** Whether a container that matters has a health check of its own. */
  readonly isChecked: boolean
  /** How long its containers may take to stop, in seconds. */
  readonly stopSeconds: number
}

/** So many of the last deployments say how long the next one takes. */
const MOST_PAST = 5
/** Enough for five that succeeded, in one page. */
const LISTED = 20
/** What failed is read so often again, after so many milliseconds at first. */
const AGAIN = 5
const RETRY = 5_000
/** Until a container is killed that does not stop, unless its definition says otherwise. */
const STOP_SECONDS = 30
/** ELB's own deregistration delay. */
const DRAIN_SECONDS = 300

/** What was read of the surroundings, and what of them is to be read again. */
export interface Reading {
  readonly surroundings: Surroundings
  /** What AWS did not answer; what it denies is not read again. */
  readonly failed: readonly (keyof Surroundings)[]
  readonly tries: number
  readonly at: Date
}

/** Whether surroundings are to be read, first or again: a few times, each time a little later. Pure. */
export function isReadingDue(reading: Reading | undefined, now: Date): boolean {
  if (reading === undefined) return true
  const {failed, tries, at} = reading
  return failed.length > 0 && tries <= AGAIN && now.getTime() - at.getTime() >= tries * RETRY
}

/**
 * Reads what says how long the deployment may take. All of it only helps; nothing is thrown for what AWS does not answer.
 * @param before only what failed then is read again
 */
export async function readSurroundings(
  started: StartedDeployment,
  source: Source,
  signal: AbortSignal,
  before?: Reading
): Promise<Reading> {
  const failed: (keyof Surroundings)[] = []
  const read = async <Part extends keyof Surroundings>(
    part: Part,
    call: (started: StartedDeployment, source: Source, signal: AbortSignal) => Promise<Surroundings[Part]>
  ): Promise<Surroundings[Part] | undefined> => {
    if (before !== undefined && !before.failed.includes(part)) return before.surroundings[part]
    return unlessUnreadable(call(started, source, signal), cause => {
      failed.push(part)
      source.log.debug(`How long ${started.service.name} may take could not be read: ${String(cause)}`)
    })
  }
  const [past, targetGroups, revision] = await Promise.all([
    read('past', readPast),
    read('targetGroups', readTargetGroups),
    read('revision', readRevision)
  ])
  const tries = (before?.tries ?? 0) + 1
  return {surroundings: {past, targetGroups, revision}, failed, tries, at: source.now()}
}

async function readPast(
  {service}: StartedDeployment,
  {ecs, ifAllowed}: Source,
  abortSignal: AbortSignal
): Promise<number[] | undefined> {
  const command = new ListServiceDeploymentsCommand({
    cluster: service.clusterArn,
    service: service.arn,
    status: ['SUCCESSFUL'],
    maxResults: LISTED
  })
  const answer = await fromAws(ifAllowed('ecs:ListServiceDeployments', () => ecs.send(command, {abortSignal})))
  return answer && lastDurations(answer.serviceDeployments ?? [])
}

/** How long the last service deployments took that succeeded, the newest first, in milliseconds. Pure. */
export function lastDurations(listed: readonly ServiceDeploymentBrief[]): number[] {
  return listed
    .filter(({status}) => status === 'SUCCESSFUL')
    .toSorted((one, other) => (other.createdAt?.getTime() ?? 0) - (one.createdAt?.getTime() ?? 0))
    .flatMap(({startedAt, createdAt, finishedAt}) => {
      const from = startedAt ?? createdAt
      return from === undefined || finishedAt === undefined ? [] : finishedAt.getTime() - from.getTime()
    })
    .slice(0, MOST_PAST)
}

async function readTargetGroups(
  {rollout}: StartedDeployment,
  {elb, ifAllowed}: Source,
  abortSignal: AbortSignal
): Promise<TargetGroupTimes[] | undefined> {
  const TargetGroupArns = rollout.targetGroups.flat()
  if (TargetGroupArns.length === 0) return []
  const described = await fromAws(
    ifAllowed('elasticloadbalancing:DescribeTargetGroups', () =>
      elb.send(new DescribeTargetGroupsCommand({TargetGroupArns}), {abortSignal})
    )
  )
  if (described === undefined) return undefined
  const reads = (described.TargetGroups ?? []).map(async group => {
    const command = new DescribeTargetGroupAttributesCommand({TargetGroupArn: group.TargetGroupArn})
    const answer = await fromAws(
      ifAllowed('elasticloadbalancing:DescribeTargetGroupAttributes', () => elb.send(command, {abortSignal}))
    )
    const delay = answer?.Attributes?.find(({Key}) => Key === 'deregistration_delay.timeout_seconds')?.Value
    return timesOf(group, delay === undefined ? DRAIN_SECONDS : Number(delay))
  })
  return Promise.all(reads)
}

function timesOf(
  {TargetGroupName = '', HealthCheckIntervalSeconds = 30, HealthyThresholdCount = 5}: TargetGroup,
  drainSeconds: number
): TargetGroupTimes {
  return {name: TargetGroupName, healthySeconds: HealthCheckIntervalSeconds * HealthyThresholdCount, drainSeconds}
}

async function readRevision(
  {taskDefinitionArn}: StartedDeployment,
  {ecs, ifAllowed}: Source,
  abortSignal: AbortSignal
): Promise<RevisionTimes | undefined> {
  const command = new DescribeTaskDefinitionCommand({taskDefinition: taskDefinitionArn})
  const answer = await fromAws(ifAllowed('ecs:DescribeTaskDefinition', () => ecs.send(command, {abortSignal})))
  return answer?.taskDefinition && revisionTimesOf(answer.taskDefinition)
}

function revisionTimesOf({containerDefinitions = []}: TaskDefinition): RevisionTimes {
  return {
    isChecked: containerDefinitions.some(({essential = true, healthCheck}) => essential && healthCheck !== undefined),
    stopSeconds: Math.max(...containerDefinitions.map(({stopTimeout = STOP_SECONDS}) => stopTimeout), 0)
  }
}
