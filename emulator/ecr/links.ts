import type {IncomingMessage, ServerResponse} from 'node:http'
import type {EmulatorClock} from '../clock.ts'
import type {Journal} from '../journal.ts'
import {randomBytes} from './tokens.ts'

/** How long a link can be used, in seconds. */
const validity = 3600

/** Links to layers that need no credentials, as ECR makes them for its storage in S3. */
export class LayerLinks {
  readonly #clock: EmulatorClock
  readonly #random: () => number
  readonly #journal: Journal
  readonly #layers = new Map<string, {bytes: Buffer; expiresAt: number}>()

  constructor(clock: EmulatorClock, random: () => number, journal: Journal) {
    this.#clock = clock
    this.#random = random
    this.#journal = journal
  }

  /** The path of a new link, with its signature. */
  make(digest: string, bytes: Buffer): string {
    const path = `/_layers/${digest}?X-Amz-Expires=${validity}&X-Amz-Signature=${randomBytes(this.#random, 32).toString('hex')}`
    this.#layers.set(path, {bytes, expiresAt: this.#clock.now() + validity * 1000})
    return path
  }

  /** Answers a request to a link. */
  serve(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? ''
    const layer = this.#layers.get(url)
    const isUsable = layer !== undefined && this.#clock.now() < layer.expiresAt
    const operation = `${request.method ?? ''} ${url.replace(/\?.*$/, '')}`
    this.#journal.begin({service: 'registry', operation})({status: isUsable ? 200 : 403})
    if (!isUsable) {
      const message = layer === undefined ? 'Access Denied' : 'Request has expired'
      response.writeHead(403, {'content-type': 'application/xml'})
      response.end(`<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`)
      return
    }
    response.writeHead(200, {'content-type': 'application/octet-stream', 'content-length': layer.bytes.length})
    response.end(request.method === 'HEAD' ? undefined : layer.bytes)
  }
}
