import {type Deployment, type Service, UpdateServiceCommand} from '@aws-sdk/client-ecs'
import {familyAndRevision} from '../aws/arn.ts'
import {change} from '../aws/change.ts'
import type {Aws} from '../aws/clients.ts'
import {explain} from '../aws/explain.ts'
import type {ServiceToRelease} from '../check/services.ts'
import type {Revision} from '../definition/index.ts'
import {rolloutOf} from '../follow/rollout.ts'
import type {StartedDeployment} from '../follow/started.ts'
import {Failure} from '../workflow/failure.ts'
import type {World} from '../world.ts'
import {deployWithCodeDeploy} from './codedeploy.ts'
import {readService} from './read-service.ts'

/** What the user asked for besides the new revision. */
export interface UpdateWishes {
  readonly desiredCount: number | undefined
  readonly forceNewDeployment: boolean
  /** The revision is left alone where the service has it already, also if the tag of its image may have moved. */
  readonly keepsImage?: boolean
}

/** Who is told of updates. */
export interface UpdateListener {
  /** ECS is about to be asked to update the service: from now on nobody knows whether it did, until it is `started`. */
  readonly updating: (service: string) => void
  /** The deployment exists. */
  readonly started: (deployment: StartedDeployment) => void
}

/** An update that is due: the service as it is right before it, and the one change that is intended. */
interface Update {
  readonly service: ServiceToRelease
  readonly taskDefinitionArn: string
  readonly before: Service
  /** The service works towards this revision already. */
  readonly same: boolean
  readonly force: boolean
  /** Sent only when it is asked for. */
  readonly desiredCount: number | undefined
}

/**
 * Updates services one after the other, so that nothing happens after one that is refused. A cancelled job ends with those
 * that were updated.
 * @param reference of the image that is released
 * @returns the deployments in the order of the services
 * @throws the signal's reason where the job was cancelled before any was updated
 */
export async function updateServices(
  targets: readonly {readonly service: ServiceToRelease; readonly containers: readonly string[]}[],
  revisions: readonly Revision[],
  reference: string,
  wishes: UpdateWishes,
  aws: Aws,
  world: World,
  listener: UpdateListener
): Promise<StartedDeployment[]> {
  const deployments: StartedDeployment[] = []
  for (const [index, {service, containers}] of targets.entries()) {
    if (deployments.length > 0 && world.signal.aborted) break
    world.signal.throwIfAborted()
    const revision = revisions[index]
    if (revision === undefined) throw new TypeError(`No revision for ${service.name}`)
    const before = await readService(service, aws, world.signal).catch((error: unknown) => {
      throw explain(error, `reading the service ${service.name}`)
    })
    const image = {reference, containers}
    const release = {...wishes, service, before, taskDefinitionArn: revision.arn, image}
    const deployment =
      service.codeDeploy === undefined
        ? await updateService(release, aws, world, listener)
        : await deployWithCodeDeploy({...release, target: service.codeDeploy}, aws, world, listener)
    listener.started(deployment)
    deployments.push(deployment)
  }
  return deployments
}

/** What a service is to run, and what the user asked for besides. */
interface Release extends UpdateWishes {
  readonly service: ServiceToRelease
  readonly before: Service
  readonly taskDefinitionArn: string
  readonly image: StartedDeployment['image']
}

async function updateService(
  release: Release,
  aws: Aws,
  world: World,
  listener: UpdateListener
): Promise<StartedDeployment> {
  const update = planUpdate(release, world)
  return started(update, await carryOut(update, aws, world, listener), release.image, world)
}

function planUpdate(
  {service, before, taskDefinitionArn, image, desiredCount, forceNewDeployment, keepsImage = false}: Release,
  {log}: World
): Update {
  const primary = primaryOf(before)
  const same = primary?.taskDefinition === taskDefinitionArn
  const why = same ? whyAnew(primary, keepsImage ? undefined : image.reference) : undefined
  if (why !== undefined) log.info(`${service.name} has ${familyAndRevision(taskDefinitionArn)} already, but ${why}`)
  return {service, taskDefinitionArn, before, same, force: forceNewDeployment || why !== undefined, desiredCount}
}

/** Why a revision that a service has already is deployed once more, without being asked to. */
function whyAnew({rolloutState}: Deployment, image: string | undefined): string | undefined {
  if (rolloutState === 'FAILED') return 'its deployment failed: deploying it anew'
  // ECS resolves a tag when a deployment starts, and keeps to the digest.
  if (image?.includes('@sha256:') === false)
    return `${image} may be another image by now: deploying anew, so that ECS looks`
  return undefined
}

/**
 * Makes one intended change: the revision, and what the user asked for; nothing else is sent, so that settings made
 * elsewhere stay. A service that is as it is wanted is left alone.
 * @returns the service as it is then
 * @throws Failure in ECS's words when it refuses
 */
async function carryOut(update: Update, aws: Aws, world: World, listener: UpdateListener): Promise<Service> {
  const {service, before, same, force, desiredCount} = update
  if (same && !force && (desiredCount ?? before.desiredCount) === before.desiredCount) return before
  const updated = change(
    {
      what: `the update of ${service.name}`,
      make: () => {
        listener.updating(service.name)
        return send(update, aws)
      },
      // Not with the signal of the job: after a cancellation the answer matters all the more.
      readBack: async () => {
        const current = await readService(service, aws)
        return wasDone(update, current) ? current : undefined
      },
      ifUnknown: 'look at the service before running the job again'
    },
    world
  )
  return updated.catch((error: unknown) => {
    throw explain(error, `updating the service ${service.name}`)
  })
}

async function send({service, taskDefinitionArn, desiredCount, force}: Update, aws: Aws): Promise<Service> {
  const answer = await aws.ecsOnce.send(
    new UpdateServiceCommand({
      cluster: service.cluster.arn,
      service: service.name,
      taskDefinition: taskDefinitionArn,
      ...(desiredCount !== undefined && {desiredCount}),
      ...(force && {forceNewDeployment: true})
    })
  )
  if (answer.service === undefined) throw new TypeError('UpdateService was answered without the service')
  return answer.service
}

/** Whether an update whose answer was lost took effect: a new deployment of our revision, or the wanted count. */
function wasDone(update: Update, current: Service): boolean {
  const {same, force, desiredCount} = update
  return same && !force ? current.desiredCount === desiredCount : newDeployment(update, current) !== undefined
}

/** A deployment of our revision that was not there before; another one may have replaced it since. */
function newDeployment({before, taskDefinitionArn}: Update, {deployments = []}: Service): Deployment | undefined {
  const known = idsOf(before)
  return deployments.find(({id, taskDefinition}) => taskDefinition === taskDefinitionArn && !known.includes(id))
}

/**
 * What is followed. A deployment that was there before the update is joined: the revision was there already, or ECS
 * rolled back to it just then.
 */
function started(update: Update, current: Service, image: StartedDeployment['image'], world: World): StartedDeployment {
  const {service, before, taskDefinitionArn, same, force, desiredCount} = update
  const primary = primaryOf(current)
  const ours = newDeployment(update, current) ?? primary
  if (ours?.id === undefined || ours.taskDefinition !== taskDefinitionArn) {
    throw new Failure(
      `ECS accepted the update of ${service.name}, but its primary deployment is of ${primary?.taskDefinition ?? 'no revision'}: another deployment overtook this one, so run the job again if yours is the one that counts.`
    )
  }
  return {
    service: {name: service.name, arn: service.arn, clusterArn: service.cluster.arn},
    deploymentId: ours.id,
    taskDefinitionArn,
    previousTaskDefinitionArn: revisionBefore(update),
    startedAt: ours.createdAt ?? world.clock.now(),
    desiredCount: current.desiredCount ?? service.desiredCount,
    joined: idsOf(before).includes(ours.id),
    scaledTo: same && !force && desiredCount !== before.desiredCount ? desiredCount : undefined,
    image,
    rollout: rolloutOf(current)
  }
}

/**
 * What ran before our revision did: another one whose deployment is complete, or else one that was to be deployed. Where
 * the service had only ours, as when a release is run again and the other one is gone, it is ours.
 */
function revisionBefore({before: {deployments = []}, service, taskDefinitionArn}: Update): string {
  const others = deployments.filter(({taskDefinition}) => taskDefinition !== taskDefinitionArn)
  const earlier = others.find(({rolloutState}) => rolloutState === 'COMPLETED') ?? others[0]
  return earlier?.taskDefinition ?? service.taskDefinitionArn
}

function primaryOf({deployments = []}: Service): Deployment | undefined {
  return deployments.find(({status}) => status === 'PRIMARY')
}

function idsOf({deployments = []}: Service): readonly (string | undefined)[] {
  return deployments.map(({id}) => id)
}
