import type {NormalizedSchema} from '@smithy/core/schema'

/** What the emulator does with a member that a shape does not have; AWS ignores it. */
export type UnknownMembers = 'ignore' | 'refuse'

/** The emulator was about to answer what AWS cannot answer: a defect of the emulator. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
}

/** The kind of a shape that is neither structure, list nor map; `undefined` for a document. */
export function simpleKind(
  shape: NormalizedSchema
): 'string' | 'number' | 'boolean' | 'timestamp' | 'blob' | undefined {
  if (shape.isTimestampSchema()) return 'timestamp'
  if (shape.isBlobSchema()) return 'blob'
  if (shape.isStringSchema()) return 'string'
  if (shape.isBooleanSchema()) return 'boolean'
  return shape.isNumericSchema() ? 'number' : undefined
}

/** The names of a structure's required members. */
export function requiredMembers(shape: NormalizedSchema): readonly string[] {
  const schema = shape.getSchema()
  if (!Array.isArray(schema)) return []
  const [, , , , names, , count] = schema as unknown[]
  return Array.isArray(names) && typeof count === 'number' ? (names.slice(0, count) as string[]) : []
}

/** A JSON object, not a list and not null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The members of an answer that are set, each with its shape.
 * @throws ShapeError for an unknown member, a missing required one, or something that is no structure
 */
export function answeredMembers(
  shape: NormalizedSchema,
  value: unknown,
  path: string
): [name: string, member: NormalizedSchema, value: unknown][] {
  const name = shape.getName() ?? 'structure'
  if (!isRecord(value)) throw new ShapeError(`${path} must be a ${name}, not ${describe(value)}.`)
  const members = new Map(shape.structIterator())
  const set = Object.entries(value).filter(([, item]) => item !== undefined)
  const missing = requiredMembers(shape).find(member => value[member] === undefined)
  if (missing !== undefined) throw new ShapeError(`${path} lacks ${missing}, which ${name} requires.`)
  return set.map(([member, item]) => {
    const memberShape = members.get(member)
    if (memberShape === undefined) throw new ShapeError(`${path}.${member} is no member of ${name}.`)
    return [member, memberShape, item]
  })
}

/** Checks a value of an answer that is neither structure, list nor map. @throws ShapeError for a value of another kind */
export function checkSimple(shape: NormalizedSchema, value: unknown, path: string): void {
  const kind = simpleKind(shape)
  const fits =
    kind === undefined ||
    (kind === 'timestamp' && value instanceof Date && !Number.isNaN(value.getTime())) ||
    (kind === 'blob' && value instanceof Uint8Array) ||
    (kind === 'number' ? Number.isFinite(value) : typeof value === kind)
  if (!fits) throw new ShapeError(`${path} must be a ${kind}, not ${describe(value)}.`)
}

/** A value in words, for messages. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'a list'
  if (value instanceof Date) return 'a Date'
  return typeof value === 'object' ? 'a structure' : `the ${typeof value} ${JSON.stringify(value)}`
}
