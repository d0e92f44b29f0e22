import type {
  Attribute,
  Compatibility,
  ContainerDefinition,
  HealthCheck,
  PortMapping,
  RegisterTaskDefinitionRequest,
  TaskDefinition
} from '@aws-sdk/client-ecs'
import {isInOwnRegistry} from '../images.ts'
import {containersOf, fargateFault} from './task-definition-rules.ts'
import {cpuUnits, memoryMebibytes} from './task-size.ts'

/** A registered task definition: what ECS answers, with what it always has. */
export type Registered = Omit<TaskDefinition, 'containerDefinitions'> & {
  taskDefinitionArn: string
  family: string
  revision: number
  containerDefinitions: (ContainerDefinition & {name: string; image: string})[]
}

/** What the service adds to a definition when it registers it. */
export interface Registration {
  readonly arn: string
  readonly revision: number
  readonly at: Date
  /** The caller's ARN. */
  readonly by: string
}

/**
 * A valid definition as ECS gives it back: sizes as plain numbers in strings, defaults and empty lists filled in, the
 * compatibilities and required attributes computed. Tags are kept apart.
 */
export function registeredDefinition(request: RegisterTaskDefinitionRequest, registration: Registration): Registered {
  const {cpu, memory} = request
  const given = {...request}
  delete given.tags
  return {
    ...given,
    family: request.family ?? '',
    containerDefinitions: containersOf(request).map(container => normalContainer(container, request)),
    volumes: request.volumes ?? [],
    placementConstraints: request.placementConstraints ?? [],
    ...(cpu ? {cpu: String(cpuUnits(cpu))} : {}),
    ...(memory ? {memory: String(memoryMebibytes(memory))} : {}),
    taskDefinitionArn: registration.arn,
    revision: registration.revision,
    status: 'ACTIVE',
    compatibilities: compatibilities(request),
    requiresAttributes: requiredAttributes(request),
    registeredAt: registration.at,
    registeredBy: registration.by
  }
}

function normalContainer(
  container: ContainerDefinition,
  request: RegisterTaskDefinitionRequest
): Registered['containerDefinitions'][number] {
  return {
    ...container,
    name: container.name ?? '',
    image: container.image ?? '',
    cpu: container.cpu ?? 0,
    essential: container.essential ?? true,
    environment: container.environment ?? [],
    mountPoints: container.mountPoints ?? [],
    volumesFrom: container.volumesFrom ?? [],
    portMappings: (container.portMappings ?? []).map(mapping => normalPort(mapping, request)),
    systemControls: container.systemControls ?? [],
    ...(container.healthCheck ? {healthCheck: normalHealthCheck(container.healthCheck)} : {})
  }
}

function normalPort(mapping: PortMapping, request: RegisterTaskDefinitionRequest): PortMapping {
  const sameAsContainer = request.networkMode === 'awsvpc' || request.networkMode === 'host'
  const given = mapping.hostPort ?? 0
  const hostPort = given === 0 && sameAsContainer ? mapping.containerPort : given
  return {
    ...mapping,
    protocol: mapping.protocol ?? 'tcp',
    ...(mapping.containerPortRange === undefined && hostPort !== undefined ? {hostPort} : {})
  }
}

function normalHealthCheck(check: HealthCheck): HealthCheck {
  return {...check, interval: check.interval ?? 30, timeout: check.timeout ?? 5, retries: check.retries ?? 3}
}

function compatibilities(request: RegisterTaskDefinitionRequest): Compatibility[] {
  if (request.networkMode !== 'awsvpc') return ['EXTERNAL', 'EC2']
  return fargateFault(request) === undefined ? ['EC2', 'FARGATE', 'MANAGED_INSTANCES'] : ['EC2']
}

const agent = (capability: string): string => `com.amazonaws.ecs.capability.${capability}`

/** The names of the attributes that container instances need for a definition, as far as ECS is known to list them. */
function requiredAttributes(request: RegisterTaskDefinitionRequest): Attribute[] {
  const containers = containersOf(request)
  const secrets = containers.flatMap(container => container.secrets ?? [])
  const drivers = containers.map(container => container.logConfiguration?.logDriver)
  const fromRegistry = containers.some(container => isInOwnRegistry(container.image ?? ''))
  const withRole = request.executionRoleArn !== undefined
  const needed: Record<string, boolean> = {
    [agent('docker-remote-api.1.18')]: true,
    [agent('docker-remote-api.1.19')]: drivers.includes('awslogs'),
    [agent('logging-driver.awslogs')]: drivers.includes('awslogs'),
    'ecs.capability.execution-role-awslogs': withRole && drivers.includes('awslogs'),
    [agent('ecr-auth')]: fromRegistry,
    'ecs.capability.execution-role-ecr-pull': withRole && fromRegistry,
    [agent('task-iam-role')]: request.taskRoleArn !== undefined,
    'ecs.capability.secrets.asm.environment-variables': secrets.some(({valueFrom}) => isManagedSecret(valueFrom)),
    'ecs.capability.secrets.ssm.environment-variables': secrets.some(({valueFrom}) => !isManagedSecret(valueFrom)),
    'ecs.capability.container-health-check': containers.some(container => container.healthCheck !== undefined),
    'ecs.capability.container-ordering': containers.some(container => (container.dependsOn ?? []).length > 0),
    'ecs.capability.task-eni': request.networkMode === 'awsvpc'
  }
  return Object.entries(needed).flatMap(([name, isNeeded]) => (isNeeded ? [{name}] : []))
}

function isManagedSecret(valueFrom: string | undefined): boolean {
  return valueFrom?.includes(':secretsmanager:') ?? false
}
