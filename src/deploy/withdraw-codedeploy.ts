import {isDenied, tellOnce} from '../aws/allowed.ts'
import {change} from '../aws/change.ts'
import type {Aws} from '../aws/clients.ts'
import type {World} from '../world.ts'
import type {Withdrawal} from './withdraw.ts'

/**
 * Has CodeDeploy stop a deployment that is on its way and roll it back (`StopDeployment`): traffic comes back, and the new
 * tasks go.
 * @param service its name, for the log
 * @throws what AWS refused it with otherwise; Failure when it is unknown whether it was done
 */
export async function withdrawFromCodeDeploy(
  service: string,
  deploymentId: string,
  aws: Aws,
  world: World
): Promise<Withdrawal> {
  const [client, once] = await Promise.all([aws.codeDeploy(), aws.codeDeployOnce()])
  const wanted = {
    what: `the rollback of ${service}`,
    make: async () => {
      await once.stopDeployment({deploymentId, autoRollbackEnabled: true})
      return 'requested' as const
    },
    readBack: async () => {
      const {deploymentInfo} = await client.getDeployment({deploymentId})
      return deploymentInfo?.status === 'Stopped' ? ('requested' as const) : undefined
    },
    ifUnknown: 'look at the deployment'
  }
  try {
    return await change(wanted, world)
  } catch (error) {
    if (isDenied(error)) {
      tellOnce(world.log, `deployment of ${service} not stopped: missing codedeploy:StopDeployment`)
      return 'denied'
    }
    if (error instanceof Error && error.name === 'DeploymentAlreadyCompletedException') return 'over'
    throw error
  }
}
