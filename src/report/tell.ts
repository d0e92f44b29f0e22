import {familyAndRevision} from '../aws/arn.ts'
import type {Revision} from '../definition/index.ts'
import type {ReleaseImage} from '../image/index.ts'
import type {ServiceStory} from './story.ts'

/** What a release has made so far. */
interface Made {
  readonly image: ReleaseImage | undefined
  readonly revisions: readonly Revision[]
  readonly services: readonly ServiceStory[]
  /** Whether a re-run builds anew. */
  readonly noCache: boolean
}

/** What a failed release leaves in AWS, a line each; a re-run uses it. Pure. */
export function leftBehind({image, revisions, services, noCache}: Made): string[] {
  const again = noCache ? 'a re-run makes another, because of `no-cache`' : 'a re-run uses it'
  const registered = revisions.filter(revision => revision.registered)
  const deployed = services.filter(({deploymentId}) => deploymentId !== undefined)
  return [
    ...(image?.origin === 'built' ? [`The image ${image.reference} is in ECR; ${again}.`] : []),
    ...registered.map(({arn}) => `The revision ${familyAndRevision(arn)} is registered; ${again}.`),
    ...deployed.map(
      ({name, deploymentId}) => `The service ${name} is being updated by ${deploymentId ?? ''}, which ECS goes on with.`
    )
  ]
}

/**
 * What a cancelled job leaves, in a sentence. Pure.
 * @param updating names of the services that ECS was asked to update
 */
export function cancellation(services: readonly ServiceStory[], updating: ReadonlySet<string>): string {
  const unknown = services.find(({name, deploymentId}) => updating.has(name) && deploymentId === undefined)
  if (unknown !== undefined) {
    return `The job was cancelled while ${unknown.name} was being updated; whether ECS took the update is unknown: see ${unknown.consoleUrl ?? 'the service'}.`
  }
  return services.some(({deploymentId}) => deploymentId !== undefined)
    ? 'The job was cancelled; ECS goes on with the deployment.'
    : 'The job was cancelled before any service was updated: production runs what it ran before.'
}
