import type {EmulatorClock} from './clock.ts'

/** What came in. */
export interface JournalRequest {
  /** The name in the credential scope, such as `ecs`; `registry` for the image registry and its layers, `github` for what jobs ask GitHub. */
  readonly service: string
  /** The operation, such as `UpdateService`; for the registry and GitHub method and path. */
  readonly operation: string
  /** The caller's ARN, where the request has one. */
  readonly caller?: string | undefined
  readonly region?: string | undefined
  /** The body as it was sent: also members that the SDK does not know. */
  readonly body?: string | undefined
}

/** How it was answered. */
export interface JournalOutcome {
  /** The HTTP status; `reset` when the connection was cut instead of an answer. */
  readonly status: number | 'reset'
  /** The name of the error, such as `ThrottlingException`. */
  readonly error?: string | undefined
  /** The kind of the fault that was injected, such as `throttling`. */
  readonly fault?: string | undefined
}

/** One request, in the order of arrival. */
export interface JournalEntry extends JournalRequest, Partial<JournalOutcome> {
  /** Counts from 1. */
  readonly number: number
  /** The emulator's time of arrival, in milliseconds since 1970. */
  readonly time: number
}

/** Every request that the emulator got. */
export class Journal {
  readonly #clock: EmulatorClock
  readonly #entries: JournalEntry[] = []

  constructor(clock: EmulatorClock) {
    this.#clock = clock
  }

  /** Notes a request that arrives now; the answer notes its outcome. */
  begin(request: JournalRequest): (outcome: JournalOutcome) => void {
    const index = this.#entries.length
    const entry: JournalEntry = {number: index + 1, time: this.#clock.now(), ...request}
    this.#entries.push(entry)
    return outcome => {
      this.#entries[index] = {...entry, ...outcome}
    }
  }

  /** All requests after the one with `number`, in order of arrival; one without a status is not answered yet. */
  entries(number = 0): readonly JournalEntry[] {
    return this.#entries.slice(number)
  }
}
