import {textOf} from '../../definition/json.ts'
import {nearest} from '../../workflow/nearest.ts'
import {bounded, listed, oneLine} from '../../workflow/text.ts'
import {type Check, type Found, memberAt} from '../check.ts'
import type {Situation} from '../situation.ts'
import {containersIn, networkMode, type Part, partIn, partsIn, textIn, textsIn} from './parts.ts'

export const dependsOn: Check = {
  name: 'depends-on',
  finds: '`dependsOn` with a container that does not exist, in a circle, or with a condition that can never come true',
  level: 'error',
  needs: [],
  run: situation => [
    ...containersIn(situation)
      .flatMap(container => partsIn(container, 'dependsOn'))
      .flatMap(dependency => wrongDependency(situation, dependency)),
    ...circle(situation)
  ]
}

function wrongDependency(situation: Situation, {value, path}: Part): Found[] {
  const {definition} = situation
  const name = textIn(value['containerName'])
  // Where none is named, the shape of the definition is wrong.
  if (name === undefined) return []
  const target = containersIn(situation).find(container => container.value['name'] === name)
  if (target === undefined) return [unknownContainer(situation, [...path, 'containerName'], name)]
  const condition = textOf(value['condition'])
  const at = [...path, 'condition']
  const shown = `${memberAt(definition, at)} is \`${bounded(oneLine(condition), 80)}\``
  if (['SUCCESS', 'COMPLETE'].includes(condition) && target.value['essential'] !== false) {
    const message = `${shown}, but the container \`${name}\` is essential, and the task stops when it ends: set its \`essential\` to false, or wait for \`START\` or \`HEALTHY\`.`
    return [{message, path: at}]
  }
  if (condition !== 'HEALTHY' || target.value['healthCheck'] !== undefined) return []
  const message = `${shown}, but the container \`${name}\` has no \`healthCheck\` in the task definition; one in the image does not count: add it, or wait for \`START\`.`
  return [{message, path: at}]
}

function unknownContainer(situation: Situation, path: Part['path'], name: string): Found {
  const names = containersIn(situation).map(({value}) => textOf(value['name']))
  const meant = nearest(name, names)
  const advice =
    meant === undefined ? `it has ${listed(names.map(other => `\`${other}\``))}` : `did you mean \`${meant}\``
  return {
    message: `${memberAt(situation.definition, path)} is \`${bounded(oneLine(name), 80)}\`, but the task has no such container: ${advice}${meant === undefined ? '.' : '?'}`,
    path
  }
}

/** The first circle of containers that wait for each other. */
function circle(situation: Situation): Found[] {
  const containers = containersIn(situation)
  const targetsOf = new Map(
    containers.map(container => [
      container.value['name'],
      partsIn(container, 'dependsOn').map(({value}) => value['containerName'])
    ])
  )
  const reaches = (from: unknown, to: unknown, seen: Set<unknown>): boolean =>
    (targetsOf.get(from as string) ?? []).some(
      next => next === to || (!seen.has(next) && reaches(next, to, seen.add(next)))
    )
  const first = containers.find(
    ({value}) => textIn(value['name']) !== undefined && reaches(value['name'], value['name'], new Set())
  )
  if (first === undefined) return []
  const path = [...first.path, 'dependsOn']
  const message = `${memberAt(situation.definition, path)} leads back to \`${textOf(first.value['name'])}\` itself, so that none of these containers could start first: break the circle.`
  return [{message, path}]
}

export const references: Check = {
  name: 'references',
  finds:
    '`links`, `volumesFrom` or `proxyConfiguration` with a container that does not exist, and what the network mode does not have',
  level: 'warning',
  needs: [],
  run: situation => {
    const named = containersIn(situation).flatMap(container => [...linked(container), ...mountedFrom(container)])
    const task = {value: situation.definition.json, path: []}
    const proxies = partIn(task, 'proxyConfiguration').flatMap(proxy => nameIn(proxy, 'containerName'))
    const names = containersIn(situation).map(({value}) => value['name'])
    return [
      ...[...named, ...proxies]
        .filter(({name}) => !names.includes(name))
        .map(({path, name}) => unknownContainer(situation, path, name)),
      ...containersIn(situation).flatMap(container => notInNetworkMode(situation, container))
    ]
  }
}

interface Named {
  readonly path: Part['path']
  readonly name: string
}

/** A link is `name` or `name:alias`. */
function linked({value, path}: Part): Named[] {
  return textsIn(value['links']).map((link, index) => ({
    path: [...path, 'links', index],
    name: link.split(':')[0] ?? ''
  }))
}

function mountedFrom(container: Part): Named[] {
  return partsIn(container, 'volumesFrom').flatMap(mount => nameIn(mount, 'sourceContainer'))
}

function nameIn({value, path}: Part, member: string): Named[] {
  const name = textIn(value[member])
  return name === undefined ? [] : [{path: [...path, member], name}]
}

/** Source: API reference, ContainerDefinition. On Fargate, `links` are refused for another reason. */
function notInNetworkMode(situation: Situation, {value, path}: Part): Found[] {
  const mode = networkMode(situation)
  const hasHostname = mode === 'awsvpc' && textIn(value['hostname']) !== undefined
  if (!hasHostname) return []
  const at = [...path, 'hostname']
  const message = `${memberAt(situation.definition, at)} is set, which by its documentation the \`networkMode\` \`awsvpc\` does not have: remove it.`
  return [{message, path: at}]
}
