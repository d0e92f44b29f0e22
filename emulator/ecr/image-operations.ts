import * as sdk from '@aws-sdk/client-ecr'
import {AwsError, operationOf, type Operations} from '../service.ts'
import type {EcrBehaviour} from './behaviour.ts'
import {isDigest, parseManifest} from './manifest.ts'
import type {Repository, RepositoryImage} from './repository.ts'
import {invalidParameter, required} from './settings.ts'
import {openRepository, pageOfList, type EcrState} from './state.ts'

/** The operations about the images of a repository. */
export function imageOperations(state: EcrState): Operations {
  return {
    BatchGetImage: operationOf(sdk.BatchGetImage$, (input: sdk.BatchGetImageRequest, call): sdk.BatchGetImageResponse =>
      batchGetImage(openRepository(state, input, call), input, state.behaviour)
    ),
    DescribeImages: operationOf(
      sdk.DescribeImages$,
      (input: sdk.DescribeImagesRequest, call): sdk.DescribeImagesResponse =>
        describeImages(openRepository(state, input, call), input)
    ),
    ListImages: operationOf(sdk.ListImages$, (input: sdk.ListImagesRequest, call): sdk.ListImagesResponse =>
      listImages(openRepository(state, input, call), input)
    ),
    PutImage: operationOf(sdk.PutImage$, (input: sdk.PutImageRequest, call): sdk.PutImageResponse =>
      putImage(openRepository(state, input, call), input, new Date(state.clock.now()))
    ),
    BatchDeleteImage: operationOf(
      sdk.BatchDeleteImage$,
      (input: sdk.BatchDeleteImageRequest, call): sdk.BatchDeleteImageResponse =>
        batchDeleteImage(openRepository(state, input, call), input)
    )
  }
}

function batchGetImage(
  repository: Repository,
  input: sdk.BatchGetImageRequest,
  behaviour: EcrBehaviour
): sdk.BatchGetImageResponse {
  const images: sdk.Image[] = []
  const failures: sdk.ImageFailure[] = []
  for (const imageId of required(input.imageIds, 'imageIds')) {
    const image = repository.find(imageId)
    if (image !== undefined && isAccepted(image, input.acceptedMediaTypes, behaviour)) {
      images.push(describeImage(repository, image, imageId.imageTag))
    } else failures.push(imageFailure(repository, imageId))
  }
  return {images, failures}
}

function isAccepted(
  {manifest}: RepositoryImage,
  mediaTypes: readonly string[] | undefined,
  {indexForUnnamedMediaTypes}: EcrBehaviour
): boolean {
  if (mediaTypes !== undefined) return mediaTypes.includes(manifest.mediaType)
  return manifest.kind === 'image' || indexForUnnamedMediaTypes === 'answered'
}

function describeImage(repository: Repository, {manifest}: RepositoryImage, imageTag: string | undefined): sdk.Image {
  return {
    registryId: repository.account,
    repositoryName: repository.name,
    imageId: {imageDigest: manifest.digest, imageTag},
    imageManifest: manifest.bytes.toString('utf8'),
    imageManifestMediaType: manifest.mediaType
  }
}

/** Why a batch has no image for an id; an image that is not found may be there in a format that is not accepted. */
function imageFailure(repository: Repository, imageId: sdk.ImageIdentifier): sdk.ImageFailure {
  const {imageDigest, imageTag} = imageId
  const failure = (failureCode: sdk.ImageFailureCode, failureReason: string): sdk.ImageFailure => ({
    imageId,
    failureCode,
    failureReason
  })
  if (imageDigest === undefined && imageTag === undefined) {
    return failure('MissingDigestAndTag', 'Invalid request parameters: both tag and digest cannot be null')
  }
  if (imageDigest !== undefined && !isDigest(imageDigest)) {
    return failure(
      'InvalidImageDigest',
      "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"
    )
  }
  if (imageDigest !== undefined && repository.find({imageTag}) !== undefined) {
    return failure('ImageTagDoesNotMatchDigest', 'Tag does not match digest')
  }
  return failure('ImageNotFound', 'Requested image not found')
}

function describeImages(repository: Repository, input: sdk.DescribeImagesRequest): sdk.DescribeImagesResponse {
  const {imageIds} = input
  if (imageIds !== undefined && (input.maxResults ?? input.nextToken) !== undefined) {
    throw invalidParameter('imageIds', 'must not be given with maxResults or nextToken')
  }
  if (imageIds !== undefined) {
    const found = imageIds.map(id => existingImage(repository, id))
    return {imageDetails: found.map(image => describeImageDetail(repository, image))}
  }
  const images = withTagStatus(repository, input.filter?.tagStatus)
  const {items, ...next} = pageOfList(images, input)
  return {imageDetails: items.map(image => describeImageDetail(repository, image)), ...next}
}

function existingImage(repository: Repository, id: sdk.ImageIdentifier): RepositoryImage {
  const image = repository.find(id)
  if (image !== undefined) return image
  // ECR writes a missing member as the word null.
  const {imageDigest = 'null', imageTag = 'null'} = id
  throw new AwsError(
    'ImageNotFoundException',
    `The image with imageId {imageDigest:'${imageDigest}', imageTag:'${imageTag}'} does not exist within the repository with name '${repository.name}' in the registry with id '${repository.account}'`
  )
}

function withTagStatus(repository: Repository, status: sdk.TagStatus = 'ANY'): RepositoryImage[] {
  return repository.images().filter(({manifest}) => {
    const isTagged = repository.tagsOf(manifest.digest).length > 0
    return status === 'ANY' || isTagged === (status === 'TAGGED')
  })
}

function describeImageDetail(repository: Repository, {manifest, pushedAt, pulledAt}: RepositoryImage): sdk.ImageDetail {
  const tags = repository.tagsOf(manifest.digest)
  return {
    registryId: repository.account,
    repositoryName: repository.name,
    imageDigest: manifest.digest,
    imageTags: tags.length > 0 ? tags : undefined,
    imageSizeInBytes: repository.sizeOf(manifest),
    imagePushedAt: pushedAt,
    imageManifestMediaType: manifest.mediaType,
    artifactMediaType: manifest.kind === 'image' ? manifest.config.mediaType : undefined,
    lastRecordedPullTime: pulledAt,
    imageStatus: 'ACTIVE'
  }
}

function listImages(repository: Repository, input: sdk.ListImagesRequest): sdk.ListImagesResponse {
  const ids = withTagStatus(repository, input.filter?.tagStatus).flatMap(({manifest}): sdk.ImageIdentifier[] => {
    const tags = repository.tagsOf(manifest.digest)
    const imageDigest = manifest.digest
    return tags.length > 0 ? tags.map(imageTag => ({imageDigest, imageTag})) : [{imageDigest}]
  })
  const {items, ...next} = pageOfList(ids, input)
  return {imageIds: items, ...next}
}

function putImage(repository: Repository, input: sdk.PutImageRequest, now: Date): sdk.PutImageResponse {
  const bytes = Buffer.from(required(input.imageManifest, 'imageManifest'))
  const manifest = parseManifest(bytes, input.imageManifestMediaType)
  if (input.imageDigest !== undefined && input.imageDigest !== manifest.digest) {
    throw new AwsError(
      'ImageDigestDoesNotMatchException',
      `The digest '${input.imageDigest}' does not match the digest '${manifest.digest}' of the image`
    )
  }
  const existing = repository.find({imageDigest: manifest.digest, imageTag: input.imageTag})
  if (existing !== undefined) throw imageExists(repository, manifest.digest, input.imageTag)
  repository.put(manifest, input.imageTag, now)
  return {image: describeImage(repository, {manifest, pushedAt: now}, input.imageTag)}
}

function imageExists(repository: Repository, digest: string, tag: string | undefined): AwsError {
  const image = tag === undefined ? `Image with digest '${digest}'` : `Image with digest '${digest}' and tag '${tag}'`
  return new AwsError(
    'ImageAlreadyExistsException',
    `${image} already exists in the repository with name '${repository.name}' in registry with id '${repository.account}'`
  )
}

function batchDeleteImage(repository: Repository, input: sdk.BatchDeleteImageRequest): sdk.BatchDeleteImageResponse {
  const imageIds: sdk.ImageIdentifier[] = []
  const failures: sdk.ImageFailure[] = []
  for (const id of required(input.imageIds, 'imageIds')) {
    const digest = repository.find(id)?.manifest.digest
    if (digest === undefined) failures.push(imageFailure(repository, id))
    else if (id.imageTag === undefined && repository.isReferenced(digest)) failures.push(referencedFailure(id))
    else imageIds.push(...deleteImage(repository, digest, id.imageTag))
  }
  return {imageIds, failures}
}

function referencedFailure(imageId: sdk.ImageIdentifier): sdk.ImageFailure {
  return {
    imageId,
    failureCode: 'ImageReferencedByManifestList',
    failureReason: 'Requested image referenced by manifest list'
  }
}

/** Without a tag the image goes with all its tags. */
function deleteImage(repository: Repository, imageDigest: string, tag: string | undefined): sdk.ImageIdentifier[] {
  if (tag !== undefined) {
    repository.deleteTag(tag)
    return [{imageDigest, imageTag: tag}]
  }
  const tags = repository.tagsOf(imageDigest)
  repository.deleteImage(imageDigest)
  return tags.length > 0 ? tags.map(imageTag => ({imageDigest, imageTag})) : [{imageDigest}]
}
