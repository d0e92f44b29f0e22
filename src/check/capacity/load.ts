import {containersOf} from '../../definition/definition.ts'
import {isObject, itemsOf, type Json, type JsonObject, textOf} from '../../definition/json.ts'

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
    cpu: sizeOf(json['cpu'], 'vcpu') ?? sum(containers.map(({cpu}) => sizeOf(cpu, 'vcpu') ?? 0)),
    memory:
      sizeOf(json['memory'], 'gb') ??
      sum(containers.map(({memory, memoryReservation}) => sizeOf(memoryReservation ?? memory, 'gb') ?? 0)),
    ports: containers.flatMap(container => hostPorts(container, textOf(json['networkMode']))),
    gpus: sum(gpus)
  }
}

/** Units or MiB, from `512`, `0.5 vCPU` or `1 GB`; `undefined` where there is none. */
function sizeOf(value: Json | undefined, unit: 'vcpu' | 'gb'): number | undefined {
  const [, number = '', large] = /^\s*(\d*\.?\d+)\s*(vcpus?|gb)?\s*$/i.exec(textOf(value)) ?? []
  if (number === '') return undefined
  return large?.toLowerCase().startsWith(unit) === true ? Math.round(Number(number) * 1024) : Number(number)
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
