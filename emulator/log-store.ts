import type {EmulatorClock} from './clock.ts'

/** A line of a log; times in milliseconds since 1970. */
export interface LogEvent {
  readonly timestamp: number
  /** When CloudWatch Logs makes it readable. */
  readonly ingestionTime: number
  readonly message: string
}

/** A log stream with its events in order of time. */
export interface LogStream {
  readonly name: string
  readonly creationTime: number
  readonly events: readonly LogEvent[]
}

/** The log groups of CloudWatch Logs in one region, as the containers' log driver fills them. */
export class LogStore {
  readonly #clock: EmulatorClock
  readonly #ingestionDelay: number
  readonly #groups = new Map<string, Map<string, {name: string; creationTime: number; events: LogEvent[]}>>()
  readonly #elsewhere = new Map<string, LogStore>()

  /**
   * @param ingestionDelay milliseconds from writing a line until it can be read; AWS takes some seconds
   */
  constructor(clock: EmulatorClock, ingestionDelay = 2000) {
    this.#clock = clock
    this.#ingestionDelay = ingestionDelay
  }

  /** The logs of another region. */
  elsewhere(region: string): LogStore {
    const store = this.#elsewhere.get(region) ?? new LogStore(this.#clock, this.#ingestionDelay)
    this.#elsewhere.set(region, store)
    return store
  }

  /** Makes a log group; one that exists stays as it is. */
  createGroup(group: string): void {
    if (!this.#groups.has(group)) this.#groups.set(group, new Map())
  }

  hasGroup(group: string): boolean {
    return this.#groups.has(group)
  }

  /** Adds a line now; the stream is made when missing. @throws Error without such a group, as AWS makes none by itself */
  append(group: string, stream: string, message: string): void {
    const streams = this.#groups.get(group)
    if (streams === undefined) throw new Error(`There is no log group ${group}.`)
    const timestamp = this.#clock.now()
    const found = streams.get(stream) ?? {name: stream, creationTime: timestamp, events: []}
    streams.set(stream, found)
    found.events.push({timestamp, ingestionTime: timestamp + this.#ingestionDelay, message})
  }

  /** The streams of a group by name, with the events that can be read by now; `undefined` without such a group. */
  streams(group: string): readonly LogStream[] | undefined {
    const streams = this.#groups.get(group)
    if (streams === undefined) return undefined
    return [...streams.values()]
      .map(stream => ({...stream, events: stream.events.filter(event => event.ingestionTime <= this.#clock.now())}))
      .filter(stream => stream.events.length > 0)
      .sort((left, right) => (left.name < right.name ? -1 : 1))
  }
}
