import {lstat, readFile, realpath} from 'node:fs/promises'
import {isAbsolute, relative, resolve, sep} from 'node:path'
import {Failure} from './failure.ts'

/** A text file of the repository. */
export interface WorkspaceFile {
  readonly path: string
  readonly text: string
  /** The path relative to the workspace, for messages and annotations; outside of it the whole path. */
  readonly shown: string
}

/** What a file is, for messages. */
export interface FileKind {
  /** `task definition`. */
  readonly noun: string
  /** `the definition`: what the file holds. */
  readonly what: string
  /** What an empty one lacks. */
  readonly content: string
  /** How large one may be, with who says so. */
  readonly limit: string
}

const MOST_BYTES = 1024 * 1024

/**
 * Reads a text file of the repository. Files are read, never executed, and only in the workspace or in the runner's
 * directory for temporary files.
 * @param wanted the path, relative to the workspace or absolute
 * @returns `undefined` for one that is not there
 * @throws Failure for a file that is none, lies elsewhere (also by a link), is too large, empty or not text
 */
export async function readWorkspaceFile(
  wanted: string,
  kind: FileKind,
  workspace: string,
  temp: string | undefined
): Promise<WorkspaceFile | undefined> {
  const path = resolve(workspace, wanted)
  const shown = isInside(workspace, path) ? relative(workspace, path).split(sep).join('/') : path
  const real = await realpath(path).catch(() => undefined)
  if (real === undefined) return undefined
  await refuseElsewhere(real, `The ${kind.noun} \`${shown}\``, path, [workspace, temp])
  await refuseOddFile(real, `The ${kind.noun} \`${shown}\``, kind)
  const text = decode(await readFile(real), shown, kind)
  if (text.trim() === '') {
    throw new Failure(`The ${kind.noun} \`${shown}\` is empty: put ${kind.content} into it.`, {place: {file: shown}})
  }
  return {path: real, text, shown}
}

/** The first of these paths at which there is anything. */
export async function firstThatExists(files: readonly string[], workspace: string): Promise<string | undefined> {
  for (const file of files) if (await exists(resolve(workspace, file))) return file
  return undefined
}

/** Whether there is anything at `path`; a link counts, wherever it leads. */
export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false
  )
}

/** Whether `path` is in `folder`. Pure. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

async function refuseElsewhere(
  real: string,
  subject: string,
  path: string,
  roots: readonly (string | undefined)[]
): Promise<void> {
  for (const root of roots) {
    if (root !== undefined && isInside(await realpath(root).catch(() => root), real)) return
  }
  const how = roots.some(root => root !== undefined && isInside(root, path))
    ? 'is a link that leads out of'
    : 'lies outside of'
  throw new Failure(
    `${subject} ${how} the workspace, and only files in the workspace or in RUNNER_TEMP are read: put the file itself there.`
  )
}

async function refuseOddFile(real: string, subject: string, {limit, what}: FileKind): Promise<void> {
  const file = await lstat(real)
  if (file.isDirectory()) throw new Failure(`${subject} is a directory: name the file in it.`)
  if (!file.isFile()) throw new Failure(`${subject} is not a regular file: name one that is.`)
  if (file.size > MOST_BYTES) {
    throw new Failure(`${subject} has ${file.size} bytes, but ${limit}: name the file that holds ${what}.`)
  }
}

/** UTF-8, with or without a byte order mark. */
function decode(bytes: Uint8Array, shown: string, {noun}: FileKind): string {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch (cause) {
    throw new Failure(`The ${noun} \`${shown}\` is not UTF-8 text: save it as UTF-8.`, {place: {file: shown}, cause})
  }
}
