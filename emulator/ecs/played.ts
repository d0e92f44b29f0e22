import type {TargetGroup, TargetHealth} from '../target-groups.ts'
import type {Container, Task, TaskTarget} from './model.ts'
import type {ContainerExit} from './runtime.ts'
import type {Timing} from './timing.ts'
import {isAwaited, stopTimeout} from './dependencies.ts'

// What a container does that is played by its behaviour, and when, in milliseconds.

/** How long its image takes. */
export function playedPull({behaviour}: Container, timing: Timing): number {
  return behaviour.pull?.seconds === undefined ? timing.pull : behaviour.pull.seconds * 1000
}

/** How it ends by itself, after its start; one whose end is waited for does so soon. */
export function playedExit(task: Task, container: Container): {exit: ContainerExit; after: number} | undefined {
  const {exit} = container.behaviour
  if (exit !== undefined) return {exit, after: exit.afterSeconds * 1000}
  return isAwaited(task, container, ['COMPLETE', 'SUCCESS']) ? {exit: {code: 0}, after: 1000} : undefined
}

/** Its own health check: the first good result, or as many bad ones as it takes. */
export function playedHealth(
  {definition, behaviour}: Container,
  timing: Timing
): {status: 'HEALTHY' | 'UNHEALTHY'; after: number} | undefined {
  const check = definition.healthCheck
  if (check === undefined) return undefined
  const {health} = behaviour
  if (health === 'never') {
    const after = ((check.startPeriod ?? 0) + (check.interval ?? 30) * (check.retries ?? 3)) * 1000
    return {status: 'UNHEALTHY', after}
  }
  return {status: 'HEALTHY', after: health === undefined ? timing.containerHealthy : health.afterSeconds * 1000}
}

/** How it takes SIGTERM; later than its stop timeout it is killed. */
export function playedStop(container: Container, timing: Timing): {exit: ContainerExit; after: number} {
  const {afterSeconds, exitCode = 143} = container.behaviour.stop ?? {}
  const wanted = afterSeconds === undefined ? timing.containerStop : afterSeconds * 1000
  const longest = stopTimeout(container)
  // Only a behaviour can be later than that, not the timing.
  const isKilled = afterSeconds !== undefined && wanted > longest
  return {exit: {code: isKilled ? 137 : exitCode}, after: Math.min(wanted, longest)}
}

/** What health checks make of its target: the first good one, or as many bad ones as its group wants. */
export function playedTarget(
  container: Container | undefined,
  group: TargetGroup,
  timing: Timing
): {health: TargetHealth & {state: 'healthy' | 'unhealthy'}; after: number} {
  const {target} = container?.behaviour ?? {}
  const interval = group.healthCheckIntervalSeconds * 1000
  if (target === undefined) return {health: {state: 'healthy'}, after: timing.targetRegistration + interval}
  if ('afterSeconds' in target) return {health: {state: 'healthy'}, after: target.afterSeconds * 1000}
  return {
    health: {state: 'unhealthy', ...target},
    after: timing.targetRegistration + interval * group.unhealthyThresholdCount
  }
}

/** The container behind a target. */
export function containerOf(task: Task, {groupArn}: TaskTarget): Container | undefined {
  const loadBalancer = task.configuration.loadBalancers.find(({targetGroupArn}) => targetGroupArn === groupArn)
  return task.containers.find(({name}) => name === loadBalancer?.containerName)
}
