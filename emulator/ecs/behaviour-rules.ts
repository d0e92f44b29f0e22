import {isRecord} from '../protocol/shape.ts'
import type {BehaviourRule} from './behaviour.ts'

/** What a value from outside has to be: of this type, one of these texts, a list of these, or an object with at most these members. */
type Expected = 'string' | 'number' | {readonly list: Expected} | {readonly anyOf: readonly Expected[]} | Members
interface Members {
  readonly members: Readonly<Record<string, Expected>>
  readonly required?: readonly string[]
}

/** An object with at most these members, and at least the required ones. */
export const object = (members: Members['members'], ...required: readonly string[]): Members => ({members, required})

const behaviour = object({
  placement: object({event: 'string'}, 'event'),
  initialization: object({error: 'string'}, 'error'),
  pull: object({seconds: 'number', error: 'string'}),
  start: object({error: 'string'}, 'error'),
  exit: object({code: 'number', afterSeconds: 'number', reason: 'string'}, 'code', 'afterSeconds'),
  health: {anyOf: ['string', object({afterSeconds: 'number'}, 'afterSeconds')]},
  target: {
    anyOf: [
      object({afterSeconds: 'number'}, 'afterSeconds'),
      object({reason: 'string', description: 'string'}, 'reason', 'description')
    ]
  },
  stop: object({afterSeconds: 'number', exitCode: 'number'}),
  log: {list: 'string'}
})
const match = object({
  service: 'string',
  family: 'string',
  revision: 'number',
  container: 'string',
  tag: 'string',
  first: 'number'
})

/**
 * Rules from outside, such as the control API's.
 * @throws TypeError for what is none, as it would fail only when a container is placed
 */
export function behaviourRules(value: unknown): readonly BehaviourRule[] {
  const fault = faultOf(value, {list: object({match, behaviour}, 'match', 'behaviour')}, 'rules')
  if (fault !== undefined) throw new TypeError(`${fault} is not what a rule has there.`)
  return value as readonly BehaviourRule[]
}

/** The path of what is wrong with a value from outside; `undefined` when nothing is. */
export function faultOf(value: unknown, expected: Expected, path: string): string | undefined {
  if (expected === 'string') return typeof value === 'string' ? undefined : path
  if (expected === 'number') return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? undefined : path
  if ('anyOf' in expected)
    return expected.anyOf.some(each => faultOf(value, each, path) === undefined) ? undefined : path
  if ('list' in expected) {
    return Array.isArray(value)
      ? value.map((item, index) => faultOf(item, expected.list, `${path}[${index}]`)).find(fault => fault !== undefined)
      : path
  }
  return isRecord(value) ? memberFault(value, expected, path) : path
}

function memberFault(
  value: Record<string, unknown>,
  {members, required = []}: Members,
  path: string
): string | undefined {
  const missing = required.find(name => value[name] === undefined)
  if (missing !== undefined) return `${path}.${missing}`
  return Object.entries(value)
    .map(([name, member]) => {
      const expected = Object.hasOwn(members, name) ? members[name] : undefined
      return expected === undefined ? `${path}.${name}` : faultOf(member, expected, `${path}.${name}`)
    })
    .find(fault => fault !== undefined)
}
