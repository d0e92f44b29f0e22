import http from 'node:http'
import https from 'node:https'
import {text} from 'node:stream/consumers'
import {GetDownloadUrlForLayerCommand} from '@aws-sdk/client-ecr'
import {ifAllowed} from '../aws/allowed.ts'
import type {Aws} from '../aws/clients.ts'
import type {World} from '../world.ts'
import {type EcrImage, type ImagePlace, readImage} from './images.ts'

/** What matters here of an image's configuration. */
export interface ImageConfig {
  readonly os?: string
  readonly architecture?: string
  readonly config?: {readonly Labels?: Readonly<Record<string, string>>}
}

/** How long a download may take, in milliseconds. */
const DOWNLOAD_PATIENCE = 20_000

/**
 * Reads the configuration of an image; of an index, that of the first image that is for a platform and no attestation.
 * @returns `undefined` for an image without one, or whose configuration may not be read
 * @throws what the SDK or the download throws
 */
export async function readConfig(
  image: EcrImage,
  place: ImagePlace,
  aws: Aws,
  world: World
): Promise<ImageConfig | undefined> {
  const digest = await configDigest(image, place, aws, world)
  if (digest === undefined) return undefined
  return ifAllowed(world.log, 'ecr:GetDownloadUrlForLayer', () => readBlob(place, digest, aws, world))
}

async function configDigest(
  {manifest: {config, manifests = []}}: EcrImage,
  place: ImagePlace,
  aws: Aws,
  world: World
): Promise<string | undefined> {
  if (config !== undefined) return config.digest
  const child = manifests.find(({platform}) => platform?.os !== 'unknown')
  return child && (await readImage(place, {imageDigest: child.digest}, aws, world))?.manifest.config?.digest
}

/** ECR hands out blobs by a URL that is signed for some minutes. */
async function readBlob(
  {name, region, registryId}: ImagePlace,
  digest: string,
  aws: Aws,
  {signal}: World
): Promise<ImageConfig> {
  const command = new GetDownloadUrlForLayerCommand({repositoryName: name, registryId, layerDigest: digest})
  const {downloadUrl = ''} = await aws.ecr(region).send(command, {abortSignal: signal})
  const patient = AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_PATIENCE)])
  return JSON.parse(await download(new URL(downloadUrl), aws, patient)) as ImageConfig
}

async function download(url: URL, {agents}: Aws, signal: AbortSignal): Promise<string> {
  const {promise, resolve, reject} = Promise.withResolvers<http.IncomingMessage>()
  const request =
    url.protocol === 'http:'
      ? http.get(url, {agent: agents.http, signal}, resolve)
      : https.get(url, {agent: agents.https, signal}, resolve)
  request.on('error', reject)
  const response = await promise
  const body = await text(response)
  if (response.statusCode !== 200)
    throw new Error(`Downloading from ${url.host} was answered with ${response.statusCode ?? 0}`)
  return body
}
