/** A statement of an identity-based policy, with the elements that the emulator understands. */
export interface PolicyStatement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  /** With `*` and `?`, whatever the case. */
  readonly Action: string | readonly string[]
  /** `*`, or ARNs with `*` and `?` in their parts. */
  readonly Resource: string | readonly string[]
  /** Values by operator and key: all operators and keys have to hold, each with one of its values. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/** An identity-based policy. */
export interface Policy {
  readonly Version?: string
  readonly Statement: readonly PolicyStatement[]
}

/** What a caller must be allowed to do for a request. */
export interface Permission {
  /** Such as `ecs:UpdateService`. */
  readonly action: string
  /** An ARN, or `*` for an action that knows no resources. */
  readonly resource: string
  /** The values of the condition keys of the request. */
  readonly context: Readonly<Record<string, string>>
}

/** What a policy says about a permission; without a word about it, it is denied implicitly. */
export type Verdict = 'allowed' | 'implicitly denied' | 'explicitly denied'

/** A statement that denies wins over all that allow. Source: IAM User Guide, "Policy evaluation logic". */
export function judge({Statement}: Policy, permission: Permission): Verdict {
  const effects = Statement.filter(statement => applies(statement, permission)).map(({Effect}) => Effect)
  if (effects.includes('Deny')) return 'explicitly denied'
  return effects.includes('Allow') ? 'allowed' : 'implicitly denied'
}

/**
 * A policy out of its JSON.
 * @throws TypeError for one that says something the emulator does not understand: ignored, it would mean another thing
 */
export function parsePolicy(json: string): Policy {
  const policy = JSON.parse(json) as Policy
  refuseOthers('policy', policy, ['Version', 'Statement'])
  for (const statement of policy.Statement) checkStatement(statement)
  return policy
}

/** One value, or several, as policies write them. */
export function valuesOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value
}

function applies({Action, Resource, Condition = {}}: PolicyStatement, permission: Permission): boolean {
  const {action, resource, context} = permission
  return (
    valuesOf(Action).some(pattern => matches(pattern.toLowerCase(), action.toLowerCase())) &&
    valuesOf(Resource).some(pattern => pattern === '*' || matchesArn(pattern, resource)) &&
    Object.entries(Condition).every(([operator, keys]) => holds(operator, keys, context))
  )
}

/** A key that the request does not have matches nothing. */
function holds(
  operator: string,
  keys: Readonly<Record<string, string | readonly string[]>>,
  context: Permission['context']
): boolean {
  const compare = operators[operator]
  return Object.entries(keys).every(([key, values]) => {
    const actual = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1]
    return actual !== undefined && valuesOf(values).some(value => compare?.(value, actual))
  })
}

/** `ArnEquals` and `ArnLike` are the same in IAM. */
const operators: Readonly<Record<string, (pattern: string, text: string) => boolean>> = {
  StringEquals: (value, text) => value === text,
  StringLike: matches,
  ArnEquals: matchesArn,
  ArnLike: matchesArn
}

/** Part by part: a wildcard does not reach over a colon, except in the last part. */
function matchesArn(pattern: string, arn: string): boolean {
  const parts = partsOf(arn)
  return parts.length === ARN_PARTS && partsOf(pattern).every((part, index) => matches(part, parts[index] ?? ''))
}

const ARN_PARTS = 6

/** Partition, service, region and account each in a part of its own, the resource in the last one. */
function partsOf(arn: string): string[] {
  const parts = arn.split(':')
  return parts.length < ARN_PARTS ? parts : [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(':')]
}

/** `*` stands for any text, `?` for one character. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}

function checkStatement(statement: PolicyStatement): void {
  refuseOthers('statement', statement, ['Sid', 'Effect', 'Action', 'Resource', 'Condition'])
  const {Effect, Resource, Condition = {}} = statement
  if (!['Allow', 'Deny'].includes(Effect)) throw new TypeError(`The effect of a statement cannot be ${Effect}.`)
  for (const resource of valuesOf(Resource)) {
    const isArn = resource.startsWith('arn:') && partsOf(resource).length === ARN_PARTS
    if (resource !== '*' && !isArn) throw new TypeError(`The resource ${resource} is neither an ARN nor *.`)
  }
  refuseOthers('condition', Condition, Object.keys(operators))
  if (JSON.stringify(statement).includes('${')) throw new TypeError('The emulator knows no variables in policies.')
}

function refuseOthers(what: string, value: object, known: readonly string[]): void {
  const other = Object.keys(value).find(name => !known.includes(name))
  if (other !== undefined) throw new TypeError(`The emulator does not understand ${other} in a ${what}.`)
}
