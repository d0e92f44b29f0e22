import {describe, expect, test} from '@jest/globals'
import {ScaledClock, SteppedClock} from '../../emulator/clock.ts'

describe('a stepped clock', () => {
  test('waits for what holds it, and goes on with what was added meanwhile', async () => {
    const clock = new SteppedClock(0)
    const seen: string[] = []
    const work = Promise.withResolvers<undefined>()
    clock.at(10, () => {
      const release = clock.hold()
      void work.promise.then(() => {
        clock.at(15, () => seen.push(`added ${clock.now()}`))
        release()
      })
    })
    clock.at(20, () => seen.push(`next ${clock.now()}`))
    const reached = clock.reach(100)
    const second = clock.reach(50)
    await new Promise(resolve => setImmediate(resolve))
    expect([seen, clock.now()]).toEqual([[], 10])
    work.resolve(undefined)
    await Promise.all([reached, second])
    expect([seen, clock.now()]).toEqual([['added 15', 'next 20'], 100])
  })

  test('does not leap while it is held or paced', () => {
    const clock = new SteppedClock(0)
    for (const bind of [() => clock.hold(), () => clock.pace()]) {
      const release = bind()
      expect(() => {
        clock.advance(10)
      }).toThrow('The clock cannot leap')
      release()
      release()
    }
    clock.advance(10)
    expect(clock.now()).toBe(10)
  })

  test('is not faster than its speed while it is paced, and shows the time on its way', async () => {
    const clock = new SteppedClock(0, 100)
    const release = clock.pace()
    const start = performance.now()
    const times: number[] = []
    const look = setInterval(() => times.push(clock.now()), 1)
    let real = 0
    clock.at(3000, () => (real = performance.now() - start))
    await clock.reach(5000)
    clearInterval(look)
    // Some slack for the resolution of the two clocks.
    expect(real).toBeGreaterThan(29)
    expect(performance.now() - start).toBeGreaterThan(49)
    expect(times).toEqual([...times].sort((left, right) => left - right))
    release()
    expect(clock.now()).toBe(5000)
  })

  test('leaps again as soon as nothing paces it', async () => {
    const clock = new SteppedClock(0, 1)
    const release = clock.pace()
    const reached = clock.reach(365 * 86_400_000)
    setImmediate(release)
    await reached
    expect(clock.now()).toBe(365 * 86_400_000)
  })

  test('tells an error of an event to the one who moves it, and goes on for the next', async () => {
    const clock = new SteppedClock(0)
    clock.at(5, () => {
      throw new Error('broken')
    })
    await expect(clock.reach(10)).rejects.toThrow('broken')
    await clock.reach(10)
    expect(clock.now()).toBe(10)
  })
})

describe('a scaled clock', () => {
  test('stands still while it is held, and loses that time', async () => {
    const clock = new ScaledClock(1000, 0)
    const seen: number[] = []
    const release = clock.hold()
    const held = clock.now()
    const ran = new Promise(resolve => {
      clock.at(held + 5000, () => {
        seen.push(clock.now())
        resolve(undefined)
      })
    })
    clock.skip(0)
    await new Promise(resolve => setTimeout(resolve, 20))
    expect([clock.now(), seen]).toEqual([held, []])
    release()
    await ran
    expect(seen).toEqual([held + 5000])
    clock.stop()
  })

  test('leaps when it is released over what is skipped while it is held', () => {
    const clock = new ScaledClock(1, 0)
    const seen: number[] = []
    clock.at(60_000, () => seen.push(clock.now()))
    const release = clock.hold()
    const held = clock.now()
    clock.skip(100_000)
    expect([clock.now(), seen]).toEqual([held, []])
    release()
    expect(seen).toEqual([60_000])
    expect(clock.now()).toBeGreaterThanOrEqual(held + 100_000)
    clock.stop()
  })

  test('runs nothing after an event that holds it', async () => {
    const clock = new ScaledClock(1000, 0)
    const work = Promise.withResolvers<undefined>()
    const seen: string[] = []
    clock.at(1, () => {
      const release = clock.hold()
      void work.promise.then(release)
    })
    const ran = new Promise(resolve => {
      clock.at(2, () => {
        seen.push('second')
        resolve(undefined)
      })
    })
    clock.skip(10_000)
    expect(seen).toEqual([])
    work.resolve(undefined)
    await ran
    clock.stop()
  })
})
