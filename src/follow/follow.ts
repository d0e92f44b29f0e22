import type {Aws} from '../aws/clients.ts'
import type {WaitFor} from '../workflow/wait-for.ts'
import type {World} from '../world.ts'
import type {Change} from './changes.ts'
import {followCodeDeploy} from './codedeploy/follower.ts'
import {Follower} from './follower.ts'
import type {DigestsOf} from './proof.ts'
import type {StartedDeployment} from './started.ts'
import type {Followed} from './watched.ts'

export type {Followed, Rollback} from './watched.ts'

/** Is told of each change when it becomes known; `at` is the time of the look. */
export type Tell = (change: Change, started: StartedDeployment, at: Date) => void

/** How deployments are followed. */
export interface FollowWishes {
  /** How long at most; `undefined` for what fits the deployment. */
  readonly waitForMinutes: number | undefined
  readonly waitFor: WaitFor
  /** Whether the ends of logs are read and told. */
  readonly showLogs: boolean
  readonly digestsOf: DigestsOf
}

/** Follows deployments, side by side, until each has an outcome. Reads that fail are ridden out; a cancelled job ends it. */
export async function follow(
  started: readonly StartedDeployment[],
  wishes: FollowWishes,
  aws: Aws,
  world: World,
  tell: Tell
): Promise<Followed[]> {
  const byEcs = started.filter(({codeDeploy}) => codeDeploy === undefined)
  const [followed, ...byCodeDeploy] = await Promise.all([
    new Follower(byEcs, wishes, aws, world, tell).follow(),
    ...started
      .filter(({codeDeploy}) => codeDeploy !== undefined)
      .map(deployment => followCodeDeploy(deployment, wishes, aws, world, tell))
  ])
  const all = [...followed, ...byCodeDeploy]
  return all.toSorted((one, other) => indexOf(one, started) - indexOf(other, started))
}

function indexOf({started}: Followed, all: readonly StartedDeployment[]): number {
  return all.findIndex(({service}) => service.arn === started.service.arn)
}
