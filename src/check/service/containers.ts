import {containersOf} from '../../definition/definition.ts'
import {isObject, itemsOf, type JsonObject, type JsonPath, textOf} from '../../definition/json.ts'

/** A port mapping with its way in the definition. */
export interface PortMapping {
  readonly mapping: JsonObject
  readonly container: string
  readonly path: JsonPath
}

/** Whether the definition has a container of this name. */
export function hasContainer(json: JsonObject, name: string): boolean {
  return containersOf(json).some(container => container['name'] === name)
}

/** The way to a container's member, or to the containers where there is none of that name. */
export function pathInContainer(json: JsonObject, name: string, member: string): JsonPath {
  const index = itemsOf(json['containerDefinitions']).findIndex(item => isObject(item) && item['name'] === name)
  return index < 0 ? ['containerDefinitions'] : ['containerDefinitions', index, member]
}

/** The port mappings of all containers. */
export function portMappingsOf(json: JsonObject): PortMapping[] {
  return itemsOf(json['containerDefinitions']).flatMap((container, index) =>
    isObject(container)
      ? itemsOf(container['portMappings']).flatMap((mapping, position) =>
          isObject(mapping)
            ? [
                {
                  mapping,
                  container: textOf(container['name']),
                  path: ['containerDefinitions', index, 'portMappings', position]
                }
              ]
            : []
        )
      : []
  )
}

/** `` `app` and `proxy` `` */
export function containerNames(json: JsonObject): string[] {
  return containersOf(json).map(container => `\`${textOf(container['name'])}\``)
}
