import {familyAndRevision, lastPart} from '../aws/arn.ts'
import type {Aws} from '../aws/clients.ts'
import {explain} from '../aws/explain.ts'
import {findRevisionToRun} from '../check/revision.ts'
import type {ServiceToRelease} from '../check/services.ts'
import type {Status} from '../follow/conclude.ts'
import type {Footer} from '../follow/footer.ts'
import {follow, type Followed, type Rollback, type Tell} from '../follow/follow.ts'
import {digestsOf} from '../image/index.ts'
import type {StartedDeployment} from '../follow/started.ts'
import type {DigestsOf} from '../follow/proof.ts'
import {Failure} from '../workflow/failure.ts'
import type {WayBackInputs} from '../workflow/way-back-inputs.ts'
import type {World} from '../world.ts'
import {goBack} from './go-back.ts'
import {readService} from './read-service.ts'
import type {UpdateListener} from './update.ts'
import {serviceDeploymentOf, withdraw, type Withdrawal} from './withdraw.ts'
import {withdrawFromCodeDeploy} from './withdraw-codedeploy.ts'

/** Who is told of deployments that go back. */
export interface WayBackListener {
  readonly rollback: UpdateListener
  readonly rollbackChanged: Tell
}

type Wishes = WayBackInputs & {readonly showLogs: boolean}

/**
 * Goes back from deployments that failed, and withdraws those whose job was cancelled, as far as that is wanted. Never throws
 * what belongs to going back: a failed release stays one, and the way back is told beside it.
 * @returns the same deployments, those that were left with what became of that
 */
export async function wayBack(
  all: readonly Followed[],
  targets: readonly {readonly service: ServiceToRelease}[],
  wishes: Wishes,
  aws: Aws,
  world: World,
  listener: WayBackListener
): Promise<Followed[]> {
  const back = all.map(async followed => {
    const service = targets.find(({service: {arn}}) => arn === followed.started.service.arn)?.service
    if (service === undefined) return followed
    if (isToWithdraw(followed, wishes)) return cancelled(followed, service, aws, world)
    if (isToGoBack(followed, wishes))
      return left(followed, await goBackFrom(followed, service, wishes, aws, world, listener))
    return followed
  })
  return Promise.all(back)
}

/** ECS gave these up, and the deployment is still what it works towards. */
const FAILED: readonly Status[] = ['failed', 'rollback-failed']

function isToGoBack({outcome, started}: Followed, {rollbackOnFailure}: Wishes): boolean {
  if (rollbackOnFailure === 'off' || started.scaledTo !== undefined || started.wayBack !== undefined) return false
  const statuses: readonly Status[] = rollbackOnFailure === 'failure' ? FAILED : [...FAILED, 'timed-out']
  return statuses.includes(outcome.status) && outcome.primary?.id === started.deploymentId
}

function isToWithdraw({outcome, started}: Followed, {onCancel}: Wishes): boolean {
  if (onCancel !== 'rollback' || started.scaledTo !== undefined || started.wayBack !== undefined) return false
  return outcome.status === 'cancelled'
}

async function goBackFrom(
  {started, outcome}: Followed,
  service: ServiceToRelease,
  {showLogs}: Wishes,
  aws: Aws,
  world: World,
  {rollback, rollbackChanged}: WayBackListener
): Promise<Rollback> {
  const previous = started.previousTaskDefinitionArn
  if (previous === undefined || previous === started.taskDefinitionArn) {
    return {
      status: 'error',
      headline: 'Not rolled back: no other revision is known to go back to.',
      followed: undefined
    }
  }
  world.log.info(outcome.headline)
  world.log.info(`Going back to ${familyAndRevision(previous)}, which ran before`)
  try {
    const revision = await findRevisionToRun(previous, aws, world)
    const deployment = await goBack({service, revision, leaving: started}, aws, world, rollback)
    const wishes = {waitForMinutes: undefined, waitFor: 'deployed', showLogs} as const
    const digests = digestsOfImages([deployment], aws, world)
    const [followed] = await follow([deployment], {...wishes, digestsOf: digests}, aws, world, rollbackChanged)
    if (followed === undefined) throw new TypeError('One deployment was followed')
    const {status, headline} = followed.outcome
    return {status, headline: status === 'restored' ? headline : `Going back: ${headline}`, followed}
  } catch (error) {
    const {message} = explain(error, 'going back')
    return {status: 'error', headline: `Not rolled back: ${message}`, followed: undefined}
  }
}

/** The way back is told beside what failed; what there is to do next is what is left to do after it. */
function left(followed: Followed, rollback: Rollback): Followed {
  const {outcome} = followed
  const footer = rollback.status === 'restored' ? restored(followed, rollback) : rollback.followed?.outcome.footer
  const headline = `${outcome.headline} ${rollback.headline}`
  return {...followed, rollback, outcome: {...outcome, headline, footer: footer ?? outcome.footer}}
}

function restored({started}: Followed, {followed}: Rollback): Footer {
  const {service, taskDefinitionArn, image} = started
  const back = followed?.outcome.primary?.taskDefinitionArn ?? started.previousTaskDefinitionArn ?? ''
  return {
    now: `Now ${service.name} in ${lastPart(service.clusterArn)} runs ${familyAndRevision(back)} again.`,
    left: `${familyAndRevision(taskDefinitionArn)} stays registered, and its image ${image.reference} stays where it is.`,
    next: 'If the cause is in the release, fix it and release a new commit; if it lies outside, put that right and run the job again: it uses the same image and revision.',
    step: undefined,
    command: undefined
  }
}

/** Why nothing was asked for. */
const NOT_ASKED = {
  ECS: {
    missing: 'ECS lists no deployment of it on its way.',
    over: 'its deployment is over.',
    denied: 'the role may not ecs:StopServiceDeployment.'
  },
  CodeDeploy: {
    missing: 'nothing was being deployed.',
    over: 'its deployment is over.',
    denied: 'the role may not codedeploy:StopDeployment.'
  }
}

async function withdrawNow(
  {started, serviceDeploymentArn}: Followed,
  target: ServiceToRelease,
  aws: Aws,
  world: World
): Promise<Withdrawal | 'missing'> {
  const {service, codeDeploy} = started
  if (codeDeploy !== undefined) {
    return codeDeploy.id === undefined ? 'missing' : withdrawFromCodeDeploy(service.name, codeDeploy.id, aws, world)
  }
  const arn = serviceDeploymentArn ?? (await serviceDeploymentOf(await readService(target, aws), started, aws))
  return arn === undefined ? 'missing' : withdraw(service.name, arn, aws, world)
}

/** Has ECS roll back what a cancelled job leaves; there are seconds for it, so it is not followed. */
async function cancelled(followed: Followed, service: ServiceToRelease, aws: Aws, world: World): Promise<Followed> {
  const {started, outcome} = followed
  const what = `${started.service.name} back from ${familyAndRevision(started.taskDefinitionArn)}`
  const by = started.codeDeploy === undefined ? 'ECS' : 'CodeDeploy'
  const asked = `Cancelled: ${by} was asked to roll ${what}, and does so by itself.`
  const ifNot = (why: string): Followed => {
    const headline = `${outcome.headline} It was not rolled back: ${why}`
    return {
      ...followed,
      rollback: {status: 'error', headline: why, followed: undefined},
      outcome: {...outcome, headline}
    }
  }
  try {
    // The signal of the job is what brought us here.
    const became = await withdrawNow(followed, service, aws, {...world, signal: new AbortController().signal})
    if (became !== 'requested') return ifNot(NOT_ASKED[by][became])
    const next = 'To deploy it after all, run the job again: it uses the same image and revision.'
    const footer = outcome.footer && {
      ...outcome.footer,
      left: `${by} rolls ${what}.`,
      next,
      step: undefined,
      command: undefined
    }
    const rollback = {status: 'requested', headline: asked, followed: undefined} as const
    return {...followed, rollback, outcome: {...outcome, headline: asked, footer}}
  } catch (error) {
    return ifNot(explain(error, `rolling ${what}`).message)
  }
}

/** The digests of images that deployments have. */
export function digestsOfImages(deployments: readonly StartedDeployment[], aws: Aws, world: World): DigestsOf {
  return async digest => {
    const reference = deployments.map(({image}) => image.reference).find(one => one.endsWith(digest))
    if (reference === undefined) throw new Failure(`No deployment has the image ${digest}.`)
    return digestsOf({reference, digest}, aws, world)
  }
}
