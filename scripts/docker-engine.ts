import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {hasPackages} from './packages.ts'
import {startPrivateEngine} from './private-docker-engine.ts'
import {capture} from './processes.ts'

/** A Docker engine that reaches this machine's 127.0.0.1, where the emulator's registry listens. */
export interface DockerEngine {
  /** What a child process needs in its environment to use it. */
  readonly env: Readonly<Record<string, string>>
  /** Stops the engine if it was started here. */
  readonly stop: () => Promise<void>
}

const needed =
  'Linux containers need a Docker engine on this machine itself: start one, or run this as root on Debian or Ubuntu, where one is set up privately.'

/**
 * The engine that answers, as `docker version` finds it; else a private one, where that is possible.
 * @throws Error with one sentence that says what is needed
 */
export async function dockerEngine(): Promise<DockerEngine> {
  const running = await runningEngine()
  if (running !== undefined) {
    const fault = await unfit(running)
    if (fault === undefined) {
      console.error(`Using the Docker engine ${running.version} at ${running.host}.`)
      return {env: {DOCKER_HOST: running.host}, stop: () => Promise.resolve()}
    }
    if (!hasPackages()) throw new Error(`${fault} ${needed}`)
    console.error(fault)
  }
  if (!hasPackages()) throw new Error(`No Docker engine answers. ${needed}`)
  const engine = await startPrivateEngine()
  console.error('Started a private Docker engine.')
  return engine
}

interface RunningEngine {
  readonly version: string
  readonly os: string
  readonly host: string
}

async function runningEngine(): Promise<RunningEngine | undefined> {
  const server = await capture('docker', ['version', '--format', '{{.Server.Version}} {{.Server.Os}}'])
  const context = await capture('docker', ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'])
  const [version, os] = server.output.split(' ')
  if (server.status !== 0 || version === undefined || os === undefined) return undefined
  return {version, os, host: context.output}
}

async function unfit({os, host}: RunningEngine): Promise<string | undefined> {
  if (os !== 'linux') return `The Docker engine at ${host} runs ${os} containers, not Linux ones.`
  if (await reachesLoopback()) return undefined
  return `The Docker engine at ${host} runs elsewhere: it cannot reach the emulator's registry on 127.0.0.1 of this machine.`
}

/** Whether a pull from a port of 127.0.0.1 arrives at that port here: an engine in a virtual machine has its own 127.0.0.1. */
async function reachesLoopback(): Promise<boolean> {
  let arrived = false
  const server = createServer((_request, response) => {
    arrived = true
    response.writeHead(404).end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  await capture('docker', ['pull', `127.0.0.1:${port}/reachable:probe`])
  server.closeAllConnections()
  server.close()
  return arrived
}
