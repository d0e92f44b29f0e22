import {RegisterTaskDefinitionRequest$} from '@aws-sdk/client-ecs'
import {NormalizedSchema} from '@smithy/core/schema'
import {Failure} from '../workflow/failure.ts'
import type {NamedValue} from '../workflow/inputs.ts'
import {nearest} from '../workflow/nearest.ts'
import {listed} from '../workflow/text.ts'
import type {Definition} from './definition.ts'
import {isArray, isObject, type Json, type JsonPath, mapMembers, pathText, textsWithin} from './json.ts'

/** A definition whose placeholders are filled in, as far as there are values. */
export interface Filled {
  readonly definition: Definition
  /** Names of the variables that the definition uses. */
  readonly used: ReadonlySet<string>
  /** Where placeholders are left that must not be, such as one without a value. */
  readonly left: readonly JsonPath[]
  /** What is to be told of them. */
  readonly failures: readonly Failure[]
}

/** A placeholder, or what begins like one, in a value of the definition. */
interface Placeholder {
  readonly path: JsonPath
  readonly name: string
  /** It is `${NAME}` and not, say, `${NAME:-default}`. */
  readonly isWhole: boolean
}

/**
 * Fills the placeholders `${NAME}` in the values of a definition; `$${` becomes `${`. A value that is one placeholder and
 * nothing else becomes a number or a boolean where ECS takes one. What is filled in is not looked through again. Where a
 * program expands variables itself, in commands, a placeholder without a value stays as it is, and so it does in images,
 * most of which the release replaces. Pure.
 * @param variables without any, the definition stays as it is, and nothing in it is a placeholder
 */
export function fillVariables(definition: Definition, variables: readonly NamedValue[]): Filled {
  if (variables.length === 0) return {definition, used: new Set(), left: [], failures: []}
  const values = new Map(variables.map(({name, value}) => [name, value]))
  const placeholders = [...textsWithin(definition.json)].flatMap(({path, text}) => placeholdersIn(text, path))
  const known = placeholders.filter(({name, isWhole}) => isWhole && values.has(name))
  const left = placeholders.filter(placeholder => !known.includes(placeholder) && !mayStay(placeholder.path))
  const json = mapMembers(definition.json, (value, member) => fill(value, [member], values))
  return {
    definition: {...definition, json},
    used: new Set(known.map(({name}) => name)),
    left: left.map(({path}) => path),
    failures: failuresFor(left, definition, [...values.keys()])
  }
}

/**
 * Tells of variables that no definition uses. Pure.
 * @param filled all definitions that they are for
 */
export function unusedVariables(variables: readonly NamedValue[], filled: readonly Filled[]): string[] {
  const files = listed([...new Set(filled.map(({definition}) => definition.name))])
  return variables
    .filter(({name}) => !filled.some(({used}) => used.has(name)))
    .map(
      ({name}) =>
        `The input \`variables\` has \`${name}\`, but there is no \`\${${name}}\` in ${files}: remove it, or correct one of the two names.`
    )
}

/** `$${`, or the beginning of a placeholder, whose end is missing where it is none. */
const BEGINNING = /\$\$\{|\$\{(?<name>[A-Za-z_]\w*)(?<end>\}?)/g

function placeholdersIn(text: string, path: JsonPath): Placeholder[] {
  return [...text.matchAll(BEGINNING)].flatMap(({groups}) => {
    const name = groups?.['name']
    return name === undefined ? [] : [{path, name, isWhole: groups?.['end'] !== ''}]
  })
}

function fill(value: Json, path: JsonPath, values: ReadonlyMap<string, string>): Json {
  if (isArray(value)) return value.map((item, index) => fill(item, [...path, index], values))
  if (isObject(value)) return mapMembers(value, (item, member) => fill(item, [...path, member], values))
  return typeof value === 'string' ? fillText(value, path, values) : value
}

function fillText(text: string, path: JsonPath, values: ReadonlyMap<string, string>): Json {
  const filled = text.replace(BEGINNING, (found: string, name: string | undefined, end: string | undefined) => {
    if (name === undefined) return '${'
    return (end === '' ? undefined : values.get(name)) ?? found
  })
  return filled !== text && /^\$\{\w+\}$/.test(text) ? typed(filled, path) : filled
}

/** The text as a number or a boolean, where ECS takes one at `path` and it is one. */
function typed(text: string, path: JsonPath): Json {
  const schema = schemaAt(path)
  if (schema?.isBooleanSchema() === true && /^(true|false)$/.test(text)) return text === 'true'
  const isNumber = schema?.isNumericSchema() === true && /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))
  return isNumber ? Number(text) : text
}

/** What the SDK knows about the value at `path`; `undefined` where it knows none. */
function schemaAt(path: JsonPath): NormalizedSchema | undefined {
  let schema: NormalizedSchema | undefined = NormalizedSchema.of(RegisterTaskDefinitionRequest$)
  for (const step of path) {
    if (schema?.isStructSchema() === true) schema = new Map(schema.structIterator()).get(String(step))
    else
      schema = schema?.isListSchema() === true || schema?.isMapSchema() === true ? schema.getValueSchema() : undefined
  }
  return schema
}

/** Members of a container in which what is not filled in is no mistake. */
const MAY_STAY = ['command', 'entryPoint', 'healthCheck.command', 'image']

function mayStay([top, index, ...rest]: JsonPath): boolean {
  const member = pathText(rest.filter(step => typeof step === 'string'))
  return top === 'containerDefinitions' && typeof index === 'number' && MAY_STAY.includes(member)
}

/** What is left of one name is told once, with all its places. */
function failuresFor(left: readonly Placeholder[], definition: Definition, known: readonly string[]): Failure[] {
  const groups = Map.groupBy(left, ({name, isWhole}) => `${name} ${isWhole}`)
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return []
    const place = definition.locate(first.path)
    const where = `\`${pathText(first.path)}\` (${placesOf([first, ...others], definition)})`
    const {sentence, fix} = first.isWhole ? withoutValue(first.name, known) : notWhole(first.name)
    return new Failure(`${where} has ${sentence}`, {...(place && {place}), ...(fix !== undefined && {fix})})
  })
}

/** `task-definition.json, line 12, also lines 14 and 20` */
function placesOf(placeholders: readonly Placeholder[], {name, locate}: Definition): string {
  const [first, ...others] = new Set(placeholders.flatMap(({path}) => locate(path)?.line ?? []))
  if (first === undefined) return name
  const more = others.length === 0 ? '' : `, also line${others.length === 1 ? '' : 's'} ${listed(others.map(String))}`
  return `${name}, line ${first}${more}`
}

function withoutValue(name: string, known: readonly string[]): {readonly sentence: string; readonly fix?: string} {
  const meant = nearest(name, known)
  const literally = `write \`$\${${name}}\` where the text is meant as it is`
  const wrong = `the placeholder \`\${${name}}\`, but the input \`variables\` has no \`${name}\``
  if (meant !== undefined)
    return {sentence: `${wrong}: correct it to \`\${${meant}}\`, add the variable, or ${literally}.`}
  return {sentence: `${wrong}: add the variable, or ${literally}.`, fix: `with:\n  variables: |\n    ${name}=…`}
}

/** What follows the name is not shown: a default value may be a secret. */
function notWhole(name: string): {readonly sentence: string; readonly fix?: string} {
  return {
    sentence:
      `\`\${${name}\` without \`}\` right behind the name, which is not filled in: write \`\${${name}}\`, for there are no ` +
      `defaults, or \`$\${${name}\` where the text is meant as it is.`
  }
}
