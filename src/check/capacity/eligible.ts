import type {Attribute, ContainerInstance, Service} from '@aws-sdk/client-ecs'
import {lastPart} from '../../aws/arn.ts'
import {containersOf} from '../../definition/definition.ts'
import {isObject, itemsOf, type JsonObject, textOf} from '../../definition/json.ts'
import type {Capacity} from './gather.ts'
import {parseQuery, type Query, type Truth} from './query.ts'

/** What a service's tasks ask of an instance besides room. */
export interface Terms {
  /** The service's own instances only, by what they are of; the others are not counted at all. */
  readonly isMeant: (instance: ContainerInstance) => boolean
  /** Each with what an instance is that does not meet it. */
  readonly conditions: readonly Condition[]
  /** Whether an instance takes one task of the service only. */
  readonly isDistinct: boolean
}

interface Condition {
  readonly otherwise: string
  readonly isMet: (instance: ContainerInstance) => Truth
}

/** The attribute of external instances, on which tasks of the launch type EXTERNAL run (Amazon ECS Anywhere). */
const EXTERNAL = 'ecs.capability.external'

/**
 * What instances have to be for the tasks of a service with a definition: of its launch type or capacity providers, with
 * their agent connected and not impaired, with the attributes that ECS asks for, within the placement constraints, and,
 * where that is known of all subnets, in one of their Availability Zones.
 * @returns `undefined` for a placement constraint that is not understood
 */
export function termsOf(service: Service, json: JsonObject, capacity: Capacity): Terms | undefined {
  const constraints = [
    ...(service.placementConstraints ?? []),
    ...itemsOf(json['placementConstraints'])
      .filter(isObject)
      .map(({type, expression}) => ({type: textOf(type), expression: textOf(expression)}))
  ]
  const members = constraints.filter(({type}) => type === 'memberOf').map(({expression = ''}) => memberOf(expression))
  if (members.includes(undefined)) return undefined
  return {
    isMeant: instance => isMeant(instance, service),
    conditions: [
      {otherwise: 'without a connected agent', isMet: ({agentConnected}) => agentConnected === true},
      {otherwise: 'impaired', isMet: ({healthStatus}) => healthStatus?.overallStatus !== 'IMPAIRED'},
      ...zones(service, json, capacity),
      ...requiredAttributes(json, capacity.requiresAttributes).map(hasAttribute),
      ...members.filter(condition => condition !== undefined)
    ],
    isDistinct: constraints.some(({type}) => type === 'distinctInstance')
  }
}

function isMeant({status, capacityProviderName = '', attributes = []}: ContainerInstance, service: Service): boolean {
  if (status !== 'ACTIVE') return false
  const providers = providersOf(service)
  if (providers.length > 0) return providers.includes(capacityProviderName)
  return (service.launchType === 'EXTERNAL') === attributes.some(({name}) => name === EXTERNAL)
}

/** The names of the capacity providers that a service's strategy gives tasks to; none for a launch type. */
export function providersOf({capacityProviderStrategy = []}: Service): string[] {
  return capacityProviderStrategy
    .filter(({weight = 0, base = 0}, _, {length}) => weight + base > 0 || length === 1)
    .map(({capacityProvider = ''}) => lastPart(capacityProvider))
}

function memberOf(expression: string): Condition | undefined {
  const query: Query | undefined = parseQuery(expression)
  return (
    query && {
      otherwise: `not within \`${expression}\``,
      isMet: ({ec2InstanceId, agentConnected = false, attributes = []}) =>
        query({
          ec2InstanceId,
          agentConnected,
          attributes: new Map(attributes.map(({name = '', value}) => [name, value]))
        })
    }
  )
}

/**
 * Those of the running revision that the new definition still asks for, and what it newly asks for as far as that is known:
 * ECS says so only when it is registered.
 */
function requiredAttributes(json: JsonObject, running: readonly Attribute[]): readonly Attribute[] {
  const drivers = containersOf(json).map(({logConfiguration}) =>
    isObject(logConfiguration) ? textOf(logConfiguration['logDriver']) : ''
  )
  const driver = 'com.amazonaws.ecs.capability.logging-driver.'
  const network = 'ecs.capability.task-eni'
  const hasNetwork = json['networkMode'] === 'awsvpc'
  const kept = running.filter(({name = ''}) => {
    if (name.startsWith(driver)) return drivers.includes(name.slice(driver.length))
    if (name.startsWith(network)) return hasNetwork
    return name.includes('task-iam-role') ? json['taskRoleArn'] !== undefined : true
  })
  const asked = [...(drivers.includes('awslogs') ? [`${driver}awslogs`] : []), ...(hasNetwork ? [network] : [])]
  return [...kept, ...asked.filter(name => !kept.some(attribute => attribute.name === name)).map(name => ({name}))]
}

function hasAttribute({name = '', value}: Attribute): Condition {
  return {
    otherwise: `without the attribute ${name}${value === undefined ? '' : ` with the value ${value}`}`,
    isMet: ({attributes = []}) =>
      attributes.some(attribute => attribute.name === name && (value === undefined || attribute.value === value))
  }
}

/** Tasks with network interfaces go where their subnets are. Which zone a subnet is in, instances and tasks in it tell. */
function zones({networkConfiguration}: Service, json: JsonObject, {instances, tasks}: Capacity): Condition[] {
  const zoneOf = new Map([
    ...instances.map(instance => [attributeOf(instance, 'ecs.subnet-id'), zoneOfInstance(instance)] as const),
    ...tasks.flatMap(({attachments = [], availabilityZone}) =>
      attachments
        .flatMap(({details = []}) => details.filter(({name}) => name === 'subnetId'))
        .map(({value}) => [value, availabilityZone] as const)
    )
  ])
  const subnets = networkConfiguration?.awsvpcConfiguration?.subnets ?? []
  const known = subnets.map(subnet => zoneOf.get(subnet))
  if (json['networkMode'] !== 'awsvpc' || known.length === 0 || known.includes(undefined)) return []
  const isMet = (instance: ContainerInstance): boolean => {
    const zone = zoneOfInstance(instance)
    return zone === undefined || known.includes(zone)
  }
  return [{otherwise: "in no Availability Zone of the service's subnets", isMet}]
}

function zoneOfInstance(instance: ContainerInstance): string | undefined {
  return attributeOf(instance, 'ecs.availability-zone')
}

function attributeOf({attributes = []}: ContainerInstance, name: string): string | undefined {
  return attributes.find(attribute => attribute.name === name)?.value
}
