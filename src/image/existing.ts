import {ifAllowed} from '../aws/allowed.ts'
import type {Aws} from '../aws/clients.ts'
import {Failure} from '../workflow/failure.ts'
import {oneLine} from '../workflow/text.ts'
import type {World} from '../world.ts'
import {BUILD_LABEL} from './arguments.ts'
import {readConfig} from './config.ts'
import {type EcrImage, readImage} from './images.ts'
import {type EcrRepository, isImmutable} from './repository.ts'

/** What an earlier attempt of this run may have pushed. */
export interface EarlierPush {
  readonly repository: EcrRepository
  readonly tag: string
  /** Further tags in the same repository. */
  readonly furtherTags: readonly string[]
  /** What the label of the image must say; `undefined` when the tag is unique and proves it. */
  readonly mark: string | undefined
  readonly attempt: number
  readonly noCache: boolean
}

/**
 * Looks for the image that an earlier attempt of this run pushed, so that a re-run neither builds it again nor fails on
 * its tag.
 * @returns its digest, `undefined` when it has to be built
 * @throws Failure when it has to be built but one of its tags is taken for good
 */
export async function findPushed(push: EarlierPush, aws: Aws, world: World): Promise<string | undefined> {
  const {repository, tag, attempt, noCache} = push
  if (repository.isMissing) return undefined
  const mayBeThere = attempt > 1 && !noCache
  const taken =
    mayBeThere || isImmutable(repository, tag) === true ? await imageAt(repository, tag, aws, world) : undefined
  if (taken !== undefined && mayBeThere && (await isOfThisRun(taken, push, aws, world))) {
    const by = attempt === 2 ? 'attempt 1' : 'an earlier attempt'
    world.log.info(`reusing the image pushed by ${by}; \`no-cache\` rebuilds`)
    return taken.digest
  }
  if (taken !== undefined && isImmutable(repository, tag) === true) throw tagTaken(repository, tag)
  await refuseTakenTags(push, aws, world)
  return undefined
}

/** A tag such as `latest` cannot be pushed twice to an immutable repository; better said before the build. */
async function refuseTakenTags({repository, furtherTags}: EarlierPush, aws: Aws, world: World): Promise<void> {
  for (const tag of furtherTags.filter(tag => isImmutable(repository, tag) === true)) {
    if ((await imageAt(repository, tag, aws, world)) !== undefined) throw tagTaken(repository, tag)
  }
}

function tagTaken({name, uri}: EcrRepository, tag: string): Failure {
  return new Failure(
    `The tag ${tag} is taken in the repository ${name}, whose tags are immutable: leave the tag out of \`image-tag\` and \`tags\` for a unique one, or release the image that has it with \`image\`.`,
    {fix: `with:\n  image: ${uri}:${tag}`}
  )
}

function imageAt(repository: EcrRepository, tag: string, aws: Aws, world: World): Promise<EcrImage | undefined> {
  return ifAllowed(world.log, 'ecr:BatchGetImage', () => readImage(repository, {imageTag: tag}, aws, world))
}

/** A tag that the user gave proves nothing: another run may have pushed it. The label in the image's configuration does. */
async function isOfThisRun(
  image: EcrImage,
  {repository, tag, mark}: EarlierPush,
  aws: Aws,
  world: World
): Promise<boolean> {
  if (mark === undefined) return true
  try {
    return (await readConfig(image, repository, aws, world))?.config?.Labels?.[BUILD_LABEL] === mark
  } catch (error) {
    world.signal.throwIfAborted()
    const why = oneLine(error instanceof Error ? error.message : String(error))
    world.log.info(`which build ${repository.name}:${tag} is from could not be read, so it is not reused: ${why}`)
    return false
  }
}
