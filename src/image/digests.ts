import {ifAllowed} from '../aws/allowed.ts'
import type {Aws} from '../aws/clients.ts'
import type {World} from '../world.ts'
import {placeInEcr} from './given.ts'
import {readImage} from './images.ts'
import type {ReleaseImage} from './release-image.ts'
import {parseImage} from './repository.ts'

/**
 * The digests by which a task may name the image: of an index, those of its images as well.
 * @returns `undefined` when it cannot be read; the log says so
 */
export async function digestsOf(
  {reference, digest}: Pick<ReleaseImage, 'reference' | 'digest'>,
  aws: Aws,
  world: World
): Promise<readonly string[] | undefined> {
  const notChecked = (why: string): void => {
    world.log.info(`image that the tasks run not checked: ${why}`)
  }
  const image = parseImage(reference)
  if (image === undefined || digest === undefined) {
    notChecked(`${reference} has no digest`)
    return undefined
  }
  try {
    const place = await placeInEcr(image, aws, world)
    if (place === 'elsewhere') {
      notChecked(`which images belong to it is known of images in ECR only, and ${reference} is elsewhere`)
      return undefined
    }
    if (place === undefined) return undefined
    const read = () => readImage(place, {imageDigest: digest}, aws, world)
    const found = await ifAllowed(world.log, 'ecr:BatchGetImage', read)
    return found && [found.digest, ...(found.manifest.manifests ?? []).map(child => child.digest)]
  } catch (error) {
    notChecked(error instanceof Error ? error.message : String(error))
    return undefined
  }
}
