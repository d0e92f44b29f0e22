import {once} from 'node:events'
import {createServer, request as forward, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import {connect, type AddressInfo} from 'node:net'
import type {Duplex} from 'node:stream'
import {text} from 'node:stream/consumers'

/** A server between the step and where its requests go. */
interface Gateway extends AsyncDisposable {
  readonly url: string
}

/** A proxy as a runner has one. */
export interface Proxy extends Gateway {
  /** `host:port` of each request that it passed on. */
  readonly passed: string[]
  /** `host:port` of each tunnel that it was asked for, and refused. */
  readonly refused: string[]
}

/**
 * Passes plain requests on, and refuses tunnels, which requests over TLS need.
 * @param tunnels hosts, with their ports, by the one that the client asks for; these are not refused
 */
export async function startProxy(tunnels: Readonly<Record<string, string>> = {}): Promise<Proxy> {
  const passed: string[] = []
  const refused: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '')
    passed.push(url.host)
    passOn(url, request, response)
  })
  server.on('connect', (request, socket) => {
    const wanted = request.url ?? ''
    const target = tunnels[wanted]
    if (target === undefined) {
      refused.push(wanted)
      socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
    } else {
      passed.push(wanted)
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      tunnel(new URL(`http://${target}`), socket)
    }
  })
  return {...(await listen(server)), passed, refused}
}

function tunnel({hostname, port}: URL, socket: Duplex): void {
  const onward = connect(Number(port), hostname)
  onward.pipe(socket).pipe(onward)
  onward.on('error', () => socket.destroy())
  socket.on('error', () => onward.destroy())
}

function passOn(url: URL, request: IncomingMessage, response: ServerResponse): void {
  const {method, headers} = request
  const onward = forward(url, {method, headers}, answer => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  request.pipe(onward)
}

/**
 * Makes another part of AWS of a local one: each text stands for the other in requests (the second for the first) and in
 * answers, such as `arn:aws:` and `arn:aws-cn:`.
 */
export async function startPartition(
  target: string,
  texts: readonly (readonly [inside: string, outside: string])[]
): Promise<Gateway> {
  // Requests to STS are forms.
  const all = [...texts, ...texts.map(pair => pair.map(text => encodeURIComponent(text)) as [string, string])]
  const inward = (text: string): string => all.reduce((so, [inside, outside]) => so.replaceAll(outside, inside), text)
  const outward = (text: string): string => all.reduce((so, [inside, outside]) => so.replaceAll(inside, outside), text)
  const server = createServer((request, response) => {
    void (async () => {
      const {method, headers} = request
      const body = inward(await text(request))
      const onward = forward(new URL(request.url ?? '/', target), {
        method,
        headers: {
          ...headers,
          host: new URL(target).host,
          authorization: inward(headers.authorization ?? ''),
          'content-length': Buffer.byteLength(body)
        }
      })
      const [answer] = (await once(onward.end(body), 'response')) as [IncomingMessage]
      const described = Object.entries(answer.headers).filter(([name]) => name !== 'content-length')
      response.writeHead(answer.statusCode ?? 502, Object.fromEntries(described)).end(outward(await text(answer)))
    })().catch(() => response.destroy())
  })
  return listen(server)
}

async function listen(server: Server): Promise<Gateway> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  }
}
