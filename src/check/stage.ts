import {Failure} from '../workflow/failure.ts'
import {isStage, type WaitFor} from '../workflow/wait-for.ts'
import type {ServiceToRelease} from './services.ts'

/**
 * Rolling deployments have no lifecycle stages that could be waited for.
 * @throws Failure for the first service that rolls, where a stage is to be waited for
 */
export function refuseStageOfRolling(
  services: readonly Pick<ServiceToRelease, 'name' | 'cluster' | 'strategy'>[],
  waitFor: WaitFor
): void {
  const rolling = services.find(({strategy}) => strategy === 'ROLLING')
  if (!isStage(waitFor) || rolling === undefined) return
  throw new Failure(
    `The input \`wait-for\` is the lifecycle stage ${waitFor}, but the service ${rolling.name} in ${rolling.cluster.name} has the deployment strategy ROLLING, whose deployments have no stages: wait for \`deployed\` or \`healthy\`, or give the service the strategy BLUE_GREEN, LINEAR or CANARY.`,
    {fix: 'with:\n  wait-for: deployed'}
  )
}
