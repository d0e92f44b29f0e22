import type {Task, TaskConfiguration} from './model.ts'
import {eventTexts} from './events.ts'
import type {EcsVariants} from './variants.ts'

/**
 * Why a task cannot be placed, as the text of a service event; `undefined` when it can. Its containers' behaviour says so,
 * or there is no container instance for a task that is not for Fargate.
 */
export function placementFault(task: Task, {containerInstances}: EcsVariants): string | undefined {
  const scripted = task.containers.find(({behaviour}) => behaviour.placement !== undefined)?.behaviour.placement
  if (scripted !== undefined) return scripted.event
  if (containerInstances > 0 || isOnFargate(task.configuration)) return undefined
  return task.configuration.capacityProviderStrategy === undefined
    ? eventTexts.noInstances
    : eventTexts.noInstancesInProvider
}

/** Whether tasks run on Fargate, by launch type or by capacity provider. */
export function isOnFargate({launchType, capacityProviderStrategy = []}: TaskConfiguration): boolean {
  return (
    launchType === 'FARGATE' ||
    capacityProviderStrategy.some(({capacityProvider}) => capacityProvider?.startsWith('FARGATE'))
  )
}
