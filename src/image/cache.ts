import {createHash} from 'node:crypto'
import type {Aws} from '../aws/clients.ts'
import {Failure} from '../workflow/failure.ts'
import type {BuildInputs} from '../workflow/inputs.ts'
import type {World} from '../world.ts'
import type {Authorization} from './authorization.ts'
import type {Builder} from './builder.ts'
import {describeRepository, type EcrRepository, isImmutable, parseImage} from './repository.ts'

/** Where in the registry the input `cache` keeps the layers of the build. */
export interface CachePlace {
  readonly name: string
  readonly tag: string
}

/** What the cache is for, besides the inputs of the build. */
export interface CacheUse {
  readonly builder: Builder
  /** The one that the image is pushed to. */
  readonly repository: EcrRepository
  readonly authorization: Authorization
  /** The matrix of the job as JSON. */
  readonly matrix: string
}

const TAG = 'build-cache'

/**
 * Makes of the input `cache` what the builder understands; an empty cache, or one that cannot be written, fails no build.
 * @returns the inputs with the cache in `cacheFrom` and `cacheTo`, or as they are when there can be none; the log says why
 * @throws Failure when the input names no repository of the registry
 */
export async function planCache(build: BuildInputs, use: CacheUse, aws: Aws, world: World): Promise<BuildInputs> {
  if (build.cache === undefined) return build
  const place = cachePlace(build.cache, build, use)
  const fault = use.builder.withoutCache ?? (await cannotKeep(place, use, aws, world))
  if (fault !== undefined) {
    world.log.info(`cache: none, because ${fault}`)
    return build
  }
  const ref = `${use.repository.host}/${place.name}:${place.tag}`
  world.log.info(`cache: ${ref}`)
  return withCache(build, ref)
}

/** ECR takes a cache only as an image of the OCI's media types; source: AWS, "Remote cache support in Amazon ECR". */
export function withCache(build: BuildInputs, ref: string): BuildInputs {
  const from = `type=registry,ref=${ref}`
  const to = `${from},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true`
  return {...build, cacheFrom: [...build.cacheFrom, from], cacheTo: [...build.cacheTo, to]}
}

/**
 * Reads the input `cache`: `ecr` for the image's own repository, or a repository of the same registry with or without a
 * tag. Without one, each build that a repository may have several of gets a tag of its own.
 */
export function cachePlace(
  input: string,
  {context, file, target, platforms}: BuildInputs,
  {repository, matrix}: Pick<CacheUse, 'repository' | 'matrix'>
): CachePlace {
  const build = JSON.stringify([context, file, target, platforms, matrix])
  const ownTag = `${TAG}-${createHash('sha256').update(build).digest('hex').slice(0, 8)}`
  if (input === 'ecr') return {name: repository.name, tag: ownTag}
  const image = input === 'true' ? undefined : parseImage(input)
  const isHere = image !== undefined && (image.host === undefined || image.host === repository.host)
  if (isHere && image.digest === undefined) return {name: image.repository, tag: image.tag ?? ownTag}
  throw new Failure(
    `The input \`cache\` is \`${input}\`: set it to \`ecr\` for the repository of the image, or to another repository in ${repository.host}, with or without a tag.`,
    {fix: 'with:\n  cache: ecr'}
  )
}

/** The tags of the repository that the cache is written to again and again, as a pattern with `*`. */
export function cacheTags(build: BuildInputs, use: Pick<CacheUse, 'repository' | 'matrix'>): string[] {
  if (build.cache === undefined) return []
  const {name, tag} = cachePlace(build.cache, build, use)
  return name === use.repository.name ? [excepted(tag)] : []
}

/** Why the repository cannot keep a cache that is written again and again. */
async function cannotKeep(
  {name, tag}: CachePlace,
  {repository, authorization}: CacheUse,
  aws: Aws,
  world: World
): Promise<string | undefined> {
  const {region, registryId, host} = repository
  const wanted = {name, region, registryId, host}
  try {
    const keeper =
      name === repository.name
        ? repository
        : await describeRepository(wanted, Promise.resolve(authorization), aws, world)
    if (isImmutable(keeper, tag) !== true) return undefined
  } catch (error) {
    world.signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    world.log.warning(error.message)
    return `${name} cannot be used`
  }
  return `tags of ${name} are immutable; let the repository except \`${excepted(tag)}\` (IMMUTABLE_WITH_EXCLUSION), or name another one in \`cache\``
}

function excepted(tag: string): string {
  return tag.startsWith(`${TAG}-`) ? `${TAG}-*` : tag
}
