/** A value as JSON has it. */
export type Json = string | number | boolean | null | JsonObject | readonly Json[]

export interface JsonObject {
  readonly [member: string]: Json
}

/** The way from the top of a JSON document to a value in it: member names and indexes. */
export type JsonPath = readonly (string | number)[]

/** Whether `value` is an object; a list is none. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The items of a list, none of anything else. */
export function itemsOf(value: Json | undefined): readonly Json[] {
  return isArray(value) ? value : []
}

/** Whether `value` is a list. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

/** A text as it is, anything else as JSON, nothing as an empty text. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)
}

/** `object` with every member's value made anew; a member for which `make` returns `undefined` is left out. */
export function mapMembers(object: JsonObject, make: (value: Json, member: string) => Json | undefined): JsonObject {
  // Object.fromEntries defines members, so that one called __proto__ is a member like others.
  return Object.fromEntries(
    Object.entries(object).flatMap(([member, value]) => {
      const made = make(value, member)
      return made === undefined ? [] : [[member, made]]
    })
  )
}

/** `containerDefinitions[0].portMappings[1].hostPort` */
export function pathText(path: JsonPath): string {
  return path
    .map(step =>
      typeof step === 'number' ? `[${step}]` : /^[\w-]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
    )
    .join('')
    .replace(/^\./, '')
}

/** A text in a JSON document, and the way to it. */
export interface TextAt {
  readonly path: JsonPath
  readonly text: string
}

/** All texts in a value, in their order; names of members are none. */
export function* textsWithin(value: Json, path: JsonPath = []): Generator<TextAt> {
  if (typeof value === 'string') yield {path, text: value}
  else if (isArray(value)) for (const [index, item] of value.entries()) yield* textsWithin(item, [...path, index])
  else if (isObject(value)) for (const [name, item] of Object.entries(value)) yield* textsWithin(item, [...path, name])
}
