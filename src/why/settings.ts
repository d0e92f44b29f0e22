import type {AwsVpcConfiguration, ContainerDefinition} from '@aws-sdk/client-ecs'
import {familyAndRevision, lastPart} from '../aws/arn.ts'
import {listed} from '../workflow/text.ts'
import type {Surroundings} from './surroundings.ts'

/** What a piece of advice is made of: the settings it names, and what the text says. */
export interface AdviceFacts extends Surroundings {
  /** The container that failed; `undefined` where none did, or the task definition could not be read. */
  readonly container: ContainerDefinition | undefined
  /** What the row is said of. */
  readonly text: string
  /** What the row's expression found. */
  readonly found: readonly (string | undefined)[]
}

/** `the execution role web-execution`, or where it is to be set. */
export function executionRole({taskDefinition, deployment}: Surroundings): string {
  if (taskDefinition === undefined) return 'the execution role of the task definition'
  const {executionRoleArn} = taskDefinition
  return executionRoleArn === undefined
    ? `an execution role (${revision({deployment})} has no executionRoleArn)`
    : `the execution role ${lastPart(executionRoleArn)}`
}

/** `web:42`. */
export function revision({deployment}: Pick<Surroundings, 'deployment'>): string {
  return familyAndRevision(deployment.taskDefinitionArn)
}

export function cluster({deployment}: Pick<Surroundings, 'deployment'>): string {
  return `the cluster ${lastPart(deployment.service.clusterArn)}`
}

/** `the subnets subnet-1 and subnet-2`. */
export function subnets(surroundings: Surroundings): string {
  const {subnets: ids = []} = network(surroundings)
  return ids.length === 0 ? 'the subnets of the tasks' : `the ${ids.length === 1 ? 'subnet' : 'subnets'} ${listed(ids)}`
}

/** `the security group sg-1`. */
export function securityGroups(surroundings: Surroundings): string {
  const {securityGroups: ids = []} = network(surroundings)
  return ids.length === 0
    ? 'the security group of the tasks'
    : `the security ${ids.length === 1 ? 'group' : 'groups'} ${listed(ids)}`
}

/**
 * What gives tasks a way to an AWS service.
 * @param endpoints the VPC endpoints that do without the internet, where there are some
 */
export function wayTo(surroundings: Surroundings, endpoints: string | undefined): string {
  const out = `${securityGroups(surroundings)} must let port 443 out`
  const {assignPublicIp} = network(surroundings)
  if (assignPublicIp === 'ENABLED')
    return `${subnets(surroundings)} must have a route to an internet gateway, and ${out}`
  const instead = endpoints === undefined ? '' : ` or the VPC endpoints ${endpoints}`
  const way = `${subnets(surroundings)} must have a NAT gateway${instead}`
  return assignPublicIp === undefined
    ? `${way}, and ${out}`
    : `${way} (or, if public, assignPublicIp ENABLED), and ${out}`
}

function network({service}: Surroundings): Partial<AwsVpcConfiguration> {
  return service?.networkConfiguration?.awsvpcConfiguration ?? {}
}

/** `the image web:v1`, or without its name where it could be any. */
export function image(facts: AdviceFacts): string {
  const name = imageName(facts)
  return name === undefined ? 'the image' : `the image ${name}`
}

/** The image of the container that failed, or of the only one. */
export function imageName({container, taskDefinition}: AdviceFacts): string | undefined {
  const [only, ...others] = taskDefinition?.containerDefinitions ?? []
  return container?.image ?? (others.length === 0 ? only?.image : undefined)
}

/** The platform that the task definition asks for; Linux on x86 when it says nothing. */
export function platform({taskDefinition}: Surroundings): string {
  const {operatingSystemFamily = 'LINUX', cpuArchitecture} = taskDefinition?.runtimePlatform ?? {}
  const system = operatingSystemFamily.startsWith('WINDOWS') ? 'windows' : 'linux'
  return `${system}/${cpuArchitecture === 'ARM64' ? 'arm64' : 'amd64'}`
}

/** The secrets that a container, or without one all of them, is given: `DB_PASSWORD (arn:…)`. */
export function secrets({container, taskDefinition}: AdviceFacts): string {
  const containers = container === undefined ? (taskDefinition?.containerDefinitions ?? []) : [container]
  const found = containers.flatMap(({secrets: given = []}) => given)
  if (found.length === 0) return 'the secrets in the task definition'
  return listed(
    found.map(({name = '', valueFrom = ''}) => `${name} (${valueFrom})`),
    3
  )
}

/** The log group of the container that failed, or of any. */
export function logGroup({container, taskDefinition}: AdviceFacts): string {
  const containers = container === undefined ? (taskDefinition?.containerDefinitions ?? []) : [container]
  const groups = containers.flatMap(({logConfiguration}) => {
    const {'awslogs-group': group, 'awslogs-region': region} = logConfiguration?.options ?? {}
    return group === undefined ? [] : [region === undefined ? group : `${group} in ${region}`]
  })
  return groups.length === 0 ? 'the log group' : `the log group ${listed([...new Set(groups)], 3)}`
}

/** How much memory or CPU a task asks for: `512 MiB`, or nothing where it is not said. */
export function size({taskDefinition}: Surroundings, what: 'cpu' | 'memory'): string {
  const containers = taskDefinition?.containerDefinitions ?? []
  const sum = containers.reduce((total, container) => total + need(container, what), 0)
  const total = taskDefinition?.[what] ?? (sum === 0 ? undefined : String(sum))
  if (total === undefined) return 'what the task definition asks for'
  return what === 'cpu' ? `${total} CPU units` : `${total} MiB of memory`
}

function need({cpu = 0, memory = 0, memoryReservation}: ContainerDefinition, what: 'cpu' | 'memory'): number {
  return what === 'cpu' ? cpu : (memoryReservation ?? memory)
}

/** The host ports that a task takes for itself. */
export function hostPorts({taskDefinition}: Surroundings): string {
  const ports = (taskDefinition?.containerDefinitions ?? [])
    .flatMap(({portMappings = []}) => portMappings)
    .map(({hostPort = 0}) => hostPort)
    .filter(port => port > 0)
  return ports.length === 0 ? 'its host port' : `the host port ${listed(ports.map(String))}`
}

/** The placement constraints of the service and of the task definition. */
export function constraints({service, taskDefinition}: Surroundings): string {
  const all = [...(service?.placementConstraints ?? []), ...(taskDefinition?.placementConstraints ?? [])]
  const shown = all.map(({type = '', expression}) => (expression === undefined ? type : `${type} ${expression}`))
  return shown.length === 0 ? 'its placement constraints' : `its placement constraints (${listed(shown)})`
}

/** The EFS file systems that the task definition mounts. */
export function fileSystems({taskDefinition}: Surroundings): string {
  const ids = (taskDefinition?.volumes ?? []).flatMap(
    ({efsVolumeConfiguration}) => efsVolumeConfiguration?.fileSystemId ?? []
  )
  return ids.length === 0 ? 'The EFS file system' : `The EFS file system ${listed(ids)}`
}
