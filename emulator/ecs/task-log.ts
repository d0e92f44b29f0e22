import type {LogStore} from '../log-store.ts'
import type {Container, Task} from './model.ts'

/** The logs of a region. */
export type LogsOf = (region: string) => LogStore

/** ECS tells so much of the log driver's error; what stands between is the driver's own, as EC2 instances show it. */
export const noLogGroup =
  'ResourceInitializationError: failed to initialize logging driver: failed to create Cloudwatch log stream: ' +
  'ResourceNotFoundException: The specified log group does not exist.'

/** Whether a container's log group is missing; it is created where the container asks for that. */
export function missesLogGroup(container: Container, logsOf: LogsOf): boolean {
  const options = logOptions(container)
  const group = options?.['awslogs-group']
  if (group === undefined) return false
  const logs = logsOf(options?.['awslogs-region'] ?? '')
  if (options?.['awslogs-create-group'] !== 'true') return logs.streams(group) === undefined
  logs.createGroup(group)
  return false
}

/** Writes a line of a container, as the awslogs driver does; other drivers write elsewhere. */
export function writeLog(task: Task, container: Container, line: string, logsOf: LogsOf): void {
  const options = logOptions(container)
  const group = options?.['awslogs-group']
  if (group === undefined) return
  const prefix = options?.['awslogs-stream-prefix']
  const stream = prefix === undefined ? (container.runtimeId ?? '') : `${prefix}/${container.name}/${task.id}`
  logsOf(options?.['awslogs-region'] ?? '').append(group, stream, line)
}

/** The options of a container that writes to CloudWatch Logs. */
function logOptions({definition}: Container): Record<string, string> | undefined {
  const {logDriver, options = {}} = definition.logConfiguration ?? {}
  return logDriver === 'awslogs' ? options : undefined
}
