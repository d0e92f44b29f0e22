import {isObject, textOf, itemsOf, type Json, type JsonPath} from '../../definition/json.ts'
import {listed} from '../../workflow/text.ts'
import {type Check, type Found, memberAt} from '../check.ts'
import type {Situation} from '../situation.ts'
import {
  containersIn,
  isForFargate,
  isWindows,
  type Part,
  partIn,
  partsIn,
  taskCpu,
  taskMemory,
  textIn,
  textsIn
} from './parts.ts'

const steps = (from: number, to: number, step: number): readonly number[] =>
  Array.from({length: (to - from) / step + 1}, (_, index) => from + index * step)

/** The memory in MiB that Fargate has for each CPU size in units. Source: ECS developer guide, task size. */
const SIZES: ReadonlyMap<number, readonly number[]> = new Map([
  [256, [512, 1024, 2048]],
  [512, steps(1024, 4096, 1024)],
  [1024, steps(2048, 8192, 1024)],
  [2048, steps(4096, 16_384, 1024)],
  [4096, steps(8192, 30_720, 1024)],
  [8192, steps(16_384, 61_440, 4096)],
  [16_384, steps(32_768, 122_880, 8192)],
  [32_768, [61_440, 122_880, 249_856]]
])

/** The CPU sizes that Fargate has for Windows. */
const WINDOWS_SIZES = [1024, 2048, 4096]

/** Sizes above these may come: Fargate has grown before. */
const LARGEST = {cpu: 32_768, memory: 249_856}

export const fargateSize: Check = {
  name: 'fargate-size',
  finds: '`cpu` or `memory` of the task missing, or a pair that Fargate does not have',
  level: 'error',
  needs: [],
  run: situation => {
    if (!isForFargate(situation)) return []
    const missing = ['cpu', 'memory'].filter(member => isMissing(situation, member))
    return missing.length > 0 ? missing.map(member => missingSize(situation, member)) : wrongPair(situation)
  }
}

/** One of another type is told as such. */
function isMissing({definition: {json}}: Situation, member: string): boolean {
  return json[member] === undefined || json[member] === ''
}

function missingSize({definition}: Situation, member: string): Found {
  const path = [member]
  return {
    message:
      `The task definition (${definition.name}) has no \`${member}\` for the task as a whole, which Fargate needs: ` +
      `add it beside \`family\`.`,
    path,
    fix: member === 'cpu' ? '"cpu": "256",' : '"memory": "512",'
  }
}

function wrongPair(situation: Situation): Found[] {
  const [cpu, memory] = [taskCpu(situation), taskMemory(situation)]
  if (cpu === undefined || memory === undefined || cpu > LARGEST.cpu || memory > LARGEST.memory) return []
  const known = [...SIZES.keys()].filter(size => !isWindows(situation) || WINDOWS_SIZES.includes(size))
  const sizes = known.includes(cpu) ? SIZES.get(cpu) : undefined
  if (sizes?.includes(memory) === true) return []
  return [sizes === undefined ? wrongCpu(situation, known) : wrongMemory(situation, cpu, sizes)]
}

function wrongCpu(situation: Situation, known: readonly number[]): Found {
  const path = ['cpu']
  const {definition} = situation
  const where = isWindows(situation) ? 'Fargate has for Windows' : 'Fargate has'
  return {
    message:
      `${memberAt(definition, path)} is ${textOf(definition.json['cpu'])}, but ${where} only the sizes ` +
      `${listed(known.map(String))}: choose one of them.`,
    path
  }
}

function wrongMemory({definition}: Situation, cpu: number, sizes: readonly number[]): Found {
  const path = ['memory']
  return {
    message:
      `${memberAt(definition, path)} is ${textOf(definition.json['memory'])}, but with a \`cpu\` of ${cpu} Fargate has ` +
      `${inWords(sizes)}: change one of the two.`,
    path
  }
}

/** `512, 1024 and 2048 MiB`, or `2048 to 8192 MiB in steps of 1024`. */
function inWords(sizes: readonly number[]): string {
  const [first = 0, second = 0] = sizes
  return sizes.length <= 4
    ? `${listed(sizes.map(String))} MiB`
    : `${first} to ${String(sizes.at(-1))} MiB in steps of ${second - first}`
}

export const fargateNetworkMode: Check = {
  name: 'fargate-network-mode',
  finds: 'a `networkMode` other than `awsvpc` on Fargate',
  level: 'error',
  needs: [],
  run: situation => {
    const {definition} = situation
    const mode = textIn(definition.json['networkMode'])
    // In other letters it is told as such.
    if (!isForFargate(situation) || mode?.toLowerCase() === 'awsvpc') return []
    const path = ['networkMode']
    const wrong =
      mode === undefined
        ? `The task definition (${definition.name}) has no \`networkMode\``
        : `${memberAt(definition, path)} is \`${mode}\``
    return [{message: `${wrong}, but Fargate runs only \`awsvpc\`: set it.`, path, fix: '"networkMode": "awsvpc",'}]
  }
}

/** Something that asks for what Fargate has not. */
interface Asked {
  readonly path: JsonPath
  /** Instead of saying that it is there, what it is. */
  readonly is?: string
}

export const fargateRefused: Check = {
  name: 'fargate-refused',
  finds: 'what needs the host of the task, such as `privileged`, `links` or a `sourcePath`, on Fargate',
  level: 'error',
  needs: [],
  run: situation =>
    isForFargate(situation)
      ? [...refusedInTask(situation), ...containersIn(situation).flatMap(refusedInContainer)].map(asked =>
          notOnFargate(situation, asked, 'which Fargate refuses', 'remove it, or run the service on EC2')
        )
      : []
}

export const fargateUnsupported: Check = {
  name: 'fargate-unsupported',
  finds: 'settings of kernel, swap, devices and name resolution that Fargate does not support at present',
  level: 'warning',
  needs: [],
  run: situation =>
    isForFargate(situation)
      ? containersIn(situation)
          .flatMap(unsupportedInContainer)
          .map(asked =>
            notOnFargate(
              situation,
              asked,
              'which Fargate does not support as far as its documentation says, so that ECS may refuse the definition',
              'remove it if it does'
            )
          )
      : []
}

function notOnFargate({definition}: Situation, {path, is}: Asked, why: string, advice: string): Found {
  return {message: `${memberAt(definition, path)} is ${is ?? 'set'}, ${why}: ${advice}.`, path}
}

function refusedInTask({definition: {json}}: Situation): Asked[] {
  const task = {value: json, path: []}
  return [
    ...(json['pidMode'] === 'host' ? [{path: ['pidMode'], is: '`host`'}] : []),
    ...given(task, 'ipcMode'),
    ...given(task, 'placementConstraints'),
    ...partsIn(task, 'volumes').flatMap(volume => [
      ...given(volume, 'dockerVolumeConfiguration'),
      ...partIn(volume, 'host').flatMap(host => given(host, 'sourcePath'))
    ])
  ]
}

function refusedInContainer(container: Part): Asked[] {
  const members = ['privileged', 'disableNetworking', 'links', 'dockerSecurityOptions']
  const gpus = partsIn(container, 'resourceRequirements').filter(({value}) => value['type'] === 'GPU')
  return [
    ...members.flatMap(member => given(container, member)),
    ...gpus.map(({path}) => ({path: [...path, 'type'], is: '`GPU`'}))
  ]
}

function unsupportedInContainer(container: Part): Asked[] {
  const linux = partIn(container, 'linuxParameters')
  return [
    ...['dnsServers', 'dnsSearchDomains', 'extraHosts'].flatMap(member => given(container, member)),
    ...linux.flatMap(parameters =>
      ['devices', 'maxSwap', 'sharedMemorySize', 'swappiness'].flatMap(member => given(parameters, member))
    ),
    ...linux.flatMap(parameters => partIn(parameters, 'capabilities').flatMap(addedCapabilities))
  ]
}

/** Fargate adds no other capability than `SYS_PTRACE`. */
function addedCapabilities({value, path}: Part): Asked[] {
  return textsIn(value['add']).flatMap((capability, index) =>
    capability === 'SYS_PTRACE' || capability === '' ? [] : [{path: [...path, 'add', index], is: `\`${capability}\``}]
  )
}

/** A member that asks for something: `false` and what is empty ask for nothing. */
function given({value, path}: Part, member: string): Asked[] {
  return isAsking(value[member]) ? [{path: [...path, member]}] : []
}

function isAsking(value: Json | undefined): boolean {
  if (value === undefined || value === false || value === '') return false
  return Array.isArray(value)
    ? itemsOf(value).some(item => item !== '')
    : !isObject(value) || Object.keys(value).length > 0
}
