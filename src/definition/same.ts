import {isDeepStrictEqual} from 'node:util'
import {RegisterTaskDefinitionRequest$} from '@aws-sdk/client-ecs'
import {NormalizedSchema} from '@smithy/core/schema'
import {isArray, isObject, itemsOf, type Json, type JsonObject, mapMembers, textOf} from './json.ts'

/**
 * Whether ECS would make of `rendered` what it has in `described`, apart from tags. In doubt it would not: then another
 * revision is registered, which does no harm.
 * @param rendered a definition as it would be sent
 * @param described a definition as ECS answers it, cleaned
 */
export function sameDefinition(rendered: JsonObject, described: JsonObject): boolean {
  return isDeepStrictEqual(asRegistered(rendered), asRegistered(described))
}

/**
 * A definition with what ECS fills in and converts when it registers one (sizes, defaults, ports, empty lists), without
 * its tags.
 */
export function asRegistered(definition: JsonObject): JsonObject {
  const hostPort = hostPortFor(definition['networkMode'])
  const made = mapMembers(definition, (value, member) => {
    if (member === 'tags') return undefined
    if (member === 'cpu') return units(value, /^(\d*\.?\d+)\s*vcpu$/i)
    if (member === 'memory') return units(value, /^(\d*\.?\d+)\s*gb$/i)
    if (member === 'requiresCompatibilities') return itemsOf(value).toSorted()
    if (member === 'volumes') return itemsOf(value).map(withoutEmptyHost)
    return member === 'containerDefinitions' ? itemsOf(value).map(item => normalContainer(item, hostPort)) : value
  })
  const schema = NormalizedSchema.of(RegisterTaskDefinitionRequest$)
  // An object stays one.
  return withoutEmptyLists(schema, {enableFaultInjection: false, ...made}) as JsonObject
}

/** Size in units or MiB: ECS keeps `1 vCPU` and `1 GB` as `1024`. */
function units(value: Json, large: RegExp): Json {
  if (typeof value !== 'string') return value
  const number = large.exec(value.trim())?.[1]
  return number === undefined ? value : String(Number(number) * 1024)
}

/** The host port of a mapping that has none: the container's in the modes where they must be equal, else a dynamic one. */
function hostPortFor(networkMode: Json | undefined): (mapping: JsonObject) => JsonObject {
  const isContainerPort = networkMode === 'awsvpc' || networkMode === 'host'
  return ({containerPort}) => (containerPort === undefined ? {} : {hostPort: isContainerPort ? containerPort : 0})
}

function normalContainer(container: Json, hostPort: (mapping: JsonObject) => JsonObject): Json {
  if (!isObject(container)) return container
  const made = mapMembers(container, (value, member) => {
    if (member === 'portMappings') {
      return itemsOf(value).map(item => (isObject(item) ? {protocol: 'tcp', ...hostPort(item), ...item} : item))
    }
    if (member === 'environment' || member === 'secrets') return byName(value)
    if (member === 'healthCheck' && isObject(value)) return {interval: 30, timeout: 5, retries: 3, ...value}
    return value
  })
  return {cpu: 0, essential: true, ...made}
}

/** Sorted by name; entries with the same name keep their order, because one of them wins. */
function byName(value: Json): Json {
  const nameOf = (item: Json): string => (isObject(item) ? textOf(item['name']) : '')
  return itemsOf(value).toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0))
}

/** ECS answers a volume without anything but a name with `host: {}`. */
function withoutEmptyHost(volume: Json): Json {
  if (!isObject(volume)) return volume
  return mapMembers(volume, (value, member) =>
    member === 'host' && isObject(value) && Object.keys(value).length === 0 ? undefined : value
  )
}

/** An empty list and none are the same to ECS; it fills in some of them. What members mean that the SDK does not know is unknown. */
function withoutEmptyLists(schema: NormalizedSchema, value: Json): Json {
  if (schema.isListSchema() && isArray(value))
    return value.map(item => withoutEmptyLists(schema.getValueSchema(), item))
  if (!schema.isStructSchema() || !isObject(value)) return value
  const members = new Map(schema.structIterator())
  return mapMembers(value, (item, name) => {
    const member = members.get(name)
    if (member === undefined) return item
    return member.isListSchema() && isArray(item) && item.length === 0 ? undefined : withoutEmptyLists(member, item)
  })
}
