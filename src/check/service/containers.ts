import {type JsonObject, type JsonPath, textOf} from '../../definition/json.ts'
import {type Part, partsIn} from '../definition/parts.ts'

/** A port mapping with the name of its container. */
export interface PortMapping extends Part {
  readonly container: string
}

/** The names of the containers. */
export function containerNames(json: JsonObject): string[] {
  return containers(json).map(({value}) => textOf(value['name']))
}

/** The way to a member of a container. */
export function pathInContainer(json: JsonObject, name: string, member: string): JsonPath {
  return [...(containers(json).find(({value}) => value['name'] === name)?.path ?? []), member]
}

/** The port mappings of all containers. */
export function portMappingsOf(json: JsonObject): PortMapping[] {
  return containers(json).flatMap(container =>
    partsIn(container, 'portMappings').map(mapping => ({...mapping, container: textOf(container.value['name'])}))
  )
}

function containers(json: JsonObject): Part[] {
  return partsIn({value: json, path: []}, 'containerDefinitions')
}
