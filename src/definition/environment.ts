import {type ContainerSetting, SETTINGS_INPUTS} from '../workflow/container-settings.ts'
import {Failure} from '../workflow/failure.ts'
import {nearest} from '../workflow/nearest.ts'
import {listed} from '../workflow/text.ts'
import {containersOf, type Definition} from './definition.ts'
import {isObject, itemsOf, type Json, type JsonObject, type JsonPath, mapMembers, textOf} from './json.ts'

type List = ContainerSetting['list']

/** A definition, and the containers in it that get the image. */
interface Target {
  readonly definition: Definition
  readonly containers: readonly string[]
}

/** What a container's list calls the other part of its items, and which list must not have the same name. */
const LISTS = {
  environment: {value: 'value', other: 'secrets'},
  secrets: {value: 'valueFrom', other: 'environment'}
} as const

/**
 * Sets and removes environment variables and secrets of containers. A name that is there is set in its place, another one
 * at the end; a name that is set in one list leaves the other, because ECS takes it in one of them only. Settings for a
 * container by its name win over those for all that get the image. Pure.
 * @param containers those that get the image
 * @returns the definition; what a setting made has no place in the file
 */
export function setEnvironment(
  definition: Definition,
  settings: readonly ContainerSetting[],
  containers: readonly string[]
): Definition {
  if (settings.length === 0) return definition
  const before = itemsOf(definition.json['containerDefinitions'])
  const after = before.map(container =>
    isObject(container) ? settingsOf(container, settings, containers).reduce(apply, container) : container
  )
  return {
    ...definition,
    json: mapMembers(definition.json, (value, member) => (member === 'containerDefinitions' ? after : value)),
    locate: (path, part) => {
      const origin = originOf(path, before, after)
      return origin && definition.locate(origin, part)
    }
  }
}

/** The settings for a container in the order in which they are applied: the last one wins. */
function settingsOf(
  container: JsonObject,
  settings: readonly ContainerSetting[],
  containers: readonly string[]
): ContainerSetting[] {
  const name = textOf(container['name'])
  const forAll = settings.filter(setting => setting.container === undefined && containers.includes(name))
  const forThis = settings.filter(setting => setting.container === name)
  return [forAll, forThis].flatMap(group => [
    ...group.filter(({value}) => value === undefined),
    ...group.filter(({value}) => value !== undefined)
  ])
}

function apply(container: JsonObject, {list, name, value}: ContainerSetting): JsonObject {
  if (value === undefined) return without(container, list, name)
  const items = itemsOf(container[list])
  const item = {name, [LISTS[list].value]: value}
  const at = items.findIndex(hasName(name))
  const made = at < 0 ? [...items, item] : items.with(at, item).filter(one => one === item || !hasName(name)(one))
  return without({...container, [list]: made}, LISTS[list].other, name)
}

function without(container: JsonObject, list: List, name: string): JsonObject {
  const items = itemsOf(container[list])
  return items.some(hasName(name)) ? {...container, [list]: items.filter(item => !hasName(name)(item))} : container
}

function hasName(name: string): (item: Json) => boolean {
  return item => isObject(item) && item['name'] === name
}

/** Where an item of a list was before; `undefined` for what a setting made. */
function originOf(path: JsonPath, before: readonly Json[], after: readonly Json[]): JsonPath | undefined {
  const [top, index, list, item, ...rest] = path
  if (top !== 'containerDefinitions' || (list !== 'environment' && list !== 'secrets') || item === undefined)
    return path
  const listIn = (containers: readonly Json[]): readonly Json[] => {
    const container = containers[Number(index)]
    return isObject(container) ? itemsOf(container[list]) : []
  }
  const found = listIn(after)[Number(item)]
  const origin = found === undefined ? -1 : listIn(before).indexOf(found)
  return origin < 0 ? undefined : [top, Number(index), list, origin, ...rest]
}

/**
 * Settings for containers that none of the definitions has. Pure.
 * @param targets all that the settings are for
 */
export function unknownContainers(targets: readonly Target[], settings: readonly ContainerSetting[]): Failure[] {
  const known = [...new Set(targets.flatMap(({definition}) => containersOf(definition.json).map(nameOf)))]
  const files = listed([...new Set(targets.map(({definition}) => definition.name))])
  return settings.flatMap(({list, container, name}) => {
    if (container === undefined || known.includes(container)) return []
    const meant = nearest(container, known)
    const advice = meant === undefined ? 'correct the name' : `write \`${meant}/${name}\``
    return new Failure(
      `The input \`${SETTINGS_INPUTS[list]}\` names the container \`${container}\` in \`${container}/${name}\`, but ${files} has ${listed(known.map(quoted))}: ${advice}.`
    )
  })
}

/**
 * Tells of settings that remove what is not there, which may be a typing error. Pure.
 * @param targets all that the settings are for, as they were before
 */
export function idleRemovals(targets: readonly Target[], settings: readonly ContainerSetting[]): string[] {
  const sets = settings.filter(({value}) => value !== undefined)
  const removals = settings.filter(({value}) => value === undefined)
  return removals.flatMap(removal => {
    const containers = targets.flatMap(target => containersFor(removal, target))
    const names = containers.flatMap(one => itemsOf(one[removal.list]).filter(isObject).map(nameOf))
    const isThere = names.includes(removal.name) || sets.some(isSame(removal))
    return containers.length === 0 || isThere ? [] : idleRemoval(removal, containers, names)
  })
}

function isSame(removal: ContainerSetting): (other: ContainerSetting) => boolean {
  return ({list, name}) => list === removal.list && name === removal.name
}

function idleRemoval(
  {list, container, name}: ContainerSetting,
  containers: readonly JsonObject[],
  names: readonly string[]
): string {
  const meant = nearest(name, names)
  const advice =
    meant === undefined ? 'remove the line, or correct the name' : `if \`${meant}\` is meant, correct the name`
  const subject = container === undefined ? name : `${container}/${name}`
  const where = listed([...new Set(containers.map(nameOf))].map(quoted))
  return `The input \`${SETTINGS_INPUTS[list]}\` removes \`${subject}\`, but there is no \`${name}\` in the \`${list}\` of ${where}: ${advice}.`
}

function containersFor({container}: ContainerSetting, {definition, containers}: Target): JsonObject[] {
  return containersOf(definition.json).filter(one =>
    container === undefined ? containers.includes(nameOf(one)) : nameOf(one) === container
  )
}

function nameOf(object: JsonObject): string {
  return textOf(object['name'])
}

function quoted(name: string): string {
  return `\`${name}\``
}
