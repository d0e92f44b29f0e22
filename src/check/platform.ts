import {isObject, type JsonObject, textOf} from '../definition/json.ts'
import {isOnFargate, isWindows, saysFargate} from './definition/parts.ts'
import type {Situation} from './situation.ts'

/** A definition, and the service that is to run it, where it is known. */
type Target = Pick<Situation, 'definition' | 'service'>

/** What Docker calls the processor architectures of ECS. */
const ARCHITECTURES: Readonly<Record<string, string>> = {X86_64: 'amd64', ARM64: 'arm64'}

/**
 * The platforms that the definitions ask for, as Docker names them, such as `linux/arm64`. Without an architecture in
 * `runtimePlatform` they are for X86_64 on Fargate and on Windows; elsewhere they run on whatever the instances are, so that
 * the builder's own platform is left to be built.
 */
export function platformsOf(targets: readonly Target[]): string[] {
  return [...new Set(targets.flatMap(target => platformOf(target) ?? []))]
}

function platformOf(target: Target): string | undefined {
  if (isWindows(target)) return 'windows/amd64'
  const byDefault = runsOnFargate(target) ? 'X86_64' : ''
  const architecture = ARCHITECTURES[textOf(runtimePlatform(target.definition.json)['cpuArchitecture']) || byDefault]
  return architecture && `linux/${architecture}`
}

/** A definition may be for Fargate and for instances; then the service decides. */
function runsOnFargate({definition, service}: Target): boolean {
  return service === undefined ? saysFargate(definition.json) : isOnFargate(service)
}

function runtimePlatform(json: JsonObject): JsonObject {
  const platform = json['runtimePlatform']
  return isObject(platform) ? platform : {}
}
