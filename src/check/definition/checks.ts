import type {Check} from '../check.ts'
import {
  containerNames,
  environmentFiles,
  essential,
  image,
  repeatedNames,
  secretNames,
  secretReference
} from './containers.ts'
import {dependsOn, references} from './dependencies.ts'
import {fargateNetworkMode, fargateRefused, fargateSize, fargateUnsupported} from './fargate.ts'
import {healthCheck, healthCheckCommand} from './health.ts'
import {limits, platform, timeouts, ulimits} from './limits.ts'
import {fireLens, logDriver, logDriverManagedInstances, logMode, logOptions} from './logs.ts'
import {containerMemory, containersFit, smallMemory, taskSize} from './memory.ts'
import {placeholders} from './placeholders.ts'
import {plaintextSecrets} from './plaintext-secrets.ts'
import {portMappings, portsTwice} from './ports.ts'
import {unlessRegistered} from './registered.ts'
import {executionRole} from './roles.ts'
import {unknownMembers, unknownWords} from './unknown.ts'
import {definitionSize} from './size.ts'
import {mountPoints, volumes} from './volumes.ts'

const ALL: readonly Check[] = [
  unknownMembers,
  unknownWords,
  placeholders,
  plaintextSecrets,
  taskSize,
  fargateSize,
  fargateNetworkMode,
  fargateRefused,
  fargateUnsupported,
  platform,
  executionRole,
  containerMemory,
  smallMemory,
  containersFit,
  essential,
  containerNames,
  image,
  repeatedNames,
  secretNames,
  secretReference,
  environmentFiles,
  portMappings,
  portsTwice,
  logDriver,
  logDriverManagedInstances,
  logOptions,
  logMode,
  fireLens,
  healthCheck,
  healthCheckCommand,
  dependsOn,
  references,
  mountPoints,
  volumes,
  timeouts,
  ulimits,
  limits,
  definitionSize
]

/** What is looked for in the definition alone, given where it is to run. */
export const DEFINITION_CHECKS: readonly Check[] = ALL.map(unlessRegistered)
