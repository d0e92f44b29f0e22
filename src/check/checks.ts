import {ec2Capacity} from './capacity/ec2-capacity.ts'
import type {Check} from './check.ts'
import {DEFINITION_CHECKS} from './definition/checks.ts'
import {drift} from './drift.ts'
import {conflictRefused, conflictSuperseded} from './safety/conflict.ts'
import {imagePlatform} from './image/platform.ts'
import {olderReRun, olderRun} from './safety/order.ts'
import {goneImage, inactiveRevision} from './safety/way-back.ts'
import {SERVICE_CHECKS} from './service/index.ts'

/** Everything that is looked for, in the order in which it is documented. */
export const CHECKS: readonly Check[] = [
  ...DEFINITION_CHECKS,
  ...SERVICE_CHECKS,
  olderRun,
  olderReRun,
  conflictRefused,
  conflictSuperseded,
  inactiveRevision,
  goneImage,
  imagePlatform,
  drift,
  ec2Capacity
]
