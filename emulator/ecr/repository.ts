import type {EncryptionConfiguration, ImageIdentifier, ImageTagMutability} from '@aws-sdk/client-ecr'
import {AwsError} from '../service.ts'
import type {StoredImage} from '../images.ts'
import {digestOf, emptyArchive, isRunnable, type Descriptor, type Manifest, type Platform} from './manifest.ts'

/** Where a repository lives: every account has one registry in each region. */
export interface Registry {
  readonly account: string
  readonly region: string
}

/** What a repository is looked up with. */
export interface RepositoryName extends Registry {
  readonly name: string
}

/** What a repository is made with. */
export interface RepositorySettings extends RepositoryName {
  readonly createdAt: Date
  readonly mutability: ImageTagMutability
  /** Patterns of letters, digits, `.`, `_`, `-` and `*`: the tags to which the opposite of `mutability` applies. */
  readonly exclusions: readonly string[]
  /** Not scanned where it is left out. */
  readonly scanOnPush?: boolean
  /** `AES256` where it is left out. */
  readonly encryption?: EncryptionConfiguration
  /** Other accounts that the repository's policy lets pull and push. */
  readonly allowedAccounts: readonly string[]
}

/** An image in a repository. */
export interface RepositoryImage {
  readonly manifest: Manifest
  readonly pushedAt: Date
  /** The last pull through the registry. */
  pulledAt?: Date
}

/** The ARN of a repository, whether it exists or not. */
export function arnOf({region, account, name}: RepositoryName): string {
  return `arn:aws:ecr:${region}:${account}:repository/${name}`
}

/** The layers, images and tags of one repository. */
export class Repository {
  readonly account: string
  readonly region: string
  readonly name: string
  readonly createdAt: Date
  readonly allowedAccounts: readonly string[]
  readonly scanOnPush: boolean
  readonly encryption: EncryptionConfiguration
  mutability: ImageTagMutability
  exclusions: readonly string[]
  /** Layers and image configurations by digest. */
  readonly blobs = new Map<string, Buffer>()
  readonly #images = new Map<string, RepositoryImage>()
  readonly #tags = new Map<string, string>()

  constructor(settings: RepositorySettings) {
    this.account = settings.account
    this.region = settings.region
    this.name = settings.name
    this.createdAt = settings.createdAt
    this.allowedAccounts = settings.allowedAccounts
    this.scanOnPush = settings.scanOnPush ?? false
    this.encryption = settings.encryption ?? {encryptionType: 'AES256'}
    this.mutability = settings.mutability
    this.exclusions = settings.exclusions
  }

  get arn(): string {
    return arnOf(this)
  }

  /** All images, in the order in which they were pushed. */
  images(): RepositoryImage[] {
    return [...this.#images.values()]
  }

  /** The tags of an image. */
  tagsOf(digest: string): string[] {
    return [...this.#tags].filter(([, tagged]) => tagged === digest).map(([tag]) => tag)
  }

  /** All tags, in the order in which they were given. */
  tags(): string[] {
    return [...this.#tags.keys()]
  }

  /** The image with a digest or else a tag; when both are given, the tag has to be that image's. */
  find(id: ImageIdentifier): RepositoryImage | undefined {
    const tagged = id.imageTag === undefined ? undefined : this.#tags.get(id.imageTag)
    if (id.imageDigest !== undefined && id.imageTag !== undefined && tagged !== id.imageDigest) return undefined
    return this.#images.get(id.imageDigest ?? tagged ?? '')
  }

  /** Whether a tag that exists may be moved to another image. */
  isMutable(tag: string): boolean {
    const isExcluded = this.exclusions.some(pattern => matchesWildcard(pattern, tag))
    return this.mutability.startsWith('IMMUTABLE') ? isExcluded : !isExcluded
  }

  /**
   * Keeps an image and gives it a tag. The tag's former image stays, without it.
   *
   * @throws LayersNotFoundException, ReferencedImagesNotFoundException, ImageTagAlreadyExistsException
   */
  put(manifest: Manifest, tag: string | undefined, pushedAt: Date): void {
    this.#checkReferences(manifest)
    if (tag !== undefined) this.#checkTag(tag, manifest.digest)
    if (!this.#images.has(manifest.digest)) this.#images.set(manifest.digest, {manifest, pushedAt})
    if (tag !== undefined) this.#tags.set(tag, manifest.digest)
  }

  /** Takes a tag away; an image goes with its last tag. */
  deleteTag(tag: string): void {
    const digest = this.#tags.get(tag)
    this.#tags.delete(tag)
    if (digest !== undefined && this.tagsOf(digest).length === 0) this.#images.delete(digest)
  }

  /** Removes an image and its tags. */
  deleteImage(digest: string): void {
    for (const tag of this.tagsOf(digest)) this.#tags.delete(tag)
    this.#images.delete(digest)
  }

  /** Whether an index in this repository lists the image. */
  isReferenced(digest: string): boolean {
    return this.images().some(({manifest}) => childrenOf(manifest).some(child => child.digest === digest))
  }

  /** Bytes of the layers; of an index, those of its largest image. */
  sizeOf(manifest: Manifest): number {
    if (manifest.kind === 'image') return manifest.layers.reduce((sum, layer) => sum + layer.size, 0)
    return Math.max(0, ...manifest.children.map(child => this.#sizeOfChild(child)))
  }

  /** An image with the platforms that it runs on: from its configuration, or from the entries of the index. */
  describe({manifest}: RepositoryImage): StoredImage {
    return {digest: manifest.digest, platforms: this.#platforms(manifest).map(platformName)}
  }

  /** Whether a layer of the image, or of an image in the index, is more than an empty archive. */
  hasFiles(manifest: Manifest): boolean {
    if (manifest.kind === 'image') return layersOf(this.blobs.get(manifest.config.digest)).some(isFilled)
    return manifest.children.filter(isRunnable).some(child => {
      const image = this.#images.get(child.digest)
      return image !== undefined && this.hasFiles(image.manifest)
    })
  }

  /** ECR's words for a tag that may not be moved. */
  tagExists(tag: string): AwsError {
    return new AwsError(
      'ImageTagAlreadyExistsException',
      `The image tag '${tag}' already exists in the '${this.name}' repository and cannot be overwritten because the repository is immutable.`
    )
  }

  #checkTag(tag: string, digest: string): void {
    const current = this.#tags.get(tag)
    if (current !== undefined && current !== digest && !this.isMutable(tag)) throw this.tagExists(tag)
  }

  #checkReferences(manifest: Manifest): void {
    const missingImages = childrenOf(manifest).filter(child => !this.#images.has(child.digest))
    if (missingImages.length > 0) throw this.#required('ReferencedImagesNotFoundException', 'Images', missingImages)
    const missingLayers = blobsOf(manifest).filter(blob => !this.blobs.has(blob.digest))
    if (missingLayers.length > 0) throw this.#required('LayersNotFoundException', 'Layers', missingLayers)
  }

  #required(error: string, kind: string, missing: readonly Descriptor[]): AwsError {
    const digests = missing.map(({digest}) => digest).join(', ')
    return new AwsError(
      error,
      `${kind} with digests '[${digests}]' required for pushing image into repository with name '${this.name}' in the registry with id '${this.account}' do not exist`
    )
  }

  #sizeOfChild(child: Descriptor): number {
    const image = this.#images.get(child.digest)
    return image === undefined ? 0 : this.sizeOf(image.manifest)
  }

  #platforms(manifest: Manifest): Platform[] {
    if (manifest.kind === 'image') return [platformOf(this.blobs.get(manifest.config.digest))]
    return manifest.children.filter(isRunnable).flatMap(child => this.#platformsOfChild(child))
  }

  #platformsOfChild(child: Descriptor): Platform[] {
    if (child.platform !== undefined) return [child.platform]
    const image = this.#images.get(child.digest)
    return image === undefined ? [] : this.#platforms(image.manifest)
  }
}

function childrenOf(manifest: Manifest): readonly Descriptor[] {
  return manifest.kind === 'index' ? manifest.children : []
}

function blobsOf(manifest: Manifest): readonly Descriptor[] {
  return manifest.kind === 'image' ? [manifest.config, ...manifest.layers] : []
}

function platformName({os, architecture}: Platform): string {
  return `${os}/${architecture}`
}

/** A configuration that is no image's (an artifact's, for one) runs nowhere: `unknown/unknown`. */
function platformOf(config: Buffer | undefined): Platform {
  return {os: 'unknown', architecture: 'unknown', ...parseConfig(config)}
}

/** The digests of an image's layers, unpacked. */
function layersOf(config: Buffer | undefined): readonly string[] {
  return parseConfig(config).rootfs?.diff_ids ?? []
}

function isFilled(layer: string): boolean {
  return layer !== digestOf(emptyArchive)
}

/** What a release looks at in an image's configuration; nothing of what is none. */
function parseConfig(config: Buffer | undefined): Partial<Platform> & {rootfs?: {diff_ids?: readonly string[]}} {
  try {
    return JSON.parse(config?.toString('utf8') ?? '{}') as ReturnType<typeof parseConfig>
  } catch {
    return {}
  }
}

// A pattern's only special characters are `.` and `*`; its others were checked when it was set.
function matchesWildcard(pattern: string, tag: string): boolean {
  return new RegExp(`^${pattern.replaceAll('.', '[.]').replaceAll('*', '.*')}$`).test(tag)
}
