import {gunzipSync} from 'node:zlib'
import {ECRClient, GetAuthorizationTokenCommand} from '@aws-sdk/client-ecr'
import {staticCredentials} from '../../emulator/server.ts'
import type {Account} from '../release/account.ts'

const MANIFESTS = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json'
]

interface Manifest {
  readonly config?: {readonly digest: string}
  readonly layers?: readonly {readonly digest: string}[]
  readonly manifests?: readonly {readonly digest: string}[]
}

/** An image as the registry of an account serves it to anybody. */
export interface ServedImage {
  readonly digest: string | null
  readonly mediaType: string | null
  /** The manifest, the configuration with the history, and the unpacked layers, of every image under the tag. */
  readonly content: string
}

export async function servedImage(account: Account, tag: string): Promise<ServedImage> {
  const {emulator} = account.aws
  const client = new ECRClient({endpoint: emulator.url, region: emulator.region, credentials: staticCredentials})
  const {authorizationData = []} = await client.send(new GetAuthorizationTokenCommand())
  client.destroy()
  const headers = {
    authorization: `Basic ${authorizationData[0]?.authorizationToken ?? ''}`,
    accept: MANIFESTS.join(', ')
  }
  const get = (path: string, method = 'GET'): Promise<Response> =>
    fetch(`${emulator.url}/v2/web/${path}`, {headers, method})
  const head = await get(`manifests/${tag}`, 'HEAD')
  return {
    digest: head.headers.get('docker-content-digest'),
    mediaType: head.headers.get('content-type'),
    content: await contentOf(tag, get)
  }
}

async function contentOf(reference: string, get: (path: string) => Promise<Response>): Promise<string> {
  const manifest = await (await get(`manifests/${reference}`)).text()
  const {config, layers = [], manifests = []} = JSON.parse(manifest) as Manifest
  const blobs = [...(config === undefined ? [] : [config]), ...layers].map(async ({digest}) =>
    unpacked(Buffer.from(await (await get(`blobs/${digest}`)).arrayBuffer()))
  )
  const children = manifests.map(({digest}) => contentOf(digest, get))
  return [manifest, ...(await Promise.all([...blobs, ...children]))].join('\n')
}

/** As bytes, one a character. */
function unpacked(blob: Buffer): string {
  return (blob.readUInt16BE(0) === 0x1f8b ? gunzipSync(blob) : blob).toString('latin1')
}
