import {isDeepStrictEqual} from 'node:util'
import type {JsonObject} from './json.ts'
import {type Leaf, leavesOf} from './leaves.ts'
import {withoutOrigin} from './origin.ts'
import {asRegistered} from './same.ts'
import {shownValue} from './shown-value.ts'

/** A field of a task definition in which two of them differ. */
export interface Change {
  /** In the words of the task definition, such as `containerDefinitions[app].environment[LOG_LEVEL]`. */
  readonly field: string
  /** The values for people, `(hidden)` where they may be secrets; `undefined` where there is none. */
  readonly from: string | undefined
  readonly to: string | undefined
}

/**
 * The difference between two definitions, field by field, sorted by field. Neither the order of containers, variables and
 * the like nor what ECS fills in is one, nor are the tags that say where a revision is from. Pure.
 * @param from a definition as ECS has it, or as it would be sent
 * @param to likewise
 */
export function difference(from: JsonObject, to: JsonObject): Change[] {
  const [before, after] = [byField(from), byField(to)]
  const fields = [...new Set([...before.keys(), ...after.keys()])]
    .filter(field => !isDeepStrictEqual(before.get(field)?.value, after.get(field)?.value))
    .sort()
  return fields
    .filter((field, index) => !isTold(field, fields[index + 1]))
    .map(field => ({field, from: shown(before.get(field)), to: shown(after.get(field))}))
}

/** That an item of a list is there goes without saying where something about it differs; that comes right after it. */
function isTold(field: string, next: string | undefined): boolean {
  return next?.startsWith(`${field}.`) === true
}

function byField(json: JsonObject): Map<string, Leaf> {
  const own = withoutOrigin(json)
  const {tags = []} = own
  return new Map(leavesOf({...asRegistered(own), tags}).map(leaf => [leaf.field, leaf]))
}

function shown(leaf: Leaf | undefined): string | undefined {
  return leaf && shownValue(leaf)
}
