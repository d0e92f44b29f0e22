import {readFile} from 'node:fs/promises'
import {ifAllowed} from '../aws/allowed.ts'
import type {Aws} from '../aws/clients.ts'
import {Failure} from '../workflow/failure.ts'
import type {World} from '../world.ts'
import {type EcrImage, readImage} from './images.ts'
import type {EcrRepository} from './repository.ts'

/** What buildx wrote with `--metadata-file`: the digest of what it pushed, not the id of the image. */
export async function digestInMetadata(file: string): Promise<string> {
  const metadata = await readFile(file, 'utf8').catch(() => '{}')
  const {'containerimage.digest': digest} = JSON.parse(metadata) as {'containerimage.digest'?: unknown}
  return checked(digest)
}

/** What podman and buildah wrote with `--digestfile`; other than what they keep, it is what the registry has. */
export async function digestInFile(file: string): Promise<string> {
  return checked((await readFile(file, 'utf8').catch(() => '')).trim())
}

/** The last line that `docker push` writes: `TAG: digest: sha256:… size: N`. */
export function digestInPush(lines: readonly string[]): string {
  const line = lines.findLast(line => DIGEST_LINE.test(line)) ?? ''
  return DIGEST_LINE.exec(line)?.[1] ?? unknown()
}

const DIGEST_LINE = /\bdigest: (sha256:[0-9a-f]{64}) size: \d+/

function checked(digest: unknown): string {
  return typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest) ? digest : unknown()
}

function unknown(): never {
  throw new Failure(
    'The image was pushed, but the builder did not say under which digest: use a newer one, or run the job again.'
  )
}

/** How often to look for an image that was just pushed, and how long to wait in between, in milliseconds. */
const LOOKS = 3
const BETWEEN_LOOKS = 2000

/**
 * Confirms with ECR that the tag is what was pushed.
 * @returns the digest that ECR serves under the tag; `pushed` when that may not be read
 * @throws Failure when ECR serves another image
 */
export async function confirmDigest(
  repository: EcrRepository,
  tag: string,
  pushed: string,
  aws: Aws,
  world: World
): Promise<string> {
  const image = await ifAllowed(world.log, 'ecr:BatchGetImage', () => lookForImage(repository, tag, aws, world))
  if (image === undefined || image.digest === pushed) return pushed
  if (lists(image, pushed)) return image.digest
  const other = await readImage(repository, {imageDigest: pushed}, aws, world)
  if (other !== undefined && lists(other, image.digest)) return image.digest
  throw new Failure(
    `ECR serves ${image.digest} as ${repository.name}:${tag}, but ${pushed} was pushed: something else pushed the same tag meanwhile, so leave out the input \`image-tag\`, or let only one run at a time push it.`,
    {fix: 'concurrency: release-${{ github.ref }}'}
  )
}

async function lookForImage(repository: EcrRepository, tag: string, aws: Aws, world: World): Promise<EcrImage> {
  for (let looks = 1; ; looks++) {
    const image = await readImage(repository, {imageTag: tag}, aws, world)
    if (image !== undefined) return image
    if (looks === LOOKS)
      throw new Failure(`ECR has no image ${repository.name}:${tag}, although it was pushed: run the job again.`)
    await world.clock.sleep(BETWEEN_LOOKS, world.signal)
  }
}

/** An index lists the images of its platforms; a builder may tell the digest of either. */
function lists({manifest}: EcrImage, digest: string): boolean {
  return manifest.manifests?.some(child => child.digest === digest) ?? false
}
