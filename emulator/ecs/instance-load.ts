import type {Registered} from './task-definition.ts'

/** What a task takes of its container instance. */
export interface InstanceLoad {
  /** CPU units. */
  readonly cpu: number
  /** MiB. */
  readonly memory: number
  /** Ports of the host that are fixed in the definition, those of UDP apart. */
  readonly tcp: readonly number[]
  readonly udp: readonly number[]
  readonly gpus: number
}

/** What ECS reserves: the task's own size, else the sum of its containers', of memory the reservation where there is one. */
export function instanceLoad(definition: Registered): InstanceLoad {
  const {containerDefinitions: containers, networkMode, cpu, memory} = definition
  const ports = networkMode === 'awsvpc' ? [] : containers.flatMap(({portMappings = []}) => portMappings)
  const fixed = ports.filter(({hostPort = 0}) => hostPort > 0)
  const of = (protocol: string): number[] =>
    fixed.filter(mapping => mapping.protocol === protocol).map(({hostPort = 0}) => hostPort)
  return {
    cpu: cpu === undefined ? total(containers.map(container => container.cpu ?? 0)) : Number(cpu),
    memory:
      memory === undefined
        ? total(containers.map(({memoryReservation, memory: limit}) => memoryReservation ?? limit ?? 0))
        : Number(memory),
    tcp: of('tcp'),
    udp: of('udp'),
    gpus: total(
      containers
        .flatMap(({resourceRequirements = []}) => resourceRequirements)
        .map(({type, value}) => (type === 'GPU' ? Number(value) : 0))
    )
  }
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}
