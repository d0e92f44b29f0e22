import type {Clock} from '../world.ts'
import {containerLogsOf, type LogReading} from './container-log.ts'
import {containersOf, wantsLog} from './explain.ts'
import type {ContainerLog, FailingDeployment, FailureSources} from './failure.ts'
import type {FailedGroup} from './group.ts'
import {type LogPlace, logPlaceOf} from './log-place.ts'
import {definitionOf, type Surroundings} from './surroundings.ts'

/** The ends of the logs that explain a failure. */
export interface Logs {
  /** By the containers' names. */
  readonly found: ReadonlyMap<string, ContainerLog>
  /** Lines may still come. */
  readonly pending: boolean
  readonly isEmpty: boolean
}

/** The log of one container tells enough; of many it would bury the rest. */
const MOST_LOGS = 2
/** What ECS stopped for its health has written what there is to tell long before; its log is complete at once. */
const LONG_AGO = new Date(0)

/** Reads the logs of the first task of a failure; what is complete is not read again. */
export function logsOf(
  {service}: FailingDeployment,
  sources: Pick<FailureSources, 'logs' | 'ifAllowed'>,
  clock: Clock
): (group: FailedGroup, surroundings: Surroundings, abortSignal: AbortSignal) => Promise<Logs> {
  const readLog = sources.logs && containerLogsOf(sources.logs, sources, clock)
  const [, , , region = ''] = service.arn.split(':')
  return async (group, surroundings, abortSignal) => {
    const [task] = group.tasks
    const at = task.stopCode === 'ServiceSchedulerInitiated' ? LONG_AGO : task.at
    const found = new Map<string, ContainerLog>()
    let pending = false
    const wanted = containersOf(group, surroundings).filter(container => wantsLog(task, container))
    for (const container of wanted.slice(0, MOST_LOGS)) {
      const definition = definitionOf(surroundings, container.name)
      if (definition === undefined) continue
      const place = logPlaceOf(definition, container, task, region)
      const reading =
        typeof place === 'string' ? nowhere(place) : await (readLog?.(place, at, abortSignal) ?? notShown(place))
      found.set(container.name, reading.log)
      pending ||= reading.pending
    }
    return {found, pending, isEmpty: [...found.values()].every(({lines}) => lines.length === 0)}
  }
}

function notShown(place: LogPlace): LogReading {
  const {group, region, stream} = place
  const note = `the log is not shown, as \`show-logs\` is switched off: it is in the log group ${group} in ${region}, stream ${stream}`
  return {log: {...place, lines: [], note}, pending: false}
}

function nowhere(note: string): LogReading {
  return {log: {group: '', stream: '', region: '', lines: [], note}, pending: false}
}
