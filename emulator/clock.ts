/**
 * The emulator's time, in milliseconds since 1970. Everything that happens by itself is an event on this clock.
 *
 * Real containers live in real time. This is how the two times meet:
 * - What the emulator asks of Docker and waits for (to pull, start, probe, kill, remove) takes no time on this clock: it is
 *   held meanwhile, so that no leap goes past it. How long ECS takes for such things is told by its timing alone, as for
 *   containers that are played.
 * - While a container runs, this clock is paced: it goes at most `speed` times as fast as real time. What the container does by
 *   itself (it writes, exits, becomes unhealthy) happens at the time that this clock shows when Docker tells it.
 * - What is told to Docker in seconds of ECS, such as the interval of a health check, is divided by `speed`.
 */
export interface EmulatorClock {
  /** How many times as fast as real time it goes, at most, while it is paced. */
  readonly speed: number
  now(): number
  /** Runs `event` at `time`, after all earlier ones; the answer takes it back. */
  at(time: number, event: () => void): () => void
  /** Lets no time pass until the answer is called. */
  hold(): () => void
  /** Lets time pass no faster than `speed` until the answer is called. */
  pace(): () => void
}

/** Node's longest timer; a later event is waited for in several steps. */
const longestTimer = 2 ** 31 - 1

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

/** How many want something of a clock. */
class Wishes {
  readonly #changed: () => void
  #count = 0

  /** @param changed called when the first one comes and when the last one has gone */
  constructor(changed: () => void) {
    this.#changed = changed
  }

  get are(): boolean {
    return this.#count > 0
  }

  /** The answer ends the wish; calling it again changes nothing. */
  add(): () => void {
    let isOpen = true
    this.#count += 1
    if (this.#count === 1) this.#changed()
    return () => {
      if (!isOpen) return
      isOpen = false
      this.#count -= 1
      if (this.#count === 0) this.#changed()
    }
  }
}

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

/** Real time, or a multiple of it, driven by one real timer. */
export class ScaledClock implements EmulatorClock {
  readonly speed: number
  readonly #queue = new EventQueue()
  readonly #realStart = performance.now()
  readonly #holds = new Wishes(() => {
    this.#stopOrGo()
  })
  #start: number
  /** The latest time that anybody has seen: time never goes back. */
  #latest: number
  /** The time of the event that runs, which may be a little before what the real time says. */
  #eventTime: number | undefined
  /** Where it stands while it is held. */
  #heldAt: number | undefined
  #timer: NodeJS.Timeout | undefined

  /**
   * @param speed how many times faster than real time; 1 is real time
   * @param start the first time, in milliseconds since 1970
   */
  constructor(speed = 1, start = Date.now()) {
    this.speed = speed
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

  hold(): () => void {
    return this.#holds.add()
  }

  /** It is always paced. */
  pace(): () => void {
    return () => undefined
  }

  /** Leaps over `milliseconds`: all that happens in them happens at once, in order, each at its own time. */
  skip(milliseconds: number): void {
    this.#start += milliseconds
    this.#runDue()
  }

  /** Runs no further event; for the end of the process. */
  stop(): void {
    this.hold()
  }

  #reached(): number {
    return this.#heldAt ?? this.#flowing()
  }

  #flowing(): number {
    return Math.floor(this.#start + (performance.now() - this.#realStart) * this.speed)
  }

  #stopOrGo(): void {
    if (this.#heldAt === undefined) {
      this.#heldAt = this.#flowing()
      this.#arm()
    } else {
      this.#start -= this.#flowing() - this.#heldAt
      this.#heldAt = undefined
      this.#runDue()
    }
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const next = this.#queue.nextTime()
    if (next === undefined || this.#holds.are) return
    const wait = Math.max((next - this.#reached()) / this.speed, 0)
    this.#timer = setTimeout(
      () => {
        this.#runDue()
      },
      Math.min(Math.ceil(wait), longestTimer)
    )
  }

  #runDue(): void {
    if (this.#eventTime !== undefined) return
    for (let event = this.#takeDue(); event !== undefined; event = this.#takeDue()) {
      this.#eventTime = Math.max(this.#latest, event.time)
      event.run()
      this.#eventTime = undefined
    }
    this.#arm()
  }

  #takeDue(): ClockEvent | undefined {
    return this.#holds.are ? undefined : this.#queue.takeDue(this.#reached())
  }
}
