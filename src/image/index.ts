import type {Aws} from '../aws/clients.ts'
import {explain} from '../aws/explain.ts'
import type {WorkflowRun} from '../workflow/event.ts'
import {Failure} from '../workflow/failure.ts'
import type {BuildInputs} from '../workflow/inputs.ts'
import type {PrivateDirectory} from '../workflow/private-directory.ts'
import {together} from '../workflow/together.ts'
import type {World} from '../world.ts'
import {type Authorization, authorize} from './authorization.ts'
import {type BuildPlan, buildAndPush} from './build.ts'
import {cacheTags, planCache} from './cache.ts'
import {checkContext} from './context.ts'
import {createRepository, planRepository} from './create.ts'
import {confirmDigest} from './digest.ts'
import {findPushed} from './existing.ts'
import {findBuilder} from './find-builder.ts'
import {useGivenImage} from './given.ts'
import {platformsOfImage} from './platforms.ts'
import type {ReleaseImage} from './release-image.ts'
import {describeRepository, type EcrRepository, parseImage, parseRepository} from './repository.ts'
import {signIn} from './sign-in.ts'
import {fingerprint, uniqueTag} from './tag.ts'

export {digestsOf} from './digests.ts'
export type {ReleaseImage} from './release-image.ts'

/** The image as the inputs and the task definition want it. */
export interface WantedImage {
  readonly image: string | undefined
  readonly imageTag: string | undefined
  /** Further tags and whole references. */
  readonly tags: readonly string[]
  readonly build: BuildInputs
  /** Name, URI or ARN. */
  readonly repository: string
  /** Whether a repository that is missing is made. */
  readonly createRepository: boolean
  /** The platforms that the task definitions ask for; the input `platforms` wins. */
  readonly platforms: readonly string[]
  readonly cluster: string
  readonly services: readonly string[]
  readonly containers: readonly string[]
  /** The matrix of the job as JSON. */
  readonly matrix: string
}

/** What is to be done for the image: nothing more, or a build. */
export type ImagePlan =
  | {
      readonly kind: 'given'
      readonly image: ReleaseImage
      /** What it is for, such as `linux/arm64`; `undefined` when it could not be read or does not matter. */
      readonly platforms: readonly string[] | undefined
    }
  | (BuildPlan & {
      readonly kind: 'build'
      readonly tag: string
      /** Digest of the image that an earlier attempt of this run pushed, which is used again. */
      readonly earlier: string | undefined
    })

/**
 * Checks all that the image needs, side by side, before anything is built: the image that is given, or else the
 * repository, the sign-in, the builder, the context and the tags.
 * @throws Failure for whatever is missing
 */
export async function planImage(
  wanted: WantedImage,
  run: WorkflowRun,
  directory: PrivateDirectory,
  aws: Aws,
  world: World
): Promise<ImagePlan> {
  if (wanted.image !== undefined) return planGiven(wanted.image, wanted.platforms, aws, world)
  const build = settlePlatforms(wanted)
  const [{repository: found, authorization}, builder] = await together([
    findRepository(wanted, aws, world),
    findBuilder(build, world),
    checkContext(build, run.workspace)
  ])
  const {furtherTags, ...names} = nameImage({...wanted, build}, run, found)
  const repository = found.isMissing ? planMissing(found, furtherTags, {...wanted, build}, run) : found
  world.log.info(
    `builder: ${builder.name}, repository: ${repository.uri}${found.isMissing ? ', which will be created' : ''}`
  )
  const push = {...names, repository, furtherTags, attempt: run.attempt, noCache: build.noCache}
  const [earlier, settled, docker] = await together([
    findPushed(push, aws, world),
    // The tag is made from the inputs as they are: a re-run may find another builder, without a cache.
    planCache(build, {builder, repository, authorization, matrix: wanted.matrix}, aws, world),
    signIn(repository.host, authorization, directory.path, world)
  ])
  return {
    kind: 'build',
    build: settled,
    builder,
    repository,
    docker,
    workspace: run.workspace,
    privateDirectory: directory.path,
    earlier,
    ...names
  }
}

/**
 * Checks what a build needs besides the repository, where that is not known.
 * @throws Failure for whatever is missing
 */
export async function checkBuild(
  wanted: Pick<WantedImage, 'build' | 'platforms'>,
  run: WorkflowRun,
  world: World
): Promise<void> {
  const build = settlePlatforms(wanted)
  await together([findBuilder(build, world), checkContext(build, run.workspace)])
}

async function planGiven(reference: string, wanted: readonly string[], aws: Aws, world: World): Promise<ImagePlan> {
  const image = await useGivenImage(reference, aws, world)
  return {kind: 'given', image, platforms: wanted.length === 0 ? undefined : await platformsOfImage(image, aws, world)}
}

/** How the repository will be made. */
function planMissing(
  missing: EcrRepository,
  furtherTags: readonly string[],
  {imageTag, build, matrix}: WantedImage,
  run: WorkflowRun
): EcrRepository {
  const tags = imageTag === undefined ? furtherTags : [imageTag, ...furtherTags]
  return planRepository(missing, tags, cacheTags(build, {repository: missing, matrix}), run)
}

/** The repository to push to, and the right to do so. */
async function findRepository(
  {repository: input, createRepository: mayBeMissing}: WantedImage,
  aws: Aws,
  world: World
): Promise<{repository: EcrRepository; authorization: Authorization}> {
  const wanted = parseRepository(input)
  const region = wanted.region ?? aws.region
  const authorizing = authorize(region, aws, world).catch((error: unknown) => {
    throw explain(error, `signing in to ECR in ${region} (ecr:GetAuthorizationToken)`)
  })
  const describing = describeRepository(wanted, authorizing, aws, world, mayBeMissing)
  const [repository, authorization] = await together([describing, authorizing])
  return {repository, authorization}
}

/**
 * Provides the image of the release: given, found from an earlier attempt, or built and pushed.
 * @param told is called with an image that was pushed, before ECR has confirmed it
 */
export async function provideImage(
  plan: ImagePlan,
  aws: Aws,
  world: World,
  told: (image: ReleaseImage) => void
): Promise<ReleaseImage> {
  if (plan.kind === 'given') return plan.image
  const {repository, tag, earlier} = plan
  if (earlier !== undefined) return imageOf(plan, earlier, 'reused')
  if (repository.isMissing) await createRepository(repository, aws, world)
  const pushed = await buildAndPush(plan, world)
  told(imageOf(plan, pushed, 'built'))
  return imageOf(plan, await confirmDigest(repository, tag, pushed, aws, world), 'built')
}

function imageOf(
  {repository: {uri}, tag}: {repository: EcrRepository; tag: string},
  digest: string,
  origin: 'built' | 'reused'
): ReleaseImage {
  return {reference: `${uri}:${tag}@${digest}`, uri, tag, digest, origin}
}

/** The input `platforms` wins over what the task definitions ask for. */
function settlePlatforms({build, platforms}: Pick<WantedImage, 'build' | 'platforms'>): BuildInputs {
  return build.platforms.length > 0 ? build : {...build, platforms}
}

/** Settles what the image is called. */
function nameImage(wanted: WantedImage, run: WorkflowRun, repository: EcrRepository) {
  const {imageTag, tags} = wanted
  const identity = {...wanted, run}
  const tag = imageTag ?? uniqueTag(identity)
  const further = tags.map(entry => furtherReference(entry, tag, repository))
  const main = `${repository.uri}:${tag}`
  const references = [...new Set(further)].filter(reference => reference !== main)
  return {
    tag,
    references: [...references, main],
    furtherTags: references.flatMap(reference =>
      reference.startsWith(`${repository.uri}:`) ? reference.slice(repository.uri.length + 1) : []
    ),
    mark: imageTag === undefined ? undefined : fingerprint(identity)
  }
}

/** A further tag as a reference: a tag of the same repository, or a reference in the same registry. */
function furtherReference(entry: string, tag: string, {uri, host}: EcrRepository): string {
  if (/^\w[\w.-]{0,127}$/.test(entry)) return `${uri}:${entry}`
  const image = parseImage(entry)
  if (image?.host === host && image.digest === undefined) return `${host}/${image.repository}:${image.tag ?? tag}`
  throw new Failure(
    `The input \`tags\` has \`${entry}\`, which is neither a tag (up to 128 letters, digits, \`_\`, \`.\` and \`-\`) nor an image in the registry ${host}.`
  )
}
