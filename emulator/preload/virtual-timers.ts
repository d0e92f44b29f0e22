/** Node's longest delay; longer ones become 1, as in Node. */
const longestDelay = 2 ** 31 - 1

/** A timer of the process, on virtual time; what Node calls a Timeout. */
export class VirtualTimer {
  readonly #timers: VirtualTimers
  readonly #callback: () => void
  readonly #delay: number
  readonly #repeats: boolean
  /** When it falls due, in virtual milliseconds since 1970. */
  due = 0
  /** The same in real milliseconds since the process started. */
  realDue = 0
  #referenced = true
  readonly #id: number

  constructor(timers: VirtualTimers, id: number, callback: () => void, delay: number, repeats: boolean) {
    this.#timers = timers
    this.#id = id
    this.#callback = callback
    this.#delay = delay >= 1 && delay <= longestDelay ? Math.trunc(delay) : 1
    this.#repeats = repeats
    this.start()
  }

  /** Puts the timer into the queue, its whole delay from now. */
  start(): void {
    this.due = this.#timers.now() + this.#delay
    this.realDue = performance.now() + this.#delay
    this.#timers.add(this)
  }

  fire(): void {
    if (this.#repeats) this.start()
    this.#callback()
  }

  ref(): this {
    this.#referenced = true
    this.#timers.changed()
    return this
  }

  unref(): this {
    this.#referenced = false
    this.#timers.changed()
    return this
  }

  hasRef(): boolean {
    return this.#referenced
  }

  refresh(): this {
    this.close()
    this.start()
    return this
  }

  close(): this {
    this.#timers.remove(this)
    return this
  }

  [Symbol.toPrimitive](): number {
    return this.#id
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

/** All timers of the process in the order in which they fall due, and the virtual time. */
export class VirtualTimers {
  #queue: VirtualTimer[] = []
  readonly #byId = new Map<number, VirtualTimer>()
  #ids = 0
  #now: number
  /** Called whenever timers came, went, or changed. */
  changed: () => void = () => undefined

  /** @param now milliseconds since 1970 */
  constructor(now: number) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  /** Moves virtual time on; it never goes back. Nothing fires yet. */
  reach(time: number): void {
    this.#now = Math.max(this.#now, time)
  }

  create(callback: () => void, delay: number, repeats: boolean): VirtualTimer {
    this.#ids += 1
    return new VirtualTimer(this, this.#ids, callback, delay, repeats)
  }

  /** The timer with this id; ids are those that timers turn into as primitives. */
  byId(id: number): VirtualTimer | undefined {
    return this.#byId.get(id)
  }

  add(timer: VirtualTimer): void {
    const later = this.#queue.findIndex(other => other.due > timer.due)
    this.#queue.splice(later < 0 ? this.#queue.length : later, 0, timer)
    this.#byId.set(Number(timer), timer)
    this.changed()
  }

  remove(timer: VirtualTimer): void {
    this.#queue = this.#queue.filter(other => other !== timer)
    this.#byId.delete(Number(timer))
    this.changed()
  }

  /** Takes out the earliest timer that is due by now. */
  takeDue(): VirtualTimer | undefined {
    const first = this.#queue[0]
    if (first === undefined || first.due > this.#now) return undefined
    this.#queue.shift()
    this.#byId.delete(Number(first))
    return first
  }

  /** When the earliest timer falls due; `undefined` without one. */
  next(): number | undefined {
    return this.#queue[0]?.due
  }

  /** When the latest falls due of those whose delay has passed in real time too; `undefined` without one. */
  passedInRealTime(): number | undefined {
    const real = performance.now()
    return this.#queue.findLast(timer => timer.realDue <= real)?.due
  }

  /** Whether a timer keeps the process alive. */
  keepAlive(): boolean {
    return this.#queue.some(timer => timer.hasRef())
  }
}
