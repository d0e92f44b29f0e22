import {readdir, stat} from 'node:fs/promises'
import {basename, dirname, join, resolve, sep} from 'node:path'
import {Failure} from '../workflow/failure.ts'
import {listed} from '../workflow/text.ts'
import {exists, firstThatExists, isInside, readWorkspaceFile, type WorkspaceFile} from '../workflow/workspace-file.ts'

/** Where the task definition to start from is. */
export type DefinitionPlace =
  | DefinitionFile
  /** A revision in ECS: its ARN, `family:revision`, or a family for its latest active revision. */
  | {readonly kind: 'revision'; readonly name: string}
  /** What the service runs now. */
  | {readonly kind: 'running'}

export interface DefinitionFile extends WorkspaceFile {
  readonly kind: 'file'
}

/** Where repositories keep their definition, the most common first. */
const USUAL_FILES = [
  'task-definition.json',
  '.aws/task-definition.json',
  'taskdef.json',
  'ecs-task-def.json',
  'task_definition.json'
]

const KIND = {
  noun: 'task definition',
  what: 'the definition',
  content: 'the JSON of the definition',
  limit: 'ECS takes no more than 65536'
}

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

/** Whether `path` is a directory, or a link to one. */
async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    found => found.isDirectory(),
    () => false
  )
}

async function read(wanted: string, workspace: string, temp: string | undefined): Promise<DefinitionFile> {
  const file = await readWorkspaceFile(wanted, KIND, workspace, temp)
  if (file === undefined) throw await missing(wanted, resolve(workspace, wanted), workspace)
  return {kind: 'file', ...file}
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
