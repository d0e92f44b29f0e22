import {cpuUnits, memoryMebibytes} from '../../definition/size.ts'
import {whereIs} from '../../definition/definition.ts'
import {textOf} from '../../definition/json.ts'
import {bounded, oneLine} from '../../workflow/text.ts'
import {type Check, type Found, memberAt} from '../check.ts'
import type {Situation} from '../situation.ts'
import {containersIn, isForFargate, isWindows, numberIn, type Part, taskCpu, taskMemory, textIn} from './parts.ts'

/** The smallest CPU size of a task outside Fargate, in units. */
const LEAST_CPU = 128

/** Docker reserves this much for a container, in MiB. */
const LEAST_MEMORY = 6

export const taskSize: Check = {
  name: 'task-size',
  finds: '`cpu` or `memory` of the task that is no size',
  level: 'error',
  needs: [],
  run: situation => [
    ...notASize(situation, 'cpu', cpuUnits, '"256" for CPU units or "0.25 vCPU"', LEAST_CPU),
    ...notASize(situation, 'memory', memoryMebibytes, '"512" for MiB or "0.5 GB"', 1)
  ]
}

function notASize(
  situation: Situation,
  member: string,
  parse: (text: string) => number | undefined,
  examples: string,
  least: number
): Found[] {
  const {definition} = situation
  const text = textIn(definition.json[member])
  if (text === undefined || isLeft(situation, text)) return []
  const path = [member]
  const size = parse(text)
  const shown = `${memberAt(definition, path)} is "${bounded(oneLine(text), 80)}"`
  if (size === undefined) return [{message: `${shown}, which ECS cannot read: write it like ${examples}.`, path}]
  // Fargate has sizes of its own, and Windows containers have none on instances.
  if (size >= least || isForFargate(situation) || isWindows(situation)) return []
  return [{message: `${shown}, but ECS takes no task below ${least}: raise it.`, path}]
}

/** A placeholder without a value has been told as such. */
function isLeft({inputs}: Situation, text: string): boolean {
  return inputs.variables.length > 0 && text.includes('${')
}

export const containerMemory: Check = {
  name: 'container-memory',
  finds: 'a container without any `memory` where the task has none, and `memory` below `memoryReservation`',
  level: 'error',
  needs: [],
  run: situation => containersIn(situation).flatMap(container => wrongMemory(situation, container))
}

function wrongMemory(situation: Situation, {value, path}: Part): Found[] {
  const {definition} = situation
  const [memory, reservation] = [numberIn(value['memory']), numberIn(value['memoryReservation'])]
  if (memory === undefined && reservation === undefined && !mayHaveMemory(situation)) {
    const message =
      `The container \`${textOf(value['name'])}\` (${whereIs(definition, path)}) has neither \`memory\` nor \`memoryReservation\`, and the ` +
      'task as a whole has no `memory`, of which ECS needs one: add it in MiB.'
    return [{message, path, fix: '"memory": 512,'}]
  }
  if (memory === undefined || reservation === undefined || memory >= reservation) return []
  const at = [...path, 'memory']
  return [
    {
      message: `${memberAt(definition, at)} is ${memory}, less than the \`memoryReservation\` of ${reservation}, but it is the upper limit of the two: raise it.`,
      path: at
    }
  ]
}

/** One of another type is told as such, and on Fargate the task's is missing in any case. */
function mayHaveMemory(situation: Situation): boolean {
  const memory = situation.definition.json['memory']
  return isForFargate(situation) || (memory !== undefined && memory !== '')
}

export const smallMemory: Check = {
  name: 'small-memory',
  finds: 'container memory below 6 MiB, and `memory` equal to `memoryReservation`',
  level: 'warning',
  needs: [],
  run: situation => containersIn(situation).flatMap(container => oddMemory(situation, container))
}

function oddMemory({definition}: Situation, {value, path}: Part): Found[] {
  const small = ['memory', 'memoryReservation'].flatMap(member => {
    const size = numberIn(value[member])
    if (size === undefined || size >= LEAST_MEMORY) return []
    const at = [...path, member]
    return {
      message: `${memberAt(definition, at)} is ${size}, but Docker needs at least ${LEAST_MEMORY} MiB for a container: raise it.`,
      path: at
    }
  })
  const memory = numberIn(value['memory'])
  if (small.length > 0 || memory === undefined || memory !== numberIn(value['memoryReservation'])) return small
  const at = [...path, 'memoryReservation']
  return [
    {
      message: `${memberAt(definition, at)} is ${memory} like \`memory\`, which by its documentation has to be more: leave \`memoryReservation\` out.`,
      path: at
    }
  ]
}

export const containersFit: Check = {
  name: 'containers-fit',
  finds: 'containers with more CPU or memory than the task',
  level: 'error',
  needs: [],
  run: situation => {
    // On Windows, the sizes of the task are ignored.
    if (isWindows(situation)) return []
    const reserved = ({value}: Part) => numberIn(value['memoryReservation']) ?? numberIn(value['memory']) ?? 0
    const cpu = ({value}: Part) => numberIn(value['cpu']) ?? 0
    return [
      ...tooMuch(situation, 'memory', reserved, taskMemory(situation), 'MiB'),
      ...tooMuch(situation, 'cpu', cpu, taskCpu(situation), 'CPU units')
    ]
  }
}

/** The containers that take more than the task has, each by itself, or else all together. */
function tooMuch(
  situation: Situation,
  member: string,
  size: (container: Part) => number,
  most: number | undefined,
  unit: string
): Found[] {
  if (most === undefined) return []
  const containers = containersIn(situation)
  const each = containers.flatMap(container => tooLarge(situation, container, member, most, unit))
  const sum = containers.reduce((total, container) => total + size(container), 0)
  if (each.length > 0 || sum <= most) return each
  const path = [member]
  return [
    {
      message: `${memberAt(situation.definition, path)} is ${most} ${unit}, but the containers take ${sum} together: raise it, or lower theirs.`,
      path
    }
  ]
}

function tooLarge({definition}: Situation, {value, path}: Part, member: string, most: number, unit: string): Found[] {
  const size = numberIn(value[member])
  if (size === undefined || size <= most) return []
  const at = [...path, member]
  return [
    {
      message: `${memberAt(definition, at)} is ${size} ${unit}, more than the \`${member}\` of the task, ${most}: lower it, or raise that.`,
      path: at
    }
  ]
}
