import type {EmulatorClock} from './clock.ts'
import {EventQueue, longestTimer, Wishes} from './clock-events.ts'

/**
 * Time that stands still until it is advanced: the same calls give the same history each time, as long as no real container
 * runs.
 */
export class SteppedClock implements EmulatorClock {
  readonly speed: number
  readonly #queue = new EventQueue()
  readonly #holds = new Wishes(() => {
    this.#restart()
  })
  readonly #paces = new Wishes(() => {
    this.#restart()
  })
  #now: number
  /** When `#now` was reached, in real milliseconds since the process started. */
  #realNow = 0
  /** Where `reach` is on its way to. */
  #destination: number | undefined
  #lastReach = Promise.resolve()
  /** Makes `reach` look again. */
  #wake: () => void = () => undefined

  /**
   * @param start the first time, in milliseconds since 1970
   * @param speed how many times as fast as real time it goes, at most, while it is paced
   */
  constructor(start: number, speed = 1) {
    this.#now = start
    this.speed = speed
  }

  now(): number {
    this.#flow()
    return this.#now
  }

  at(time: number, event: () => void): () => void {
    const takeBack = this.#queue.add(time, event)
    this.#wake()
    return takeBack
  }

  hold(): () => void {
    this.#flow()
    return this.#holds.add()
  }

  pace(): () => void {
    return this.#paces.add()
  }

  /**
   * Moves time to `to`, in milliseconds since 1970, running every event that falls due on the way at its own time, also
   * those that are added meanwhile. Time never goes back: with an earlier `to` only what is due already runs.
   * @throws Error for a clock that is held or paced: `reach` waits for that
   */
  advance(to: number): void {
    for (;;) {
      if (this.#holds.are || this.#paces.are)
        throw new Error('The clock cannot leap: a real container has to be waited for.')
      if (!this.#step(to)) return
    }
  }

  /** The same for a clock that may be held, which it waits for, or paced, for which it takes its time. */
  async reach(to: number): Promise<void> {
    const reached = this.#lastReach.then(() => this.#go(to))
    this.#lastReach = reached.catch(() => undefined)
    await reached
  }

  async #go(to: number): Promise<void> {
    this.#destination = to
    this.#restart()
    try {
      for (;;) {
        const wait = this.#waitFor(Math.min(this.#queue.nextTime() ?? to, to))
        if (wait > 0) await this.#change(wait)
        else if (!this.#step(to)) return
      }
    } finally {
      this.#destination = undefined
    }
  }

  /** Runs the next event up to `to`; without one, time is `to`. @returns whether there was one */
  #step(to: number): boolean {
    const event = this.#queue.takeDue(to)
    this.#now = Math.max(this.#now, event?.time ?? to)
    event?.run()
    return event !== undefined
  }

  /** How long it takes until `time` may be, in real milliseconds. */
  #waitFor(time: number): number {
    if (this.#holds.are) return Infinity
    return this.#paces.are ? Math.max(time - this.now(), 0) / this.speed : 0
  }

  /** Waits until something has changed, at most so many real milliseconds. */
  async #change(most: number): Promise<void> {
    const changed = new Promise<void>(resolve => {
      this.#wake = resolve
    })
    const timer = most === Infinity ? undefined : setTimeout(this.#wake, Math.min(Math.ceil(most), longestTimer))
    await changed
    clearTimeout(timer)
  }

  /** Lets the time of a paced clock on its way pass, up to the next event. */
  #flow(): void {
    if (this.#destination === undefined || this.#holds.are || !this.#paces.are) return
    const most = Math.min(this.#queue.nextTime() ?? this.#destination, this.#destination)
    const passed = Math.floor((performance.now() - this.#realNow) * this.speed)
    this.#now = Math.max(this.#now, Math.min(this.#now + passed, most))
    this.#realNow += passed / this.speed
  }

  /** What passed in real time until now does not count. */
  #restart(): void {
    this.#realNow = performance.now()
    this.#wake()
  }
}
