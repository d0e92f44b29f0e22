import {AwsError, type Caller} from '../service.ts'
import type {ImageStore, StoredImage} from '../images.ts'
import {
  Repository,
  type Registry,
  type RepositoryImage,
  type RepositoryName,
  type RepositorySettings
} from './repository.ts'

/** The repositories of all accounts and regions, and how they are addressed on the emulator's one port. */
export class Repositories implements ImageStore {
  readonly #repositories: Repository[] = []
  readonly #account: string
  readonly #host: () => string

  /**
   * @param account whose repositories are addressed by their name alone; others have their account before it
   * @param host of the registry, with its port
   */
  constructor(account: string, host: () => string) {
    this.#account = account
    this.#host = host
  }

  /** @throws RepositoryAlreadyExistsException */
  create(settings: RepositorySettings): Repository {
    const {account, name} = settings
    if (this.find(settings) !== undefined) {
      throw new AwsError(
        'RepositoryAlreadyExistsException',
        `The repository with name '${name}' already exists in the registry with id '${account}'`
      )
    }
    const repository = new Repository(settings)
    this.#repositories.push(repository)
    return repository
  }

  /** All repositories of a registry, in the order in which they were made. */
  list(registry: Registry): Repository[] {
    return this.#repositories.filter(({account, region}) => account === registry.account && region === registry.region)
  }

  /** The repository, `undefined` when there is none. */
  find(wanted: RepositoryName): Repository | undefined {
    return this.list(wanted).find(({name}) => name === wanted.name)
  }

  /** @throws RepositoryNotFoundException */
  get(wanted: RepositoryName): Repository {
    const repository = this.find(wanted)
    if (repository !== undefined) return repository
    throw new AwsError(
      'RepositoryNotFoundException',
      `The repository with name '${wanted.name}' does not exist in the registry with id '${wanted.account}'`
    )
  }

  /**
   * The repository, for a caller whom its policy lets do `action` with it.
   *
   * @param action an IAM action, such as `ecr:PutImage`
   * @throws RepositoryNotFoundException, AccessDeniedException
   */
  open(wanted: RepositoryName, caller: Caller, action: string): Repository {
    const repository = this.get(wanted)
    if (caller.account === repository.account || repository.allowedAccounts.includes(caller.account)) return repository
    throw new AwsError(
      'AccessDeniedException',
      `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${repository.arn} because no resource-based policy allows the ${action} action`
    )
  }

  /** What stands before the tag in the reference of an image: ECR's `repositoryUri`. */
  uri({account, name}: Repository): string {
    return account === this.#account ? `${this.#host()}/${name}` : `${this.#host()}/${account}/${name}`
  }

  /** The account and name of a repository from its path in the registry; the reverse of `uri`. */
  parsePath(path: string): {account: string; name: string} {
    // A repository's name starts with a letter, so that an account before it cannot be taken for a part of it.
    const {account = this.#account, name = path} = /^(?<account>\d{12})\/(?<name>.+)$/.exec(path)?.groups ?? {}
    return {account, name}
  }

  /** @see ImageStore */
  resolve(reference: string): StoredImage | undefined {
    const groups = /^(?<host>[^/]+)\/(?<path>[^@:]+)(?::(?<tag>[^@]+))?(?:@(?<digest>.+))?$/.exec(reference)?.groups
    if (groups === undefined) return undefined
    const {host = '', path = '', tag = 'latest', digest} = groups
    const id = digest === undefined ? {imageTag: tag} : {imageDigest: digest}
    for (const repository of this.#addressed(host, path)) {
      const image = repository.find(id)
      if (image !== undefined) return this.#stored(repository, image)
    }
    return undefined
  }

  #stored(repository: Repository, image: RepositoryImage): StoredImage {
    const stored = repository.describe(image)
    if (!repository.hasFiles(image.manifest)) return stored
    return {...stored, source: {reference: `${this.uri(repository)}@${stored.digest}`, region: repository.region}}
  }

  /** The repositories that a reference can mean: the emulator's host names no region, a host of ECR names all. */
  #addressed(host: string, path: string): Repository[] {
    // What follows the region is the partition's.
    const pattern = /^(?<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?<region>[a-z0-9-]+)\.[a-z0-9.-]+$/
    const {account, region} = pattern.exec(host)?.groups ?? {}
    if (account !== undefined) {
      return this.#repositories.filter(it => it.account === account && it.region === region && it.name === path)
    }
    const wanted = this.parsePath(path)
    return host === this.#host()
      ? this.#repositories.filter(it => it.account === wanted.account && it.name === wanted.name)
      : []
  }
}
