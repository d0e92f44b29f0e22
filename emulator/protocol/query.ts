import {NormalizedSchema} from '@smithy/core/schema'
import {AwsError, type SchemaOf} from '../service.ts'
import {
  ShapeError,
  answeredMembers,
  checkSimple,
  describe,
  isRecord,
  requiredMembers,
  simpleKind,
  type UnknownMembers
} from './shape.ts'

/** The members of a request by name; list items have their number as name. */
interface Branch {
  text?: string
  readonly members: Map<string, Branch>
}

/** What every query request has besides its members. */
const envelope = ['Action', 'Version']

/**
 * Reads the form of an awsQuery request: `Targets.member.1.Id=10.0.0.5`.
 * @throws AwsError ValidationError for a missing required member or a value of the wrong type
 */
export function readQuery(input: SchemaOf, form: URLSearchParams, unknownMembers: UnknownMembers): object {
  const root = branch()
  for (const [name, value] of form) {
    if (!envelope.includes(name)) plant(root, name.split('.'), value)
  }
  return readBranch(NormalizedSchema.of(input), root, '', unknownMembers) as object
}

/**
 * Writes an awsQuery answer.
 * @throws ShapeError for what `output` does not have
 */
export function writeQuery(
  call: {operation: string; requestId: string},
  xmlNamespace: string,
  output: SchemaOf,
  value: unknown
): string {
  const shape = NormalizedSchema.of(output)
  const result = shape.isUnitSchema() ? '' : writeValue(shape, value, shape.getName() ?? 'output')
  const {operation, requestId} = call
  return (
    `<${operation}Response xmlns="${xmlNamespace}"><${operation}Result>${result}</${operation}Result>` +
    `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${operation}Response>`
  )
}

/** The body of an awsQuery error. */
export function writeQueryError(error: AwsError, xmlNamespace: string, requestId: string): string {
  const type = error.status < 500 ? 'Sender' : 'Receiver'
  return (
    `<ErrorResponse xmlns="${xmlNamespace}"><Error><Type>${type}</Type><Code>${escape(error.name)}</Code>` +
    `<Message>${escape(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`
  )
}

function branch(): Branch {
  return {members: new Map()}
}

function plant(root: Branch, path: readonly string[], value: string): void {
  let at = root
  for (const name of path) {
    const next = at.members.get(name) ?? branch()
    at.members.set(name, next)
    at = next
  }
  at.text = value
}

function readBranch(shape: NormalizedSchema, node: Branch, path: string, unknownMembers: UnknownMembers): unknown {
  if (shape.isStructSchema()) return readStructure(shape, node, path, unknownMembers)
  if (shape.isListSchema()) {
    const items = [...(node.members.get('member') ?? node).members].sort(
      ([left], [right]) => Number(left) - Number(right)
    )
    return items.map(([name, item]) =>
      readBranch(shape.getValueSchema(), item, `${path}.${name}.member`, unknownMembers)
    )
  }
  if (shape.isMapSchema()) {
    const entries = [...(node.members.get('entry') ?? node).members.values()]
    const value = (entry: Branch): Branch => entry.members.get('value') ?? branch()
    return Object.fromEntries(
      entries.map(entry => [
        entry.members.get('key')?.text ?? '',
        readBranch(shape.getValueSchema(), value(entry), path, unknownMembers)
      ])
    )
  }
  return readSimple(shape, node.text ?? '', path)
}

function readStructure(shape: NormalizedSchema, node: Branch, path: string, unknownMembers: UnknownMembers): object {
  const members = new Map(shape.structIterator())
  const missing = requiredMembers(shape).find(name => !node.members.has(name))
  if (missing !== undefined) throw invalid('null', at(path, missing), 'Member must not be null')
  const unknown = [...node.members.keys()].find(name => !members.has(name))
  if (unknown !== undefined && unknownMembers === 'refuse') {
    throw new AwsError('ValidationError', `Unknown member ${unknown} of ${shape.getName() ?? 'structure'}`)
  }
  return Object.fromEntries(
    [...node.members].flatMap(([name, child]) => {
      const member = members.get(name)
      return member === undefined ? [] : [[name, readBranch(member, child, at(path, name), unknownMembers)]]
    })
  )
}

/** The path of a member as AWS writes it in validation errors: `targets.1.member.id`. */
function at(path: string, name: string): string {
  const member = name.charAt(0).toLowerCase() + name.slice(1)
  return path === '' ? member : `${path}.${member}`
}

function readSimple(shape: NormalizedSchema, text: string, path: string): unknown {
  switch (simpleKind(shape)) {
    case 'number': {
      if (text === '' || Number.isNaN(Number(text))) throw invalid(`'${text}'`, path, 'Member must be a number')
      return Number(text)
    }
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw invalid(`'${text}'`, path, 'Member must be a boolean')
      return text === 'true'
    case 'timestamp':
      return new Date(text)
    case 'blob':
      return Buffer.from(text, 'base64')
    default:
      return text
  }
}

function invalid(value: string, path: string, constraint: string): AwsError {
  const where = `Value ${value} at '${path}' failed to satisfy constraint: ${constraint}`
  return new AwsError('ValidationError', `1 validation error detected: ${where}`)
}

function writeValue(shape: NormalizedSchema, value: unknown, path: string): string {
  if (shape.isStructSchema()) {
    return answeredMembers(shape, value, path)
      .map(([name, member, item]) => `<${name}>${writeValue(member, item, `${path}.${name}`)}</${name}>`)
      .join('')
  }
  if (shape.isListSchema()) {
    if (!Array.isArray(value)) throw new ShapeError(`${path} must be a list, not ${describe(value)}.`)
    const items = value.map((item, index) => writeValue(shape.getValueSchema(), item, `${path}[${index}]`))
    return items.map(item => `<member>${item}</member>`).join('')
  }
  if (shape.isMapSchema()) {
    if (!isRecord(value)) throw new ShapeError(`${path} must be a map, not ${describe(value)}.`)
    const entries = Object.entries(value).map(([key, item]) => [key, writeValue(shape.getValueSchema(), item, path)])
    return entries.map(([key, item]) => `<entry><key>${escape(key ?? '')}</key><value>${item}</value></entry>`).join('')
  }
  checkSimple(shape, value, path)
  if (value instanceof Date) return value.toISOString()
  return escape(value instanceof Uint8Array ? Buffer.from(value).toString('base64') : String(value))
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
