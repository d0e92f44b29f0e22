import {expect, test} from '@jest/globals'
import {ask} from '../../src/image/ask.ts'
import {temporaryDirectory, testWorld} from './support.ts'

const world = testWorld({PATH: process.env['PATH']})
const node = (script: string, asker = world, patience?: number) =>
  ask(process.execPath, ['--eval', script], asker, patience)
const forever = 'setTimeout(() => {}, 60_000)'

test('a program tells by its streams and its exit code', async () => {
  const answer = await node("console.log('a'); console.log('b'); console.error('c'); process.exitCode = 3")
  expect(answer).toEqual({exitCode: 3, stdout: 'a\nb', stderr: 'c'})
})

test('a program that is not there tells nothing', async () => {
  await using empty = await temporaryDirectory()
  expect(await ask('docker', ['version'], testWorld({PATH: empty.path}))).toBeUndefined()
})

test('a program that hangs is given some time', async () => {
  expect(await node(forever, world, 100)).toEqual({
    exitCode: undefined,
    stdout: '',
    stderr: `${process.execPath} does not answer within 0.1 s`
  })
})

test('a program that hangs ends with the job', async () => {
  await expect(node(forever, testWorld(world.env, AbortSignal.timeout(100)))).rejects.toMatchObject({
    name: 'TimeoutError'
  })
})
