import {ifAllowed, isDenied} from '../aws/allowed.ts'
import type {Aws} from '../aws/clients.ts'
import {explain} from '../aws/explain.ts'
import {Failure} from '../workflow/failure.ts'
import type {World} from '../world.ts'
import {authorize} from './authorization.ts'
import {type ImagePlace, readImage} from './images.ts'
import type {ReleaseImage} from './release-image.ts'
import {type ImageReference, parseEcrHost, parseImage} from './repository.ts'

/**
 * Checks the image of the input `image` and settles its digest. An image that is not in ECR is used as it is.
 * @throws Failure when it is no image reference, or ECR has no such image
 */
export async function useGivenImage(reference: string, aws: Aws, world: World): Promise<ReleaseImage> {
  const image = parseImage(reference)
  if (image === undefined) {
    throw new Failure(
      `The input \`image\` is \`${reference}\`, which is no image: write \`repository:tag\` or \`repository@sha256:…\`.`
    )
  }
  const {host, repository, tag = image.digest === undefined ? 'latest' : undefined} = image
  const uri = host === undefined ? repository : `${host}/${repository}`
  const place = await placeInEcr(image, aws, world)
  if (place === 'elsewhere' || place === undefined) {
    if (place === 'elsewhere') world.log.info(`image ${reference} is not in ECR: not checked`)
    return {reference, uri, ...named(image.tag, image.digest), origin: 'given'}
  }
  const digest = await settle(place, reference, {...image, ...(tag !== undefined && {tag})}, aws, world)
  if (digest === undefined) return {reference, uri, ...named(image.tag, image.digest), origin: 'given'}
  return {
    reference: `${uri}${tag === undefined ? '' : `:${tag}`}@${digest}`,
    uri,
    ...named(tag, digest),
    origin: 'given'
  }
}

function named(tag: string | undefined, digest: string | undefined): Pick<ReleaseImage, 'tag' | 'digest'> {
  return {...(tag !== undefined && {tag}), ...(digest !== undefined && {digest})}
}

/** A registry that ECR may name as the caller's own although its name does not tell: a local one, or of another partition. */
const PERHAPS_ECR = /:\d+$|^\d{12}\.dkr[.-]/

/**
 * Where in ECR an image is: its host tells, or it is the host that ECR itself names as the caller's registry.
 * @returns `undefined` when that may not be asked
 */
export async function placeInEcr(
  {host, repository}: ImageReference,
  aws: Aws,
  world: World
): Promise<ImagePlace | 'elsewhere' | undefined> {
  if (host === undefined) return 'elsewhere'
  const ecr = parseEcrHost(host)
  if (ecr !== undefined) return {name: repository, ...ecr}
  if (!PERHAPS_ECR.test(host)) return 'elsewhere'
  const authorization = await ifAllowed(world.log, 'ecr:GetAuthorizationToken', () =>
    authorize(aws.region, aws, world).catch((error: unknown) => {
      if (isDenied(error)) throw error
      throw explain(error, 'looking up the host of the ECR registry (ecr:GetAuthorizationToken)')
    })
  )
  if (authorization === undefined) return undefined
  return authorization.host === host ? {name: repository, region: aws.region} : 'elsewhere'
}

/** The digest that ECR has for the reference; `undefined` when that may not be read. */
async function settle(
  place: ImagePlace,
  reference: string,
  {tag, digest}: ImageReference,
  aws: Aws,
  world: World
): Promise<string | undefined> {
  const id = digest === undefined ? {imageTag: tag} : {imageDigest: digest}
  return ifAllowed(world.log, 'ecr:BatchGetImage', async () => {
    const image = await readImage(place, id, aws, world)
    if (image === undefined)
      throw new Failure(`There is no image ${reference} in ECR: correct the input \`image\`, or push the image first.`)
    return image.digest
  })
}
