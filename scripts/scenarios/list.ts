import {badDays} from './list/bad-days.ts'
import {codeDeploy} from './list/codedeploy.ts'
import {deployments} from './list/deployments.ts'
import {failingTasks} from './list/failing-tasks.ts'
import {interference} from './list/interference.ts'
import {placement} from './list/placement.ts'
import {rollingKinds} from './list/rolling-kinds.ts'
import {strategies} from './list/strategies.ts'
import {wayBack} from './list/way-back.ts'
import type {Scenario} from './scenario.ts'

/** All scenarios, in the order of the table. */
export const scenarios: readonly Scenario[] = [
  ...deployments,
  ...failingTasks,
  ...placement,
  ...rollingKinds,
  ...strategies,
  ...codeDeploy,
  ...wayBack,
  ...interference,
  ...badDays
]
