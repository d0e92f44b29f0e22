import {BatchGetImageCommand, type ImageIdentifier} from '@aws-sdk/client-ecr'
import type {Aws} from '../aws/clients.ts'
import {isDenied} from '../aws/allowed.ts'
import {explain} from '../aws/explain.ts'
import type {World} from '../world.ts'
import {isNamed, repositoryMissing} from './repository.ts'

/** Where to look for an image. */
export interface ImagePlace {
  readonly name: string
  readonly region: string
  readonly registryId?: string | undefined
}

/** An image as ECR keeps it. */
export interface EcrImage {
  readonly digest: string
  readonly manifest: Manifest
}

/** What matters here of a manifest (`config`) or an index (`manifests`). */
export interface Manifest {
  readonly config?: {readonly digest: string}
  readonly manifests?: readonly {
    readonly digest: string
    readonly platform?: {readonly os?: string; readonly architecture?: string}
  }[]
}

/** All named, because ECR answers an index with something else when it is not asked for one. */
const MEDIA_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json'
]

/**
 * Reads an image by tag or digest. BatchGetImage, because who may push may call it, other than DescribeImages.
 * @returns `undefined` when there is none
 * @throws the SDK's error when the caller may not read it, Failure for all others
 */
export async function readImage(
  {name, region, registryId}: ImagePlace,
  id: ImageIdentifier,
  aws: Aws,
  world: World
): Promise<EcrImage | undefined> {
  const command = new BatchGetImageCommand({
    repositoryName: name,
    registryId,
    imageIds: [id],
    acceptedMediaTypes: MEDIA_TYPES
  })
  const {images = []} = await aws
    .ecr(region)
    .send(command, {abortSignal: world.signal})
    .catch((error: unknown) => {
      if (isDenied(error)) throw error
      if (isNamed(error, 'RepositoryNotFoundException')) throw repositoryMissing({name, region, registryId}, aws)
      throw explain(
        error,
        `looking for the image ${id.imageTag ?? id.imageDigest ?? ''} in ${name} (ecr:BatchGetImage)`
      )
    })
  const [image] = images
  const digest = image?.imageId?.imageDigest
  if (digest === undefined) return undefined
  return {digest, manifest: JSON.parse(image?.imageManifest ?? '{}') as Manifest}
}
