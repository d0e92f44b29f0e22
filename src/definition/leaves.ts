import {isArray, isObject, itemsOf, type Json, type JsonObject, mapMembers, textOf} from './json.ts'

/** A value at the end of a path through a task definition. */
export interface Leaf {
  /** In the words of the task definition, such as `containerDefinitions[app].environment[LOG_LEVEL]`. */
  readonly field: string
  /** The members on the way, such as `containerDefinitions.environment`. */
  readonly members: string
  /** What the value is called: its member, or what the item of the list is called, such as `LOG_LEVEL`. */
  readonly name: string
  readonly value: Json
}

/** The way to a value. */
type Way = Omit<Leaf, 'value'>

/** Lists whose order means nothing: the member that tells items apart, and the one that all else about them is in. */
const KEYS: Readonly<Record<string, {readonly key: string; readonly value?: string}>> = {
  containerDefinitions: {key: 'name'},
  dependsOn: {key: 'containerName', value: 'condition'},
  devices: {key: 'hostPath'},
  environment: {key: 'name', value: 'value'},
  extraHosts: {key: 'hostname', value: 'ipAddress'},
  mountPoints: {key: 'containerPath'},
  placementConstraints: {key: 'expression', value: 'type'},
  portMappings: {key: 'containerPort'},
  properties: {key: 'name', value: 'value'},
  resourceRequirements: {key: 'type', value: 'value'},
  secretOptions: {key: 'name', value: 'valueFrom'},
  secrets: {key: 'name', value: 'valueFrom'},
  systemControls: {key: 'namespace', value: 'value'},
  tags: {key: 'key', value: 'value'},
  tmpfs: {key: 'containerPath'},
  ulimits: {key: 'name'},
  volumes: {key: 'name'},
  volumesFrom: {key: 'sourceContainer'}
}

/** Lists of words whose order means nothing. */
const SETS: readonly string[] = ['add', 'dockerSecurityOptions', 'drop', 'links', 'requiresCompatibilities']

/** What ECS and Docker take where a member is left out. Source: API reference of RegisterTaskDefinition. */
const DEFAULTS: Readonly<Record<string, Json>> = {
  enableFaultInjection: false,
  networkMode: 'bridge',
  'containerDefinitions.cpu': 0,
  'containerDefinitions.disableNetworking': false,
  'containerDefinitions.essential': true,
  'containerDefinitions.healthCheck.interval': 30,
  'containerDefinitions.healthCheck.retries': 3,
  'containerDefinitions.healthCheck.startPeriod': 0,
  'containerDefinitions.healthCheck.timeout': 5,
  'containerDefinitions.interactive': false,
  'containerDefinitions.linuxParameters.initProcessEnabled': false,
  'containerDefinitions.mountPoints.readOnly': false,
  'containerDefinitions.portMappings.protocol': 'tcp',
  'containerDefinitions.privileged': false,
  'containerDefinitions.pseudoTerminal': false,
  'containerDefinitions.readonlyRootFilesystem': false,
  'containerDefinitions.versionConsistency': 'enabled',
  'containerDefinitions.volumesFrom.readOnly': false,
  'volumes.configuredAtLaunch': false,
  'volumes.efsVolumeConfiguration.authorizationConfig.iam': 'DISABLED',
  'volumes.efsVolumeConfiguration.rootDirectory': '/',
  'volumes.efsVolumeConfiguration.transitEncryption': 'DISABLED'
}

/**
 * All values of a definition that mean something, each under a name that does not depend on the order of containers,
 * variables and the like. What is only a default is left out. An item of a list has a value of its own, an empty object,
 * which says that it is there. Pure.
 */
export function leavesOf(definition: JsonObject): Leaf[] {
  const hasOwnAddress = ['awsvpc', 'host'].includes(textOf(definition['networkMode']))
  const json = mapMembers(definition, (value, member) =>
    member === 'containerDefinitions' ? itemsOf(value).map(item => withoutHostPorts(item, hasOwnAddress)) : value
  )
  return [...leaves(json, {field: '', members: '', name: ''})]
}

/** Leaves out host ports that follow from the network mode: the container's own, or a dynamic one. */
function withoutHostPorts(container: Json, isContainerPort: boolean): Json {
  if (!isObject(container)) return container
  const mapped = (mapping: Json): Json => {
    if (!isObject(mapping)) return mapping
    const byDefault = isContainerPort ? mapping['containerPort'] : 0
    return mapMembers(mapping, (value, member) => (member === 'hostPort' && value === byDefault ? undefined : value))
  }
  return mapMembers(container, (value, member) => (member === 'portMappings' ? itemsOf(value).map(mapped) : value))
}

function* leaves(value: Json, way: Way): Generator<Leaf> {
  if (isArray(value)) yield* leavesOfList(value, way)
  else if (isObject(value) && (Object.keys(value).length > 0 || way.field === '')) {
    for (const [member, item] of Object.entries(value)) yield* leaves(item, into(way, member))
  } else if (DEFAULTS[way.members] !== value) yield {...way, value}
}

function into({field, members}: Way, member: string): Way {
  const join = (path: string): string => (path === '' ? member : `${path}.${member}`)
  return {field: join(field), members: join(members), name: member}
}

function* leavesOfList(list: readonly Json[], way: Way): Generator<Leaf> {
  if (list.length === 0) return
  if (!list.some(isObject)) {
    yield {...way, value: SETS.includes(way.name) ? list.toSorted() : list}
    return
  }
  const seen = new Map<string, number>()
  for (const [index, item] of list.entries()) {
    const key = keyOf(item, way.name) ?? String(index)
    const times = (seen.get(key) ?? 0) + 1
    seen.set(key, times)
    // The last of several items of one name wins.
    yield* leavesOfItem(item, way, times === 1 ? key : `${key}, ${times}`)
  }
}

/** What an item of a list is called; `undefined` where only its position tells. */
function keyOf(item: Json, list: string): string | undefined {
  const key = KEYS[list]?.key
  if (key === undefined || !isObject(item)) return undefined
  if (list !== 'portMappings') return textOf(item[key])
  const port = textOf(item[key] ?? item['containerPortRange'])
  const protocol = textOf(item['protocol'] ?? 'tcp')
  return protocol === 'tcp' ? port : `${port}/${protocol}`
}

function* leavesOfItem(item: Json, way: Way, key: string): Generator<Leaf> {
  const itemWay = {...way, field: `${way.field}[${key}]`, name: key}
  if (!isObject(item)) {
    yield {...itemWay, value: item}
    return
  }
  const told = KEYS[way.name]
  const rest = mapMembers(item, (value, member) => (member === told?.key ? undefined : value))
  const [only, ...others] = Object.entries(rest)
  if (only !== undefined && others.length === 0 && only[0] === told?.value) {
    yield {...itemWay, value: only[1]}
    return
  }
  yield {...itemWay, value: {}}
  if (only !== undefined) yield* leaves(rest, itemWay)
}
