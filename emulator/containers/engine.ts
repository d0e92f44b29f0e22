import {type IncomingMessage, request, type RequestOptions} from 'node:http'
import {text} from 'node:stream/consumers'

/** Where the Engine API is reached, as `node:http` takes it. */
export type EngineAddress = Pick<RequestOptions, 'socketPath' | 'host' | 'port'>

/** What is sent with a request. */
export interface EngineRequest {
  readonly query?: Readonly<Record<string, string>>
  /** Sent as JSON; a buffer is sent as a tar archive. */
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** What Docker answers instead of doing what it was asked. */
export class EngineError extends Error {
  /** The HTTP status; 0 when no answer came. */
  readonly status: number

  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}

const socket = process.platform === 'win32' ? 'npipe:////./pipe/docker_engine' : 'unix:///var/run/docker.sock'

/**
 * Where an engine is, from what Docker's clients take from DOCKER_HOST.
 * @param host such as `unix:///var/run/docker.sock` or `tcp://127.0.0.1:2375`; Docker's own default when it is empty
 * @throws Error for an engine that is reached in another way
 */
export function engineAddress(host = ''): EngineAddress {
  const [, kind, rest = ''] = /^(unix|npipe|tcp):\/\/(.+)$/.exec(host === '' ? socket : host) ?? []
  if (kind === undefined) throw new Error(`DOCKER_HOST is ${host}: only unix://, npipe:// and tcp:// can be used here.`)
  if (kind !== 'tcp') return {socketPath: rest}
  const {hostname, port} = new URL(`http://${rest}`)
  return {host: hostname, port: port === '' ? 2375 : Number(port)}
}

/** A Docker engine, through the Engine API over HTTP, in the version that is the engine's own. */
export class Engine {
  readonly #address: EngineAddress

  constructor(address: EngineAddress) {
    this.#address = address
  }

  /**
   * Asks for something and reads the whole answer.
   * @param path such as `/containers/create`
   * @returns the JSON of the answer, `undefined` when it has none; of several, as in the progress of a pull, a list
   * @throws EngineError with Docker's message
   */
  async call(method: string, path: string, options: EngineRequest = {}): Promise<unknown> {
    const body = await text(await this.stream(method, path, options))
    const lines = body.split('\n').filter(line => line.trim() !== '')
    if (lines.length < 2) return lines[0] === undefined ? undefined : JSON.parse(lines[0])
    return lines.map((line): unknown => JSON.parse(line))
  }

  /** Asks for something that is answered bit by bit. @throws EngineError with Docker's message */
  async stream(
    method: string,
    path: string,
    {query = {}, body, headers = {}}: EngineRequest
  ): Promise<IncomingMessage> {
    const search = new URLSearchParams(query).toString()
    const content = body === undefined ? '' : Buffer.isBuffer(body) ? body : JSON.stringify(body)
    const type = Buffer.isBuffer(body) ? 'application/x-tar' : 'application/json'
    const options = {
      ...this.#address,
      method,
      path: `${path}${search === '' ? '' : `?${search}`}`,
      headers: {...headers, 'content-type': type, 'content-length': Buffer.byteLength(content)},
      agent: false as const
    }
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(options, resolve)
        .once('error', error => {
          reject(new EngineError(`no Docker engine answers (${error.message})`, 0, {cause: error}))
        })
        .end(content)
    })
    const {statusCode = 0} = response
    if (statusCode >= 400) throw new EngineError(messageOf(await text(response)), statusCode)
    return response
  }
}

function messageOf(body: string): string {
  try {
    return (JSON.parse(body) as {message: string}).message
  } catch {
    return body.trim()
  }
}
