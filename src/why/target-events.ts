import type {ServiceEventLike} from './failure.ts'

/** A target that is not healthy, as an event of the service tells it. */
export interface UnhealthyTargetEvent {
  /** `undefined` in the older form, which names the container instance. */
  readonly taskId: string | undefined
  readonly port: number
  readonly groupArn: string
  readonly description: string
}

const UNHEALTHY =
  /\((?:task (?<task>\w+)|instance [\w-]+)\) \(port (?<port>\d+)\) is unhealthy in \(target-group (?<group>[^)\s]+)\) due to \(reason (?<reason>.+)\)\.?$/

/** The targets that events tell to be unhealthy, in the events' order. Pure. */
export function unhealthyTargetsIn(events: readonly ServiceEventLike[]): UnhealthyTargetEvent[] {
  return events.flatMap(({message}) => {
    const {
      task: taskId,
      port = '',
      group: groupArn = '',
      reason: description = ''
    } = UNHEALTHY.exec(message.trim())?.groups ?? {}
    return groupArn === '' ? [] : [{taskId, port: Number(port), groupArn, description}]
  })
}

/** The target group in `Task failed ELB health checks in (target-group …)`. Pure. */
export function targetGroupIn(reason: string): string | undefined {
  return /failed ELB health checks in \(target-group ([^)\s]+)\)/.exec(reason)?.[1]
}
