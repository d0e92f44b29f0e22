import {mkdtemp, rm} from 'node:fs/promises'
import {join} from 'node:path'
import * as core from '@actions/core'

const STATE = 'private-directory'

/** A directory of this run alone, for what nobody else may read; removed when it is disposed of. */
export interface PrivateDirectory extends AsyncDisposable {
  readonly path: string
}

/**
 * Makes a directory in the runner's temporary directory that only this user can enter. It is remembered before anything
 * is put into it, so that it is removed after the job even if this process is killed.
 */
export async function openPrivateDirectory(temp: string): Promise<PrivateDirectory> {
  const path = await mkdtemp(join(temp, 'ecs-release-'))
  core.saveState(STATE, path)
  return {path, [Symbol.asyncDispose]: () => remove(path)}
}

/** What is left to do after the job. */
export async function cleanUp(): Promise<void> {
  const path = core.getState(STATE)
  if (path !== '') await remove(path)
}

async function remove(path: string): Promise<void> {
  await rm(path, {recursive: true, force: true, maxRetries: 3})
}
