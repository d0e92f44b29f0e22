import {
  ApplicationProtocol,
  Compatibility,
  ContainerCondition,
  CPUArchitecture,
  DeviceCgroupPermission,
  EFSAuthorizationConfigIAM,
  EFSTransitEncryption,
  EnvironmentFileType,
  FirelensConfigurationType,
  IpcMode,
  LogDriver,
  NetworkMode,
  OSFamily,
  PidMode,
  ProxyConfigurationType,
  ResourceType,
  Scope,
  TaskDefinitionPlacementConstraintType,
  TransportProtocol,
  UlimitName,
  VersionConsistency
} from '@aws-sdk/client-ecs'

const container = 'containerDefinitions.member'

/** Where a task definition has values out of a fixed set; the SDK's schemas do not tell. `member` is each item of a list. */
const enums: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  networkMode: NetworkMode,
  'requiresCompatibilities.member': Compatibility,
  'runtimePlatform.cpuArchitecture': CPUArchitecture,
  'runtimePlatform.operatingSystemFamily': OSFamily,
  pidMode: PidMode,
  ipcMode: IpcMode,
  'placementConstraints.member.type': TaskDefinitionPlacementConstraintType,
  'proxyConfiguration.type': ProxyConfigurationType,
  'volumes.member.dockerVolumeConfiguration.scope': Scope,
  'volumes.member.efsVolumeConfiguration.transitEncryption': EFSTransitEncryption,
  'volumes.member.efsVolumeConfiguration.authorizationConfig.iam': EFSAuthorizationConfigIAM,
  [`${container}.portMappings.member.protocol`]: TransportProtocol,
  [`${container}.portMappings.member.appProtocol`]: ApplicationProtocol,
  [`${container}.logConfiguration.logDriver`]: LogDriver,
  [`${container}.dependsOn.member.condition`]: ContainerCondition,
  [`${container}.environmentFiles.member.type`]: EnvironmentFileType,
  [`${container}.resourceRequirements.member.type`]: ResourceType,
  [`${container}.ulimits.member.name`]: UlimitName,
  [`${container}.firelensConfiguration.type`]: FirelensConfigurationType,
  [`${container}.versionConsistency`]: VersionConsistency,
  [`${container}.linuxParameters.devices.member.permissions.member`]: DeviceCgroupPermission
}

/**
 * The text about the values of a task definition that are not in their set, `undefined` when all are.
 * The form is that of AWS's services in general; which exception ECS uses for it is not documented.
 */
export function enumFault(definition: object): string | undefined {
  const faults = Object.entries(enums).flatMap(([path, values]) =>
    valuesAt(definition, path.split('.'), '')
      .filter(({value}) => value !== undefined && !Object.values(values).includes(value as string))
      .map(
        ({place, value}) =>
          `Value '${String(value)}' at '${place}' failed to satisfy constraint: ` +
          `Member must satisfy enum value set: [${Object.values(values).join(', ')}]`
      )
  )
  if (faults.length === 0) return undefined
  return `${faults.length} validation error${faults.length === 1 ? '' : 's'} detected: ${faults.join('; ')}`
}

/** All values at a path, each with its place in AWS's notation, such as `containerDefinitions.1.member.name`. */
function valuesAt(value: unknown, path: readonly string[], place: string): {place: string; value: unknown}[] {
  const [step, ...rest] = path
  if (step === undefined) return [{place, value}]
  if (step === 'member') {
    if (!Array.isArray(value)) return []
    return value.flatMap((item, index) => valuesAt(item, rest, `${place}.${index + 1}.member`))
  }
  if (typeof value !== 'object' || value === null) return []
  return valuesAt((value as Record<string, unknown>)[step], rest, place === '' ? step : `${place}.${step}`)
}
