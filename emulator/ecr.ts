import {
  BatchCheckLayerAvailabilityRequest$,
  BatchCheckLayerAvailabilityResponse$,
  BatchDeleteImageRequest$,
  BatchDeleteImageResponse$,
  BatchGetImageRequest$,
  BatchGetImageResponse$,
  CreateRepositoryRequest$,
  CreateRepositoryResponse$,
  DescribeImagesRequest$,
  DescribeImagesResponse$,
  DescribeRepositoriesRequest$,
  DescribeRepositoriesResponse$,
  GetAuthorizationTokenRequest$,
  GetAuthorizationTokenResponse$,
  GetDownloadUrlForLayerRequest$,
  GetDownloadUrlForLayerResponse$,
  ListImagesRequest$,
  ListImagesResponse$,
  PutImageRequest$,
  PutImageResponse$,
  PutImageTagMutabilityRequest$,
  PutImageTagMutabilityResponse$,
  type BatchCheckLayerAvailabilityRequest,
  type BatchCheckLayerAvailabilityResponse,
  type BatchDeleteImageRequest,
  type BatchDeleteImageResponse,
  type BatchGetImageRequest,
  type BatchGetImageResponse,
  type CreateRepositoryRequest,
  type CreateRepositoryResponse,
  type DescribeImagesRequest,
  type DescribeImagesResponse,
  type DescribeRepositoriesRequest,
  type DescribeRepositoriesResponse,
  type GetAuthorizationTokenRequest,
  type GetAuthorizationTokenResponse,
  type GetDownloadUrlForLayerRequest,
  type GetDownloadUrlForLayerResponse,
  type Image,
  type ImageDetail,
  type ImageFailure,
  type ImageFailureCode,
  type ImageIdentifier,
  type ImageTagMutability,
  type ImageTagMutabilityExclusionFilter,
  type Layer,
  type ListImagesRequest,
  type ListImagesResponse,
  type PutImageRequest,
  type PutImageResponse,
  type PutImageTagMutabilityRequest,
  type PutImageTagMutabilityResponse,
  type Repository as RepositoryDescription,
  type TagStatus
} from '@aws-sdk/client-ecr'
import type {EmulatorClock} from './clock.ts'
import {LayerLinks} from './ecr/links.ts'
import {isDigest, parseManifest} from './ecr/manifest.ts'
import {Repositories} from './ecr/repositories.ts'
import type {Repository, RepositoryImage, RepositoryName} from './ecr/repository.ts'
import {putSeed} from './ecr/seed.ts'
import {checkedExclusions, checkedName, invalidParameter, required} from './ecr/settings.ts'
import {AuthorizationTokens} from './ecr/tokens.ts'
import {page} from './ecs/paging.ts'
import type {Faults} from './faults.ts'
import type {ImageStore} from './images.ts'
import type {Journal} from './journal.ts'
import {createRegistry, type RegistryBehaviour, type RegistryHandler} from './registry.ts'
import {AwsError, operation, type AwsService, type Call} from './service.ts'

/** What the emulator's ECR needs. */
export interface EcrOptions {
  readonly clock: EmulatorClock
  /** Whose repositories are addressed without an account in their URI. */
  readonly account: string
  /** Host and port of the emulator, which are known when it listens. */
  readonly registryHost: () => string
  readonly scheme: 'http' | 'https'
  /** A number from 0 up to, not including, 1. */
  readonly random: () => number
  readonly journal: Journal
  /** What goes wrong in the registry; the API's faults happen before a request gets here. */
  readonly faults: Faults
}

/** A repository that is there from the start. */
export interface RepositorySeed extends RepositoryName {
  /** By default `MUTABLE`. */
  readonly mutability?: ImageTagMutability
  readonly exclusions?: readonly string[]
  /** Other accounts that the repository's policy lets pull and push. */
  readonly allowedAccounts?: readonly string[]
}

/** The emulator's ECR: the API, the registry and what they share. */
export interface Ecr {
  readonly service: AwsService
  /** Answers `/v2/*`. */
  readonly registry: RegistryHandler
  /** Answers `/_layers/*`. */
  readonly layers: RegistryHandler
  readonly images: ImageStore
  readonly behaviour: RegistryBehaviour
  /** @throws RepositoryAlreadyExistsException */
  createRepository(seed: RepositorySeed): void
  /**
   * Puts a small image into a repository, as a push would.
   *
   * @param platforms such as `linux/amd64`; several make an index
   * @returns its digest
   */
  putImage(repository: RepositoryName, tag: string, platforms: readonly string[]): string
}

/** Items on a page, of every list of ECR. */
const defaultPage = 100
const largestPage = 1000

/** What the operations share. */
interface State extends EcrOptions {
  readonly repositories: Repositories
  readonly tokens: AuthorizationTokens
  readonly links: LayerLinks
}

/** The emulator's ECR, with no repositories. */
export function createEcr(options: EcrOptions): Ecr {
  const {clock, account, random, registryHost} = options
  const repositories = new Repositories(account, registryHost)
  const tokens = new AuthorizationTokens(clock, random)
  const links = new LayerLinks(clock, random)
  const behaviour: RegistryBehaviour = {
    sameImageUnderImmutableTag: 'accepted',
    expiredTokenStatus: 403,
    blobMounting: 'DISABLED'
  }
  const state = {...options, repositories, tokens, links}
  const service = createService(state)
  return {
    service,
    registry: createRegistry({...state, service, behaviour}),
    layers: (request, response) => {
      links.serve(request, response)
      return Promise.resolve()
    },
    images: repositories,
    behaviour,
    createRepository: seed => {
      const defaults = {mutability: 'MUTABLE', exclusions: [], allowedAccounts: []} as const
      repositories.create({...defaults, ...seed, createdAt: new Date(clock.now())})
    },
    putImage: (repository, tag, platforms) =>
      putSeed(repositories.get(repository), tag, platforms, new Date(clock.now()))
  }
}

function createService(state: State): AwsService {
  return {
    name: 'ecr',
    protocol: {
      kind: 'json',
      targetPrefix: 'AmazonEC2ContainerRegistry_V20150921',
      contentType: 'application/x-amz-json-1.1'
    },
    operations: {...repositoryOperations(state), ...imageOperations(state), ...layerOperations(state)}
  }
}

function repositoryOperations(state: State): AwsService['operations'] {
  return {
    GetAuthorizationToken: operation<GetAuthorizationTokenRequest, GetAuthorizationTokenResponse>(
      GetAuthorizationTokenRequest$,
      GetAuthorizationTokenResponse$,
      (_, call) => getAuthorizationToken(state, call)
    ),
    CreateRepository: operation<CreateRepositoryRequest, CreateRepositoryResponse>(
      CreateRepositoryRequest$,
      CreateRepositoryResponse$,
      (input, call) => createRepository(state, input, call)
    ),
    DescribeRepositories: operation<DescribeRepositoriesRequest, DescribeRepositoriesResponse>(
      DescribeRepositoriesRequest$,
      DescribeRepositoriesResponse$,
      (input, call) => describeRepositories(state, input, call)
    ),
    PutImageTagMutability: operation<PutImageTagMutabilityRequest, PutImageTagMutabilityResponse>(
      PutImageTagMutabilityRequest$,
      PutImageTagMutabilityResponse$,
      (input, call) => putImageTagMutability(open(state, input, call), input)
    )
  }
}

function imageOperations(state: State): AwsService['operations'] {
  return {
    BatchGetImage: operation<BatchGetImageRequest, BatchGetImageResponse>(
      BatchGetImageRequest$,
      BatchGetImageResponse$,
      (input, call) => batchGetImage(open(state, input, call), input)
    ),
    DescribeImages: operation<DescribeImagesRequest, DescribeImagesResponse>(
      DescribeImagesRequest$,
      DescribeImagesResponse$,
      (input, call) => describeImages(open(state, input, call), input)
    ),
    ListImages: operation<ListImagesRequest, ListImagesResponse>(
      ListImagesRequest$,
      ListImagesResponse$,
      (input, call) => listImages(open(state, input, call), input)
    ),
    PutImage: operation<PutImageRequest, PutImageResponse>(PutImageRequest$, PutImageResponse$, (input, call) =>
      putImage(open(state, input, call), input, new Date(state.clock.now()))
    ),
    BatchDeleteImage: operation<BatchDeleteImageRequest, BatchDeleteImageResponse>(
      BatchDeleteImageRequest$,
      BatchDeleteImageResponse$,
      (input, call) => batchDeleteImage(open(state, input, call), input)
    )
  }
}

function layerOperations(state: State): AwsService['operations'] {
  return {
    BatchCheckLayerAvailability: operation<BatchCheckLayerAvailabilityRequest, BatchCheckLayerAvailabilityResponse>(
      BatchCheckLayerAvailabilityRequest$,
      BatchCheckLayerAvailabilityResponse$,
      (input, call) => batchCheckLayerAvailability(open(state, input, call), input)
    ),
    GetDownloadUrlForLayer: operation<GetDownloadUrlForLayerRequest, GetDownloadUrlForLayerResponse>(
      GetDownloadUrlForLayerRequest$,
      GetDownloadUrlForLayerResponse$,
      (input, call) => getDownloadUrlForLayer(state, open(state, input, call), input)
    )
  }
}

/** The repository that a request is about, if the caller may do with it what the operation is named for. */
function open(
  {repositories}: State,
  input: {registryId?: string | undefined; repositoryName?: string | undefined},
  {caller, region, operation}: Call
): Repository {
  const name = required(input.repositoryName, 'repositoryName')
  return repositories.open({account: input.registryId ?? caller.account, region, name}, caller, `ecr:${operation}`)
}

function getAuthorizationToken(state: State, {caller, region}: Call): GetAuthorizationTokenResponse {
  const proxyEndpoint = `${state.scheme}://${state.registryHost()}`
  return {authorizationData: [{...state.tokens.issue({caller, region}), proxyEndpoint}]}
}

function createRepository(state: State, input: CreateRepositoryRequest, call: Call): CreateRepositoryResponse {
  const mutability = input.imageTagMutability ?? 'MUTABLE'
  const repository = state.repositories.create({
    account: input.registryId ?? call.caller.account,
    region: call.region,
    name: checkedName(input.repositoryName),
    createdAt: new Date(state.clock.now()),
    mutability,
    exclusions: checkedExclusions(mutability, input.imageTagMutabilityExclusionFilters),
    allowedAccounts: []
  })
  return {repository: describeRepository(state, repository)}
}

function describeRepositories(
  state: State,
  input: DescribeRepositoriesRequest,
  call: Call
): DescribeRepositoriesResponse {
  const {caller, region} = call
  const registry = {account: input.registryId ?? caller.account, region}
  const repositories =
    input.repositoryNames?.map(repositoryName => open(state, {...input, repositoryName}, call)) ??
    state.repositories.list(registry)
  const {items, ...next} = page(repositories, input, defaultPage, largestPage)
  return {repositories: items.map(repository => describeRepository(state, repository)), ...next}
}

function describeRepository({repositories}: State, repository: Repository): RepositoryDescription {
  return {
    repositoryArn: repository.arn,
    registryId: repository.account,
    repositoryName: repository.name,
    repositoryUri: repositories.uri(repository),
    createdAt: repository.createdAt,
    ...describeMutability(repository),
    imageScanningConfiguration: {scanOnPush: false},
    encryptionConfiguration: {encryptionType: 'AES256'}
  }
}

function describeMutability({mutability, exclusions}: Repository): {
  imageTagMutability: ImageTagMutability
  imageTagMutabilityExclusionFilters?: ImageTagMutabilityExclusionFilter[]
} {
  const filters = exclusions.map(filter => ({filterType: 'WILDCARD' as const, filter}))
  return {
    imageTagMutability: mutability,
    ...(filters.length > 0 ? {imageTagMutabilityExclusionFilters: filters} : {})
  }
}

function putImageTagMutability(
  repository: Repository,
  input: PutImageTagMutabilityRequest
): PutImageTagMutabilityResponse {
  const mutability = required(input.imageTagMutability, 'imageTagMutability')
  repository.exclusions = checkedExclusions(mutability, input.imageTagMutabilityExclusionFilters)
  repository.mutability = mutability
  return {registryId: repository.account, repositoryName: repository.name, ...describeMutability(repository)}
}

function batchGetImage(repository: Repository, input: BatchGetImageRequest): BatchGetImageResponse {
  const images: Image[] = []
  const failures: ImageFailure[] = []
  for (const imageId of required(input.imageIds, 'imageIds')) {
    const image = repository.find(imageId)
    const isAccepted = input.acceptedMediaTypes?.includes(image?.manifest.mediaType ?? '') ?? true
    if (image !== undefined && isAccepted) images.push(describeImage(repository, image, imageId.imageTag))
    else failures.push(imageFailure(repository, imageId))
  }
  return {images, failures}
}

function describeImage(repository: Repository, {manifest}: RepositoryImage, imageTag: string | undefined): Image {
  return {
    registryId: repository.account,
    repositoryName: repository.name,
    imageId: {imageDigest: manifest.digest, imageTag},
    imageManifest: manifest.bytes.toString('utf8'),
    imageManifestMediaType: manifest.mediaType
  }
}

/** Why a batch has no image for an id; an image that is not found may be there in a format that is not accepted. */
function imageFailure(repository: Repository, imageId: ImageIdentifier): ImageFailure {
  const {imageDigest, imageTag} = imageId
  const failure = (failureCode: ImageFailureCode, failureReason: string): ImageFailure => ({
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

function describeImages(repository: Repository, input: DescribeImagesRequest): DescribeImagesResponse {
  const {imageIds} = input
  if (imageIds !== undefined && (input.maxResults ?? input.nextToken) !== undefined) {
    throw invalidParameter('imageIds', 'must not be given with maxResults or nextToken')
  }
  if (imageIds !== undefined) {
    const found = imageIds.map(id => existingImage(repository, id))
    return {imageDetails: found.map(image => describeImageDetail(repository, image))}
  }
  const images = withTagStatus(repository, input.filter?.tagStatus)
  const {items, ...next} = page(images, input, defaultPage, largestPage)
  return {imageDetails: items.map(image => describeImageDetail(repository, image)), ...next}
}

function existingImage(repository: Repository, id: ImageIdentifier): RepositoryImage {
  const image = repository.find(id)
  if (image !== undefined) return image
  // ECR writes a missing member as the word null.
  const {imageDigest = 'null', imageTag = 'null'} = id
  throw new AwsError(
    'ImageNotFoundException',
    `The image with imageId {imageDigest:'${imageDigest}', imageTag:'${imageTag}'} does not exist within the repository with name '${repository.name}' in the registry with id '${repository.account}'`
  )
}

function withTagStatus(repository: Repository, status: TagStatus = 'ANY'): RepositoryImage[] {
  return repository.images().filter(({manifest}) => {
    const isTagged = repository.tagsOf(manifest.digest).length > 0
    return status === 'ANY' || isTagged === (status === 'TAGGED')
  })
}

function describeImageDetail(repository: Repository, {manifest, pushedAt, pulledAt}: RepositoryImage): ImageDetail {
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

function listImages(repository: Repository, input: ListImagesRequest): ListImagesResponse {
  const ids = withTagStatus(repository, input.filter?.tagStatus).flatMap(({manifest}): ImageIdentifier[] => {
    const tags = repository.tagsOf(manifest.digest)
    const imageDigest = manifest.digest
    return tags.length > 0 ? tags.map(imageTag => ({imageDigest, imageTag})) : [{imageDigest}]
  })
  const {items, ...next} = page(ids, input, defaultPage, largestPage)
  return {imageIds: items, ...next}
}

function putImage(repository: Repository, input: PutImageRequest, now: Date): PutImageResponse {
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

function batchDeleteImage(repository: Repository, input: BatchDeleteImageRequest): BatchDeleteImageResponse {
  const imageIds: ImageIdentifier[] = []
  const failures: ImageFailure[] = []
  for (const id of required(input.imageIds, 'imageIds')) {
    const digest = repository.find(id)?.manifest.digest
    if (digest === undefined) failures.push(imageFailure(repository, id))
    else if (id.imageTag === undefined && repository.isReferenced(digest)) failures.push(referencedFailure(id))
    else imageIds.push(...deleteImage(repository, digest, id.imageTag))
  }
  return {imageIds, failures}
}

function referencedFailure(imageId: ImageIdentifier): ImageFailure {
  return {
    imageId,
    failureCode: 'ImageReferencedByManifestList',
    failureReason: 'Requested image referenced by manifest list'
  }
}

/** Without a tag the image goes with all its tags. */
function deleteImage(repository: Repository, imageDigest: string, tag: string | undefined): ImageIdentifier[] {
  if (tag !== undefined) {
    repository.deleteTag(tag)
    return [{imageDigest, imageTag: tag}]
  }
  const tags = repository.tagsOf(imageDigest)
  repository.deleteImage(imageDigest)
  return tags.length > 0 ? tags.map(imageTag => ({imageDigest, imageTag})) : [{imageDigest}]
}

function batchCheckLayerAvailability(
  repository: Repository,
  input: BatchCheckLayerAvailabilityRequest
): BatchCheckLayerAvailabilityResponse {
  const digests = required(input.layerDigests, 'layerDigests')
  const failures = digests
    .filter(digest => !isDigest(digest))
    .map(layerDigest => ({
      layerDigest,
      failureCode: 'InvalidLayerDigest' as const,
      failureReason: 'Invalid request parameters: layer digest is not a digest'
    }))
  return {layers: digests.filter(isDigest).map(digest => describeLayer(repository, digest)), failures}
}

function describeLayer(repository: Repository, layerDigest: string): Layer {
  const bytes = repository.blobs.get(layerDigest)
  if (bytes === undefined) return {layerDigest, layerAvailability: 'UNAVAILABLE'}
  return {layerDigest, layerAvailability: 'AVAILABLE', layerSize: bytes.length}
}

function getDownloadUrlForLayer(
  {links, scheme, registryHost}: State,
  repository: Repository,
  input: GetDownloadUrlForLayerRequest
): GetDownloadUrlForLayerResponse {
  const layerDigest = required(input.layerDigest, 'layerDigest')
  const bytes = repository.blobs.get(layerDigest)
  if (bytes === undefined) {
    throw new AwsError(
      'LayersNotFoundException',
      `The layer with digest '${layerDigest}' does not exist in the repository with name '${repository.name}' in the registry with id '${repository.account}'`
    )
  }
  return {downloadUrl: `${scheme}://${registryHost()}${links.make(layerDigest, bytes)}`, layerDigest}
}
