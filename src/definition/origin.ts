import {ORIGIN_TAGS} from '../aws/origin-tags.ts'
import type {WorkflowRun} from '../workflow/event.ts'
import {isObject, itemsOf, type JsonObject, mapMembers, textOf} from './json.ts'

/** The values of tags that all of AWS takes. Source: ECS Developer Guide, tag restrictions. */
const VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u
/** So many tags a revision may have. */
const MOST_TAGS = 50
const KEYS: readonly string[] = Object.values(ORIGIN_TAGS)

/** The tags that say where a revision is from: repository, commit and workflow run. Pure. */
export function originTags({repository, commit, url}: WorkflowRun): JsonObject[] {
  const values = {repository, commit, run: url}
  return Object.entries(values)
    .filter(([, value]) => VALUE.test(value))
    .map(([name, value]) => ({key: ORIGIN_TAGS[name as keyof typeof values], value}))
}

/** A definition with these tags besides its own, as far as there may be so many. Pure. */
export function tagged(json: JsonObject, origin: readonly JsonObject[]): JsonObject {
  const tags = [...itemsOf(json['tags']), ...origin]
  return origin.length === 0 || tags.length > MOST_TAGS ? json : {...json, tags}
}

/** A definition without tags that say where an earlier revision was from, as one read from ECS has them. Pure. */
export function withoutOrigin(json: JsonObject): JsonObject {
  const tags = itemsOf(json['tags'])
  const own = tags.filter(tag => !isObject(tag) || !KEYS.includes(textOf(tag['key'])))
  if (own.length === tags.length) return json
  return mapMembers(json, (value, member) => (member !== 'tags' ? value : own.length === 0 ? undefined : own))
}
