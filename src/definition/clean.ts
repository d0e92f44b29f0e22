import {RegisterTaskDefinitionRequest$, TaskDefinition$} from '@aws-sdk/client-ecs'
import {NormalizedSchema} from '@smithy/core/schema'
import {isArray, isObject, type Json, type JsonObject, mapMembers, textOf} from './json.ts'

/** Members that only an answer has: revision, ARN, status and the like. */
const ADDED_BY_ECS = difference(namesOf(TaskDefinition$), namesOf(RegisterTaskDefinitionRequest$))

function difference(names: ReadonlySet<string>, others: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...names].filter(name => !others.has(name)))
}

function namesOf(schema: Parameters<typeof NormalizedSchema.of>[0]): Set<string> {
  return new Set([...NormalizedSchema.of(schema).structIterator()].map(([name]) => name))
}

/**
 * A definition as it can be registered: without what `describe-task-definition` adds and without nulls, which ECS does not
 * take. Everything else stays as it is: empty texts, lists and objects, and members that the SDK does not know.
 */
export function clean(definition: JsonObject): JsonObject {
  return mapMembers(withoutNulls(definition), (value, member) => {
    if (ADDED_BY_ECS.has(member)) return undefined
    return member === 'tags' ? ownTags(value) : value
  })
}

/**
 * The tags without those that AWS itself sets, which nobody else may. An empty list, as describe answers it, is left out:
 * ECS refuses it with "Tags can not be empty."
 */
function ownTags(tags: Json): Json | undefined {
  if (!isArray(tags)) return tags
  const own = tags.filter(tag => !(isObject(tag) && /^aws:/i.test(textOf(tag['key']))))
  return own.length === 0 ? undefined : own
}

function withoutNulls(object: JsonObject): JsonObject {
  return mapMembers(object, value => (value === null ? undefined : valueWithoutNulls(value)))
}

function valueWithoutNulls(value: Json): Json {
  if (isArray(value)) return value.filter(item => item !== null).map(valueWithoutNulls)
  return isObject(value) ? withoutNulls(value) : value
}
