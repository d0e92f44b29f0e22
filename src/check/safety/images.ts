import {ifAllowed} from '../../aws/allowed.ts'
import type {Aws} from '../../aws/clients.ts'
import type {DescribedDefinition} from '../../definition/describe.ts'
import {placeInEcr} from '../../image/given.ts'
import {readImage} from '../../image/images.ts'
import {parseImage} from '../../image/repository.ts'
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
  const wanted = imagesOf(running.json).filter(({container}) => containers.includes(container))
  return ifAllowed(world.log, 'ecr:BatchGetImage', async () => {
    const gone = await Promise.all(wanted.map(({image}) => isGone(image, aws, world)))
    return wanted.filter((_, index) => gone[index])
  })
}

async function isGone(reference: string, aws: Aws, world: World): Promise<boolean> {
  const image = parseImage(reference)
  const place = image && (await placeInEcr(image, aws, world))
  if (place === undefined || place === 'elsewhere') return false
  const id = image?.digest === undefined ? {imageTag: image?.tag ?? 'latest'} : {imageDigest: image.digest}
  return (await readImage(place, id, aws, world)) === undefined
}
