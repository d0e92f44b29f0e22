import type {Alarms} from '../ecs/alarms.ts'
import type {TaskSets} from '../ecs/task-sets.ts'
import type {EmulatorClock} from '../clock.ts'
import type {TargetGroups} from '../target-groups.ts'
import type {Application, DeploymentGroup} from './model.ts'
import type {DeploymentConfigs} from './configs.ts'
import type {Lambdas} from './lambdas.ts'
import type {CodeDeployTiming} from './timing.ts'
import type {CodeDeployVariants} from './variants.ts'
import type {CodeDeployIds} from './ids.ts'

/** What CodeDeploy in one region works on. */
export interface CodeDeployWorld {
  readonly clock: EmulatorClock
  readonly timing: CodeDeployTiming
  readonly variants: CodeDeployVariants
  readonly ids: CodeDeployIds
  readonly applications: Map<string, Application>
  readonly configs: DeploymentConfigs
  readonly lambdas: Lambdas
  readonly alarms: Alarms
  readonly taskSets: TaskSets
  readonly targetGroups: TargetGroups
}

/** All deployment groups of the region. */
export function groupsOf({applications}: CodeDeployWorld): readonly DeploymentGroup[] {
  return [...applications.values()].flatMap(({groups}) => [...groups.values()])
}
