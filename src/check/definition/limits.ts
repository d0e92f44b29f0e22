import {itemsOf, type Json} from '../../definition/json.ts'
import {type Check, type Found, memberAt} from '../check.ts'
import type {Situation} from '../situation.ts'
import {containersIn, isForFargate, numberIn, type Part, partIn, partsIn} from './parts.ts'
import {outOfRange} from './ranges.ts'

/** How many there can be. Source: ECS's quotas and API reference; AWS has raised such numbers before. */
const MOST_IN_TASK = {containerDefinitions: 10, placementConstraints: 10, tags: 50}
const MOST_IN_CONTAINER = {environmentFiles: 10, portMappings: 100}

export const limits: Check = {
  name: 'limits',
  finds:
    'more containers, tags, placement constraints, environment files, ports, ignored exit codes or volumes configured at launch, or other storage, than ECS takes by its documentation',
  level: 'warning',
  needs: [],
  run: situation => {
    const task = {value: situation.definition.json, path: []}
    const policies = containersIn(situation).flatMap(container => partIn(container, 'restartPolicy'))
    return [
      ...tooMany(situation, task, MOST_IN_TASK),
      ...containersIn(situation).flatMap(container => tooMany(situation, container, MOST_IN_CONTAINER)),
      ...policies.flatMap(policy => tooMany(situation, policy, {ignoredExitCodes: 50})),
      ...secondAtLaunch(situation, task),
      ...partIn(task, 'ephemeralStorage').flatMap(storage =>
        outOfRange(situation, storage, {sizeInGiB: {least: 21, most: 200, unit: 'GiB'}})
      )
    ]
  }
}

function tooMany({definition}: Situation, {value, path}: Part, most: Readonly<Record<string, number>>): Found[] {
  return Object.entries(most).flatMap(([member, number]) => {
    const {length} = itemsOf(value[member])
    const at = [...path, member]
    if (length <= number) return []
    return {
      message: `${memberAt(definition, at)} has ${length} entries, but ECS takes no more than ${number} by its documentation: remove some if it refuses.`,
      path: at
    }
  })
}

function secondAtLaunch({definition}: Situation, task: Part): Found[] {
  const [, second] = partsIn(task, 'volumes').filter(({value}) => value['configuredAtLaunch'] === true)
  if (second === undefined) return []
  const path = [...second.path, 'configuredAtLaunch']
  const message = `${memberAt(definition, path)} is the second volume that is configured at launch, of which a task has one by ECS's documentation: remove one if it refuses.`
  return [{message, path}]
}

export const timeouts: Check = {
  name: 'timeouts',
  finds:
    '`startTimeout` and `stopTimeout` that Fargate does not have, and a `restartAttemptPeriod` outside 60 to 1800 seconds',
  level: 'error',
  needs: [],
  run: situation => {
    const range = {least: 2, most: 120, unit: 'seconds on Fargate'}
    const onFargate = isForFargate(situation) ? {startTimeout: range, stopTimeout: range} : {}
    return containersIn(situation).flatMap(container => [
      ...outOfRange(situation, container, onFargate),
      ...partIn(container, 'restartPolicy').flatMap(policy =>
        outOfRange(situation, policy, {restartAttemptPeriod: {least: 60, most: 1800, unit: 'seconds'}})
      )
    ])
  }
}

export const ulimits: Check = {
  name: 'ulimits',
  finds: 'a soft limit above its hard limit, or more open files than Fargate has',
  level: 'warning',
  needs: [],
  run: situation =>
    containersIn(situation)
      .flatMap(container => partsIn(container, 'ulimits'))
      .flatMap(ulimit => wrongUlimit(situation, ulimit))
}

/** The most open files on Fargate. Source: ECS developer guide. */
const MOST_FILES = 1_048_576

function wrongUlimit(situation: Situation, {value, path}: Part): Found[] {
  const [soft, hard] = [numberIn(value['softLimit']), numberIn(value['hardLimit'])]
  if (soft === undefined || hard === undefined) return []
  const at = [...path, 'softLimit']
  // -1 is no limit.
  if (hard !== -1 && (soft > hard || soft === -1)) {
    const message = `${memberAt(situation.definition, at)} is ${soft}, above the \`hardLimit\` of ${hard}, so that Docker cannot start the container: lower it, or raise that.`
    return [{message, path: at}]
  }
  if (!isForFargate(situation) || value['name'] !== 'nofile' || hard <= MOST_FILES) return []
  const atHard = [...path, 'hardLimit']
  const message = `${memberAt(situation.definition, atHard)} is ${hard}, but Fargate has no more than ${MOST_FILES} open files by its documentation: lower it.`
  return [{message, path: atHard}]
}

export const platform: Check = {
  name: 'platform',
  finds: 'Windows on ARM64, which ECS does not have',
  level: 'error',
  needs: [],
  run: ({definition}) =>
    partIn({value: definition.json, path: []}, 'runtimePlatform').flatMap(({value, path}) => {
      const at = [...path, 'cpuArchitecture']
      if (value['cpuArchitecture'] !== 'ARM64' || !isWindowsFamily(value['operatingSystemFamily'])) return []
      return {
        message: `${memberAt(definition, at)} is \`ARM64\`, but ECS runs Windows only on \`X86_64\`: correct one of the two.`,
        path: at
      }
    })
}

function isWindowsFamily(family: Json | undefined): boolean {
  return typeof family === 'string' && family.startsWith('WINDOWS')
}
