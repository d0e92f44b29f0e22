import {expect, test} from '@jest/globals'
import {inTime} from '../../src/workflow/cancel.ts'
import {testWorld} from '../image/support.ts'

const reason = new Error('The job was cancelled')

/** A job whose sleeps end at once. */
function job(): {world: Parameters<typeof inTime>[0]; cancel: () => void; sleeps: number[]} {
  const controller = new AbortController()
  const sleeps: number[] = []
  const sleep = (milliseconds: number): Promise<void> => {
    sleeps.push(milliseconds)
    return Promise.resolve()
  }
  return {
    world: {...testWorld({}, controller.signal), clock: {sleep}},
    cancel: () => {
      controller.abort(reason)
    },
    sleeps
  }
}

test('work that does not listen to a cancellation is left behind in time', async () => {
  const {world, cancel, sleeps} = job()
  const never = inTime(world, () => new Promise(() => undefined))
  cancel()
  await expect(never).rejects.toBe(reason)
  expect(sleeps).toEqual([5000])
})

test('work that ends by itself has the say', async () => {
  const {world, cancel, sleeps} = job()
  await inTime(world, () => Promise.resolve())
  cancel()
  expect(sleeps).toEqual([])
  await expect(inTime(world, () => Promise.reject(new Error('Broken.')))).rejects.toThrow('Broken.')
})
