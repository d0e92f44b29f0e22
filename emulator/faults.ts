import type {EmulatorClock} from './clock.ts'
import {SteppedClock} from './clock.ts'
import {accessDenied, commonError} from './errors.ts'
import {isRecord} from './protocol/shape.ts'
import {AwsError, type AwsService, type Caller} from './service.ts'

/** What goes wrong. */
export type Fault =
  /** `Rate exceeded`, with the status of the service's protocol unless given. */
  | {readonly kind: 'throttling'; readonly status?: 400 | 429}
  /** 500 (the default) or 503. */
  | {readonly kind: 'server-error'; readonly status?: 500 | 503}
  /** 502 with a page in HTML, as a proxy on the way answers; the operation is not done. */
  | {readonly kind: 'bad-gateway'}
  /** The connection is reset before anything happened. */
  | {readonly kind: 'reset'}
  /** The operation is done, then the connection is reset instead of an answer. */
  | {readonly kind: 'answer-lost'}
  /** The operation is done, then only the first half of the answer's body is sent, as if it were all. */
  | {readonly kind: 'truncated'}
  /** The operation is done after this time on the emulator's clock; a stepped clock is moved on. */
  | {readonly kind: 'delay'; readonly milliseconds: number}
  /** A read is answered as the same request was answered this long ago, see `RecentAnswers`; not if it was never made. */
  | {readonly kind: 'stale'; readonly seconds: number}
  | {readonly kind: 'expired-credentials'}
  /** Refused by IAM: by default the operation itself on its resource; another action for one that it needs, such as `iam:PassRole`. */
  | {readonly kind: 'access-denied'; readonly action?: string; readonly resource?: string}

/**
 * When which fault happens. Calls are counted from 1 for each rule, from when the rule was set; without `call`, `from`, `to`
 * and `every` the fault happens at every call.
 */
export interface FaultRule {
  /** Such as `ecs`; any by default. */
  readonly service?: string
  /** Such as `UpdateService`; any by default. */
  readonly operation?: string
  /** At this call only. */
  readonly call?: number
  /** At this call and all later ones, up to `to`. */
  readonly from?: number
  /** At all calls up to this one. */
  readonly to?: number
  /** At every n-th call. */
  readonly every?: number
  /** At most this often. */
  readonly times?: number
  readonly fault: Fault
}

/** A rule and what became of it so far. */
export interface FaultState {
  readonly rule: FaultRule
  /** How many calls were of its service and operation. */
  readonly calls: number
  /** How often its fault happened. */
  readonly injected: number
}

/** The rules in force; where several apply to a call, the one set first. */
export class Faults {
  #states: {rule: FaultRule; calls: number; injected: number}[] = []

  /** Puts these rules in place of all others and counts from anew. */
  set(rules: readonly FaultRule[]): void {
    this.#states = []
    for (const rule of rules) this.add(rule)
  }

  add(rule: FaultRule): void {
    this.#states.push({rule, calls: 0, injected: 0})
  }

  list(): readonly FaultState[] {
    return this.#states.map(state => ({...state}))
  }

  /**
   * Counts a call; its fault, `undefined` if it goes well.
   * @param canHappen whether a fault can happen to this call at all; one that cannot does not count as injected
   */
  next(service: string, operation: string, canHappen: (fault: Fault) => boolean): Fault | undefined {
    const concerned = this.#states.filter(
      ({rule}) => (rule.service ?? service) === service && (rule.operation ?? operation) === operation
    )
    for (const state of concerned) state.calls += 1
    const applied = concerned.find(
      ({rule, calls, injected}) => isDue(rule, calls) && injected < (rule.times ?? Infinity) && canHappen(rule.fault)
    )
    if (applied === undefined) return undefined
    applied.injected += 1
    return applied.rule.fault
  }
}

/** Checks a rule that came from outside. @throws TypeError naming what is wrong */
export function checkedRule(value: unknown): FaultRule {
  if (!isRecord(value) || !isRecord(value['fault'])) throw new TypeError('A rule for faults is an object with a fault.')
  const {kind} = value['fault']
  if (!Object.hasOwn(kinds, String(kind))) {
    throw new TypeError(`There is no fault of the kind ${String(kind)}: give one of ${Object.keys(kinds).join(', ')}.`)
  }
  const needed = kinds[kind as Fault['kind']]
  if (needed !== undefined && !isCount(value['fault'][needed]))
    throw new TypeError(`${needed} must be a number from 0.`)
  const wrong = ['call', 'from', 'to', 'every', 'times'].find(name => name in value && !isCount(value[name]))
  if (wrong !== undefined) throw new TypeError(`${wrong} must be a number from 0.`)
  return value as unknown as FaultRule
}

/** The kinds of faults, each with the number that it needs, if any. */
const kinds: Readonly<Record<Fault['kind'], string | undefined>> = {
  throttling: undefined,
  'server-error': undefined,
  'bad-gateway': undefined,
  reset: undefined,
  'answer-lost': undefined,
  truncated: undefined,
  delay: 'milliseconds',
  stale: 'seconds',
  'expired-credentials': undefined,
  'access-denied': undefined
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value)
}

function isDue(rule: FaultRule, call: number): boolean {
  if (rule.call !== undefined) return call === rule.call
  return call >= (rule.from ?? 1) && call <= (rule.to ?? Infinity) && call % (rule.every ?? 1) === 0
}

/** The error that a fault answers with; `undefined` for a fault of another sort. @param call with the resource to refuse */
export function faultError(
  fault: Fault,
  call: {service: AwsService; operation: string; caller: Caller; resource: () => string}
): AwsError | undefined {
  const {service, operation, caller, resource} = call
  switch (fault.kind) {
    case 'throttling':
      return withStatus(commonError('throttled', service), fault.status)
    case 'server-error':
      return commonError(fault.status === 503 ? 'unavailable' : 'internal', service)
    case 'expired-credentials':
      return commonError('expired', service)
    case 'access-denied':
      return accessDenied(service, caller, {
        action: fault.action ?? `${service.name}:${operation}`,
        resource: fault.resource ?? resource()
      })
    default:
      return undefined
  }
}

function withStatus(error: AwsError, status = error.status): AwsError {
  return new AwsError(error.name, error.message, {status})
}

/** The body of a `bad-gateway`. */
export const badGatewayPage =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n' +
  '<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n'

/** Lets `milliseconds` pass on the emulator's clock; a stepped one is moved on, so nobody really waits. */
export async function pass(clock: EmulatorClock, milliseconds: number): Promise<void> {
  const end = clock.now() + milliseconds
  if (clock instanceof SteppedClock) {
    clock.advance(end)
    return
  }
  await new Promise<void>(resolve => {
    clock.at(end, resolve)
  })
}

/** Answers older than this are forgotten, but for the youngest of them; milliseconds. */
const memory = 15 * 60_000

/**
 * Answers to reads, for stale reads: AWS reads are eventually consistent, so the same request may be answered as it was
 * some seconds ago. Services know nothing of it. What nobody asked for before cannot be stale.
 */
export class RecentAnswers<Answer> {
  readonly #clock: EmulatorClock
  readonly #answers = new Map<string, {time: number; answer: Answer}[]>()

  constructor(clock: EmulatorClock) {
    this.#clock = clock
  }

  /** Keeps an answer of now. */
  remember(request: string, answer: Answer): void {
    const now = this.#clock.now()
    const known = this.#answers.get(request) ?? []
    const firstKept = known.findLastIndex(({time}) => time < now - memory)
    this.#answers.set(request, [...known.slice(Math.max(0, firstKept)), {time: now, answer}])
  }

  /** What the request was answered `seconds` ago, else its oldest answer; `undefined` if it was never made. */
  recall(request: string, seconds: number): Answer | undefined {
    const known = this.#answers.get(request) ?? []
    const then = this.#clock.now() - seconds * 1000
    return (known.findLast(({time}) => time <= then) ?? known[0])?.answer
  }
}
