import {
  type ContainerDefinition,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  type Service,
  type TaskDefinition
} from '@aws-sdk/client-ecs'
import {fromAws, unlessUnreadable} from '../aws/reading.ts'
import type {Log} from '../workflow/log.ts'
import type {FailingDeployment, FailureSources} from './failure.ts'

/** What failures are explained by; what could not be read is `undefined`. */
export interface Surroundings {
  readonly deployment: FailingDeployment
  readonly taskDefinition: TaskDefinition | undefined
  readonly service: Service | undefined
}

/**
 * Reads the task definition and the service when they are first needed.
 * @returns reads what is still missing; nothing again that was read, or denied
 */
export function surroundingsOf(
  deployment: FailingDeployment,
  {ecs, ifAllowed}: Pick<FailureSources, 'ecs' | 'ifAllowed'>,
  log: Log
): (abortSignal: AbortSignal) => Promise<Surroundings> {
  let taskDefinition: TaskDefinition | undefined
  let service: Service | undefined
  const {taskDefinitionArn, service: reference} = deployment
  const problem = (cause: unknown): void => {
    log.debug(`What ${reference.name} is made of could not be read: ${String(cause)}`)
  }
  return async abortSignal => {
    taskDefinition ??= await unlessUnreadable(
      fromAws(
        ifAllowed('ecs:DescribeTaskDefinition', async () => {
          const command = new DescribeTaskDefinitionCommand({taskDefinition: taskDefinitionArn})
          return (await ecs.send(command, {abortSignal})).taskDefinition
        })
      ),
      problem
    )
    service ??= await unlessUnreadable(
      fromAws(
        ifAllowed('ecs:DescribeServices', async () => {
          const command = new DescribeServicesCommand({cluster: reference.clusterArn, services: [reference.arn]})
          return (await ecs.send(command, {abortSignal})).services?.[0]
        })
      ),
      problem
    )
    return {deployment, taskDefinition, service}
  }
}

/** Whether a task ends with a container: as the task definition has it; `undefined` where that could not be read. */
export function isEssential(surroundings: Pick<Surroundings, 'taskDefinition'>, name: string): boolean | undefined {
  const definition = definitionOf(surroundings, name)
  return definition && (definition.essential ?? true)
}

/** A container as the task definition has it. */
export function definitionOf(
  {taskDefinition}: Pick<Surroundings, 'taskDefinition'>,
  name: string
): ContainerDefinition | undefined {
  return taskDefinition?.containerDefinitions?.find(container => container.name === name)
}
