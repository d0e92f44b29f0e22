import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {clean} from '../../src/definition/clean.ts'
import type {Definition} from '../../src/definition/definition.ts'
import type {DefinitionFile} from '../../src/definition/find.ts'
import {isArray, isObject, type Json, type JsonPath} from '../../src/definition/json.ts'
import {parseDefinition} from '../../src/definition/parse.ts'
import {Failure} from '../../src/workflow/failure.ts'

/** A file with this text, as `findDefinition` reads it. */
export function file(text: string, shown = 'task-definition.json'): DefinitionFile {
  return {kind: 'file', path: `/workspace/${shown}`, shown, text}
}

/** The definition in a file with this text, cleaned but not checked. */
export function definition(text: string): Definition {
  const {json, locate} = parseDefinition(file(text))
  return {json: clean(json), name: 'task-definition.json', locate}
}

/** What `work` fails with. */
export function failureOf(work: () => unknown): Failure {
  try {
    work()
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
  throw new Error('It did not fail.')
}

/** What `work` fails with in the end. */
export async function laterFailureOf(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => new Error('It did not fail.'),
    (reason: unknown) => reason
  )
  if (error instanceof Failure) return error
  throw error
}

/** A directory of its own for a test, gone after it. */
export async function temporaryDirectory(): Promise<AsyncDisposable & {readonly path: string}> {
  const path = await mkdtemp(join(tmpdir(), 'definition-'))
  return {path, [Symbol.asyncDispose]: () => rm(path, {recursive: true})}
}

export const corpus = new URL('../corpus/', import.meta.url).pathname

/** The text of a file of the corpus. */
export function corpusText(name: string): Promise<string> {
  return readFile(join(corpus, name), 'utf8')
}

/** Every text, number and flag in a value, with its path. */
export function* leaves(value: Json, path: JsonPath = []): Generator<JsonPath> {
  if (isArray(value)) for (const [index, item] of value.entries()) yield* leaves(item, [...path, index])
  else if (isObject(value)) for (const [member, item] of Object.entries(value)) yield* leaves(item, [...path, member])
  else yield path
}

/** A copy with another value of the same type at `path`. */
export function changed(value: Json, [step, ...rest]: JsonPath): Json {
  if (step === undefined)
    return typeof value === 'string' ? `${value}x` : typeof value === 'number' ? value + 1 : !value
  if (isArray(value)) return value.with(Number(step), changed(value[Number(step)] ?? null, rest))
  if (!isObject(value)) throw new Error('There is nothing at this path.')
  return {...value, [step]: changed(value[step] ?? null, rest)}
}
