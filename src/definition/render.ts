import {Failure} from '../workflow/failure.ts'
import type {Definition} from './definition.ts'
import {isObject, itemsOf, type JsonObject, mapMembers, textOf} from './json.ts'

/** ECS's limit for a whole definition; its quotas say 64 KiB. */
const MOST_BYTES = 64 * 1024

/**
 * The definition with `image` in the named containers; nothing else changes. Whatever stands there now is overwritten,
 * also the placeholders of other tools.
 * @throws Failure when the result is larger than ECS takes
 */
export function renderDefinition(definition: Definition, image: string, containers: readonly string[]): Definition {
  const containerDefinitions = itemsOf(definition.json['containerDefinitions']).map(container =>
    isObject(container) && containers.includes(textOf(container['name'])) ? {...container, image} : container
  )
  const json = mapMembers(definition.json, (value, member) =>
    member === 'containerDefinitions' ? containerDefinitions : value
  )
  const rendered = {...definition, json}
  checkSize(rendered)
  return rendered
}

/** @throws Failure when the definition is larger than ECS takes */
export function checkSize({json, name}: Definition): void {
  const bytes = Buffer.byteLength(JSON.stringify(json))
  if (bytes <= MOST_BYTES) return
  throw new Failure(
    `The task definition \`${name}\` has ${bytes} bytes when rendered, but ECS takes no more than ${MOST_BYTES}: ` +
      'move environment variables into `environmentFiles` or secrets, and long commands into the image.'
  )
}

/**
 * Completes a bare list of containers with everything else from the definition that the service runs now.
 * @param containers a definition that has only `containerDefinitions`
 */
export function complete(containers: JsonObject, current: JsonObject): JsonObject {
  return {...current, ...containers}
}
