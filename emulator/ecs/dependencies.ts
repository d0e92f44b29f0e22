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

/** Whether a container that has not started waits for this one still. */
export function isWaitedFor(task: Task, container: Container): boolean {
  return task.containers.some(
    ({isStarting, definition}) =>
      !isStarting &&
      definition.dependsOn?.some(
        ({containerName, condition}) => containerName === container.name && !meets(container, condition)
      )
  )
}

/** Whether a container may be asked to stop: none runs that depends on it. Source: ContainerDefinition, `dependsOn`. */
export function mayStop(task: Task, {name}: Container): boolean {
  return !task.containers.some(
    ({lastStatus, definition}) =>
      lastStatus === 'RUNNING' && definition.dependsOn?.some(({containerName}) => containerName === name)
  )
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

/**
 * How long others wait, from its start, until a container has done or become what they depend on, in milliseconds; without
 * an answer they wait for ever. Source: ContainerDefinition, `startTimeout`, which names no default.
 */
export function startTimeout({definition}: Container): number | undefined {
  return definition.startTimeout === undefined ? undefined : definition.startTimeout * 1000
}

/** How long a container gets from SIGTERM to SIGKILL, in milliseconds (documented: 30 s unless it says otherwise). */
export function stopTimeout({definition}: Container): number {
  return (definition.stopTimeout ?? 30) * 1000
}
