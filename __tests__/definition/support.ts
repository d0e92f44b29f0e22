import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {clean} from '../../src/definition/clean.ts'
import type {Definition} from '../../src/definition/definition.ts'
import type {DefinitionFile} from '../../src/definition/find.ts'
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
