import {eventTexts} from './events.ts'
import type {Container, ServiceTask, Task} from './model.ts'

/** Whether a task counts as healthy: RUNNING, and all that checks it says so, or, unchecked, long enough. */
export function isHealthy(task: Task): boolean {
  if (task.lastStatus !== 'RUNNING' || (hasTargetGroup(task) && task.targets.length === 0)) return false
  const checked = task.containers.filter(isCheckedEssential)
  if (checked.length === 0 && task.targets.length === 0) return task.isStable
  return (
    checked.every(container => container.healthStatus === 'HEALTHY') &&
    task.targets.every(target => target.state === 'healthy')
  )
}

/** Whether the task's service registers it in a target group. */
export function hasTargetGroup(task: Task): boolean {
  return task.configuration.loadBalancers.some(({targetGroupArn}) => targetGroupArn !== undefined)
}

/** An essential container with a health check of its own. */
export function isCheckedEssential(container: Container): boolean {
  return container.definition.essential !== false && container.definition.healthCheck !== undefined
}

/** What a RUNNING task fails at the time `now`, once its service's grace period is over. */
export function healthFailures(task: ServiceTask, now: number): HealthFailure[] {
  const grace = (task.service.settings.healthCheckGracePeriodSeconds ?? 0) * 1000
  if (now < (task.startedAt ?? 0) + grace) return []
  const isFailing = (container: Container): boolean =>
    isCheckedEssential(container) && container.healthStatus === 'UNHEALTHY'
  return [
    ...(task.containers.some(isFailing) ? [containerFailure(task)] : []),
    ...task.targets.filter(target => target.state === 'unhealthy').map(target => targetFailure(task, target))
  ]
}

/** A health check that a task fails. */
export interface HealthFailure {
  /** The text of the service event. */
  readonly event: string
  /** The task's stopped reason. */
  readonly reason: string
}

function containerFailure(task: Task): HealthFailure {
  return {event: eventTexts.unhealthyContainer(task.id), reason: 'Task failed container health checks'}
}

function targetFailure(task: Task, {groupArn, target, reason = ''}: Task['targets'][number]): HealthFailure {
  return {
    event: eventTexts.unhealthyTarget(task.id, target.port, groupArn, reason),
    reason: `Task failed ELB health checks in (target-group ${groupArn})`
  }
}
