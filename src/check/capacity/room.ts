import type {ContainerInstance, Resource} from '@aws-sdk/client-ecs'
import type {Load} from './load.ts'

/** What is free on a container instance. */
export interface Room {
  /** CPU units. */
  readonly cpu: number
  /** MiB. */
  readonly memory: number
  /** Ports that are taken, such as `80/tcp`. */
  readonly ports: ReadonlySet<string>
  /** NaN where that is not known. */
  readonly gpus: number
}

/** What a container instance lacks for a task, in the task's units; nothing where it fits. */
export interface Shortage {
  readonly cpu: number
  readonly memory: number
  readonly ports: readonly string[]
  readonly gpus: number
}

/**
 * What is free now (`remainingResources`; of ports it names those that are taken), or would be without any task
 * (`registeredResources`).
 */
export function roomOf(instance: ContainerInstance, state: 'now' | 'empty'): Room {
  const resources = (state === 'now' ? instance.remainingResources : instance.registeredResources) ?? []
  const find = (name: string): Resource | undefined => resources.find(resource => resource.name === name)
  const ports = (name: string, protocol: string): string[] =>
    (find(name)?.stringSetValue ?? []).map(port => `${port}/${protocol}`)
  return {
    cpu: find('CPU')?.integerValue ?? 0,
    memory: find('MEMORY')?.integerValue ?? 0,
    ports: new Set([...ports('PORTS', 'tcp'), ...ports('PORTS_UDP', 'udp')]),
    gpus: gpusOf(instance, state)
  }
}

/** Only `gpuDevices` says which GPUs are free: what `remainingResources` means for them is not documented. */
function gpusOf({gpuDevices, registeredResources = []}: ContainerInstance, state: 'now' | 'empty'): number {
  const registered = registeredResources.find(({name}) => name === 'GPU')?.stringSetValue ?? []
  if (gpuDevices === undefined) return registered.length === 0 ? 0 : state === 'empty' ? registered.length : NaN
  return state === 'empty'
    ? gpuDevices.length
    : gpuDevices.filter(({containerCount = 0}) => containerCount === 0).length
}

/** How many tasks of a kind there is room for side by side. */
export function slotsIn(room: Room, load: Load): number {
  const parts = (free: number, needed: number): number =>
    needed > 0 ? Math.max(0, Math.floor(free / needed)) : Infinity
  const isFree = load.ports.every(port => !room.ports.has(port))
  const byPorts = load.ports.length === 0 ? Infinity : isFree ? 1 : 0
  return Math.min(parts(room.cpu, load.cpu), parts(room.memory, load.memory), parts(room.gpus, load.gpus), byPorts)
}

/** What is left when `tasks` tasks are placed. */
export function placedIn(room: Room, load: Load, tasks: number): Room {
  return tasks === 0 ? room : changed(room, load, -tasks, new Set([...room.ports, ...load.ports]))
}

/** What there is when a task has gone. */
export function freedIn(room: Room, load: Load): Room {
  return changed(room, load, 1, new Set([...room.ports].filter(port => !load.ports.includes(port))))
}

function changed(room: Room, load: Load, tasks: number, ports: Room['ports']): Room {
  return {
    cpu: room.cpu + tasks * load.cpu,
    memory: room.memory + tasks * load.memory,
    gpus: room.gpus + tasks * load.gpus,
    ports
  }
}

/** What is missing for one more task. */
export function shortageOf(room: Room, load: Load): Shortage {
  return {
    cpu: Math.max(0, load.cpu - room.cpu),
    memory: Math.max(0, load.memory - room.memory),
    ports: load.ports.filter(port => room.ports.has(port)),
    gpus: Math.max(0, load.gpus - room.gpus)
  }
}
