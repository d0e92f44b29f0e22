import {NormalizedSchema} from '@smithy/core/schema'
import {AwsError, type SchemaOf} from '../service.ts'
import {ShapeError, answeredMembers, checkSimple, describe, isRecord, simpleKind, type UnknownMembers} from './shape.ts'

/**
 * Reads the body of an awsJson request.
 * @returns what the SDK's types say: timestamps as Date, blobs as bytes; null counts as absent, unknown members are left out
 * @throws AwsError SerializationException for a body that is no JSON or a member of the wrong type. The texts are those seen
 * from ECS ("STRING_VALUE cannot be converted to Integer", "Unrecognized collection type class …"); those for lists and
 * structures are of the same deserialiser, seen from DynamoDB
 */
export function readJson(input: SchemaOf, body: string, unknownMembers: UnknownMembers): object {
  return readValue(NormalizedSchema.of(input), parse(body), unknownMembers) as object
}

/**
 * Writes the body of an awsJson answer: timestamps as seconds since 1970 with milliseconds as fraction.
 * @throws ShapeError for what `output` does not have
 */
export function writeJson(output: SchemaOf, value: unknown): string {
  const shape = NormalizedSchema.of(output)
  return JSON.stringify(writeValue(shape, value, shape.getName() ?? 'output'))
}

/** The body of an awsJson error. */
export function writeJsonError(error: AwsError): string {
  return JSON.stringify({__type: error.name, message: error.message, ...error.members})
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body === '' ? '{}' : body)
  } catch {
    throw serialization('Unexpected token received from parser')
  }
}

function readValue(shape: NormalizedSchema, value: unknown, unknownMembers: UnknownMembers): unknown {
  if (value === null || shape.isDocumentSchema()) return value
  if (shape.isStructSchema()) return readStructure(shape, value, unknownMembers)
  if (shape.isListSchema()) {
    if (Array.isArray(value)) {
      return value.filter(item => item !== null).map(item => readValue(shape.getValueSchema(), item, unknownMembers))
    }
    throw serialization(isRecord(value) ? structureNotExpected : 'Unexpected field type')
  }
  if (shape.isMapSchema()) return readMap(shape, value, unknownMembers)
  return readSimple(shape, value)
}

const structureNotExpected = 'Start of structure or map found where not expected'

function readStructure(shape: NormalizedSchema, value: unknown, unknownMembers: UnknownMembers): object {
  if (!isRecord(value)) throw notStructured(value, javaClass(shape))
  const members = new Map(shape.structIterator())
  const unknown = Object.keys(value).find(name => !members.has(name))
  if (unknown !== undefined && unknownMembers === 'refuse') {
    throw serialization(`Unknown member ${unknown} of ${shape.getName() ?? 'structure'}`)
  }
  return Object.fromEntries(
    [...members]
      .filter(([name]) => value[name] !== undefined && value[name] !== null)
      .map(([name, member]) => [name, readValue(member, value[name], unknownMembers)])
  )
}

function readMap(shape: NormalizedSchema, value: unknown, unknownMembers: UnknownMembers): object {
  if (!isRecord(value)) throw notStructured(value, 'java.util.Map')
  const member = shape.getValueSchema()
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, readValue(member, item, unknownMembers)]))
}

function readSimple(shape: NormalizedSchema, value: unknown): unknown {
  const kind = simpleKind(shape)
  if (kind === undefined) return value
  const javaType = javaTypes[kind]
  if (Array.isArray(value))
    throw serialization(`Unrecognized collection type class ${javaType.package}.${javaType.name}`)
  if (isRecord(value)) throw serialization(structureNotExpected)
  if (kind === 'timestamp' && typeof value === 'number') return new Date(value * 1000)
  if (kind === 'blob' && typeof value === 'string') return Buffer.from(value, 'base64')
  if (typeof value === kind) return value
  throw serialization(`${token(value)} cannot be converted to ${javaType.name}`)
}

const javaTypes = {
  string: {package: 'java.lang', name: 'String'},
  number: {package: 'java.lang', name: 'Integer'},
  boolean: {package: 'java.lang', name: 'Boolean'},
  timestamp: {package: 'java.util', name: 'Date'},
  blob: {package: 'java.nio', name: 'ByteBuffer'}
} as const

/** The JSON parser's name of a scalar. */
function token(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE'
  if (typeof value === 'string') return 'STRING_VALUE'
  return Number.isInteger(value) ? 'NUMBER_VALUE' : 'DECIMAL_VALUE'
}

function notStructured(value: unknown, className: string): AwsError {
  const list = Array.isArray(value)
  return serialization(list ? `Unrecognized collection type class ${className}` : 'Unexpected field type')
}

/** The class behind a structure; ECS names its own package in errors. */
function javaClass(shape: NormalizedSchema): string {
  const [namespace = '', name = ''] = (shape.getName(true) ?? '').split('#')
  return `${namespace === 'com.amazonaws.ecs' ? 'com.amazonaws.madison.frontend' : namespace}.${name}`
}

function serialization(message: string): AwsError {
  return new AwsError('SerializationException', message)
}

function writeValue(shape: NormalizedSchema, value: unknown, path: string): unknown {
  if (shape.isDocumentSchema()) return value
  if (shape.isStructSchema()) {
    const members = answeredMembers(shape, value, path)
    return Object.fromEntries(
      members.map(([name, member, item]) => [name, writeValue(member, item, `${path}.${name}`)])
    )
  }
  if (shape.isListSchema()) {
    if (!Array.isArray(value)) throw new ShapeError(`${path} must be a list, not ${describe(value)}.`)
    return value.map((item, index) => writeValue(shape.getValueSchema(), item, `${path}[${index}]`))
  }
  if (shape.isMapSchema()) {
    if (!isRecord(value)) throw new ShapeError(`${path} must be a map, not ${describe(value)}.`)
    const member = shape.getValueSchema()
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, writeValue(member, item, `${path}.${key}`)])
    )
  }
  checkSimple(shape, value, path)
  if (value instanceof Date) return value.getTime() / 1000
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}
