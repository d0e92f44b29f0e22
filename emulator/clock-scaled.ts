import type {EmulatorClock} from './clock.ts'
import {type ClockEvent, EventQueue, longestTimer, Wishes} from './clock-events.ts'

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
  /** What it leaps over when it is released. */
  #leap = 0
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

  /** Leaps over `milliseconds`: all that happens in them happens at once, in order, each at its own time. One that is held leaps when it is released. */
  skip(milliseconds: number): void {
    if (this.#heldAt === undefined) this.#start += milliseconds
    else this.#leap += milliseconds
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
      this.#start += this.#heldAt + this.#leap - this.#flowing()
      this.#heldAt = undefined
      this.#leap = 0
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
