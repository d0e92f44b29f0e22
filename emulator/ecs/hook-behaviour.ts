import {isRecord} from '../protocol/shape.ts'

/** What a lifecycle hook's function answers. */
export interface HookAnswer {
  /**
   * `IN_PROGRESS` never ends by itself; `INVALID` is an answer without a `hookStatus`. Until the answer comes, the function
   * may have answered IN_PROGRESS any number of times.
   */
  readonly status: HookAnswerStatus
  /** Seconds from the call to the answer, default 2. */
  readonly afterSeconds?: number
}

const statuses = ['SUCCEEDED', 'FAILED', 'IN_PROGRESS', 'INVALID'] as const
type HookAnswerStatus = (typeof statuses)[number]

/** Which calls a rule is for; all that is given must fit. */
export interface HookMatch {
  /** The function's ARN or name. */
  readonly function?: string
  readonly stage?: string
  readonly service?: string
  /** Only so many calls, the first ones that fit. */
  readonly first?: number
}

export interface HookRule {
  readonly match: HookMatch
  readonly answer: HookAnswer
}

/** A call of a hook's function. */
export interface HookCall {
  readonly functionArn: string
  readonly stage: string
  readonly service: string
}

/** Says what the functions of lifecycle hooks answer: by rules, else SUCCEEDED. */
export class HookBehaviours {
  #rules: {readonly rule: HookRule; used: number}[] = []

  /** Replaces all rules; the first one that fits counts. */
  setRules(rules: readonly HookRule[]): void {
    this.#rules = rules.map(rule => ({rule, used: 0}))
  }

  /** The answer to a call; counts for rules with `first`. */
  of(call: HookCall): HookAnswer {
    const found = this.#rules.find(({rule, used}) => used < (rule.match.first ?? Infinity) && fits(rule.match, call))
    if (found === undefined) return {status: 'SUCCEEDED'}
    found.used += 1
    return found.rule.answer
  }
}

function fits(match: HookMatch, {functionArn, stage, service}: HookCall): boolean {
  return (
    (match.function === undefined || functionArn === match.function || functionArn.endsWith(`:${match.function}`)) &&
    (match.stage ?? stage) === stage &&
    (match.service ?? service) === service
  )
}

/** Rules from outside, such as the control API's. @throws TypeError for what is none */
export function hookRules(value: unknown): readonly HookRule[] {
  if (!Array.isArray(value)) throw new TypeError('hooks takes a list of rules.')
  return value.map((rule: unknown) => {
    const {match, answer} = isRecord(rule) ? rule : {}
    if (!isRecord(match) || !isRecord(answer) || !isStatus(answer['status'])) {
      throw new TypeError('A rule for hooks has a match and an answer with a status.')
    }
    return {match, answer: answer as unknown as HookAnswer}
  })
}

function isStatus(value: unknown): value is HookAnswerStatus {
  return statuses.some(status => status === value)
}
