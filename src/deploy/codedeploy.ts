import {createHash} from 'node:crypto'
import type {CodeDeploy, DeploymentInfo} from '@aws-sdk/client-codedeploy'
import type {Service, TaskSet} from '@aws-sdk/client-ecs'
import {familyAndRevision} from '../aws/arn.ts'
import {change} from '../aws/change.ts'
import {unsubscribed} from '../aws/codedeploy.ts'
import type {Aws} from '../aws/clients.ts'
import {explain} from '../aws/explain.ts'
import {appSpecFor, type CodeDeployTarget, taskDefinitionIn} from '../check/codedeploy/index.ts'
import type {ServiceToRelease} from '../check/services.ts'
import {rolloutOf} from '../follow/rollout.ts'
import type {StartedDeployment} from '../follow/started.ts'
import {Failure} from '../workflow/failure.ts'
import {bounded, oneLine} from '../workflow/text.ts'
import type {World} from '../world.ts'
import {withdrawFromCodeDeploy} from './withdraw-codedeploy.ts'

/** A release of a service that CodeDeploy deploys. */
export interface CodeDeployRelease {
  readonly service: ServiceToRelease
  readonly target: CodeDeployTarget
  /** The service right before it. */
  readonly before: Service
  readonly taskDefinitionArn: string
  readonly image: StartedDeployment['image']
  readonly forceNewDeployment: boolean
  /** The revision is left alone where the service has it already, also if the tag of its image may have moved. */
  readonly keepsImage?: boolean
}

interface Listener {
  /** CodeDeploy is about to be asked for a deployment. */
  readonly updating: (service: string) => void
}

const ENDED: readonly (string | undefined)[] = ['Succeeded', 'Failed', 'Stopped']
const LONGEST_DESCRIPTION = 200

/**
 * Creates the one CodeDeploy deployment of a release. One of the same revision that is on its way is joined, and a service
 * that runs the revision already is left alone, unless its last deployment failed.
 * @throws Failure when another deployment of the group is on its way, or in CodeDeploy's words when it refuses
 */
export async function deployWithCodeDeploy(
  release: CodeDeployRelease,
  aws: Aws,
  world: World,
  listener: Listener
): Promise<StartedDeployment> {
  const client = await aws.codeDeploy()
  const last = await lastDeployment(release, client, world.signal)
  const joined = last === undefined || ENDED.includes(last.status) ? undefined : joinable(last, release, aws)
  if (joined !== undefined) return startedBy(release, joined, true, world)
  if (isThere(release, last, world)) return startedBy(release, undefined, true, world)
  const made = await create(release, last?.deploymentId, aws, world, listener)
  return startedBy(release, made.deployment, made.joined, world)
}

/**
 * Has CodeDeploy stop a deployment that is on its way and go back from it to the revision that serves production until now,
 * where that is the one wanted.
 * @param meant id of the only deployment that is to be left; without it, whichever there is
 * @returns the deployment to follow; `undefined` where the revision has to be deployed
 * @throws Failure where another deployment has taken the place of the one that is meant
 */
export async function turnBackWithCodeDeploy(
  release: CodeDeployRelease,
  meant: string | undefined,
  aws: Aws,
  world: World
): Promise<StartedDeployment | undefined> {
  const {service, before, taskDefinitionArn} = release
  const last = await lastDeployment(release, await aws.codeDeploy(), world.signal)
  const {deploymentId, status, creator, revision, previousRevision} = last ?? {}
  if (meant !== undefined && deploymentId !== undefined && deploymentId !== meant) {
    throw new Failure(
      `${service.name} has a newer CodeDeploy deployment by now (${deploymentId}), which is left alone.`
    )
  }
  if (last === undefined || deploymentId === undefined || ENDED.includes(status) || creator === 'codeDeployRollback') {
    return undefined
  }
  const leaving = taskDefinitionIn(revision?.appSpecContent?.content) ?? ''
  const made = before.taskSets?.find(({externalId}) => externalId === deploymentId)
  const serving = before.taskSets?.find(({id}) => id !== made?.id)?.taskDefinition
  const goal = taskDefinitionIn(previousRevision?.appSpecContent?.content) ?? serving
  if (goal !== taskDefinitionArn) return undefined
  if ((await withdrawFromCodeDeploy(service.name, deploymentId, aws, world)) !== 'requested') return undefined
  const names = `${familyAndRevision(leaving)} to ${familyAndRevision(taskDefinitionArn)}`
  world.log.info(`${service.name}: asked CodeDeploy to go back from ${names}`)
  return {...startedBy({...release, taskDefinitionArn: leaving}, last, true, world), wayBack: 'withdrawn'}
}

/** The newest deployment of the group, however it ended. */
async function lastDeployment(
  {service, target: {group}}: CodeDeployRelease,
  client: CodeDeploy,
  abortSignal?: AbortSignal
): Promise<DeploymentInfo | undefined> {
  const options = {...(abortSignal && {abortSignal})}
  try {
    const input = {applicationName: group.application, deploymentGroupName: group.name}
    const {deploymentGroupInfo} = await client.getDeploymentGroup(input, options)
    const deploymentId = deploymentGroupInfo?.lastAttemptedDeployment?.deploymentId
    if (deploymentId === undefined) return undefined
    return (await client.getDeployment({deploymentId}, options)).deploymentInfo
  } catch (error) {
    throw (
      unsubscribed(error, service.name) ?? explain(error, `reading the last CodeDeploy deployment of ${service.name}`)
    )
  }
}

/** @returns the deployment, where it is of our revision. @throws Failure where it is of another */
function joinable(active: DeploymentInfo, release: CodeDeployRelease, aws: Aws): DeploymentInfo {
  if (isOurs(active, release) && active.creator !== 'codeDeployRollback') return active
  throw conflict(active, release, aws)
}

function isOurs({revision}: DeploymentInfo, {taskDefinitionArn}: CodeDeployRelease): boolean {
  return taskDefinitionIn(revision?.appSpecContent?.content) === taskDefinitionArn
}

/** Whether the service runs the revision, so that nothing is to be done. */
function isThere(release: CodeDeployRelease, last: DeploymentInfo | undefined, {log}: World): boolean {
  const {service, before, taskDefinitionArn, forceNewDeployment} = release
  if (primaryOf(before)?.taskDefinition !== taskDefinitionArn || forceNewDeployment) return false
  const why = whyAnew(release, last)
  if (why !== undefined) log.info(`${service.name} has ${familyAndRevision(taskDefinitionArn)} already, but ${why}`)
  return why === undefined
}

/** Why a revision that a service has already is deployed once more, without being asked to. */
function whyAnew(release: CodeDeployRelease, last: DeploymentInfo | undefined): string | undefined {
  const {image, keepsImage = false} = release
  const isFailed = last !== undefined && last.status !== 'Succeeded' && isOurs(last, release)
  if (isFailed) return 'its deployment failed: deploying it anew'
  return keepsImage || image.reference.includes('@sha256:')
    ? undefined
    : `${image.reference} may be another image by now: deploying anew`
}

/** The task set that serves production. */
function primaryOf({taskSets = []}: Service): TaskSet | undefined {
  return taskSets.find(({status}) => status === 'PRIMARY')
}

interface Made {
  readonly deployment: Pick<DeploymentInfo, 'deploymentId' | 'createTime'>
  readonly joined: boolean
}

/** @param before id of the last deployment of the group before this one */
async function create(
  release: CodeDeployRelease,
  before: string | undefined,
  aws: Aws,
  world: World,
  listener: Listener
): Promise<Made> {
  const {service, target} = release
  const [client, once] = await Promise.all([aws.codeDeploy(), aws.codeDeployOnce()])
  const content = appSpecFor(release.taskDefinitionArn, target.appSpec, target.loadBalancer)
  try {
    const deploymentId = await change(
      {
        what: `the CodeDeploy deployment of ${service.name}`,
        make: async () => {
          listener.updating(service.name)
          return send(target, content, once)
        },
        // Not with the signal of the job: after a cancellation the answer matters all the more.
        readBack: async () => {
          const last = await lastDeployment(release, client)
          const isNew = last?.deploymentId !== before && last?.revision?.appSpecContent?.content === content
          return isNew ? last.deploymentId : undefined
        },
        ifUnknown: 'look at the deployment group before running the job again'
      },
      world
    )
    return {deployment: await read(deploymentId, client), joined: false}
  } catch (error) {
    const active = isLimit(error) ? await lastDeployment(release, client) : undefined
    if (active !== undefined && !ENDED.includes(active.status)) {
      return {deployment: joinable(active, release, aws), joined: true}
    }
    throw unsubscribed(error, service.name) ?? explain(error, `creating the CodeDeploy deployment of ${service.name}`)
  }
}

/** The group has a deployment that is on its way, and does one at a time. */
function isLimit(error: unknown): boolean {
  return error instanceof Error && error.name === 'DeploymentLimitExceededException'
}

/** Nothing is sent that the user did not ask for: the group's settings stay as they are. */
async function send(
  {group, deploymentConfig, description}: CodeDeployTarget,
  content: string,
  client: CodeDeploy
): Promise<string> {
  const {deploymentId} = await client.createDeployment({
    applicationName: group.application,
    deploymentGroupName: group.name,
    revision: {
      revisionType: 'AppSpecContent',
      appSpecContent: {content, sha256: createHash('sha256').update(content).digest('hex')}
    },
    description,
    ...(deploymentConfig !== undefined && {deploymentConfigName: deploymentConfig})
  })
  if (deploymentId === undefined) throw new TypeError('CreateDeployment was answered without the deployment')
  return deploymentId
}

/** When it was created by CodeDeploy's clock; without that answer, by this machine's. */
async function read(deploymentId: string, client: CodeDeploy): Promise<Made['deployment']> {
  const {deploymentInfo} = await client.getDeployment({deploymentId}).catch(() => ({deploymentInfo: undefined}))
  return {deploymentId, createTime: deploymentInfo?.createTime}
}

function conflict(active: DeploymentInfo, {service}: CodeDeployRelease, {region}: Aws): Failure {
  const {deploymentId = '', createTime, description = ''} = active
  const definition = taskDefinitionIn(active.revision?.appSpecContent?.content)
  const what = definition === undefined ? '' : ` of ${bounded(oneLine(familyAndRevision(definition)), 100)}`
  const since = createTime === undefined ? '' : `, which began at ${createTime.toISOString().slice(11, 19)} UTC`
  const by = description === '' ? '' : `, ${bounded(oneLine(description), LONGEST_DESCRIPTION)}`
  const isWaiting = active.instanceTerminationWaitTimeStarted === true
  const then = isWaiting
    ? 'it only waits to terminate the old tasks, so run the job again when it has ended, or end the wait with the command below'
    : 'run the job again when it has ended'
  const command = `aws deploy continue-deployment --region ${region} --deployment-id ${deploymentId} --deployment-wait-type TERMINATION_WAIT`
  return new Failure(
    `${service.name} in ${service.cluster.name} has a CodeDeploy deployment${what} on its way (${deploymentId}${by})${since}, and a deployment group makes one at a time: ${then}.`,
    {...(isWaiting && {fix: command})}
  )
}

function startedBy(
  {service, target: {group}, before, taskDefinitionArn, image}: CodeDeployRelease,
  deployment: Made['deployment'] | undefined,
  joined: boolean,
  world: World
): StartedDeployment {
  const primary = primaryOf(before)
  return {
    service: {name: service.name, arn: service.arn, clusterArn: service.cluster.arn},
    deploymentId: deployment?.deploymentId ?? primary?.id ?? '',
    taskDefinitionArn,
    previousTaskDefinitionArn: primary?.taskDefinition ?? service.taskDefinitionArn,
    startedAt: deployment?.createTime ?? world.clock.now(),
    desiredCount: before.desiredCount ?? service.desiredCount,
    joined,
    scaledTo: undefined,
    image,
    rollout: rolloutOf(before),
    codeDeploy: {group, id: deployment?.deploymentId}
  }
}
