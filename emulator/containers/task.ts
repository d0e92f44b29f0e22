import {setTimeout as sleep} from 'node:timers/promises'
import type {EmulatorClock} from '../clock.ts'
import type {
  ContainerEvents,
  ContainerExit,
  Probe,
  RuntimeContainer,
  RuntimeTask,
  RuntimeTaskIdentity
} from '../ecs/runtime.ts'
import type {ProbeAnswer} from '../target-groups.ts'
import {createRequest, exitOf} from './definition.ts'
import {type Engine, EngineError} from './engine.ts'
import {ContainerLines} from './lines.ts'
import {type Namespace, type NetworkWay, probe} from './network.ts'
import {removeContainers} from './removal.ts'

/** What a task is made with. */
export interface TaskOptions {
  readonly engine: Engine
  readonly clock: EmulatorClock
  readonly way: NetworkWay
  /** Whether the emulator is about to end. */
  readonly isClosing: () => boolean
  readonly pull: (container: RuntimeContainer) => Promise<void>
  /** Starts the container that keeps a namespace open. */
  readonly openNamespace: () => Promise<Namespace>
  /** What the engine is to call a container. */
  readonly name: (container: string) => string
  /** What all that belongs to the task is found by. */
  readonly labels: Readonly<Record<string, string>>
  /** The label that tells the name of a container. */
  readonly containerLabel: string
  /** Has the health of a container told to `tell`; the answer ends that. */
  readonly followHealth: (id: string, tell: ContainerEvents['health']) => () => void
  /** Called when nothing is left of the task. */
  readonly removed: () => void
}

/** A container that was started. */
interface Started {
  readonly id: string
  readonly startedAt: number
  /** When it has exited and all of its lines were read. */
  readonly ended: Promise<void>
  /** It lives no longer: time need not go as real time goes because of it. */
  readonly release: () => void
}

/** How long a container gets to fail at its start until its task may be RUNNING, in real milliseconds, at any speed. */
const startupTime = 1000
/** How often to look at a container that was killed, and how long to wait in between, in milliseconds of real time. */
const killLooks = 20
const betweenLooks = 100

type ExitState = Parameters<typeof exitOf>[0]

/** The containers of a task, in a Docker engine. What is asked of it is done in the order in which it was asked. */
export class DockerTask implements RuntimeTask {
  readonly #task: RuntimeTaskIdentity
  readonly #in: TaskOptions
  readonly #started = new Map<string, Started>()
  #namespace: Namespace | undefined
  #isOver = false
  /** Containers that were killed here. */
  readonly #killed = new Set<string>()
  #removal: Promise<void> | undefined
  #work: Promise<unknown> = Promise.resolve()

  constructor(task: RuntimeTaskIdentity, options: TaskOptions) {
    this.#task = task
    this.#in = options
  }

  pull(container: RuntimeContainer): Promise<void> {
    return this.#inOrder(() => this.#in.pull(container))
  }

  start(container: RuntimeContainer, events: ContainerEvents): Promise<string> {
    return this.#inOrder(async () => {
      this.#namespace ??= await this.#in.openNamespace()
      const id = await this.#create(container, this.#namespace)
      const release = this.#follow(id, events)
      await this.#startCreated(id, release)
      const ended = this.#followToEnd(id, events).finally(release)
      this.#started.set(container.definition.name, {id, startedAt: performance.now(), ended, release})
      return id
    })
  }

  async startup(): Promise<void> {
    await Promise.all([...this.#started.values()].map(started => this.#survives(started)))
  }

  get probes(): boolean {
    return this.#in.way.probes !== 'not'
  }

  async probe(what: Probe): Promise<ProbeAnswer> {
    return this.#namespace === undefined ? 'failed' : probe(this.#namespace, this.#in.way, what)
  }

  stop(name: string): Promise<void> {
    return this.#inOrder(async () => {
      const {id} = this.#of(name)
      const {Config} = (await this.#in.engine.call('GET', `/containers/${id}/json`)) as {Config: {StopSignal?: string}}
      await this.#signal(id, Config.StopSignal ?? 'SIGTERM')
    })
  }

  kill(name: string): Promise<void> {
    return this.#inOrder(async () => {
      const {id, ended} = this.#of(name)
      await this.#signal(id, 'SIGKILL')
      await ended
    })
  }

  remove(): Promise<void> {
    this.#removal ??= this.#removeAll()
    return this.#removal
  }

  async #removeAll(): Promise<void> {
    this.#isOver = true
    await this.#work.catch(() => undefined)
    for (const {release} of this.#started.values()) release()
    await removeContainers(this.#in.engine, this.#in.labels)
    this.#in.removed()
  }

  #inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#work.then(() => {
      if (this.#isOver || this.#in.isClosing()) throw new EngineError('the task has ended', 0)
      return work()
    })
    this.#work = done.catch(() => undefined)
    return done
  }

  #of(name: string): Started {
    const container = this.#started.get(name)
    if (container === undefined) throw new Error(`The container ${name} was not started.`)
    return container
  }

  async #create(container: RuntimeContainer, namespace: Namespace): Promise<string> {
    const {engine, clock, containerLabel} = this.#in
    const {name} = container.definition
    const labels = {...this.#in.labels, [containerLabel]: name}
    const body = createRequest(container, {task: this.#task, labels, namespace: namespace.id, speed: clock.speed})
    const created = await engine.call('POST', '/containers/create', {query: {name: this.#in.name(name)}, body})
    return (created as {Id: string}).Id
  }

  /** Its health and its time are followed before it runs: Docker tells changes only, and may do so before it has answered. */
  #follow(id: string, {health}: ContainerEvents): () => void {
    const endHealth = this.#in.followHealth(id, health)
    const endPace = this.#in.clock.pace()
    return () => {
      endHealth()
      endPace()
    }
  }

  async #startCreated(id: string, release: () => void): Promise<void> {
    try {
      await this.#in.engine.call('POST', `/containers/${id}/start`)
    } catch (error) {
      release()
      throw error
    }
  }

  /** Waits until the moment of a container has passed or it has ended, also where that is told late. */
  async #survives({id, startedAt, ended}: Started): Promise<void> {
    const over = new AbortController()
    const moment = sleep(Math.max(0, startedAt + startupTime - performance.now()), undefined, over)
    await Promise.race([moment.catch(() => undefined), ended])
    over.abort()
    if (!(await this.#isRunning(id))) await ended
  }

  /** Whether the engine says so; one that does not answer says how the container ended. */
  async #isRunning(id: string): Promise<boolean> {
    try {
      const {State} = (await this.#in.engine.call('GET', `/containers/${id}/json`)) as {State: {Running: boolean}}
      return State.Running
    } catch {
      return false
    }
  }

  /** One that has exited by now needs no signal. */
  async #signal(id: string, signal: string): Promise<void> {
    if (signal === 'SIGKILL') this.#killed.add(id)
    try {
      await this.#in.engine.call('POST', `/containers/${id}/kill`, {query: {signal}})
    } catch (error) {
      if (!(error instanceof EngineError && error.status === 409)) throw error
    }
  }

  async #followToEnd(id: string, events: ContainerEvents): Promise<void> {
    const [exit] = await Promise.all([this.#waitFor(id), this.#readLines(id, events.line)])
    if (!this.#isOver) events.exited(exit)
  }

  async #waitFor(id: string): Promise<ContainerExit> {
    try {
      await this.#in.engine.call('POST', `/containers/${id}/wait`)
      return exitOf(await this.#finalState(id))
    } catch (error) {
      // The engine has gone, or somebody else removed the container.
      return {code: 255, reason: `CannotInspectContainerError: ${String(error)}`}
    }
  }

  /** The engine may hear that the memory ran out only after the container has ended, so a kill that nobody sent is looked at again. */
  async #finalState(id: string): Promise<ExitState> {
    for (let looks = 1; ; looks++) {
      const {State} = (await this.#in.engine.call('GET', `/containers/${id}/json`)) as {State: ExitState}
      const mayChange = State.ExitCode === 137 && !State.OOMKilled && !this.#killed.has(id)
      if (!mayChange || looks === killLooks) return State
      await sleep(betweenLooks)
    }
  }

  async #readLines(id: string, line: (line: string) => void): Promise<void> {
    const lines = new ContainerLines(line)
    try {
      const query = {follow: '1', stdout: '1', stderr: '1'}
      const stream = await this.#in.engine.stream('GET', `/containers/${id}/logs`, {query})
      for await (const bytes of stream) lines.push(bytes as Buffer)
    } catch {
      // How the container ended is told by the other call.
    }
    lines.end()
  }
}
