import type {Place} from '../workflow/failure.ts'
import {isObject, itemsOf, type JsonObject, type JsonPath} from './json.ts'

/** A task definition that can be registered as it is: complete, checked, without what only answers have. */
export interface Definition {
  readonly json: JsonObject
  /** What it is called in messages: the path of its file, or `family:revision`. */
  readonly name: string
  /**
   * Where a value stands in the file, or the name of the member that it belongs to; `undefined` when the definition is not
   * from a file.
   */
  readonly locate: (path: JsonPath, part?: 'name' | 'value') => Place | undefined
}

/** The containers of a definition. */
export function containersOf(json: JsonObject): readonly JsonObject[] {
  return itemsOf(json['containerDefinitions']).filter(isObject)
}

/**
 * Where a member of a definition stands, or of one of its containers; the nearest that is there.
 * @returns `undefined` when the definition is not from a file
 */
export function placeOfMember(
  {json, locate}: Definition,
  {container, name}: {readonly container: string | undefined; readonly name: string}
): Place | undefined {
  const containers = itemsOf(json['containerDefinitions'])
  const index = containers.findIndex(item => isObject(item) && item['name'] === container)
  return locate(index < 0 ? [name] : ['containerDefinitions', index, name])
}

/** `task-definition.json, line 12` or `web:41` */
export function whereIs(definition: Definition, path: JsonPath): string {
  const line = definition.locate(path)?.line
  return line === undefined ? definition.name : `${definition.name}, line ${line}`
}
