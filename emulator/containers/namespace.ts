import {staticProgram} from '../static-program.ts'
import {archiveOf} from './archive.ts'
import {type Engine, EngineError} from './engine.ts'
import type {Namespace, NetworkWay} from './network.ts'

/** The program that keeps a namespace open, by its path in the container. */
export const namespaceProgram = '/namespace'

/** By Docker's name of the architecture, that of Node.js. */
const architectures: Readonly<Record<string, string>> = {amd64: 'x64', arm64: 'arm64'}

/** Makes an image of a program that only waits. @throws EngineError, also for processors that there is no program for */
export async function importNamespaceImage(engine: Engine, image: string, architecture: string): Promise<void> {
  const name = architectures[architecture]
  if (name === undefined) throw new EngineError(`the engine runs on ${architecture}`, 0)
  const [repo = '', tag = ''] = image.split(':')
  const body = archiveOf(namespaceProgram.slice(1), staticProgram({prints: ''}, name))
  const query = {fromSrc: '-', repo, tag, changes: `ENTRYPOINT ["${namespaceProgram}"]`}
  await engine.call('POST', '/images/create', {query, body})
}

/** What a namespace is opened with. */
export interface NamespaceSettings {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly image: string
  readonly way: NetworkWay
  /** The TCP ports of the task. */
  readonly ports: readonly number[]
}

/** What Docker tells of a container's network. */
interface Inspected {
  readonly Id: string
  readonly State: {readonly Pid: number}
  readonly NetworkSettings: {
    readonly Ports?: Readonly<Record<string, readonly {readonly HostPort: string}[] | null>> | null
  }
}

/** Starts the container that keeps a task's network namespace open. @throws EngineError */
export async function openNamespace(engine: Engine, settings: NamespaceSettings): Promise<Namespace> {
  const {name, labels, image, way} = settings
  const ports = way.probes === 'published' ? settings.ports.map(port => `${port}/tcp`) : []
  const body = {
    Image: image,
    Labels: labels,
    ExposedPorts: Object.fromEntries(ports.map(port => [port, {}])),
    HostConfig: {
      NetworkMode: way.mode,
      // A port of Docker's choice.
      PortBindings: Object.fromEntries(ports.map(port => [port, [{HostIp: '127.0.0.1', HostPort: ''}]]))
    }
  }
  const {Id} = (await engine.call('POST', '/containers/create', {query: {name}, body})) as Inspected
  await engine.call('POST', `/containers/${Id}/start`)
  const {State, NetworkSettings} = (await engine.call('GET', `/containers/${Id}/json`)) as Inspected
  const published = Object.entries(NetworkSettings.Ports ?? {}).map(
    ([port, bindings]) => [Number.parseInt(port), Number(bindings?.[0]?.HostPort)] as const
  )
  return {id: Id, pid: State.Pid, published: new Map(published)}
}
