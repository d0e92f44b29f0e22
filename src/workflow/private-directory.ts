import {randomUUID} from 'node:crypto'
import {mkdir, rm} from 'node:fs/promises'
import {join} from 'node:path'
import * as core from '@actions/core'
import type {Log} from './log.ts'
import {oneLine} from './text.ts'

const STATE = 'private-directory'

/** A directory of this run alone, for what nobody else may read; removed when it is disposed of. */
export interface PrivateDirectory extends AsyncDisposable {
  readonly path: string
}

/**
 * Makes a directory in the runner's temporary directory that only this user can enter. It is remembered before it is
 * made, so that it is removed after the job even if this process is killed.
 */
export async function openPrivateDirectory(temp: string, log: Log): Promise<PrivateDirectory> {
  const path = join(temp, `ecs-release-${randomUUID()}`)
  core.saveState(STATE, path)
  await mkdir(path, {mode: 0o700})
  const postpone = (reason: string): void => {
    log.info(`${path} is removed after the job, because it could not be now: ${reason}`)
  }
  return {path, [Symbol.asyncDispose]: () => remove(path, postpone)}
}

/** What is left to do after the job. */
export async function cleanUp(log: Log): Promise<void> {
  const path = core.getState(STATE)
  if (path === '') return
  await remove(path, reason => {
    log.warning(`${path} could not be removed; it may hold a login to ECR for up to twelve hours: ${reason}`)
  })
}

/** Never throws: what has been released is not undone by a directory that stays. */
async function remove(path: string, failed: (reason: string) => void): Promise<void> {
  try {
    await rm(path, {recursive: true, force: true, maxRetries: 3})
  } catch (error) {
    failed(oneLine(String(error)))
  }
}
