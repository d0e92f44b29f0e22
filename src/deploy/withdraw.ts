import {
  DescribeServiceDeploymentsCommand,
  ListServiceDeploymentsCommand,
  type Service,
  StopServiceDeploymentCommand,
  StopServiceDeploymentStopType
} from '@aws-sdk/client-ecs'
import {isDenied, tellOnce} from '../aws/allowed.ts'
import {change} from '../aws/change.ts'
import type {Aws} from '../aws/clients.ts'
import {oursAmong} from '../follow/service-deployments.ts'
import type {StartedDeployment} from '../follow/started.ts'
import type {World} from '../world.ts'

/** What became of the wish to have ECS roll a deployment back. */
export type Withdrawal = 'requested' | 'over' | 'denied'

/**
 * Has ECS turn back from a deployment that is on its way (`StopServiceDeployment`): tasks that still run stay, and traffic
 * that was shifted comes back first.
 * @param service its name, for the log
 * @throws what AWS refused it with otherwise; Failure when it is unknown whether it was done
 */
export async function withdraw(
  service: string,
  serviceDeploymentArn: string,
  aws: Aws,
  world: World
): Promise<Withdrawal> {
  const stop = new StopServiceDeploymentCommand({
    serviceDeploymentArn,
    stopType: StopServiceDeploymentStopType.ROLLBACK
  })
  const isRequested = async (): Promise<'requested' | undefined> =>
    (await statusOf(serviceDeploymentArn, aws))?.startsWith('ROLLBACK_') === true ? 'requested' : undefined
  const wanted = {
    what: `the rollback of ${service}`,
    make: async () => {
      await aws.ecsOnce.send(stop)
      return 'requested' as const
    },
    readBack: isRequested,
    ifUnknown: 'look at the service'
  }
  try {
    return await change(wanted, world)
  } catch (error) {
    if (isDenied(error)) {
      tellOnce(world.log, `deployment of ${service} not stopped: missing ecs:StopServiceDeployment`)
      return 'denied'
    }
    if (error instanceof Error && error.name === 'ConflictException') return 'over'
    throw error
  }
}

async function statusOf(serviceDeploymentArn: string, aws: Aws): Promise<string | undefined> {
  const command = new DescribeServiceDeploymentsCommand({serviceDeploymentArns: [serviceDeploymentArn]})
  const {serviceDeployments: [found] = []} = await aws.ecs.send(command)
  return found?.status
}

/**
 * The ARN of the service deployment that a deployment on its way belongs to. What somebody else has begun since is another
 * one, and not to be touched.
 * @param current the service that lists the deployment
 * @param deployment its id and when it was created
 * @returns `undefined` where it is not listed
 */
export async function serviceDeploymentOf(
  current: Service,
  deployment: Pick<StartedDeployment, 'deploymentId' | 'startedAt'>,
  aws: Aws
): Promise<string | undefined> {
  const command = new ListServiceDeploymentsCommand({
    cluster: current.clusterArn,
    service: current.serviceArn,
    status: ['PENDING', 'IN_PROGRESS']
  })
  const {serviceDeployments = []} = await aws.ecs.send(command)
  return oursAmong(serviceDeployments, current, deployment)?.serviceDeploymentArn
}
