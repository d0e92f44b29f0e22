import {ifAllowed} from '../aws/allowed.ts'
import type {Aws} from '../aws/clients.ts'
import type {World} from '../world.ts'
import {readConfig} from './config.ts'
import {placeInEcr} from './given.ts'
import {readImage} from './images.ts'
import type {ReleaseImage} from './release-image.ts'
import {parseImage} from './repository.ts'

/**
 * The platforms that an image in ECR is for, such as `linux/arm64`: those of an index, or that of the image itself.
 * @returns `undefined` when it cannot be read
 */
export async function platformsOfImage(
  {reference, digest}: ReleaseImage,
  aws: Aws,
  world: World
): Promise<readonly string[] | undefined> {
  const named = parseImage(reference)
  if (named === undefined || digest === undefined) return undefined
  try {
    const place = await placeInEcr(named, aws, world)
    if (place === 'elsewhere' || place === undefined) return undefined
    const read = () => readImage(place, {imageDigest: digest}, aws, world)
    const image = await ifAllowed(world.log, 'ecr:BatchGetImage', read)
    if (image === undefined) return undefined
    const {manifests} = image.manifest
    const built = manifests?.map(({platform}) => platform) ?? [await readConfig(image, place, aws, world)]
    const platforms = built.flatMap(nameOf)
    return platforms.length === 0 ? undefined : platforms
  } catch (error) {
    world.signal.throwIfAborted()
    world.log.debug(`Platform of ${reference} not checked: ${String(error)}`)
    return undefined
  }
}

/** Beside the images of an index, buildx puts attestations, whose platform is unknown. */
function nameOf(built: {readonly os?: string; readonly architecture?: string} | undefined): string[] {
  const {os, architecture} = built ?? {}
  return os === undefined || architecture === undefined || os === 'unknown' ? [] : [`${os}/${architecture}`]
}
