import type {Definition} from './definition.ts'
import {isObject, itemsOf, type JsonObject, mapMembers, textOf} from './json.ts'

/**
 * The definition with `image` in the named containers; nothing else changes. Whatever stands there now is overwritten,
 * also the placeholders of other tools. Pure.
 */
export function renderDefinition(definition: Definition, image: string, containers: readonly string[]): Definition {
  const containerDefinitions = itemsOf(definition.json['containerDefinitions']).map(container =>
    isObject(container) && containers.includes(textOf(container['name'])) ? {...container, image} : container
  )
  const json = mapMembers(definition.json, (value, member) =>
    member === 'containerDefinitions' ? containerDefinitions : value
  )
  return {...definition, json}
}

/**
 * Completes a bare list of containers with everything else from the definition that the service runs now.
 * @param containers a definition that has only `containerDefinitions`
 */
export function complete(containers: JsonObject, current: JsonObject): JsonObject {
  return {...current, ...containers}
}
