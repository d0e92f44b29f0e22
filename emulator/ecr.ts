import type {ImageTagMutability} from '@aws-sdk/client-ecr'
import type {EmulatorClock} from './clock.ts'
import {defaultBehaviour, type EcrBehaviour} from './ecr/behaviour.ts'
import {imageOperations} from './ecr/image-operations.ts'
import {layerOperations} from './ecr/layer-operations.ts'
import {LayerLinks} from './ecr/links.ts'
import {Repositories} from './ecr/repositories.ts'
import {repositoryOperations} from './ecr/repository-operations.ts'
import type {RepositoryName} from './ecr/repository.ts'
import {putSeed} from './ecr/seed.ts'
import type {EcrState} from './ecr/state.ts'
import {AuthorizationTokens, type TokenHolder} from './ecr/tokens.ts'
import type {Faults} from './faults.ts'
import {Policies} from './iam.ts'
import type {ImageStore} from './images.ts'
import type {Journal} from './journal.ts'
import {createRegistry, type RegistryHandler} from './registry.ts'
import type {AwsService} from './service.ts'

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
  /** Who may do what in the registry, by default all; the API's requests have been let pass before they get here. */
  readonly policies?: Policies
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
  /** A token for the registry, as GetAuthorizationToken gives one. */
  authorizationToken(holder: TokenHolder): string
  readonly behaviour: EcrBehaviour
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

/** The emulator's ECR, with no repositories. */
export function createEcr(options: EcrOptions): Ecr {
  const {clock, account, random, registryHost, scheme, journal, faults, policies = new Policies()} = options
  const repositories = new Repositories(account, registryHost)
  const tokens = new AuthorizationTokens(clock, random)
  const links = new LayerLinks(clock, random, journal)
  const behaviour = {...defaultBehaviour}
  const state = {clock, registryHost, scheme, repositories, tokens, links, behaviour}
  const service = createService(state)
  return {
    service,
    registry: createRegistry({...state, random, journal, faults, policies, service}),
    layers: (request, response) => {
      links.serve(request, response)
      return Promise.resolve()
    },
    images: repositories,
    authorizationToken: holder => tokens.issue(holder).authorizationToken,
    behaviour,
    createRepository: seed => {
      const defaults = {mutability: 'MUTABLE', exclusions: [], allowedAccounts: []} as const
      repositories.create({...defaults, ...seed, createdAt: new Date(clock.now())})
    },
    putImage: (repository, tag, platforms) =>
      putSeed(repositories.get(repository), tag, platforms, new Date(clock.now()))
  }
}

function createService(state: EcrState): AwsService {
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
