import type {JsonPath} from '../../definition/json.ts'
import {bounded, oneLine} from '../../workflow/text.ts'
import {type Check, type Found, memberAt} from '../check.ts'
import type {Situation} from '../situation.ts'
import {containersIn, networkMode, numberIn, type Part, partsIn, textIn} from './parts.ts'
import {outOfRange} from './ranges.ts'

const LAST = 65_535
const PORTS = {
  containerPort: {least: 1, most: LAST, unit: ''},
  hostPort: {least: 0, most: LAST, unit: ''}
}

/** Taken on every container instance, for SSH, Docker and ECS's agent. Source: API reference, PortMapping. */
const RESERVED = [22, 2375, 2376, 51_678, 51_679, 51_680]

export const portMappings: Check = {
  name: 'port-mappings',
  finds: 'ports that are none, that the network mode does not have, or whose `hostPort` must be the `containerPort`',
  level: 'error',
  needs: [],
  run: situation =>
    mappingsIn(situation).flatMap(mapping => [
      ...outOfRange(situation, mapping, PORTS),
      ...withoutNetwork(situation, mapping),
      ...otherHostPort(situation, mapping),
      ...wrongName(situation, mapping),
      ...wrongRange(situation, mapping)
    ])
}

function withoutNetwork(situation: Situation, {path}: Part): Found[] {
  if (networkMode(situation) !== 'none') return []
  const message = `${memberAt(situation.definition, path)} maps a port, but the \`networkMode\` is \`none\`: remove one of the two.`
  return [{message, path}]
}

function otherHostPort(situation: Situation, {value, path}: Part): Found[] {
  const mode = networkMode(situation)
  const [host, container] = [numberIn(value['hostPort']) ?? 0, numberIn(value['containerPort'])]
  if (!['awsvpc', 'host'].includes(mode) || host === 0 || container === undefined || host === container) return []
  const at = [...path, 'hostPort']
  return [
    {
      message: `${memberAt(situation.definition, at)} is ${host}, but with the \`networkMode\` \`${mode}\` it can only be the \`containerPort\`, ${container}: leave it out.`,
      path: at
    }
  ]
}

function wrongName({definition}: Situation, {value, path}: Part): Found[] {
  const name = textIn(value['name'])
  if (name === undefined || /^[a-z0-9_][a-z0-9_-]{0,63}$/.test(name)) return []
  const at = [...path, 'name']
  return [
    {
      message: `${memberAt(definition, at)} is \`${bounded(oneLine(name), 80)}\`, but the name of a port has up to 64 lower-case letters, digits, \`_\` and \`-\`, and begins with no \`-\`: correct it.`,
      path: at
    }
  ]
}

function wrongRange(situation: Situation, {value, path}: Part): Found[] {
  const range = textIn(value['containerPortRange'])
  if (range === undefined) return []
  const at = [...path, 'containerPortRange']
  const shown = `${memberAt(situation.definition, at)} is \`${bounded(oneLine(range), 80)}\``
  const mode = networkMode(situation)
  if (mode === 'host') {
    return [{message: `${shown}, but the \`networkMode\` \`host\` has no ranges of ports: map each port.`, path: at}]
  }
  const [, first, last] = /^(\d+)-(\d+)$/.exec(range) ?? []
  if (Number(first) >= 1 && Number(first) < Number(last) && Number(last) <= LAST) return []
  return [
    {message: `${shown}, but a range goes from a lower to a higher port, such as \`8000-8010\`: correct it.`, path: at}
  ]
}

export const portsTwice: Check = {
  name: 'ports-twice',
  finds: 'a port that is mapped twice, or a host port that ECS keeps for itself',
  level: 'warning',
  needs: [],
  run: situation => [
    ...containersIn(situation).flatMap(container => twiceInContainer(situation, container)),
    ...twiceInTask(situation),
    ...mappingsIn(situation).flatMap(mapping => reserved(situation, mapping))
  ]
}

/** By its documentation ECS takes a port only once, also with another protocol. */
function twiceInContainer(situation: Situation, container: Part): Found[] {
  const portOf = ({value}: Part) => numberIn(value['containerPort'])
  return repeated(partsIn(container, 'portMappings'), portOf).map(({path, key}) => {
    const at = [...path, 'containerPort']
    const message = `${memberAt(situation.definition, at)} is ${key}, which this container maps already; by its documentation ECS takes a port of a container once, also with another protocol: remove one of the two if it refuses.`
    return {message, path: at}
  })
}

/** The same port of two containers that share a network, or of the same container instance. */
function twiceInTask(situation: Situation): Found[] {
  const isShared = ['awsvpc', 'host'].includes(networkMode(situation))
  const member = isShared ? 'containerPort' : 'hostPort'
  const keyOf = ({value}: Part) => {
    const port = numberIn(value[member]) ?? 0
    return port === 0 ? undefined : `${port}/${textIn(value['protocol']) ?? 'tcp'}`
  }
  // Those in the same container have been told.
  const firsts = containersIn(situation).flatMap(container => distinct(partsIn(container, 'portMappings'), keyOf))
  return repeated(firsts, keyOf).map(({path, key}) => {
    const at = [...path, member]
    const why = isShared
      ? 'with this `networkMode` all containers of a task share their ports'
      : 'a port of a container instance is there once'
    return {
      message: `${memberAt(situation.definition, at)} is ${String(key).replace(/\/.*/, '')}, which another container has already, and ${why}, so that one of them may not start: change one.`,
      path: at
    }
  })
}

function reserved(situation: Situation, {value, path}: Part): Found[] {
  const port = numberIn(value['hostPort'])
  if (networkMode(situation) === 'awsvpc' || port === undefined || !RESERVED.includes(port)) return []
  const at: JsonPath = [...path, 'hostPort']
  const message = `${memberAt(situation.definition, at)} is ${port}, which container instances keep for SSH, Docker or ECS unless they are set up otherwise: choose another.`
  return [{message, path: at}]
}

/** What has the key of an earlier one. */
function repeated(
  parts: readonly Part[],
  keyOf: (part: Part) => string | number | undefined
): (Part & {readonly key: string | number})[] {
  const seen = new Set<string | number>()
  return parts.flatMap(part => {
    const key = keyOf(part)
    if (key === undefined) return []
    if (seen.has(key)) return {...part, key}
    seen.add(key)
    return []
  })
}

function distinct(parts: readonly Part[], keyOf: (part: Part) => string | undefined): Part[] {
  return [...new Map(parts.map(part => [keyOf(part), part])).values()]
}

function mappingsIn(situation: Situation): Part[] {
  return containersIn(situation).flatMap(container => partsIn(container, 'portMappings'))
}
