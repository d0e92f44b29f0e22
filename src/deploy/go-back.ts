import type {Deployment, Service} from '@aws-sdk/client-ecs'
import {ifAllowed} from '../aws/allowed.ts'
import {familyAndRevision} from '../aws/arn.ts'
import type {Aws} from '../aws/clients.ts'
import {explain} from '../aws/explain.ts'
import {readRevision, type RevisionToRun} from '../check/revision.ts'
import type {ServiceToRelease} from '../check/services.ts'
import type {StartedDeployment} from '../follow/started.ts'
import {Failure} from '../workflow/failure.ts'
import type {World} from '../world.ts'
import {turnBackWithCodeDeploy} from './codedeploy.ts'
import {joined} from './join.ts'
import {readService} from './read-service.ts'
import {type UpdateListener, updateServices} from './update.ts'
import {serviceDeploymentOf, withdraw} from './withdraw.ts'

/** A service and the revision that it is to go back to. */
export interface Return {
  readonly service: ServiceToRelease
  readonly revision: RevisionToRun
  /** The only deployment that is to be left; without it, whichever there is. */
  readonly leaving?: StartedDeployment
}

/**
 * Takes a service back to a revision. Where a deployment is on its way and ECS can only go back from it to that revision, ECS
 * is asked to, which is quicker and moves traffic back first; else the revision is deployed, by its ARN.
 * @returns the deployment to follow
 * @throws Failure in ECS's words when it refuses, or where another deployment has taken the place of the one to leave
 */
export async function goBack(
  {service, revision, leaving}: Return,
  aws: Aws,
  world: World,
  listener: UpdateListener
): Promise<StartedDeployment> {
  const withdrawn = await turnBack({service, revision, ...(leaving && {leaving})}, aws, world).catch(
    (error: unknown) => {
      throw explain(error, `rolling back the service ${service.name}`)
    }
  )
  if (withdrawn !== undefined) {
    listener.started(withdrawn)
    return withdrawn
  }
  const target = {service, containers: revision.image.containers}
  const wishes = {desiredCount: undefined, forceNewDeployment: false, keepsImage: true}
  const [started] = await updateServices(
    [target],
    [{arn: revision.arn, registered: false}],
    revision.image.reference,
    wishes,
    aws,
    world,
    {
      updating: listener.updating,
      started: deployment => {
        listener.started({...deployment, wayBack: 'redeployed'})
      }
    }
  )
  if (started === undefined) throw new TypeError('One service was updated')
  return {...started, wayBack: 'redeployed'}
}

/** @returns `undefined` where the revision has to be deployed */
async function turnBack(
  {service, revision, leaving: meant}: Return,
  aws: Aws,
  world: World
): Promise<StartedDeployment | undefined> {
  const current = await readService(service, aws, world.signal)
  if (service.codeDeploy !== undefined) {
    const {image} = revision
    const release = {service, target: service.codeDeploy, before: current, taskDefinitionArn: revision.arn, image}
    return turnBackWithCodeDeploy({...release, forceNewDeployment: false}, meant?.codeDeploy?.id, aws, world)
  }
  if (meant !== undefined) refuseOther(current, meant, revision)
  const leaving = deploymentToLeave(current, revision.arn)
  if (leaving === undefined) return undefined
  const arn =
    current.currentServiceDeployment ??
    (await ifAllowed(world.log, 'ecs:ListServiceDeployments', () =>
      serviceDeploymentOf(current, {deploymentId: leaving.id ?? '', startedAt: leaving.createdAt ?? new Date(0)}, aws)
    ))
  if (arn === undefined || (await withdraw(service.name, arn, aws, world)) !== 'requested') return undefined
  const {taskDefinition = ''} = leaving
  const names = `${familyAndRevision(taskDefinition)} to ${familyAndRevision(revision.arn)}`
  world.log.info(`${service.name}: asked ECS to roll back from ${names}`)
  const {image} = await readRevision(taskDefinition, aws, world)
  return {...joined(current, leaving, image, world.clock.now()), wayBack: 'withdrawn'}
}

/** Somebody may have deployed since ours came to its end: that is not ours to undo, unless it goes back as well. */
function refuseOther({deployments = []}: Service, meant: StartedDeployment, {arn}: RevisionToRun): void {
  const primary = deployments.find(({status}) => status === 'PRIMARY')
  if (primary === undefined || primary.id === meant.deploymentId || primary.taskDefinition === arn) return
  throw new Failure(
    `${meant.service.name} has a newer deployment by now, of ${familyAndRevision(primary.taskDefinition ?? '')} (${primary.id ?? ''}), which is left alone.`
  )
}

/** The deployment on its way that ECS can leave for this revision alone: nothing else runs beside it. Pure. */
export function deploymentToLeave({deployments = []}: Service, revisionArn: string): Deployment | undefined {
  const primary = deployments.find(({status}) => status === 'PRIMARY')
  const others = deployments.filter(deployment => deployment !== primary)
  if (primary?.rolloutState !== 'IN_PROGRESS' || primary.taskDefinition === revisionArn) return undefined
  const [other] = others
  const isOnlyWay = others.length === 1 && other?.taskDefinition === revisionArn && other.rolloutState !== 'FAILED'
  return isOnlyWay ? primary : undefined
}
