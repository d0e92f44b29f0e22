import {createHash} from 'node:crypto'
import {AwsError} from '../service.ts'

/** The manifest formats that ECR keeps, Docker's and OCI's. */
const imageMediaTypes = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json'
]
const indexMediaTypes = [
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.index.v1+json'
]

/** ECR's limit for a manifest, in bytes. */
const largestManifest = 4 * 1024 * 1024

/** What a manifest says about a blob or another manifest. */
export interface Descriptor {
  readonly mediaType?: string
  readonly digest: string
  readonly size: number
  readonly platform?: Platform
  readonly annotations?: Readonly<Record<string, string>>
}

/** As in an image's configuration and in an index. */
export interface Platform {
  readonly os: string
  readonly architecture: string
}

/** A manifest as it was pushed; the bytes are kept because the digest is theirs. */
export type Manifest = {
  readonly bytes: Buffer
  readonly digest: string
  readonly mediaType: string
} & (
  | {readonly kind: 'image'; readonly config: Descriptor; readonly layers: readonly Descriptor[]}
  | {readonly kind: 'index'; readonly children: readonly Descriptor[]}
)

/** A tar archive without files. */
export const emptyArchive = Buffer.alloc(1024)

/** The digest of `bytes`, such as `sha256:…`. */
export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

/**
 * Reads a manifest.
 *
 * @param mediaType as sent with it; without one, the manifest's own `mediaType`
 * @throws InvalidParameterException when it is not JSON, not complete, or of a format that ECR does not keep
 */
export function parseManifest(bytes: Buffer, mediaType?: string): Manifest {
  if (bytes.length > largestManifest) throw invalidManifest('must not be larger than 4194304 bytes')
  const content = parseJson(bytes)
  const type = mediaType ?? (typeof content['mediaType'] === 'string' ? content['mediaType'] : '')
  const common = {bytes, digest: digestOf(bytes), mediaType: type}
  if (indexMediaTypes.includes(type)) return {...common, kind: 'index', children: descriptors(content, 'manifests')}
  if (!imageMediaTypes.includes(type)) throw invalidManifest(`unsupported media type '${type}'`)
  return {...common, kind: 'image', config: descriptor(content['config']), layers: descriptors(content, 'layers')}
}

/** Whether an entry of an index is an image to run, and not the attestation that buildx puts beside it. */
export function isRunnable(child: Descriptor): boolean {
  const isAttestation = child.annotations?.['vnd.docker.reference.type'] === 'attestation-manifest'
  return !isAttestation && child.platform?.architecture !== 'unknown'
}

function parseJson(bytes: Buffer): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(bytes.toString('utf8'))
    if (isObject(content)) return content
  } catch {
    // Said below, as for JSON that is not an object.
  }
  throw invalidManifest('Invalid JSON syntax')
}

function descriptors(content: Record<string, unknown>, member: string): Descriptor[] {
  const list = content[member]
  if (!Array.isArray(list)) throw invalidManifest(`'${member}' is not a list`)
  return list.map(descriptor)
}

function descriptor(value: unknown): Descriptor {
  if (isObject(value) && isDigest(value['digest']) && typeof value['size'] === 'number') {
    return value as unknown as Descriptor
  }
  throw invalidManifest('a descriptor has no digest or size')
}

/** Whether `value` is a digest as ECR writes it: `sha256:` and 64 hexadecimal digits. */
export function isDigest(value: unknown): boolean {
  return typeof value === 'string' && /^sha256:[0-9a-f]{64}$/.test(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalidManifest(constraint: string): AwsError {
  return new AwsError(
    'InvalidParameterException',
    `Invalid parameter at 'ImageManifest' failed to satisfy constraint: '${constraint}'`
  )
}
