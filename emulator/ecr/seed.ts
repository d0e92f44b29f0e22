import {gzipSync} from 'node:zlib'
import {digestOf, emptyArchive, parseManifest, type Descriptor, type Manifest} from './manifest.ts'
import type {Repository} from './repository.ts'

/**
 * Puts an image without files into a repository: one manifest, or an index when it has several platforms.
 *
 * @param platforms such as `linux/amd64`
 * @returns its digest; tags and platforms that differ have digests that differ
 */
export function putSeed(repository: Repository, tag: string, platforms: readonly string[], now: Date): string {
  const manifests = platforms.map(platform => imageManifest(repository, tag, platform))
  const [only] = manifests
  if (manifests.length === 1 && only !== undefined) {
    repository.put(only, tag, now)
    return only.digest
  }
  for (const manifest of manifests) repository.put(manifest, undefined, now)
  const index = indexManifest(manifests, platforms)
  repository.put(index, tag, now)
  return index.digest
}

function imageManifest(repository: Repository, tag: string, platform: string): Manifest {
  const configuration = {
    ...splitPlatform(platform),
    comment: `${repository.name}:${tag}`,
    rootfs: {type: 'layers', diff_ids: [digestOf(emptyArchive)]}
  }
  const config = store(repository, 'application/vnd.oci.image.config.v1+json', toJson(configuration))
  const layer = store(repository, 'application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(emptyArchive))
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  return parseManifest(toJson({schemaVersion: 2, mediaType, config, layers: [layer]}))
}

function indexManifest(manifests: readonly Manifest[], platforms: readonly string[]): Manifest {
  const children = manifests.map(({mediaType, digest, bytes}, index) => ({
    mediaType,
    digest,
    size: bytes.length,
    platform: splitPlatform(platforms[index] ?? '')
  }))
  const mediaType = 'application/vnd.oci.image.index.v1+json'
  return parseManifest(toJson({schemaVersion: 2, mediaType, manifests: children}))
}

function store(repository: Repository, mediaType: string, bytes: Buffer): Descriptor {
  const digest = digestOf(bytes)
  repository.blobs.set(digest, bytes)
  return {mediaType, digest, size: bytes.length}
}

function splitPlatform(platform: string): {os: string; architecture: string} {
  const [os = '', architecture = ''] = platform.split('/')
  return {os, architecture}
}

function toJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
