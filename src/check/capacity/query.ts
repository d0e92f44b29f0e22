/** What an expression may say of a container instance. */
export interface Queried {
  readonly ec2InstanceId: string | undefined
  readonly agentConnected: boolean
  /** By name; one without a value is `undefined`. */
  readonly attributes: ReadonlyMap<string, string | undefined>
}

/** `undefined` where the documentation leaves open whether ECS takes the instance. */
export type Truth = boolean | undefined

/** Whether an instance is one of those that an expression selects. */
export type Query = (instance: Queried) => Truth

/** What is thrown within this file for an expression that is not understood. */
class NotUnderstood extends Error {}

/**
 * Reads an expression of the cluster query language, as the placement constraint `memberOf` has it (Amazon ECS, "Create
 * expressions to define container instances"): subject, operator and argument, joined by `and`, `or`, `not` and parentheses.
 * Subjects are `attribute:NAME`, `ec2InstanceId` and `agentConnected`; `task:group` and `runningTasksCount` change while
 * tasks are placed, and how attributes are ordered is not documented.
 * @returns `undefined` for an expression that is not understood
 */
export function parseQuery(expression: string): Query | undefined {
  try {
    return new Parser(expression).whole()
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined
    throw error
  }
}

/** By all the names that an operator has. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  '==': 'equals',
  equals: 'equals',
  '!=': 'not_equals',
  not_equals: 'not_equals',
  '=~': 'matches',
  matches: 'matches',
  '!~': 'not_matches',
  not_matches: 'not_matches',
  in: 'in',
  '!in': 'not_in',
  not_in: 'not_in',
  exists: 'exists',
  '!exists': 'not_exists',
  not_exists: 'not_exists'
}

type Operator = 'equals' | 'not_equals' | 'matches' | 'not_matches' | 'in' | 'not_in' | 'exists' | 'not_exists'

class Parser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): Query {
    const query = this.#either()
    if (this.#take(/$/y) === undefined) throw new NotUnderstood()
    return query
  }

  #either(): Query {
    const parts = [this.#both()]
    while (this.#take(/\|\||or(?![\w.:-])/y) !== undefined) parts.push(this.#both())
    return instance => anyOf(parts.map(part => part(instance)))
  }

  #both(): Query {
    const parts = [this.#negated()]
    while (this.#take(/&&|and(?![\w.:-])/y) !== undefined) parts.push(this.#negated())
    return instance => not(anyOf(parts.map(part => not(part(instance)))))
  }

  #negated(): Query {
    if (this.#take(/!|not(?![\w.:-])/y) !== undefined) {
      const query = this.#negated()
      return instance => not(query(instance))
    }
    if (this.#take(/\(/y) === undefined) return this.#comparison()
    const query = this.#either()
    this.#need(/\)/y)
    return query
  }

  #comparison(): Query {
    const subject = subjectOf(this.#need(/[\w.:/-]+/y))
    const operator = OPERATORS[this.#need(/[!=][=~]|!in(?!\w)|!exists(?!\w)|[a-z_]+/y)]
    switch (operator) {
      case 'exists':
        return instance => subject.isThere(instance)
      case 'not_exists':
        return instance => !subject.isThere(instance)
      case 'matches':
      case 'not_matches':
        return compared(subject, operator, matching(this.#pattern()))
      case 'in':
      case 'not_in':
        return compared(subject, operator, isOneOf(this.#list()))
      case 'equals':
      case 'not_equals':
        return compared(subject, operator, isOneOf([this.#value()]))
      default:
        throw new NotUnderstood()
    }
  }

  #list(): string[] {
    this.#need(/\[/y)
    const values = [this.#value()]
    while (this.#take(/,/y) !== undefined) values.push(this.#value())
    this.#need(/\]/y)
    return values
  }

  #value(): string {
    return this.#quoted() ?? this.#need(/[^\s()[\],'"&|]+/y)
  }

  #quoted(): string | undefined {
    return this.#take(/'[^']*'|"[^"]*"/y)?.slice(1, -1)
  }

  /** A regular expression goes up to a space or to the parenthesis that closes one before it. */
  #pattern(): string {
    const quoted = this.#quoted()
    if (quoted !== undefined) return quoted
    const start = this.#at
    let depth = 0
    while (this.#at < this.#text.length && !/\s/.test(this.#text.charAt(this.#at))) {
      const character = this.#text.charAt(this.#at)
      if (character === ')' && depth === 0) break
      depth += character === '(' ? 1 : character === ')' ? -1 : 0
      this.#at += 1
    }
    if (this.#at === start) throw new NotUnderstood()
    return this.#text.slice(start, this.#at)
  }

  #need(token: RegExp): string {
    const found = this.#take(token)
    if (found === undefined) throw new NotUnderstood()
    return found
  }

  /** Takes what is next, and the space before and after it. */
  #take(token: RegExp): string | undefined {
    this.#skip()
    token.lastIndex = this.#at
    const [found] = token.exec(this.#text) ?? []
    if (found === undefined) return undefined
    this.#at += found.length
    this.#skip()
    return found
  }

  #skip(): void {
    while (/\s/.test(this.#text.charAt(this.#at))) this.#at += 1
  }
}

interface Subject {
  readonly isThere: (instance: Queried) => boolean
  readonly valueOf: (instance: Queried) => string | undefined
}

function subjectOf(text: string): Subject {
  const name = text.startsWith('attribute:') ? text.slice('attribute:'.length) : undefined
  if (name !== undefined && name !== '') {
    return {isThere: ({attributes}) => attributes.has(name), valueOf: ({attributes}) => attributes.get(name)}
  }
  if (text === 'ec2InstanceId') {
    return {isThere: ({ec2InstanceId}) => ec2InstanceId !== undefined, valueOf: ({ec2InstanceId}) => ec2InstanceId}
  }
  if (text === 'agentConnected') return {isThere: () => true, valueOf: ({agentConnected}) => String(agentConnected)}
  throw new NotUnderstood()
}

/** What has no value equals nothing; whether it counts as unequal is not documented. */
function compared(subject: Subject, operator: Operator, test: (value: string) => Truth): Query {
  const isNegated = operator.startsWith('not_')
  return instance => {
    const value = subject.valueOf(instance)
    if (value === undefined) return isNegated ? undefined : false
    return isNegated ? not(test(value)) : test(value)
  }
}

function isOneOf(values: readonly string[]): (value: string) => Truth {
  return value => values.includes(value)
}

/**
 * Patterns are Java's; what JavaScript takes as well means the same. Whether one has to fit the whole value is not
 * documented, so a fit within it is left open.
 */
function matching(pattern: string): (value: string) => Truth {
  // Java's intersection of character classes is read differently here.
  if (pattern.includes('&&')) throw new NotUnderstood()
  try {
    const [whole, within] = [new RegExp(`^(?:${pattern})$`, 'u'), new RegExp(pattern, 'u')]
    return value => whole.test(value) || (within.test(value) ? undefined : false)
  } catch {
    throw new NotUnderstood()
  }
}

function not(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth
}

function anyOf(truths: readonly Truth[]): Truth {
  return truths.includes(true) || (truths.includes(undefined) ? undefined : false)
}
