import {chmod, mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from '@jest/globals'
import {buildxDirectory} from '../../src/image/buildx-directory.ts'
import {temporaryDirectory, testWorld} from './support.ts'

const never = (): Promise<boolean> => Promise.resolve(false)

test('builders stay where they are if buildx may write there', async () => {
  await using own = await temporaryDirectory()
  await using parent = await temporaryDirectory()
  expect(await buildxDirectory(own.path, parent.path, testWorld().log)).toBe(own.path)
  expect(await readdir(parent.path)).toEqual([])
})

test('builders are copied for the run if buildx may not', async () => {
  await using own = await temporaryDirectory()
  await using parent = await temporaryDirectory()
  const instance = join(own.path, 'instances', 'far')
  await mkdir(join(own.path, 'instances'))
  await writeFile(instance, '{"Driver": "remote"}')
  await chmod(instance, 0o400)

  const copy = await buildxDirectory(own.path, parent.path, testWorld().log, never)

  expect(copy).toBe(join(parent.path, 'buildx'))
  expect(await readFile(join(copy, 'instances', 'far'), 'utf8')).toBe('{"Driver": "remote"}')
  // It goes after the run, and buildx writes to it.
  if (process.platform !== 'win32') {
    expect((await stat(join(copy, 'instances'))).mode & 0o777).toBe(0o700)
    expect((await stat(join(copy, 'instances', 'far'))).mode & 0o777).toBe(0o600)
  }
})

test('there are none if there is no place for them, or none that can be read', async () => {
  await using parent = await temporaryDirectory()
  const world = testWorld()
  expect(await buildxDirectory(join(parent.path, 'missing'), parent.path, world.log)).toBe(join(parent.path, 'buildx'))
  expect(world.lines).toEqual([])

  const file = join(parent.path, 'file')
  await writeFile(file, '')
  await buildxDirectory(file, parent.path, world.log, never)
  expect(world.lines).toEqual([`${file} is left out: ENOTDIR`])
})
