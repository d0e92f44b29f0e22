import * as sdk from '@aws-sdk/client-ecr'
import {AwsError, operationOf, type Operations} from '../service.ts'
import {isDigest} from './manifest.ts'
import type {Repository} from './repository.ts'
import {required} from './settings.ts'
import {openRepository, type EcrState} from './state.ts'

/** The operations about the layers of images. */
export function layerOperations(state: EcrState): Operations {
  return {
    BatchCheckLayerAvailability: operationOf(
      sdk.BatchCheckLayerAvailability$,
      (input: sdk.BatchCheckLayerAvailabilityRequest, call): sdk.BatchCheckLayerAvailabilityResponse =>
        batchCheckLayerAvailability(openRepository(state, input, call), input)
    ),
    GetDownloadUrlForLayer: operationOf(
      sdk.GetDownloadUrlForLayer$,
      (input: sdk.GetDownloadUrlForLayerRequest, call): sdk.GetDownloadUrlForLayerResponse =>
        getDownloadUrlForLayer(state, openRepository(state, input, call), input)
    )
  }
}

function batchCheckLayerAvailability(
  repository: Repository,
  input: sdk.BatchCheckLayerAvailabilityRequest
): sdk.BatchCheckLayerAvailabilityResponse {
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

function describeLayer(repository: Repository, layerDigest: string): sdk.Layer {
  const bytes = repository.blobs.get(layerDigest)
  if (bytes === undefined) return {layerDigest, layerAvailability: 'UNAVAILABLE'}
  return {layerDigest, layerAvailability: 'AVAILABLE', layerSize: bytes.length}
}

function getDownloadUrlForLayer(
  {links, scheme, registryHost}: EcrState,
  repository: Repository,
  input: sdk.GetDownloadUrlForLayerRequest
): sdk.GetDownloadUrlForLayerResponse {
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
