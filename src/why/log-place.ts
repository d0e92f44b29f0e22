import type {ContainerDefinition} from '@aws-sdk/client-ecs'
import {REGION} from '../aws/arn.ts'
import type {StoppedContainer, StoppedTask} from './stopped-tasks.ts'

/** Where CloudWatch Logs keeps what a container writes. */
export interface LogPlace {
  readonly group: string
  readonly stream: string
  readonly region: string
}

/** Where people look who have no CloudWatch Logs: drivers by the name that their makers use. */
const DRIVERS: Readonly<Record<string, string>> = {awsfirelens: 'FireLens', splunk: 'Splunk', fluentd: 'Fluentd'}

/**
 * Where the log of a container is, by the task definition: a stream is named after the prefix, the container and the task,
 * without a prefix, as on container instances, after the container runtime's id. Source: "awslogs log driver", ECS Developer
 * Guide. Pure.
 * @param region of the service, for a definition that names none
 * @returns the place, or why there is none to look at
 */
export function logPlaceOf(
  {logConfiguration}: Pick<ContainerDefinition, 'logConfiguration'>,
  container: Pick<StoppedContainer, 'name' | 'runtimeId'>,
  task: Pick<StoppedTask, 'id'>,
  region: string
): LogPlace | string {
  if (logConfiguration === undefined) return 'the task definition has no logConfiguration for it'
  const {logDriver = '', options = {}} = logConfiguration
  if (logDriver !== 'awslogs') {
    const name = DRIVERS[logDriver]
    return name === undefined ? `the log goes to ${logDriver}` : `the log goes to ${name} (${logDriver})`
  }
  const group = options['awslogs-group']
  if (group === undefined || group === '') return 'logConfiguration names no awslogs-group'
  const chosen = options['awslogs-region'] ?? region
  if (!new RegExp(`^${REGION}$`).test(chosen)) return `awslogs-region ${chosen} is not a region`
  const prefix = options['awslogs-stream-prefix']
  const stream = prefix === undefined ? container.runtimeId : `${prefix}/${container.name}/${task.id}`
  return stream === undefined ? 'the container never started' : {group, stream, region: chosen}
}
