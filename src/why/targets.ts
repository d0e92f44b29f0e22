import {
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  type TargetGroup,
  type TargetHealthDescription
} from '@aws-sdk/client-elastic-load-balancing-v2'
import {fromAws, unlessUnreadable} from '../aws/reading.ts'
import type {Log} from '../workflow/log.ts'
import type {FailedTarget, FailureSources, ServiceEventLike} from './failure.ts'
import type {StoppedTask} from './stopped-tasks.ts'
import {targetGroupIn, type UnhealthyTargetEvent, unhealthyTargetsIn} from './target-events.ts'
import {reasonCodeOf} from './target-reasons.ts'

/** What is known of the targets of a service. */
export interface Targets {
  /** Unhealthy ones when they were last seen so, by the ARN of their group; they are gone soon after. */
  readonly unhealthy: ReadonlyMap<string, readonly TargetHealthDescription[]>
  readonly groups: readonly TargetGroup[]
  readonly events: readonly UnhealthyTargetEvent[]
}

type Sources = Pick<FailureSources, 'elb' | 'ifAllowed'>

/**
 * Looks at the targets of a service when news of them come, while they are still there to be seen.
 * @returns looks when one of the tasks or events is new; otherwise answers what was seen
 */
export function targetsOf(
  sources: Sources,
  log: Log
): (
  groupArns: readonly string[],
  tasks: readonly StoppedTask[],
  events: readonly ServiceEventLike[],
  abortSignal: AbortSignal
) => Promise<Targets> {
  const unhealthy = new Map<string, readonly TargetHealthDescription[]>()
  let groups: readonly TargetGroup[] | undefined
  let news = 0
  return async (groupArns, tasks, events, abortSignal) => {
    const told = unhealthyTargetsIn(events)
    const failed = tasks.flatMap(({reason}) => targetGroupIn(reason) ?? [])
    const named = new Set([...told.map(({groupArn}) => groupArn), ...failed])
    const concerned = groupArns.filter(arn => named.has(arn))
    if (told.length + failed.length > news && concerned.length > 0) {
      const problem = (cause: unknown): void => {
        log.debug(`The targets could not be read: ${String(cause)}`)
      }
      let isRead = true
      for (const arn of concerned) {
        const seen = await unlessUnreadable(readUnhealthy(arn, sources, abortSignal), problem)
        unhealthy.set(arn, latest(unhealthy.get(arn) ?? [], seen ?? []))
        isRead &&= seen !== undefined
      }
      groups ??= await unlessUnreadable(readGroups(groupArns, sources, abortSignal), problem)
      if (isRead) news = told.length + failed.length
    }
    return {unhealthy, groups: groups ?? [], events: told}
  }
}

/** What was seen before counts for those that are not seen any more. */
function latest(
  before: readonly TargetHealthDescription[],
  now: readonly TargetHealthDescription[]
): readonly TargetHealthDescription[] {
  const isSame = (one: TargetHealthDescription, other: TargetHealthDescription): boolean =>
    one.Target?.Id === other.Target?.Id && one.Target?.Port === other.Target?.Port
  return [...before.filter(old => !now.some(seen => isSame(old, seen))), ...now]
}

async function readUnhealthy(
  TargetGroupArn: string,
  {elb, ifAllowed}: Sources,
  abortSignal: AbortSignal
): Promise<TargetHealthDescription[]> {
  const command = new DescribeTargetHealthCommand({TargetGroupArn})
  const answer = await fromAws(
    ifAllowed('elasticloadbalancing:DescribeTargetHealth', () => elb.send(command, {abortSignal}))
  )
  return (answer?.TargetHealthDescriptions ?? []).filter(
    ({TargetHealth: health}) => health?.State === 'unhealthy' || health?.State === 'unused'
  )
}

async function readGroups(
  TargetGroupArns: readonly string[],
  {elb, ifAllowed}: Sources,
  abortSignal: AbortSignal
): Promise<TargetGroup[]> {
  const command = new DescribeTargetGroupsCommand({TargetGroupArns: [...TargetGroupArns]})
  const answer = await fromAws(
    ifAllowed('elasticloadbalancing:DescribeTargetGroups', () => elb.send(command, {abortSignal}))
  )
  return answer?.TargetGroups ?? []
}

/**
 * The targets of tasks that failed: as the load balancer says it of their addresses, else as events say it of the tasks,
 * else of another of these tasks, or of an instance, in the same target group. Pure.
 */
export function failedTargetsOf(tasks: readonly StoppedTask[], {unhealthy, groups, events}: Targets): FailedTarget[] {
  const isOfTasks = ({taskId}: UnhealthyTargetEvent): boolean =>
    taskId === undefined || tasks.some(({id}) => id === taskId)
  const found = tasks.flatMap(({id, address, reason}) => {
    const groupArn = targetGroupIn(reason)
    if (groupArn === undefined) return []
    const group = groups.find(({TargetGroupArn}) => TargetGroupArn === groupArn)
    const seen = unhealthy.get(groupArn)?.find(({Target: target}) => address !== undefined && target?.Id === address)
    if (seen !== undefined) return [fromLoadBalancer(groupArn, seen, group)]
    const inGroup = events.filter(event => event.groupArn === groupArn)
    const told = inGroup.find(({taskId}) => taskId === id) ?? inGroup.findLast(isOfTasks)
    return told === undefined ? [] : [fromEvent(told, group)]
  })
  return found.filter((one, index) => found.findIndex(other => JSON.stringify(one) === JSON.stringify(other)) === index)
}

function fromLoadBalancer(
  groupArn: string,
  {Target: target, HealthCheckPort: port, TargetHealth: health}: TargetHealthDescription,
  group: TargetGroup | undefined
): FailedTarget {
  return {
    group: targetGroupName(groupArn),
    port: target?.Port,
    state: health?.State ?? 'unhealthy',
    reason: health?.Reason,
    description: health?.Description,
    check: group && checkOf(group, port ?? target?.Port)
  }
}

function fromEvent({groupArn, port, description}: UnhealthyTargetEvent, group: TargetGroup | undefined): FailedTarget {
  return {
    group: targetGroupName(groupArn),
    port,
    state: 'unhealthy',
    reason: reasonCodeOf(description),
    description,
    check: group && checkOf(group, port)
  }
}

/** `web` of `arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/web/0123456789abcdef`. */
export function targetGroupName(arn: string): string {
  return /:targetgroup\/([^/]+)\//.exec(arn)?.[1] ?? arn
}

/** What the health check of a target group asks for: `GET /health on port 8080 expects 200`. */
function checkOf(group: TargetGroup, targetPort: string | number | undefined): string {
  const {HealthCheckProtocol: protocol = 'HTTP', HealthCheckPath: path, HealthCheckPort: port, Matcher: matcher} = group
  const where = port === undefined || port === 'traffic-port' ? targetPort : port
  const onPort = where === undefined ? '' : ` on port ${where}`
  if (path === undefined) return `a ${protocol} connection${onPort}`
  const expected = matcher?.HttpCode ?? matcher?.GrpcCode
  return `${protocol === 'HTTPS' ? 'HTTPS ' : ''}GET ${path}${onPort}${expected === undefined ? '' : ` expects ${expected}`}`
}
