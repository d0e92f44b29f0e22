import type * as sdk from '@aws-sdk/client-ecs'
import type {Container, Task} from './model.ts'

/** Whether other containers of the task wait for this one with one of these conditions. */
export function isAwaited(task: Task, container: Container, conditions: readonly sdk.ContainerCondition[]): boolean {
  return task.containers.some(({definition}) =>
    definition.dependsOn?.some(
      ({containerName, condition}) =>
        containerName === container.name && condition !== undefined && conditions.includes(condition)
    )
  )
}

/** Whether a container may start: what it depends on is as it should be. */
export function mayStart(task: Task, {definition}: Container): boolean {
  return (definition.dependsOn ?? []).every(({containerName, condition}) => {
    const other = task.containers.find(({name}) => name === containerName)
    return other !== undefined && meets(other, condition)
  })
}

function meets(
  {lastStatus, exitCode, healthStatus}: Container,
  condition: sdk.ContainerCondition | undefined
): boolean {
  switch (condition) {
    case 'COMPLETE':
      return lastStatus === 'STOPPED'
    case 'SUCCESS':
      return lastStatus === 'STOPPED' && exitCode === 0
    case 'HEALTHY':
      return healthStatus === 'HEALTHY'
    default:
      return lastStatus !== 'PENDING'
  }
}

/** How long a container gets from SIGTERM to SIGKILL, in milliseconds (documented: 30 s unless it says otherwise). */
export function stopTimeout({definition}: Container): number {
  return (definition.stopTimeout ?? 30) * 1000
}
