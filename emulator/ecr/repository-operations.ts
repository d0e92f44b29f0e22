import * as sdk from '@aws-sdk/client-ecr'
import {operationOf, type Call, type Operations} from '../service.ts'
import type {Repository} from './repository.ts'
import {checkedEncryption, checkedExclusions, checkedName, required} from './settings.ts'
import {openRepository, pageOfList, type EcrState} from './state.ts'

/** The operations about whole repositories, and the token for the registry. */
export function repositoryOperations(state: EcrState): Operations {
  return {
    GetAuthorizationToken: operationOf(
      sdk.GetAuthorizationToken$,
      (_: sdk.GetAuthorizationTokenRequest, call): sdk.GetAuthorizationTokenResponse =>
        getAuthorizationToken(state, call)
    ),
    CreateRepository: operationOf(
      sdk.CreateRepository$,
      (input: sdk.CreateRepositoryRequest, call): sdk.CreateRepositoryResponse => createRepository(state, input, call)
    ),
    DescribeRepositories: operationOf(
      sdk.DescribeRepositories$,
      (input: sdk.DescribeRepositoriesRequest, call): sdk.DescribeRepositoriesResponse =>
        describeRepositories(state, input, call)
    ),
    PutImageTagMutability: operationOf(
      sdk.PutImageTagMutability$,
      (input: sdk.PutImageTagMutabilityRequest, call): sdk.PutImageTagMutabilityResponse =>
        putImageTagMutability(openRepository(state, input, call), input)
    )
  }
}

function getAuthorizationToken(state: EcrState, {caller, region}: Call): sdk.GetAuthorizationTokenResponse {
  const proxyEndpoint = `${state.scheme}://${state.registryHost()}`
  return {authorizationData: [{...state.tokens.issue({caller, region}), proxyEndpoint}]}
}

function createRepository(
  state: EcrState,
  input: sdk.CreateRepositoryRequest,
  call: Call
): sdk.CreateRepositoryResponse {
  const mutability = input.imageTagMutability ?? 'MUTABLE'
  const repository = state.repositories.create({
    account: input.registryId ?? call.caller.account,
    region: call.region,
    name: checkedName(input.repositoryName),
    createdAt: new Date(state.clock.now()),
    mutability,
    exclusions: checkedExclusions(mutability, input.imageTagMutabilityExclusionFilters),
    scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
    encryption: checkedEncryption(input.encryptionConfiguration),
    allowedAccounts: []
  })
  return {repository: describeRepository(state, repository)}
}

function describeRepositories(
  state: EcrState,
  input: sdk.DescribeRepositoriesRequest,
  call: Call
): sdk.DescribeRepositoriesResponse {
  const {caller, region} = call
  const registry = {account: input.registryId ?? caller.account, region}
  const repositories =
    input.repositoryNames?.map(repositoryName => openRepository(state, {...input, repositoryName}, call)) ??
    state.repositories.list(registry)
  const {items, ...next} = pageOfList(repositories, input)
  return {repositories: items.map(repository => describeRepository(state, repository)), ...next}
}

function describeRepository({repositories}: EcrState, repository: Repository): sdk.Repository {
  return {
    repositoryArn: repository.arn,
    registryId: repository.account,
    repositoryName: repository.name,
    repositoryUri: repositories.uri(repository),
    createdAt: repository.createdAt,
    ...describeMutability(repository),
    imageScanningConfiguration: {scanOnPush: repository.scanOnPush},
    encryptionConfiguration: repository.encryption
  }
}

function describeMutability({mutability, exclusions}: Repository): {
  imageTagMutability: sdk.ImageTagMutability
  imageTagMutabilityExclusionFilters?: sdk.ImageTagMutabilityExclusionFilter[]
} {
  const filters = exclusions.map(filter => ({filterType: 'WILDCARD' as const, filter}))
  return {
    imageTagMutability: mutability,
    ...(filters.length > 0 ? {imageTagMutabilityExclusionFilters: filters} : {})
  }
}

function putImageTagMutability(
  repository: Repository,
  input: sdk.PutImageTagMutabilityRequest
): sdk.PutImageTagMutabilityResponse {
  const mutability = required(input.imageTagMutability, 'imageTagMutability')
  repository.exclusions = checkedExclusions(mutability, input.imageTagMutabilityExclusionFilters)
  repository.mutability = mutability
  return {registryId: repository.account, repositoryName: repository.name, ...describeMutability(repository)}
}
