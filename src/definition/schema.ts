import {
  ApplicationProtocol,
  Compatibility,
  ContainerCondition,
  CPUArchitecture,
  DeviceCgroupPermission,
  EFSAuthorizationConfigIAM,
  EFSTransitEncryption,
  EnvironmentFileType,
  FirelensConfigurationType,
  IpcMode,
  LogDriver,
  NetworkMode,
  OSFamily,
  PidMode,
  ProxyConfigurationType,
  RegisterTaskDefinitionRequest$,
  ResourceType,
  Scope,
  TaskDefinitionPlacementConstraintType,
  TransportProtocol,
  UlimitName,
  VersionConsistency
} from '@aws-sdk/client-ecs'
import {NormalizedSchema} from '@smithy/core/schema'
import {isArray, isObject, type Json, type JsonObject, type JsonPath} from './json.ts'

/** What a value of the schema is in JSON. */
export type Expected = 'object' | 'list' | 'text' | 'number' | 'boolean'

/** Something in a definition that the schema of RegisterTaskDefinition has otherwise. */
export type Finding =
  /** A member that the SDK does not know among those it knows there; ECS may. */
  | {readonly kind: 'unknown'; readonly path: JsonPath; readonly known: readonly string[]}
  /** The object at `path` lacks a member that ECS demands. */
  | {readonly kind: 'missing'; readonly path: JsonPath; readonly member: string}
  | {
      readonly kind: 'type'
      readonly path: JsonPath
      readonly value: Json
      readonly expected: Expected
      /** The value may be a secret and is not shown. */
      readonly hidden: boolean
    }
  /** A word that is none of those the SDK knows there; ECS may, but never an empty one or one in another case. */
  | {
      readonly kind: 'word'
      readonly path: JsonPath
      readonly value: string
      readonly known: readonly string[]
      readonly isCertain: boolean
    }

/** The words that some members are made of, by the structure they are in; the SDK's schemas do not tell. */
const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'RegisterTaskDefinitionRequest.networkMode': NetworkMode,
  'RegisterTaskDefinitionRequest.requiresCompatibilities': Compatibility,
  'RegisterTaskDefinitionRequest.pidMode': PidMode,
  'RegisterTaskDefinitionRequest.ipcMode': IpcMode,
  'RuntimePlatform.cpuArchitecture': CPUArchitecture,
  'RuntimePlatform.operatingSystemFamily': OSFamily,
  'TaskDefinitionPlacementConstraint.type': TaskDefinitionPlacementConstraintType,
  'ProxyConfiguration.type': ProxyConfigurationType,
  'DockerVolumeConfiguration.scope': Scope,
  'EFSVolumeConfiguration.transitEncryption': EFSTransitEncryption,
  'EFSAuthorizationConfig.iam': EFSAuthorizationConfigIAM,
  'ContainerDefinition.versionConsistency': VersionConsistency,
  'PortMapping.protocol': TransportProtocol,
  'PortMapping.appProtocol': ApplicationProtocol,
  'LogConfiguration.logDriver': LogDriver,
  'ContainerDependency.condition': ContainerCondition,
  'EnvironmentFile.type': EnvironmentFileType,
  'ResourceRequirement.type': ResourceType,
  'Ulimit.name': UlimitName,
  'FirelensConfiguration.type': FirelensConfigurationType,
  'Device.permissions': DeviceCgroupPermission
}

/** Members of which ECS takes every other word for the first. Source: API reference, PortMapping. */
const TAKEN_ANYWAY = new Set(['PortMapping.protocol'])

interface Step {
  readonly schema: NormalizedSchema
  readonly value: Json
  readonly path: JsonPath
  readonly hidden: boolean
}

/** Compares a cleaned definition with the SDK's own schema of RegisterTaskDefinition, in the order of the definition. */
export function findings(definition: JsonObject): Finding[] {
  const schema = NormalizedSchema.of(RegisterTaskDefinitionRequest$)
  return [...walk({schema, value: definition, path: [], hidden: false})]
}

function* walk(step: Step): Generator<Finding> {
  const {schema, value, path} = step
  const hidden = step.hidden || schema.getMergedTraits().sensitive !== undefined
  const expected = expectedOf(schema)
  if (expected !== undefined && expected !== typeOf(value)) yield {kind: 'type', path, value, expected, hidden}
  else if (schema.isStructSchema() && isObject(value)) yield* walkStructure({...step, hidden}, value)
  else if (schema.isListSchema() && isArray(value)) {
    for (const [index, item] of value.entries()) {
      // A word of a command, say.
      const isText = schema.getValueSchema().isStringSchema()
      yield* walk({schema: schema.getValueSchema(), value: item, path: [...path, index], hidden: hidden || isText})
    }
  } else if (schema.isMapSchema() && isObject(value)) {
    // An option of a log driver, say.
    for (const [key, item] of Object.entries(value)) {
      yield* walk({schema: schema.getValueSchema(), value: item, path: [...path, key], hidden: true})
    }
  }
}

function* walkStructure({schema, path, hidden}: Step, object: JsonObject): Generator<Finding> {
  const members = new Map(schema.structIterator())
  for (const member of requiredMembers(schema)) {
    if (!Object.hasOwn(object, member)) yield {kind: 'missing', path, member}
  }
  for (const [member, value] of Object.entries(object)) {
    const memberSchema = members.get(member)
    if (memberSchema === undefined) {
      yield {kind: 'unknown', path: [...path, member], known: [...members.keys()]}
      continue
    }
    yield* wrongWords(`${schema.getName() ?? ''}.${member}`, value, [...path, member])
    yield* walk({schema: memberSchema, value, path: [...path, member], hidden})
  }
}

function* wrongWords(member: string, value: Json, path: JsonPath): Generator<Finding> {
  const words = WORDS[member]
  if (words === undefined) return
  if (isArray(value)) {
    for (const [index, item] of value.entries()) yield* wrongWords(member, item, [...path, index])
    return
  }
  const known = Object.values(words)
  if (typeof value !== 'string' || known.includes(value)) return
  const isCertain = !TAKEN_ANYWAY.has(member) && (value === '' || known.some(word => isSameIgnoringCase(word, value)))
  yield {kind: 'word', path, value, known, isCertain}
}

export function isSameIgnoringCase(word: string, other: string): boolean {
  return word.toLowerCase() === other.toLowerCase()
}

/** The first members of a structure are those that the model requires; the schema holds their number. */
function requiredMembers(schema: NormalizedSchema): readonly string[] {
  const [, , , , names, , required] = schema.getSchema() as unknown as [
    number,
    string,
    string,
    unknown,
    string[],
    unknown[],
    number?
  ]
  return names.slice(0, required ?? 0)
}

function expectedOf(schema: NormalizedSchema): Expected | undefined {
  if (schema.isStructSchema() || schema.isMapSchema()) return 'object'
  if (schema.isListSchema()) return 'list'
  if (schema.isStringSchema()) return 'text'
  if (schema.isNumericSchema()) return 'number'
  return schema.isBooleanSchema() ? 'boolean' : undefined
}

/** What a value is, in the words of the schema. */
export function typeOf(value: Json): Expected | 'null' {
  if (value === null) return 'null'
  if (isArray(value)) return 'list'
  if (typeof value === 'string') return 'text'
  return typeof value as 'object' | 'number' | 'boolean'
}
