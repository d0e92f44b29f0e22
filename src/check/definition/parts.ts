import type {Service} from '@aws-sdk/client-ecs'
import {isObject, itemsOf, type Json, type JsonObject, type JsonPath} from '../../definition/json.ts'
import {cpuUnits, memoryMebibytes} from '../../definition/size.ts'
import type {Situation} from '../situation.ts'

/** An object in a definition, and the way to it. */
export interface Part {
  readonly value: JsonObject
  readonly path: JsonPath
}

/** The containers of the definition. */
export function containersIn({definition}: Situation): Part[] {
  return partsIn({value: definition.json, path: []}, 'containerDefinitions')
}

/** The objects in the list `member` of a part. */
export function partsIn({value, path}: Part, member: string): Part[] {
  return itemsOf(value[member]).flatMap((item, index) =>
    isObject(item) ? [{value: item, path: [...path, member, index]}] : []
  )
}

/** The object `member` of a part, as none or one. */
export function partIn({value, path}: Part, member: string): Part[] {
  const item = value[member]
  return isObject(item) ? [{value: item, path: [...path, member]}] : []
}

/** A text that says something; ECS takes an empty one for none. */
export function textIn(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

/** The texts in a list. */
export function textsIn(value: Json | undefined): string[] {
  return itemsOf(value).filter(item => typeof item === 'string')
}

/** A number, `undefined` for anything else. */
export function numberIn(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** The `cpu` of the task in CPU units; `undefined` when there is none, or none that is understood. */
export function taskCpu({definition}: Situation): number | undefined {
  const cpu = textIn(definition.json['cpu'])
  return cpu === undefined ? undefined : cpuUnits(cpu)
}

/** The `memory` of the task in MiB; `undefined` when there is none, or none that is understood. */
export function taskMemory({definition}: Situation): number | undefined {
  const memory = textIn(definition.json['memory'])
  return memory === undefined ? undefined : memoryMebibytes(memory)
}

/** The network mode; ECS takes none for `bridge`, on Windows for `default`, which maps ports the same way. */
export function networkMode({definition}: Situation): string {
  return textIn(definition.json['networkMode']) ?? 'bridge'
}

/** Whether the containers are Windows's. */
export function isWindows({definition}: Pick<Situation, 'definition'>): boolean {
  const platform = definition.json['runtimePlatform']
  return isObject(platform) && textIn(platform['operatingSystemFamily'])?.startsWith('WINDOWS') === true
}

/** Whether tasks of the service run on Fargate, by launch type or by capacity provider. */
export function isOnFargate({launchType, capacityProviderStrategy = []}: Service): boolean {
  return (
    launchType === 'FARGATE' ||
    // ECS keeps the names that begin so for its own capacity providers.
    capacityProviderStrategy.some(({capacityProvider = ''}) => capacityProvider.startsWith('FARGATE'))
  )
}

/** Whether the definition has to suit Fargate: it says so itself, or the service runs its tasks there. */
export function isForFargate({definition, service}: Situation): boolean {
  return saysFargate(definition.json) || (service !== undefined && isOnFargate(service))
}

/** Whether the definition says itself that it is for Fargate. */
export function saysFargate(json: JsonObject): boolean {
  return textsIn(json['requiresCompatibilities']).includes('FARGATE')
}
