import type {RuntimeContainer, RuntimeTaskIdentity} from '../ecs/runtime.ts'
import {memoryMebibytes} from '../ecs/task-size.ts'

const MEBIBYTE = 2 ** 20
const SECOND = 1e9

/** What a container is made with, beside its definition. */
export interface Surroundings {
  readonly task: RuntimeTaskIdentity
  readonly labels: Readonly<Record<string, string>>
  /** The container whose network namespace it shares. */
  readonly namespace: string
  /** How many times as fast as real time the clock of ECS goes. */
  readonly speed: number
}

/**
 * A container of a task as Docker creates it. Its `secrets`, environment files, volumes and links are left out: there is
 * nothing here that they could come from. Source: ContainerDefinition of ECS; Engine API, ContainerCreate.
 */
export function createRequest({definition, override, image}: RuntimeContainer, surroundings: Surroundings): object {
  const {entryPoint, user, workingDirectory} = definition
  const {labels, namespace} = surroundings
  return {
    Image: image.source?.reference,
    Labels: labels,
    Cmd: override?.command ?? definition.command,
    Entrypoint: entryPoint,
    Env: environment({definition, override}),
    User: user,
    WorkingDir: workingDirectory,
    Healthcheck: healthCheck(definition.healthCheck, surroundings.speed),
    HostConfig: {
      NetworkMode: `container:${namespace}`,
      ReadonlyRootfs: definition.readonlyRootFilesystem,
      Init: definition.linuxParameters?.initProcessEnabled,
      Ulimits: definition.ulimits?.map(({name, softLimit, hardLimit}) => ({
        Name: name,
        Soft: softLimit,
        Hard: hardLimit
      })),
      LogConfig: {Type: 'json-file', Config: {}},
      ...memory({definition, override}, surroundings.task)
    }
  }
}

type Overridden = Pick<RuntimeContainer, 'definition' | 'override'>

function environment({definition, override}: Overridden): string[] {
  const variables = [...(definition.environment ?? []), ...(override?.environment ?? [])]
  return [...new Map(variables.map(({name = '', value = ''}) => [name, value]))].map(
    ([name, value]) => `${name}=${value}`
  )
}

/** The hard limit in bytes, that of the task where the container has none; without room in a swap file. */
function memory({definition, override}: Overridden, {taskDefinition}: RuntimeTaskIdentity): object {
  const limit = override?.memory ?? definition.memory ?? memoryMebibytes(taskDefinition.memory ?? '')
  return limit === undefined ? {} : {Memory: limit * MEBIBYTE, MemorySwap: limit * MEBIBYTE}
}

/**
 * The check of the definition; ECS does not monitor that of an image. What is waited between two checks is shorter by
 * `speed`, what a check may take is not: it runs in real time.
 */
function healthCheck(check: RuntimeContainer['definition']['healthCheck'], speed: number): object {
  if (check === undefined) return {Test: ['NONE']}
  const {command, interval = 30, timeout = 5, retries = 3, startPeriod = 0} = check
  return {
    Test: command,
    Interval: atLeastOneMillisecond((interval * SECOND) / speed),
    Timeout: timeout * SECOND,
    Retries: retries,
    StartPeriod: startPeriod === 0 ? 0 : atLeastOneMillisecond((startPeriod * SECOND) / speed)
  }
}

/** Docker's shortest time, in nanoseconds. */
function atLeastOneMillisecond(nanoseconds: number): number {
  return Math.max(Math.round(nanoseconds), SECOND / 1000)
}

/** How a container ended, from what Docker says of its state. */
export function exitOf({ExitCode, OOMKilled}: {readonly ExitCode: number; readonly OOMKilled: boolean}): {
  code: number
  reason?: string
} {
  return OOMKilled && ExitCode === 137
    ? {code: 137, reason: 'OutOfMemoryError: Container killed due to memory usage'}
    : {code: ExitCode}
}
