import type {IncomingMessage} from 'node:http'
import {SteppedClock, type EmulatorClock} from './clock.ts'
import {checkedRule, type FaultRule, type Faults} from './faults.ts'
import type {Journal} from './journal.ts'
import {isRecord} from './protocol/shape.ts'
import {AwsError} from './service.ts'

/** What the control API steers. */
export interface Controlled {
  readonly clock: EmulatorClock
  readonly faults: Faults
  readonly journal: Journal
  readonly defects: readonly Error[]
  /** What the services add: `POST <name>` with the operation's JSON. */
  readonly controls: ReadonlyMap<string, ControlOperation>
}

/** Takes the request's JSON; what it returns is the answer's. @throws TypeError, SyntaxError or AwsError for JSON it cannot use */
export type ControlOperation = (body: unknown) => unknown

export interface ControlAnswer {
  readonly status: number
  readonly body: unknown
}

/**
 * The control API below `/_emulator/`, all in JSON:
 * `GET health` (time and defects), `GET clock` and `POST clock` with `{to}` (milliseconds since 1970) or `{advance}`
 * (milliseconds), answered when it is there, `GET faults`, `PUT faults` (a list of rules in place of all), `POST faults` (a list of further rules),
 * `DELETE faults`, `GET journal` with `?since=` a request's number, and what the services add. What cannot be done as it
 * is asked is answered with 400 and a message.
 */
export async function control(
  emulator: Controlled,
  request: Pick<IncomingMessage, 'method' | 'url'>,
  body: string
): Promise<ControlAnswer> {
  try {
    return await carryOut(emulator, request, body)
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error
    return {status: 400, body: {message: error.message}}
  }
}

/** A request to the control API that is wrong; other errors are the emulator's own. */
class BadRequest extends Error {}

/** @throws BadRequest */
async function carryOut(
  emulator: Controlled,
  request: Pick<IncomingMessage, 'method' | 'url'>,
  body: string
): Promise<ControlAnswer> {
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
      return moveClock(clock, body)
    case 'GET faults':
      return ok(faults.list())
    case 'PUT faults':
      faults.set(rules(body))
      return ok(faults.list())
    case 'POST faults':
      for (const rule of rules(body)) faults.add(rule)
      return ok(faults.list())
    case 'DELETE faults':
      faults.set([])
      return ok([])
    case 'GET journal':
      return ok(journal.entries(finite(Number(url.searchParams.get('since') ?? 0), 'since')))
    default: {
      const added = method === 'POST' ? controls.get(name) : undefined
      if (added !== undefined) return ok(checked(() => added(JSON.parse(body))) ?? {})
      return {status: 404, body: {message: `The emulator has no ${method} ${url.pathname}.`}}
    }
  }
}

async function moveClock(clock: EmulatorClock, body: string): Promise<ControlAnswer> {
  if (!(clock instanceof SteppedClock)) {
    return {status: 409, body: {message: 'The clock of this emulator runs by itself: start one with a stepped clock.'}}
  }
  const {to, advance} = record(body)
  await clock.reach(to === undefined ? clock.now() + finite(advance, 'advance') : finite(to, 'to'))
  return ok({now: clock.now()})
}

function rules(body: string): FaultRule[] {
  return checked(() => {
    const list: unknown = JSON.parse(body)
    if (!Array.isArray(list)) throw new TypeError('The body must be a list of rules.')
    return list.map(checkedRule)
  })
}

function record(body: string): Record<string, unknown> {
  const value = checked((): unknown => JSON.parse(body))
  if (!isRecord(value)) throw new BadRequest('The body must be a JSON object.')
  return value
}

function finite(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new BadRequest(`${name} must be a number.`)
}

/** Runs what reads a request's JSON: what it cannot use is the request's fault. */
function checked<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError || error instanceof AwsError)) throw error
    throw new BadRequest(error.message, {cause: error})
  }
}

function ok(body: unknown): ControlAnswer {
  return {status: 200, body}
}
