import {readdir, stat} from 'node:fs/promises'
import {join, resolve} from 'node:path'
import type {Stats} from 'node:fs'
import {Failure} from '../workflow/failure.ts'
import type {BuildInputs} from '../workflow/inputs.ts'

/** What Docker takes for a repository or an archive to download, unless there is a directory of that name. */
const REMOTE = /^(https?:\/\/|git:\/\/|ssh:\/\/|git@|github\.com\/)/

/**
 * Checks that there is something to build; a context that Docker downloads is left to Docker.
 * @param workspace relative paths start here
 * @throws Failure naming the path and the input
 */
export async function checkContext(
  {context, file}: Pick<BuildInputs, 'context' | 'file'>,
  workspace: string
): Promise<void> {
  if (context.startsWith('-')) {
    throw new Failure(
      `The input \`context\` is \`${context}\`, which Docker would take for an option: write \`./${context}\`.`
    )
  }
  const directory = resolve(workspace, context)
  if (!(await find(directory))?.isDirectory()) {
    if (REMOTE.test(context)) return
    throw new Failure(
      `There is no directory \`${context}\` in the workspace: correct the input \`context\`.${await hint(workspace)}`
    )
  }
  const files =
    file === undefined ? [join(directory, 'Dockerfile'), join(directory, 'dockerfile')] : [resolve(workspace, file)]
  const found = await Promise.all(files.map(find))
  if (found.some(stats => stats?.isFile())) return
  throw new Failure(
    file === undefined
      ? `There is no Dockerfile in \`${context}\`: name its directory in the input \`context\`, or the file itself in \`file\`.${await hint(workspace)}`
      : `There is no Dockerfile \`${file}\` in the workspace: correct the input \`file\`, which is relative to the workspace.${await hint(workspace)}`
  )
}

async function find(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined)
}

/** The most common reason for an empty workspace. */
async function hint(workspace: string): Promise<string> {
  const entries = await readdir(workspace).catch(() => [])
  return entries.length === 0 ? ' The workspace is empty: is `actions/checkout` before this step?' : ''
}
