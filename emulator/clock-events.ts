/** Node's longest timer; a later event is waited for in several steps. */
export const longestTimer = 2 ** 31 - 1

/** Something that happens at a time. */
export interface ClockEvent {
  readonly time: number
  readonly run: () => void
}

/** Events by time; those of the same time in the order in which they were added. */
export class EventQueue {
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
export class Wishes {
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
