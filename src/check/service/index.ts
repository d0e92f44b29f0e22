import type {Check} from '../check.ts'
import {capacityProvider} from './capacity-provider.ts'
import {compatibility, fargateSpot} from './launch.ts'
import {externalNetwork, networkConfiguration, publicIp} from './network.ts'
import {platformFamily, platformVersion} from './platform.ts'
import {connectProtocol, portName, serviceContainer, servicePort} from './ports.ts'
import {daemonSteps, deploymentSteps, desiredCountZero} from './rolling.ts'
import {parameterExists, secretArn, secretExists, secretValue} from './secrets/checks.ts'
import {executeCommandRole, unusedVolumeConfiguration, volumeConfiguration} from './settings.ts'
import {targetGroupListener, targetGroupMissing, targetType} from './target-groups.ts'

/** Whether the definition goes with the service, whether the service can roll, and whether its secrets are there. */
export const SERVICE_CHECKS: readonly Check[] = [
  compatibility,
  fargateSpot,
  capacityProvider,
  platformFamily,
  platformVersion,
  networkConfiguration,
  externalNetwork,
  publicIp,
  serviceContainer,
  servicePort,
  portName,
  connectProtocol,
  targetGroupMissing,
  targetGroupListener,
  targetType,
  volumeConfiguration,
  unusedVolumeConfiguration,
  executeCommandRole,
  deploymentSteps,
  daemonSteps,
  desiredCountZero,
  secretArn,
  secretExists,
  secretValue,
  parameterExists
]
