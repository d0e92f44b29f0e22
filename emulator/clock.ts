/** The emulator's time, in milliseconds since 1970. Everything that happens by itself is an event on this clock. */
export interface EmulatorClock {
  now(): number
  /** Runs `event` at `time`, after all earlier ones; the answer takes it back. */
  at(time: number, event: () => void): () => void
}

interface ClockEvent {
  readonly time: number
  readonly run: () => void
}

/** Events by time; those of the same time in the order in which they were added. */
class EventQueue {
  readonly #events: ClockEvent[] = []

  /** Adds an event; the answer takes it back. */
  add(time: number, run: () => void): () => void {
    const event: ClockEvent = {time, run}
    const later = this.#events.findIndex(other => other.time > time)
    this.#events.splice(later < 0 ? this.#events.length : later, 0, event)
    return () => {
      const index = this.#events.indexOf(event)
      if (index >= 0) this.#events.splice(index, 1)
    }
  }

  /** The time of the earliest event, `undefined` without one. */
  nextTime(): number | undefined {
    return this.#events[0]?.time
  }

  /** Takes out the earliest event if its time is not after `time`. */
  takeDue(time: number): ClockEvent | undefined {
    const first = this.#events[0]
    return first !== undefined && first.time <= time ? this.#events.shift() : undefined
  }
}

/**
 * Time that stands still until it is advanced: the same calls give the same history each time.
 */
export class SteppedClock implements EmulatorClock {
  readonly #queue = new EventQueue()
  #now: number

  /** @param start the first time, in milliseconds since 1970 */
  constructor(start: number) {
    this.#now = start
  }

  now(): number {
    return this.#now
  }

  at(time: number, event: () => void): () => void {
    return this.#queue.add(time, event)
  }

  /**
   * Moves time to `to`, in milliseconds since 1970, running every event that falls due on the way at its own time, also
   * those that are added meanwhile. Time never goes back: with an earlier `to` only what is due already runs.
   */
  advance(to: number): void {
    for (let event = this.#queue.takeDue(to); event !== undefined; event = this.#queue.takeDue(to)) {
      this.#now = Math.max(this.#now, event.time)
      event.run()
    }
    this.#now = Math.max(this.#now, to)
  }
}

/** Node's longest timer; a later event is waited for in several steps. */
const longestTimer = 2 ** 31 - 1

/** Real time, or a multiple of it, driven by one real timer. */
export class ScaledClock implements EmulatorClock {
  readonly factor: number
  readonly #queue = new EventQueue()
  readonly #realStart = performance.now()
  #start: number
  /** The latest time that anybody has seen: time never goes back. */
  #latest: number
  /** The time of the event that runs, which may be a little before what the real time says. */
  #eventTime: number | undefined
  #timer: NodeJS.Timeout | undefined

  /**
   * @param factor how many times faster than real time; 1 is real time
   * @param start the first time, in milliseconds since 1970
   */
  constructor(factor = 1, start = Date.now()) {
    this.factor = factor
    this.#start = start
    this.#latest = start
  }

  now(): number {
    this.#latest = Math.max(this.#latest, this.#eventTime ?? this.#reached())
    return this.#latest
  }

  at(time: number, event: () => void): () => void {
    const takeBack = this.#queue.add(time, event)
    this.#arm()
    return () => {
      takeBack()
      this.#arm()
    }
  }

  /** Leaps over `milliseconds`: all that happens in them happens at once, in order, each at its own time. */
  skip(milliseconds: number): void {
    this.#start += milliseconds
    this.#runDue()
  }

  /** Runs no further event; for the end of the process. */
  stop(): void {
    clearTimeout(this.#timer)
  }

  #reached(): number {
    return Math.floor(this.#start + (performance.now() - this.#realStart) * this.factor)
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const next = this.#queue.nextTime()
    if (next === undefined) return
    const wait = Math.max((next - this.#reached()) / this.factor, 0)
    this.#timer = setTimeout(
      () => {
        this.#runDue()
      },
      Math.min(Math.ceil(wait), longestTimer)
    )
  }

  #runDue(): void {
    for (let event = this.#takeDue(); event !== undefined; event = this.#takeDue()) {
      this.#eventTime = Math.max(this.#latest, event.time)
      event.run()
      this.#eventTime = undefined
    }
    this.#arm()
  }

  #takeDue(): ClockEvent | undefined {
    return this.#queue.takeDue(this.#reached())
  }
}
