import {once} from 'node:events'
import {request} from 'node:http'
import {createServer, type Socket} from 'node:net'

/**
 * Hands out an engine's own BuildKit on a socket, where buildx's remote driver finds it as it finds one in a cluster. The
 * engine itself hands it out on a connection that is upgraded. Source: moby's API, POST /grpc.
 * @param engine path of the engine's socket
 * @param socket path of the new one
 */
export async function serveBuildKit(engine: string, socket: string): Promise<AsyncDisposable> {
  const clients = new Set<Socket>()
  const server = createServer(client => {
    clients.add(client)
    client.on('error', () => undefined).on('close', () => clients.delete(client))
    const headers = {Connection: 'Upgrade', Upgrade: 'h2c'}
    request({socketPath: engine, method: 'POST', path: '/grpc', headers})
      .on('upgrade', (_, buildKit, first) => {
        client.on('close', () => buildKit.destroy()).write(first)
        buildKit.on('error', () => undefined).on('close', () => client.destroy())
        buildKit.pipe(client).pipe(buildKit)
      })
      .on('error', () => client.destroy())
      .end()
  })
  server.listen(socket)
  await once(server, 'listening')
  return {
    [Symbol.asyncDispose]: async () => {
      server.close()
      for (const client of clients) client.destroy()
      await once(server, 'close')
    }
  }
}
