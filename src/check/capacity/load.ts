import {containersOf} from '../../definition/definition.ts'
import {isObject, itemsOf, type JsonObject, textOf} from '../../definition/json.ts'
import {cpuUnits, memoryMebibytes} from '../../definition/size.ts'

/** What a task takes of its container instance. */
export interface Load {
  /** CPU units. */
  readonly cpu: number
  /** MiB. */
  readonly memory: number
  /** Fixed ports of the host, such as `80/tcp`. */
  readonly ports: readonly string[]
  readonly gpus: number
}

/**
 * What ECS reserves for a task: its own CPU and memory, else those of its containers, of memory the reservation first
 * (Amazon ECS, "Task definition parameters").
 * @returns `undefined` where that is not a number of whole GPUs
 */
export function loadOf(json: JsonObject): Load | undefined {
  const containers = containersOf(json)
  const gpus = containers.flatMap(gpusOf)
  if (gpus.some(number => !Number.isInteger(number))) return undefined
  return {
    cpu: cpuUnits(textOf(json['cpu'])) ?? sum(containers.map(({cpu}) => cpuUnits(textOf(cpu)) ?? 0)),
    memory:
      memoryMebibytes(textOf(json['memory'])) ??
      sum(containers.map(({memory, memoryReservation}) => memoryMebibytes(textOf(memoryReservation ?? memory)) ?? 0)),
    ports: containers.flatMap(container => hostPorts(container, textOf(json['networkMode']))),
    gpus: sum(gpus)
  }
}

/** Each a number of GPUs, NaN for `ALL` or a share of one. */
function gpusOf(container: JsonObject): number[] {
  return itemsOf(container['resourceRequirements'])
    .filter(isObject)
    .filter(({type}) => type === 'GPU')
    .map(({value}) => Number(textOf(value) || NaN))
}

/** Those that a task takes for itself: in other network modes the host's ports are not touched or chosen by Docker. */
function hostPorts(container: JsonObject, networkMode: string): string[] {
  if (networkMode === 'awsvpc' || networkMode === 'none') return []
  return itemsOf(container['portMappings'])
    .filter(isObject)
    .map(({hostPort, containerPort, protocol}) => ({
      port: Number(textOf(networkMode === 'host' ? (hostPort ?? containerPort) : hostPort)),
      protocol: textOf(protocol) || 'tcp'
    }))
    .filter(({port}) => port > 0)
    .map(({port, protocol}) => `${port}/${protocol}`)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
