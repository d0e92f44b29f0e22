import {mkdir, readdir, rm, stat, symlink, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {afterEach, expect, test} from '@jest/globals'
import {cleanUp, openPrivateDirectory} from '../../src/workflow/private-directory.ts'
import {temporaryDirectory, testWorld} from '../image/support.ts'

const STATE = 'STATE_private-directory'
afterEach(() => {
  Reflect.deleteProperty(process.env, STATE)
  Reflect.deleteProperty(process.env, 'GITHUB_STATE')
})

/** The file in which the runner keeps the state of the step. */
async function stateFile(directory: string): Promise<void> {
  process.env['GITHUB_STATE'] = join(directory, 'state')
  await writeFile(join(directory, 'state'), '')
}

const onUnix = process.platform === 'win32' ? test.skip : test

onUnix('is for this user only, and gone afterwards', async () => {
  await using temporary = await temporaryDirectory()
  await stateFile(temporary.path)
  const directory = await openPrivateDirectory(temporary.path, testWorld().log)
  expect((await stat(directory.path)).mode & 0o777).toBe(0o700)
  await directory[Symbol.asyncDispose]()
  await expect(stat(directory.path)).rejects.toMatchObject({code: 'ENOENT'})
})

test('what it has a link to stays', async () => {
  await using temporary = await temporaryDirectory()
  await stateFile(temporary.path)
  const linked = join(temporary.path, 'contexts')
  await mkdir(linked)
  await writeFile(join(linked, 'mine'), '')
  const directory = await openPrivateDirectory(temporary.path, testWorld().log)
  await symlink(linked, join(directory.path, 'contexts'), 'junction')
  await directory[Symbol.asyncDispose]()
  expect(await readdir(linked)).toEqual(['mine'])
  await expect(stat(directory.path)).rejects.toMatchObject({code: 'ENOENT'})
})

onUnix('one that cannot be removed fails neither the release nor what is done after the job', async () => {
  await using temporary = await temporaryDirectory()
  await stateFile(temporary.path)
  const {log, lines} = testWorld()
  await mkdir(join(temporary.path, 'runner'))
  const directory = await openPrivateDirectory(join(temporary.path, 'runner'), log)
  await rm(dirname(directory.path), {recursive: true})
  await writeFile(dirname(directory.path), '')

  await directory[Symbol.asyncDispose]()
  process.env[STATE] = directory.path
  await cleanUp(log)

  expect(lines).toEqual([
    expect.stringContaining(`${directory.path} is removed after the job, because it could not be now: `),
    expect.stringContaining(`${directory.path} could not be removed; it may hold a login to ECR`)
  ])
})
