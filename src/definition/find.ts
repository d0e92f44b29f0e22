import {lstat, readdir, readFile, realpath, stat} from 'node:fs/promises'
import {basename, dirname, isAbsolute, join, relative, resolve, sep} from 'node:path'
import {Failure} from '../workflow/failure.ts'
import {listed} from '../workflow/text.ts'

/** Where the task definition to start from is. */
export type DefinitionPlace =
  | DefinitionFile
  /** A revision in ECS: its ARN, `family:revision`, or a family for its latest active revision. */
  | {readonly kind: 'revision'; readonly name: string}
  /** What the service runs now. */
  | {readonly kind: 'running'}

export interface DefinitionFile {
  readonly kind: 'file'
  readonly path: string
  readonly text: string
  /** The path relative to the workspace, for messages and annotations; outside of it the whole path. */
  readonly shown: string
}

/** Where repositories keep their definition, the most common first. */
const USUAL_FILES = [
  'task-definition.json',
  '.aws/task-definition.json',
  'taskdef.json',
  'ecs-task-def.json',
  'task_definition.json'
]

const MOST_BYTES = 1024 * 1024

/**
 * Finds the task definition that the input `task-definition` names, and reads it if it is a file. Files are read, never
 * executed, and only in the workspace or in the runner's directory for temporary files.
 * @param wanted the input; without it the first usual file that exists, else what the service runs
 * @throws Failure for a file that is missing, is none, lies elsewhere (also by a link), is too large, empty or not text
 */
export async function findDefinition(
  wanted: string | undefined,
  workspace: string,
  temp: string | undefined
): Promise<DefinitionPlace> {
  if (wanted === undefined) {
    const found = await firstThatExists(USUAL_FILES, workspace)
    return found === undefined ? {kind: 'running'} : read(found, workspace, temp)
  }
  if (wanted.startsWith('arn:')) return {kind: 'revision', name: checkedArn(wanted)}
  // A family is often called like the directory with its sources.
  const path = resolve(workspace, wanted)
  const isMeant = /[/\\]|\.json$/i.test(wanted) || ((await exists(path)) && !(await isDirectory(path)))
  if (isMeant) return read(wanted, workspace, temp)
  if (/^[\w-]+(:\d+)?$/.test(wanted)) return {kind: 'revision', name: wanted}
  throw new Failure(
    `The input \`task-definition\` is \`${wanted}\`, which is neither a file in the workspace nor a family, ` +
      '`family:revision` or ARN of a task definition: correct it' +
      suggestion(await definitionFiles(workspace, wanted))
  )
}

/**
 * The files near a path in the workspace that look like task definitions, to suggest one after a typing error.
 * @returns paths relative to the workspace, those with the same name up to the ending first
 */
export async function definitionFiles(workspace: string, wanted: string): Promise<string[]> {
  const folders = new Set(['.', '.aws', '.github', dirname(wanted.replaceAll('\\', '/'))])
  const files: string[] = []
  for (const folder of folders) {
    if (!isInside(workspace, resolve(workspace, folder))) continue
    const names = await readdir(resolve(workspace, folder)).catch(() => [])
    files.push(...names.filter(name => name.endsWith('.json')).map(name => join(folder, name).split(sep).join('/')))
  }
  const isSame = (file: string): boolean => nameOf(file) === nameOf(wanted)
  const looksLikeOne = (file: string): boolean => /task|ecs/i.test(basename(file)) || isSame(file)
  return [...new Set(files)].filter(looksLikeOne).sort((a, b) => Number(isSame(b)) - Number(isSame(a)))
}

/** The name of a file in lower case, without ending, dots and dashes. */
function nameOf(file: string): string {
  return basename(file.replaceAll('\\', '/'))
    .toLowerCase()
    .replace(/\.\w+$/, '')
    .replaceAll(/[._-]/g, '')
}

function suggestion(files: readonly string[]): string {
  return files.length === 0 ? '.' : `; the workspace has ${listed(files.map(file => `\`${file}\``))}.`
}

function checkedArn(arn: string): string {
  if (/^arn:[\w-]+:ecs:[\w-]+:\d{12}:task-definition\/[\w-]+(:\d+)?$/.test(arn)) return arn
  throw new Failure(
    `The input \`task-definition\` is \`${arn}\`, which is not the ARN of a task definition: it has the form ` +
      '`arn:aws:ecs:eu-central-1:111122223333:task-definition/web:41`.'
  )
}

async function firstThatExists(files: readonly string[], workspace: string): Promise<string | undefined> {
  for (const file of files) if (await exists(resolve(workspace, file))) return file
  return undefined
}

/** Whether there is anything at `path`; a link counts, wherever it leads. */
async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false
  )
}

/** Whether `path` is a directory, or a link to one. */
async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    found => found.isDirectory(),
    () => false
  )
}

async function read(wanted: string, workspace: string, temp: string | undefined): Promise<DefinitionFile> {
  const path = resolve(workspace, wanted)
  const shown = isInside(workspace, path) ? relative(workspace, path).split(sep).join('/') : path
  const real = await realpath(path).catch(() => undefined)
  if (real === undefined) throw await missing(wanted, path, workspace)
  await refuseElsewhere(real, shown, path, [workspace, temp])
  await refuseOddFile(real, shown)
  const text = decode(await readFile(real), shown)
  if (text.trim() === '') {
    throw new Failure(`The task definition \`${shown}\` is empty: put the JSON of the definition into it.`, {
      place: {file: shown}
    })
  }
  return {kind: 'file', path: real, text, shown}
}

async function missing(wanted: string, path: string, workspace: string): Promise<Failure> {
  if (await exists(path)) {
    return new Failure(`The task definition \`${wanted}\` is a link to a file that does not exist: correct the link.`)
  }
  return new Failure(
    `There is no file \`${wanted}\` in the workspace: correct the input \`task-definition\`` +
      ', or check the repository out before this step' +
      suggestion(await definitionFiles(workspace, wanted))
  )
}

async function refuseElsewhere(
  real: string,
  shown: string,
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
    `The task definition \`${shown}\` ${how} the workspace, and only files in the workspace or in RUNNER_TEMP are read: ` +
      'put the file itself there.'
  )
}

async function refuseOddFile(real: string, shown: string): Promise<void> {
  const file = await lstat(real)
  if (file.isDirectory()) {
    throw new Failure(`The task definition \`${shown}\` is a directory: name the file in it.`)
  }
  if (!file.isFile()) throw new Failure(`The task definition \`${shown}\` is not a regular file: name one that is.`)
  if (file.size > MOST_BYTES) {
    throw new Failure(
      `The task definition \`${shown}\` has ${file.size} bytes, but ECS takes no more than 65536: name the file that holds the definition.`
    )
  }
}

/** UTF-8, with or without a byte order mark. */
function decode(bytes: Uint8Array, shown: string): string {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes)
  } catch {
    throw new Failure(`The task definition \`${shown}\` is not UTF-8 text: save it as UTF-8.`, {
      place: {file: shown}
    })
  }
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}
