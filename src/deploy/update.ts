import {DescribeServicesCommand, type Deployment, type Service, UpdateServiceCommand} from '@aws-sdk/client-ecs'
import {change} from '../aws/change.ts'
import type {Aws} from '../aws/clients.ts'
import {explain} from '../aws/explain.ts'
import type {ServiceToRelease} from '../check/services.ts'
import type {Revision} from '../definition/index.ts'
import type {StartedDeployment} from '../follow/started.ts'
import {Failure} from '../workflow/failure.ts'
import type {World} from '../world.ts'

/** What the user asked for besides the new revision. */
export interface UpdateWishes {
  readonly desiredCount: number | undefined
  readonly forceNewDeployment: boolean
}

/**
 * Updates services one after the other, so that nothing happens after one that is refused.
 * @param told is called with each deployment as soon as it exists
 * @returns the deployments in the order of the services
 */
export async function updateServices(
  targets: readonly {readonly service: ServiceToRelease}[],
  revisions: readonly Revision[],
  wishes: UpdateWishes,
  aws: Aws,
  world: World,
  told: (deployment: StartedDeployment) => void
): Promise<StartedDeployment[]> {
  const deployments: StartedDeployment[] = []
  for (const [index, {service}] of targets.entries()) {
    const revision = revisions[index]
    if (revision === undefined) throw new TypeError(`No revision for ${service.name}`)
    const deployment = await updateService(service, revision.arn, wishes, aws, world)
    told(deployment)
    deployments.push(deployment)
  }
  return deployments
}

/**
 * Updates a service with one intended change: the revision, and what the user asked for; nothing else is sent, so that
 * settings made elsewhere stay. A service that already works towards this revision is left alone and its deployment
 * followed.
 * @throws Failure in ECS's words when it refuses
 */
async function updateService(
  service: ServiceToRelease,
  taskDefinitionArn: string,
  wishes: UpdateWishes,
  aws: Aws,
  world: World
): Promise<StartedDeployment> {
  const same = service.taskDefinitionArn === taskDefinitionArn && !wishes.forceNewDeployment
  if (same && (wishes.desiredCount === undefined || wishes.desiredCount === service.desiredCount)) {
    const current = await read(service, aws, world)
    return started(service, taskDefinitionArn, current, true, world)
  }
  const updated = await change(
    {
      what: `the update of ${service.name}`,
      make: () => update(service, taskDefinitionArn, wishes, aws),
      readBack: async () => {
        const current = await read(service, aws, world)
        return wasDone(current, service, taskDefinitionArn, wishes, same) ? current : undefined
      }
    },
    world
  ).catch((error: unknown) => {
    throw explain(error, `updating the service ${service.name}`)
  })
  return started(service, taskDefinitionArn, updated, same, world)
}

async function update(
  service: ServiceToRelease,
  taskDefinition: string,
  wishes: UpdateWishes,
  aws: Aws
): Promise<Service> {
  const answer = await aws.ecsOnce.send(
    new UpdateServiceCommand({
      cluster: service.cluster.arn,
      service: service.name,
      taskDefinition,
      ...(wishes.desiredCount !== undefined && {desiredCount: wishes.desiredCount}),
      ...(wishes.forceNewDeployment && {forceNewDeployment: true})
    })
  )
  if (answer.service === undefined) throw new Failure(`ECS answered the update of ${service.name} without the service.`)
  return answer.service
}

async function read(service: ServiceToRelease, aws: Aws, world: World): Promise<Service> {
  const {services = []} = await aws.ecs.send(
    new DescribeServicesCommand({cluster: service.cluster.arn, services: [service.name]}),
    {abortSignal: world.signal}
  )
  const [current] = services
  if (current === undefined) throw new Failure(`The service ${service.name} disappeared while it was being updated.`)
  return current
}

/** Whether an update whose answer was lost took effect: a new deployment of our revision, or the wanted count. */
function wasDone(
  current: Service,
  before: ServiceToRelease,
  taskDefinitionArn: string,
  wishes: UpdateWishes,
  same: boolean
): boolean {
  if (same) return current.desiredCount === wishes.desiredCount
  const primary = primaryOf(current)
  return primary?.taskDefinition === taskDefinitionArn && primary.id !== before.primaryDeploymentId
}

function primaryOf({deployments = []}: Service): Deployment | undefined {
  return deployments.find(({status}) => status === 'PRIMARY')
}

function started(
  service: ServiceToRelease,
  taskDefinitionArn: string,
  current: Service,
  joined: boolean,
  world: World
): StartedDeployment {
  const primary = primaryOf(current)
  if (primary?.id === undefined || primary.taskDefinition !== taskDefinitionArn) {
    throw new Failure(
      `ECS accepted the update of ${service.name}, but its primary deployment is of ${primary?.taskDefinition ?? 'no revision'}: another deployment overtook this one, so run the job again if yours is the one that counts.`
    )
  }
  return {
    service: {name: service.name, arn: service.arn, clusterArn: service.cluster.arn},
    deploymentId: primary.id,
    taskDefinitionArn,
    previousTaskDefinitionArn: service.taskDefinitionArn,
    startedAt: primary.createdAt ?? world.clock.now(),
    desiredCount: current.desiredCount ?? service.desiredCount,
    joined
  }
}
