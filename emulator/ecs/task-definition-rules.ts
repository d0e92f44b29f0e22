import type {ContainerDefinition, RegisterTaskDefinitionRequest, Volume} from '@aws-sdk/client-ecs'
import {isInOwnRegistry} from '../images.ts'
import {isResourceName} from './arns.ts'
import {cpuUnits, isFargateSize, memoryMebibytes} from './task-size.ts'
import {enumFault} from './task-definition-enums.ts'

/** A task definition as it is sent. */
export type Definition = RegisterTaskDefinitionRequest

type Rule = (definition: Definition) => string | undefined
type ContainerRule = (container: ContainerDefinition, definition: Definition) => string | undefined

/**
 * What RegisterTaskDefinition refuses a definition for, the first fault in ECS's words; `undefined` when it is accepted.
 *
 * Texts that real accounts have shown are quoted; where only the rule is documented, the text follows their pattern. The
 * order of the checks is not documented. What ECS is not known to refuse is accepted.
 */
export function registrationFault(definition: Definition): string | undefined {
  return firstFault(rules, definition)
}

/** Why a definition cannot run on Fargate, `undefined` when it can. */
export function fargateFault(definition: Definition): string | undefined {
  return firstFault(fargateRules, definition)
}

function firstFault(list: readonly Rule[], definition: Definition): string | undefined {
  for (const rule of list) {
    const fault = rule(definition)
    if (fault !== undefined) return fault
  }
  return undefined
}

/** The containers of a definition. */
export function containersOf(definition: Definition): readonly ContainerDefinition[] {
  return definition.containerDefinitions ?? []
}

function eachContainer(rule: ContainerRule): Rule {
  return definition => {
    for (const container of containersOf(definition)) {
      const fault = rule(container, definition)
      if (fault !== undefined) return fault
    }
    return undefined
  }
}

const isBlank = (text: string | undefined): boolean => text === undefined || text === ''
const setting = (container: ContainerDefinition, text: string): string =>
  `Invalid setting for container '${container.name ?? ''}'. ${text}`

/** The first value that is there twice. */
function duplicate<Value>(values: readonly Value[]): Value | undefined {
  return values.find((value, index) => values.indexOf(value) !== index)
}

const isIn = (value: number | undefined, least: number, most: number): boolean =>
  value === undefined || (value >= least && value <= most)

const family: Rule = ({family: name}) => {
  if (isBlank(name)) return 'Family can not be blank.'
  return isResourceName(name ?? '') ? undefined : 'Family contains invalid characters.'
}

const hasContainers: Rule = definition =>
  containersOf(definition).length === 0 ? 'Container list cannot be empty.' : undefined

const containerName: ContainerRule = ({name}) => {
  if (isBlank(name)) return 'Container.name should not be null or empty.'
  return isResourceName(name ?? '') ? undefined : 'Container.name contains invalid characters.'
}

const uniqueNames: Rule = definition => {
  const name = duplicate(containersOf(definition).map(container => container.name))
  return name === undefined ? undefined : `Duplicate container name '${name}'. Each container name must be unique.`
}

/** Letters, digits, `-`, `_`, `:`, `.`, `/` and `#` by the API reference; a digest adds `@`. So `<IMAGE>` is refused, `IMAGE` not. */
const image: ContainerRule = ({image: reference = ''}) => {
  if (reference === '') return 'Container.image should not be null or empty.'
  const [repository = '', digest] = reference.split('@')
  if (!/^[\w\-:./#]+$/.test(repository)) return 'Container.image contains invalid characters.'
  if (digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest))
    return 'Container.image contains invalid characters.'
  return repository.length > 255 ? 'Container.image repository should be 255 characters or less.' : undefined
}

const essential: Rule = definition =>
  containersOf(definition).some(container => container.essential !== false)
    ? undefined
    : 'At least one container must be essential.'

const containerMemory: ContainerRule = (container, {memory: taskMemory}) => {
  const {memory, memoryReservation} = container
  if (isBlank(taskMemory) && memory === undefined && memoryReservation === undefined) {
    return setting(container, "At least one of 'memory' or 'memoryReservation' must be specified.")
  }
  if (!isIn(memory, 6, Infinity) || !isIn(memoryReservation, 6, Infinity)) {
    return setting(container, "'memory' and 'memoryReservation' must be at least 6 MiB.")
  }
  return memory !== undefined && memoryReservation !== undefined && memory <= memoryReservation
    ? setting(container, "'memory' must be greater than 'memoryReservation'.")
    : undefined
}

const taskSize: Rule = ({cpu, memory}) => {
  if (!isBlank(cpu) && !isIn(cpuUnits(cpu ?? '') ?? 0, 128, 196608)) return "Invalid 'cpu' setting for task."
  return !isBlank(memory) && (memoryMebibytes(memory ?? '') ?? 0) === 0
    ? "Invalid 'memory' setting for task."
    : undefined
}

const containerFits: ContainerRule = (container, definition) =>
  (container.memory ?? 0) > (memoryMebibytes(definition.memory ?? '') ?? Infinity)
    ? `The 'memory' setting for container '${container.name ?? ''}' is greater than for the task.`
    : undefined

const containersFit: Rule = definition => {
  const sum = (size: (container: ContainerDefinition) => number): number =>
    containersOf(definition).reduce((total, container) => total + size(container), 0)
  const memory = memoryMebibytes(definition.memory ?? '') ?? Infinity
  if (sum(container => container.memoryReservation ?? container.memory ?? 0) > memory) {
    return "The 'memory' settings of the containers add up to more than that of the task."
  }
  const cpu = cpuUnits(definition.cpu ?? '') ?? Infinity
  return sum(container => container.cpu ?? 0) > cpu
    ? "The 'cpu' settings of the containers add up to more than that of the task."
    : undefined
}

const secretsNeedRole: Rule = definition =>
  isBlank(definition.executionRoleArn) && containersOf(definition).some(({secrets}) => (secrets ?? []).length > 0)
    ? "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
    : undefined

const secrets: ContainerRule = container => {
  const names = (container.secrets ?? []).map(secret => secret.name ?? '')
  const twice = duplicate(names)
  if (twice !== undefined) return `Duplicate secret names found: ${twice}. Each secret name must be unique.`
  const shared = names.find(name => container.environment?.some(variable => variable.name === name))
  if (shared !== undefined) {
    return `The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '${shared}'.`
  }
  const odd = (container.secrets ?? []).find(
    ({valueFrom = ''}) => !valueFrom.startsWith('arn:') && valueFrom.includes(':')
  )
  return odd && `The Systems Manager parameter name specified for secret ${odd.name ?? ''} is invalid`
}

const ports: ContainerRule = (container, {networkMode}) => {
  const mappings = container.portMappings ?? []
  if (networkMode === 'none' && mappings.length > 0) return 'Port mappings are not supported when networkMode=none.'
  const fixed = networkMode === 'awsvpc' || networkMode === 'host'
  if (fixed && mappings.some(({hostPort, containerPort}) => (hostPort ?? 0) !== 0 && hostPort !== containerPort)) {
    return `When networkMode=${networkMode}, the host ports and container ports in port mappings must match.`
  }
  if (mappings.some(({hostPort, containerPort}) => !isIn(hostPort, 0, 65_535) || !isIn(containerPort, 1, 65_535))) {
    return setting(container, 'Ports must be between 1 and 65535.')
  }
  const twice = duplicate(mappings.map(mapping => mapping.containerPort).filter(port => port !== undefined))
  if (twice !== undefined) return setting(container, `The container port ${twice} is mapped more than once.`)
  const badName = mappings.find(({name}) => name !== undefined && !/^[a-z0-9_][a-z0-9_-]{0,63}$/.test(name))
  return badName && setting(container, `The port name '${badName.name ?? ''}' is invalid.`)
}

/** Ranges of ports are for bridge and awsvpc networks, at most 100, in order and apart from each other. */
const portRanges: ContainerRule = (container, {networkMode = 'bridge'}) => {
  const ranges = (container.portMappings ?? []).flatMap(({containerPortRange: range}) =>
    range === undefined ? [] : [range]
  )
  if (ranges.length === 0) return undefined
  if (!['bridge', 'awsvpc'].includes(networkMode)) {
    return setting(container, `A 'containerPortRange' is not supported when networkMode=${networkMode}.`)
  }
  if (ranges.length > 100) return setting(container, "There can be at most 100 settings of 'containerPortRange'.")
  const bounds = ranges.map(range => range.split('-').map(Number)).sort(([left = 0], [right = 0]) => left - right)
  const isValid = bounds.every(([first = 0, last = 0], index) => {
    const [, before = 0] = bounds[index - 1] ?? []
    return isIn(first, 1, 65_535) && isIn(last, first, 65_535) && first > before
  })
  const hasForm = ranges.every(range => /^\d+-\d+$/.test(range))
  return hasForm && isValid
    ? undefined
    : setting(container, `The 'containerPortRange' ${ranges.join(', ')} is invalid.`)
}

const environmentFiles: ContainerRule = container => {
  const files = container.environmentFiles ?? []
  if (files.length > 10) return setting(container, "There can be at most 10 'environmentFiles'.")
  const odd = files.find(({value}) => value?.endsWith('.env') !== true)
  return odd && setting(container, `The environment file '${odd.value ?? ''}' must end with .env.`)
}

const logging: ContainerRule = ({logConfiguration}, definition) => {
  if (logConfiguration?.logDriver !== 'awslogs') return undefined
  const needed = ['awslogs-region', 'awslogs-group', ...(onFargate(definition) ? ['awslogs-stream-prefix'] : [])]
  const missing = needed.filter(option => isBlank(logConfiguration.options?.[option]))
  return missing.length === 0 ? undefined : `Log driver awslogs requires options: ${missing.join(', ')}`
}

const healthCheck: ContainerRule = container => {
  const check = container.healthCheck
  if (check === undefined) return undefined
  if (!['CMD', 'CMD-SHELL', 'NONE'].includes(check.command?.[0] ?? '')) {
    return setting(container, 'The health check command must start with CMD or CMD-SHELL.')
  }
  const faults = {
    interval: isIn(check.interval, 5, 300),
    timeout: isIn(check.timeout, 2, 60),
    retries: isIn(check.retries, 1, 10),
    startPeriod: isIn(check.startPeriod, 0, 300)
  }
  const fault = Object.entries(faults).find(([, fits]) => !fits)?.[0]
  return fault && setting(container, `The health check's '${fault}' is out of range.`)
}

const dependencies: ContainerRule = (container, definition) => {
  for (const {containerName: name = '', condition = ''} of container.dependsOn ?? []) {
    const target = containersOf(definition).find(other => other.name === name)
    if (target === undefined) return `Cannot depend on container + '${name}' because it does not exist`
    if (['SUCCESS', 'COMPLETE'].includes(condition) && target.essential !== false) {
      return 'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container'
    }
    if (condition === 'HEALTHY' && target.healthCheck === undefined) {
      return 'A dependency container with HEALTHY condition must have health check configured'
    }
  }
  return undefined
}

const noDependencyCycle: Rule = definition => {
  const dependsOn = new Map(
    containersOf(definition).map(({name, dependsOn: list}) => [name, (list ?? []).map(({containerName: on}) => on)])
  )
  const reaches = (from: string | undefined, to: string | undefined, seen: readonly unknown[]): boolean =>
    (dependsOn.get(from) ?? []).some(
      next => next === to || (!seen.includes(next) && reaches(next, to, [...seen, next]))
    )
  const inCycle = [...dependsOn.keys()].find(name => reaches(name, name, []))
  return inCycle === undefined ? undefined : `Container '${inCycle}' depends on itself through its dependencies.`
}

const restartPolicy: ContainerRule = container =>
  isIn(container.restartPolicy?.restartAttemptPeriod, 60, 1800) &&
  (container.restartPolicy?.ignoredExitCodes ?? []).length <= 50
    ? undefined
    : setting(container, "The 'restartPolicy' is invalid.")

const mountPoints: ContainerRule = (container, definition) => {
  const known = (definition.volumes ?? []).map(volume => volume.name)
  const unknown = (container.mountPoints ?? []).find(({sourceVolume}) => !known.includes(sourceVolume))
  return unknown && `Unknown volume '${unknown.sourceVolume ?? ''}'.`
}

function volumeFault(volume: Volume): string | undefined {
  if (!isResourceName(volume.name ?? '')) return 'Volume.name contains invalid characters.'
  const {name, ...kinds} = volume
  const given = Object.values(kinds).filter(kind => kind !== undefined && kind !== false)
  if (given.length > 1) return `Volume '${name ?? ''}' can have only one configuration.`
  const efs = volume.efsVolumeConfiguration
  const {accessPointId, iam} = efs?.authorizationConfig ?? {}
  const authorized = accessPointId !== undefined || iam === 'ENABLED'
  if (authorized && efs?.transitEncryption !== 'ENABLED') {
    return `Volume '${name ?? ''}' must have 'transitEncryption' ENABLED to use an access point or IAM authorization.`
  }
  return accessPointId !== undefined && !['', '/'].includes(efs?.rootDirectory ?? '')
    ? `Volume '${name ?? ''}' must have no 'rootDirectory' but / to use an access point.`
    : undefined
}

const volumes: Rule = ({volumes: list = [], taskRoleArn}) => {
  const twice = duplicate(list.map(volume => volume.name))
  if (twice !== undefined) return `Duplicate volume name '${twice}'.`
  if (list.filter(volume => volume.configuredAtLaunch === true).length > 1) {
    return 'Only one volume can be configured at launch.'
  }
  if (isBlank(taskRoleArn) && list.some(volume => volume.s3filesVolumeConfiguration !== undefined)) {
    return 'A volume of S3 Files requires a task role.'
  }
  return list.map(volumeFault).find(fault => fault !== undefined)
}

const tags: Rule = definition => ((definition.tags ?? []).length > 50 ? 'There can be at most 50 tags.' : undefined)

const counts: Rule = definition => {
  if (containersOf(definition).length > 10) return 'A task definition can have at most 10 containers.'
  return (definition.placementConstraints ?? []).length > 10
    ? 'A task definition can have at most 10 placement constraints.'
    : undefined
}

/** How ECS measures is not documented; this is the length of the request's JSON. */
const length: Rule = definition => {
  const bytes = Buffer.byteLength(JSON.stringify(definition))
  return bytes > 65536 ? `Actual length: '${bytes}'. Max allowed length is '65536' bytes.` : undefined
}

function onFargate(definition: Definition): boolean {
  return definition.requiresCompatibilities?.includes('FARGATE') ?? false
}

const fargateNetwork: Rule = ({networkMode}) =>
  networkMode === 'awsvpc' ? undefined : "Fargate only supports network mode 'awsvpc'."

const fargateSize: Rule = ({cpu, memory, runtimePlatform}) => {
  const missing = isBlank(cpu) ? 'cpu' : isBlank(memory) ? 'memory' : undefined
  if (missing !== undefined) return `Fargate requires that '${missing}' be defined at the task level.`
  const units = cpuUnits(cpu ?? '') ?? 0
  const mebibytes = memoryMebibytes(memory ?? '') ?? 0
  const isWindows = runtimePlatform?.operatingSystemFamily?.startsWith('WINDOWS') === true
  return isFargateSize(units, mebibytes, isWindows ? 'windows' : 'linux')
    ? undefined
    : `No Fargate configuration exists for given values: ${units} CPU, ${mebibytes} memory. See the Amazon ECS documentation for the valid values.`
}

const fargateRole: Rule = definition => {
  if (!isBlank(definition.executionRoleArn)) return undefined
  const need = (what: string): string =>
    `Fargate requires task definition to have execution role ARN to support ${what}.`
  if (containersOf(definition).some(container => isInOwnRegistry(container.image ?? ''))) return need('ECR images')
  return containersOf(definition).some(container => container.logConfiguration?.logDriver === 'awslogs')
    ? need('log driver awslogs')
    : undefined
}

const fargateLogDriver: ContainerRule = ({logConfiguration}) =>
  logConfiguration === undefined || ['awslogs', 'splunk', 'awsfirelens'].includes(logConfiguration.logDriver ?? '')
    ? undefined
    : `${logConfiguration.logDriver ?? ''} is not a valid log driver for tasks using the Fargate launch type.`

const managedInstancesLogDriver: ContainerRule = ({logConfiguration}, {requiresCompatibilities = []}) => {
  const {logDriver = ''} = logConfiguration ?? {}
  return !requiresCompatibilities.includes('MANAGED_INSTANCES') ||
    ['', 'awslogs', 'splunk', 'awsfirelens', 'json-file'].includes(logDriver)
    ? undefined
    : `${logDriver} is not a valid log driver for tasks using the Managed Instances launch type.`
}

const unsupported = (what: string): string => `Fargate compatible task definitions do not support ${what}.`

const fargateTask: Rule = definition => {
  if (definition.pidMode === 'host') {
    return "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'."
  }
  if (definition.ipcMode !== undefined) return unsupported('ipcMode')
  if ((definition.placementConstraints ?? []).length > 0) return unsupported('placementConstraints')
  if (!isIn(definition.ephemeralStorage?.sizeInGiB, 21, 200))
    return "The 'ephemeralStorage' must be between 21 and 200 GiB."
  if ((definition.volumes ?? []).some(volume => volume.dockerVolumeConfiguration !== undefined)) {
    return unsupported('dockerVolumeConfiguration')
  }
  return (definition.volumes ?? []).some(volume => volume.host?.sourcePath !== undefined)
    ? unsupported('sourcePath')
    : undefined
}

const fargateContainer: ContainerRule = container => {
  const linux = container.linuxParameters
  const asked: Record<string, unknown> = {
    disableNetworking: container.disableNetworking,
    dnsSearchDomains: container.dnsSearchDomains,
    dnsServers: container.dnsServers,
    dockerSecurityOptions: container.dockerSecurityOptions,
    extraHosts: container.extraHosts,
    links: container.links,
    privileged: container.privileged,
    resourceRequirements: container.resourceRequirements?.filter(requirement => requirement.type === 'GPU'),
    maxSwap: linux?.maxSwap,
    swappiness: linux?.swappiness,
    sharedMemorySize: linux?.sharedMemorySize,
    devices: linux?.devices,
    tmpfs: linux?.tmpfs,
    'capabilities other than SYS_PTRACE': linux?.capabilities?.add?.filter(capability => capability !== 'SYS_PTRACE')
  }
  const given = (value: unknown): boolean =>
    Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false
  const fault = Object.entries(asked).find(([, value]) => given(value))?.[0]
  if (fault !== undefined) return unsupported(fault)
  if (!isIn(container.stopTimeout, 2, 120)) {
    return 'Tasks using the Fargate launch type must have a container stop timeout of less than 120 seconds.'
  }
  return isIn(container.startTimeout, 2, 120) ? undefined : setting(container, "The 'startTimeout' is out of range.")
}

const fargateRules: readonly Rule[] = [
  fargateNetwork,
  fargateSize,
  fargateRole,
  eachContainer(fargateLogDriver),
  fargateTask,
  eachContainer(fargateContainer)
]

const rules: readonly Rule[] = [
  enumFault,
  family,
  hasContainers,
  eachContainer(containerName),
  uniqueNames,
  eachContainer(image),
  essential,
  eachContainer(containerMemory),
  taskSize,
  definition => (onFargate(definition) ? fargateFault(definition) : undefined),
  eachContainer(containerFits),
  containersFit,
  secretsNeedRole,
  eachContainer(secrets),
  eachContainer(ports),
  eachContainer(portRanges),
  eachContainer(environmentFiles),
  eachContainer(managedInstancesLogDriver),
  eachContainer(logging),
  eachContainer(healthCheck),
  eachContainer(restartPolicy),
  eachContainer(dependencies),
  noDependencyCycle,
  volumes,
  eachContainer(mountPoints),
  tags,
  length,
  counts
]
