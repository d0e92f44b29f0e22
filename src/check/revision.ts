import {ifAllowed} from '../aws/allowed.ts'
import {familyAndRevision} from '../aws/arn.ts'
import type {Aws} from '../aws/clients.ts'
import {imageOf} from '../definition/containers.ts'
import {containersOf} from '../definition/definition.ts'
import {type DescribedDefinition, describeDefinition, findRevision} from '../definition/describe.ts'
import {textOf} from '../definition/json.ts'
import {Failure} from '../workflow/failure.ts'
import type {World} from '../world.ts'
import {isGone} from './safety/images.ts'

/** A revision that is registered already, and the image that tells whether tasks run it. */
export interface RevisionToRun {
  readonly arn: string
  readonly image: {readonly reference: string; readonly containers: readonly string[]}
}

/**
 * A revision to go back to, which has to be able to run: it is active, and its images in ECR are still there.
 * @param name its ARN or `family:revision`
 * @throws Failure when it cannot run
 */
export async function findRevisionToRun(name: string, aws: Aws, world: World): Promise<RevisionToRun> {
  const definition = await describeDefinition(name, aws, world.signal, () =>
    Promise.resolve('name a revision that is there, such as `web:41`')
  )
  if (definition.status !== 'ACTIVE') {
    throw new Failure(
      `${familyAndRevision(definition.arn)} is ${definition.status}, so ECS does not deploy it: go back to another revision, or register its definition again and deploy that.`
    )
  }
  await refuseGoneImages(definition, aws, world)
  return {arn: definition.arn, image: imageIn(definition)}
}

/** What is known of the revision of a deployment that is there already; nothing is checked. */
export async function readRevision(arn: string, aws: Aws, world: World): Promise<RevisionToRun> {
  const definition = await ifAllowed(world.log, 'ecs:DescribeTaskDefinition', () =>
    findRevision(arn, aws, world.signal)
  )
  return {
    arn,
    image: definition === undefined ? {reference: familyAndRevision(arn), containers: []} : imageIn(definition)
  }
}

/** The first image with a digest, which tasks can be held against, else the first one; and all containers that have it. */
function imageIn({arn, json}: DescribedDefinition): RevisionToRun['image'] {
  const images = containersOf(json).map(container => ({name: textOf(container['name']), image: imageOf(container)}))
  const reference = (images.find(({image}) => image?.includes('@sha256:')) ?? images[0])?.image
  if (reference === undefined) return {reference: familyAndRevision(arn), containers: []}
  return {reference, containers: images.filter(({image}) => image === reference).map(({name}) => name)}
}

/** Tasks that are started again pull their images again. */
async function refuseGoneImages({arn, json}: DescribedDefinition, aws: Aws, world: World): Promise<void> {
  for (const reference of new Set(containersOf(json).flatMap(container => imageOf(container) ?? []))) {
    const gone = await ifAllowed(world.log, 'ecr:BatchGetImage', () => isGone(reference, aws, world))
    if (gone !== true) continue
    throw new Failure(
      `The image ${reference} of ${familyAndRevision(arn)} is not in ECR any more, so no task of it would start: go back to another revision, and let the repository's lifecycle policy keep the images of past releases.`
    )
  }
}
