import {faultOf, object} from './behaviour-rules.ts'

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

const expected = {
  list: object(
    {
      match: object({function: 'string', stage: 'string', service: 'string', first: 'number'}),
      answer: object({status: 'string', afterSeconds: 'number'}, 'status')
    },
    'match',
    'answer'
  )
}

/** Rules from outside, such as the control API's. @throws TypeError for what is none */
export function hookRules(value: unknown): readonly HookRule[] {
  const fault = faultOf(value, expected, 'rules')
  if (fault !== undefined) throw new TypeError(`${fault} is not what a rule has there.`)
  const rules = value as readonly HookRule[]
  const unknown = rules.find(({answer}) => !statuses.includes(answer.status))
  if (unknown !== undefined) throw new TypeError(`${unknown.answer.status} is no status of a hook's answer.`)
  return rules
}
