import {isObject, textOf, itemsOf} from '../definition/json.ts'
import type {Target} from './look.ts'

/** What Docker calls the processor architectures of ECS. */
const ARCHITECTURES: Readonly<Record<string, string>> = {X86_64: 'amd64', ARM64: 'arm64'}

/**
 * The platforms that the definitions ask for, as Docker names them, such as `linux/arm64`. A definition for Fargate
 * without `runtimePlatform` runs on Linux and X86_64; on EC2 it runs on whatever the instances are, so the builder's own
 * platform is left to be built.
 */
export function platformsOf(targets: readonly Pick<Target, 'definition'>[]): string[] {
  return [...new Set(targets.flatMap(({definition}) => platformOf(definition.json) ?? []))]
}

function platformOf(json: Target['definition']['json']): string | undefined {
  const platform = json['runtimePlatform']
  if (!isObject(platform))
    return itemsOf(json['requiresCompatibilities']).includes('FARGATE') ? 'linux/amd64' : undefined
  const system = textOf(platform['operatingSystemFamily']).startsWith('WINDOWS') ? 'windows' : 'linux'
  return `${system}/${ARCHITECTURES[textOf(platform['cpuArchitecture'])] ?? 'amd64'}`
}
