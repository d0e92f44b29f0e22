import {ifAllowed} from '../../aws/allowed.ts'
import type {Aws} from '../../aws/clients.ts'
import type {DescribedDefinition} from '../../definition/describe.ts'
import {placeInEcr} from '../../image/given.ts'
import {readImage} from '../../image/images.ts'
import {parseEcrHost, parseImage} from '../../image/repository.ts'
import type {World} from '../../world.ts'
import {type GoneImage, imagesOf} from './way-back.ts'

/**
 * Looks whether ECR still has the images of the revision that a service runs. Only those of the containers that are
 * released: the policy of a release reaches their repository.
 * @returns `undefined` when that may not be read
 */
export async function findGoneImages(
  running: DescribedDefinition,
  containers: readonly string[],
  aws: Aws,
  world: World
): Promise<GoneImage[] | undefined> {
  // By the names of ECR's registries: for what is elsewhere, nobody is to be asked for a token.
  const wanted = imagesOf(running.json).filter(
    ({container, image}) => containers.includes(container) && parseEcrHost(parseImage(image)?.host ?? '') !== undefined
  )
  return ifAllowed(world.log, 'ecr:BatchGetImage', async () => {
    const gone = await Promise.all(wanted.map(({image}) => isGone(image, aws, world)))
    return wanted.filter((_, index) => gone[index])
  })
}

/**
 * Whether an image that should be in ECR is not there any more. Of images elsewhere, and of registries that may not be asked
 * about, nothing is known: they are not gone.
 * @throws whatever the SDK throws, also where reading is denied
 */
export async function isGone(reference: string, aws: Aws, world: World): Promise<boolean> {
  const image = parseImage(reference)
  const place = image && (await placeInEcr(image, aws, world))
  if (place === undefined || place === 'elsewhere') return false
  const id = image?.digest === undefined ? {imageTag: image?.tag ?? 'latest'} : {imageDigest: image.digest}
  return (await readImage(place, id, aws, world)) === undefined
}
