import type * as ecs from '@aws-sdk/client-ecs'
import {parse} from 'yaml'
import {isRecord} from '../protocol/shape.ts'
import type {NewTaskSet} from '../ecs/task-sets.ts'
import {withPublicIpDefault} from '../ecs/service-rules.ts'

/** The lifecycle events that a Lambda function can be named for. */
const hookEvents = ['BeforeInstall', 'AfterInstall', 'AfterAllowTestTraffic', 'BeforeAllowTraffic', 'AfterAllowTraffic']

/** What an AppSpec file for ECS says. */
export interface AppSpec {
  readonly taskDefinition: string
  readonly containerName: string
  readonly containerPort: number
  /** What the replacement task set has of its own. */
  readonly own: Partial<
    Pick<NewTaskSet, 'platformVersion' | 'networkConfiguration' | 'capacityProviderStrategy' | 'launchType'>
  >
  /** The Lambda function of each lifecycle event that has one. */
  readonly hooks: ReadonlyMap<string, string>
}

/** An AppSpec file that cannot be used. */
export class AppSpecError extends Error {
  /** The first sentence is observed; only that about YAML that cannot be read is observed of what may follow. */
  constructor(detail: string) {
    super(
      'The deployment failed because the AppSpec file that specifies the deployment configuration is missing or has an ' +
        `invalid configuration. ${detail}`
    )
  }
}

/**
 * Reads an AppSpec file, in YAML or JSON; names are taken in any case.
 * @throws AppSpecError
 */
export function readAppSpec(content: string): AppSpec {
  const file = lowerCased(read(content))
  if (!isRecord(file)) throw notWellFormed()
  const resources = list(file['resources'], 'Resources')
  if (resources.length !== 1) throw new AppSpecError('Resources must have exactly one resource.')
  const service = Object.values(record(resources[0], 'Resources[0]'))[0]
  const {type, properties} = record(service, 'TargetService')
  if (type !== 'AWS::ECS::Service') throw new AppSpecError('The Type must be AWS::ECS::Service.')
  return {...readProperties(record(properties, 'Properties')), hooks: readHooks(file['hooks'])}
}

function read(content: string): unknown {
  try {
    return parse(content)
  } catch {
    throw notWellFormed()
  }
}

function notWellFormed(): AppSpecError {
  return new AppSpecError('The input AppSpec file is a not well-formed yaml. The template cannot be parsed.')
}

function readProperties(properties: Record<string, unknown>): Omit<AppSpec, 'hooks'> {
  const {containername, containerport} = record(properties['loadbalancerinfo'], 'LoadBalancerInfo')
  const port = Number(containerport)
  if (!Number.isInteger(port)) throw new AppSpecError('ContainerPort must be a number.')
  const {platformversion} = properties
  return {
    taskDefinition: text(properties['taskdefinition'], 'TaskDefinition'),
    containerName: text(containername, 'ContainerName'),
    containerPort: port,
    own: {
      ...(platformversion !== undefined && {platformVersion: text(platformversion, 'PlatformVersion')}),
      ...readNetwork(properties['networkconfiguration']),
      ...readCapacity(properties['capacityproviderstrategy'])
    }
  }
}

/** All of its three members or none (documented). */
function readNetwork(value: unknown): Pick<AppSpec['own'], 'networkConfiguration'> {
  if (value === undefined) return {}
  const vpc = record(record(value, 'NetworkConfiguration')['awsvpcconfiguration'], 'AwsvpcConfiguration')
  const awsvpcConfiguration = {
    subnets: list(vpc['subnets'], 'Subnets').map(String),
    securityGroups: list(vpc['securitygroups'], 'SecurityGroups').map(String),
    assignPublicIp: text(vpc['assignpublicip'], 'AssignPublicIp') as ecs.AssignPublicIp
  }
  const networkConfiguration = withPublicIpDefault({awsvpcConfiguration})
  return networkConfiguration === undefined ? {} : {networkConfiguration}
}

function readCapacity(value: unknown): Pick<AppSpec['own'], 'capacityProviderStrategy' | 'launchType'> {
  if (value === undefined) return {}
  const capacityProviderStrategy = list(value, 'CapacityProviderStrategy').map(item => {
    const {capacityprovider, base = 0, weight = 0} = record(item, 'CapacityProviderStrategy')
    return {capacityProvider: text(capacityprovider, 'CapacityProvider'), base: Number(base), weight: Number(weight)}
  })
  return {capacityProviderStrategy, launchType: undefined}
}

function readHooks(value: unknown): ReadonlyMap<string, string> {
  const hooks = value === undefined || value === null ? [] : list(value, 'Hooks')
  return new Map(
    hooks.flatMap(hook =>
      Object.entries(record(hook, 'Hooks')).map(([event, lambda]) => {
        const name = hookEvents.find(each => each.toLowerCase() === event)
        if (name === undefined) throw new AppSpecError(`There is no hook ${event}.`)
        return [name, text(lambda, name)] as const
      })
    )
  )
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (!isRecord(value)) throw new AppSpecError(`${what} must be a mapping.`)
  return value
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new AppSpecError(`${what} must be a list.`)
  return value
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '') throw new AppSpecError(`${what} must be a text.`)
  return value
}

function lowerCased(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowerCased)
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name.toLowerCase(), lowerCased(member)]))
}
