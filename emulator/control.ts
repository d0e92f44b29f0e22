import type {IncomingMessage} from 'node:http'
import {SteppedClock, type EmulatorClock} from './clock.ts'
import type {FaultRule, Faults} from './faults.ts'
import type {Journal} from './journal.ts'

/** What the control API steers. */
export interface Controlled {
  readonly clock: EmulatorClock
  readonly faults: Faults
  readonly journal: Journal
  readonly defects: readonly Error[]
  /** What the services add: `POST <name>` with the operation's JSON. */
  readonly controls: ReadonlyMap<string, ControlOperation>
}

/** Takes the request's JSON; what it returns is the answer's. */
export type ControlOperation = (body: unknown) => unknown

export interface ControlAnswer {
  readonly status: number
  readonly body: unknown
}

/**
 * The control API below `/_emulator/`, all in JSON:
 * `GET health` (time and defects), `GET clock` and `POST clock` with `{to}` (milliseconds since 1970) or `{advance}`
 * (milliseconds), `GET faults`, `PUT faults` (a list of rules in place of all), `POST faults` (a list of further rules),
 * `DELETE faults`, `GET journal` with `?since=` a request's number, and what the services add.
 */
export function control(
  emulator: Controlled,
  request: Pick<IncomingMessage, 'method' | 'url'>,
  body: string
): ControlAnswer {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const {clock, faults, journal, defects, controls} = emulator
  const method = request.method ?? 'GET'
  const name = url.pathname.replace('/_emulator/', '')
  switch (`${method} ${name}`) {
    case 'GET health':
      return ok({now: clock.now(), defects: defects.map(({message}) => message)})
    case 'GET clock':
      return ok({now: clock.now()})
    case 'POST clock':
      return moveClock(clock, JSON.parse(body) as ClockRequest)
    case 'GET faults':
      return ok(faults.list())
    case 'PUT faults':
      faults.set(JSON.parse(body) as FaultRule[])
      return ok(faults.list())
    case 'POST faults':
      for (const rule of JSON.parse(body) as FaultRule[]) faults.add(rule)
      return ok(faults.list())
    case 'DELETE faults':
      faults.set([])
      return ok([])
    case 'GET journal':
      return ok(journal.entries(Number(url.searchParams.get('since') ?? 0)))
    default: {
      const added = method === 'POST' ? controls.get(name) : undefined
      if (added !== undefined) return ok(added(JSON.parse(body)) ?? {})
      return {status: 404, body: {message: `The emulator has no ${method} ${url.pathname}.`}}
    }
  }
}

interface ClockRequest {
  readonly to?: number
  readonly advance?: number
}

function moveClock(clock: EmulatorClock, {to, advance = 0}: ClockRequest): ControlAnswer {
  if (!(clock instanceof SteppedClock)) {
    return {status: 409, body: {message: 'The clock of this emulator runs by itself: start one with a stepped clock.'}}
  }
  clock.advance(to ?? clock.now() + advance)
  return ok({now: clock.now()})
}

function ok(body: unknown): ControlAnswer {
  return {status: 200, body}
}
