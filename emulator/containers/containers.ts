import {randomBytes} from 'node:crypto'
import type {IncomingMessage} from 'node:http'
import {createInterface} from 'node:readline'
import type {EmulatorClock} from '../clock.ts'
import type {
  ContainerEvents,
  ContainerRuntime,
  RuntimeContainer,
  RuntimeTask,
  RuntimeTaskIdentity
} from '../ecs/runtime.ts'
import type {ImageSource, StoredImage} from '../images.ts'
import {Engine, type EngineAddress, EngineError} from './engine.ts'
import {importNamespaceImage, namespaceProgram, openNamespace} from './namespace.ts'
import {canEnter, type Namespace, type NetworkWay, networkWay} from './network.ts'
import {doAll, ownProcess, removeContainers, removeImage, removeLeftOvers} from './removal.ts'
import {DockerTask} from './task.ts'

/** Every container has this label; its value tells the emulator that made it. */
const emulatorLabel = 'ecs-release.emulator'
const taskLabel = 'ecs-release.task'
/** The name of the container in its task definition; one that only keeps a namespace open has none. */
const containerLabel = 'ecs-release.container'
const namespaceRepository = 'ecs-release-namespace'

/** What containers are run with. */
export interface ContainersOptions {
  readonly engine: EngineAddress
  readonly clock: EmulatorClock
  /** A token for the registry of a region, for the one who pulls a task's images. */
  readonly token: (task: RuntimeTaskIdentity, region: string) => string
}

/** A container of a task that runs. */
export interface RunningContainer {
  readonly name: string
  /** Those of its image, as the engine knows them: `127.0.0.1:4566/web@sha256:…`. */
  readonly repoDigests: readonly string[]
}

/** What the engine says of itself. */
interface EngineVersion {
  readonly Os: string
  readonly Arch: string
}

/**
 * Makes a Docker engine ready to run tasks: each in a network namespace of its own, so that tasks have the same port at the
 * same time. The namespace belongs to a container that does nothing and stays as long as the task.
 * @throws EngineError with why the engine cannot be used
 */
export async function openContainers(options: ContainersOptions): Promise<Containers> {
  const engine = new Engine(options.engine)
  const version = (await engine.call('GET', '/version')) as EngineVersion
  if (version.Os !== 'linux')
    throw new EngineError(`the Docker engine runs ${version.Os} containers, not Linux ones`, 0)
  const containers = new Containers(options, engine, version)
  try {
    await containers.prepare()
  } catch (error) {
    // That this fails as well says nothing new.
    await containers.close().catch(() => undefined)
    throw error
  }
  return containers
}

/** The containers of an emulator's tasks, in a Docker engine. */
export class Containers implements ContainerRuntime {
  readonly #id = `${process.pid}-${randomBytes(4).toString('hex')}`
  readonly #options: ContainersOptions
  readonly #engine: Engine
  readonly #version: EngineVersion
  readonly #tasks = new Set<RuntimeTask>()
  readonly #health = new Map<string, ContainerEvents['health']>()
  /** Images that were not there before. */
  readonly #images = new Set<string>()
  #events: IncomingMessage | undefined
  #way: NetworkWay = {mode: 'none', probes: 'not'}
  #isClosing = false

  constructor(options: ContainersOptions, engine: Engine, version: EngineVersion) {
    this.#options = options
    this.#engine = engine
    this.#version = version
  }

  /** The label of all that it keeps in the engine. */
  get label(): string {
    return `${emulatorLabel}=${this.#id}`
  }

  /** What is not real all the same, as a sentence. */
  get note(): string | undefined {
    return this.#way.probes === 'not'
      ? 'The health of targets is played: the engine has no bridge network, and only root on Linux can enter those of containers.'
      : undefined
  }

  /** An image for another processor would need another engine. */
  runs({source}: StoredImage, platform: string): boolean {
    return source !== undefined && platform === `linux/${this.#version.Arch}`
  }

  task(task: RuntimeTaskIdentity): RuntimeTask {
    const made: RuntimeTask = new DockerTask(task, {
      engine: this.#engine,
      clock: this.#options.clock,
      way: this.#way,
      isClosing: () => this.#isClosing,
      pull: container => this.#pull(container, task),
      openNamespace: () => this.#openNamespace(task),
      name: container => `${this.#name}-${task.id}-${container}`,
      labels: {...this.#labels, [taskLabel]: task.id},
      containerLabel,
      followHealth: (id, tell) => {
        this.#health.set(id, tell)
        return () => this.#health.delete(id)
      },
      removed: () => this.#tasks.delete(made)
    })
    this.#tasks.add(made)
    return made
  }

  /** The containers of tasks that run now, as the engine tells. @throws EngineError */
  async running(): Promise<RunningContainer[]> {
    const query = {filters: JSON.stringify({label: [this.label, containerLabel]})}
    const list = (await this.#engine.call('GET', '/containers/json', {query})) as {Names: string[]; ImageID: string}[]
    return Promise.all(
      list.map(async ({Names, ImageID}) => {
        const image = (await this.#engine.call('GET', `/images/${ImageID}/json`)) as {RepoDigests: string[]}
        return {name: Names[0]?.slice(1) ?? '', repoDigests: image.RepoDigests}
      })
    )
  }

  /** Finds out how tasks are connected, and listens to what the engine tells of them. @throws EngineError */
  async prepare(): Promise<void> {
    await removeLeftOvers(this.#engine, image => image.startsWith(`${namespaceRepository}:`))
    await importNamespaceImage(this.#engine, this.#namespaceImage, this.#version.Arch)
    this.#images.add(this.#namespaceImage)
    await this.#followHealth()
    const labels = this.#labels
    const settings = {name: `${this.#name}-trial`, labels, image: this.#namespaceImage, way: this.#way, ports: []}
    const entersNamespaces = await canEnter(await openNamespace(this.#engine, settings), namespaceProgram)
    await removeContainers(this.#engine, labels)
    const hasBridge = await this.#has('/networks/bridge')
    this.#way = networkWay({entersNamespaces, hasBridge})
  }

  /** Removes all containers and the images that were pulled for them. @throws EngineError for the first that stays */
  async close(): Promise<void> {
    this.#isClosing = true
    try {
      // What cannot be removed with its task is tried once more, with all that is left.
      await Promise.allSettled([...this.#tasks].map(task => task.remove()))
      await doAll([
        () => removeContainers(this.#engine, this.#labels),
        ...[...this.#images].map(image => () => removeImage(this.#engine, image))
      ])
    } finally {
      this.#events?.destroy()
    }
  }

  get #labels(): Readonly<Record<string, string>> {
    return {[emulatorLabel]: this.#id, ...ownProcess}
  }

  get #name(): string {
    return `ecs-release-${this.#id}`
  }

  get #namespaceImage(): string {
    return `${namespaceRepository}:${this.#id}`
  }

  async #openNamespace({id, taskDefinition}: RuntimeTaskIdentity): Promise<Namespace> {
    const mappings = taskDefinition.containerDefinitions.flatMap(({portMappings = []}) => portMappings)
    return openNamespace(this.#engine, {
      name: `${this.#name}-${id}`,
      labels: {...this.#labels, [taskLabel]: id},
      image: this.#namespaceImage,
      way: this.#way,
      ports: mappings.filter(({protocol}) => protocol !== 'udp').flatMap(({containerPort}) => containerPort ?? [])
    })
  }

  async #pull({image: {source}}: RuntimeContainer, task: RuntimeTaskIdentity): Promise<void> {
    const {reference, region} = source as ImageSource
    const wasThere = await this.#has(`/images/${reference}/json`)
    const [username, password] = Buffer.from(this.#options.token(task, region), 'base64').toString().split(':')
    const serveraddress = reference.split('/')[0]
    const auth = Buffer.from(JSON.stringify({username, password, serveraddress})).toString('base64')
    const [fromImage = '', tag = ''] = reference.split('@')
    // Base64 for URLs, but with padding, which Node.js leaves out.
    const headers = {'X-Registry-Auth': auth.replaceAll('+', '-').replaceAll('/', '_')}
    const progress = await this.#engine.call('POST', '/images/create', {query: {fromImage, tag}, headers})
    const error = [progress].flat().find(step => (step as {error?: string}).error !== undefined)
    if (error !== undefined) throw new EngineError((error as {error: string}).error, 0)
    if (!wasThere) this.#images.add(reference)
  }

  async #has(path: string): Promise<boolean> {
    try {
      await this.#engine.call('GET', path)
      return true
    } catch (error) {
      if (error instanceof EngineError && error.status === 404) return false
      throw error
    }
  }

  async #followHealth(): Promise<void> {
    const filters = {label: [this.label], event: ['health_status']}
    this.#events = await this.#engine.stream('GET', '/events', {query: {filters: JSON.stringify(filters)}})
    this.#events.on('error', () => undefined)
    createInterface(this.#events).on('line', line => {
      const {Action, Actor} = JSON.parse(line) as {Action: string; Actor: {ID: string}}
      const status = Action.endsWith(': healthy') ? 'HEALTHY' : Action.endsWith('unhealthy') ? 'UNHEALTHY' : 'UNKNOWN'
      this.#health.get(Actor.ID)?.(status)
    })
  }
}
