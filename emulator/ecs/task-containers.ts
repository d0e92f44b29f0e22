import type * as sdk from '@aws-sdk/client-ecs'
import {isWaitedFor, mayStart, mayStop, startTimeout, stopTimeout} from './dependencies.ts'
import type {Container, Task} from './model.ts'
import {playedExit, playedHealth, playedStop} from './played.ts'
import type {ContainerExit, RuntimeContainer, RuntimeTask} from './runtime.ts'
import {type LogsOf, writeLog} from './task-log.ts'
import type {TaskSteps} from './task-steps.ts'
import type {Timing} from './timing.ts'

/** What the containers of tasks need of the rest of the emulator. */
export interface ContainerSurroundings {
  readonly timing: Timing
  readonly logsOf: LogsOf
  readonly steps: TaskSteps
}

/** What the life of a task hears of its containers. */
export interface ContainerObserver<Kind extends Task> {
  /** All were started. */
  started(task: Kind): void
  /** One cannot be started; the text is its reason. */
  failedToStart(task: Kind, container: Container, reason: string): void
  /** Others gave up waiting for one. */
  gaveUp(task: Kind): void
  /** One has ended, of a task that is to run. */
  exited(task: Kind, container: Container): void
  /** None runs any more, of a task that is STOPPING. */
  ended(task: Kind): void
}

/**
 * Starts and ends the containers of tasks, in the order of their dependencies, whether they are played by their behaviours
 * or run for real.
 */
export class TaskContainers<Kind extends Task> {
  readonly #in: ContainerSurroundings
  readonly #observer: ContainerObserver<Kind>
  /** Those that were asked to stop. */
  readonly #stopping = new WeakSet<Container>()

  constructor(surroundings: ContainerSurroundings, observer: ContainerObserver<Kind>) {
    this.#in = surroundings
    this.#observer = observer
  }

  /** Starts those whose dependencies are as they should be; the others follow by themselves. */
  start(task: Kind): void {
    const ready = task.containers.filter(container => !container.isStarting && mayStart(task, container))
    for (const container of ready) {
      container.isStarting = true
      if (container.real === undefined) this.#startPlayed(task, container)
      else this.#startReal(task, container, container.real)
    }
    // Played ones have started by now: others may have waited for that.
    if (ready.some(({real}) => real === undefined)) this.start(task)
    else if (!task.isStarted && task.containers.every(({lastStatus}) => lastStatus !== 'PENDING')) {
      task.isStarted = true
      this.#observer.started(task)
    }
  }

  /** Asks those of a STOPPING task to stop on which no other depends that runs; the others follow when those have ended. */
  stop(task: Kind): void {
    if (task.lastStatus !== 'STOPPING') return
    const running = task.containers.filter(({lastStatus}) => lastStatus === 'RUNNING')
    for (const container of running) {
      if (this.#stopping.has(container) || !mayStop(task, container)) continue
      this.#stopping.add(container)
      if (container.real === undefined) this.#stopPlayed(task, container)
      else if (task.runtime !== undefined) this.#stopReal(task, container, task.runtime)
    }
    if (running.length === 0) this.#observer.ended(task)
  }

  #startPlayed(task: Kind, container: Container): void {
    this.#started(task, container, `${task.id}-${task.containers.indexOf(container)}`)
    for (const line of container.behaviour.log ?? []) writeLog(task, container, line, this.#in.logsOf)
    const played = playedExit(task, container)
    if (played !== undefined) {
      this.#in.steps.later(task, played.after, () => {
        this.#exit(task, container, played.exit)
      })
    }
    const health = playedHealth(container, this.#in.timing)
    if (health === undefined) return
    this.#in.steps.later(task, health.after, () => {
      this.#setHealth(task, container, health.status)
    })
  }

  #startReal(task: Kind, container: Container, real: RuntimeContainer): void {
    const events = {
      line: (line: string) => {
        writeLog(task, container, line, this.#in.logsOf)
      },
      health: (status: sdk.HealthStatus) => {
        this.#setHealth(task, container, status)
      },
      exited: (exit: ContainerExit) => {
        this.#exit(task, container, exit)
      }
    }
    const started = (id: string): void => {
      this.#started(task, container, id)
      this.start(task)
    }
    if (task.runtime === undefined) return
    this.#in.steps.unlessStopped(task, task.runtime.start(real, events), started, error => {
      const reason = `CannotStartContainerError: Error response from daemon: ${error.message}`
      this.#observer.failedToStart(task, container, reason)
    })
  }

  #started(task: Kind, container: Container, id: string): void {
    container.lastStatus = 'RUNNING'
    container.runtimeId = id
    const longest = startTimeout(container)
    if (longest === undefined) return
    this.#in.steps.later(task, longest, () => {
      if (isWaitedFor(task, container)) this.#observer.gaveUp(task)
    })
  }

  #setHealth(task: Kind, container: Container, status: sdk.HealthStatus): void {
    container.healthStatus = status
    task.version += 1
    if (task.desiredStatus === 'RUNNING') this.start(task)
  }

  #exit(task: Kind, container: Container, exit: ContainerExit): void {
    container.lastStatus = 'STOPPED'
    container.exitCode = exit.code
    if (exit.reason !== undefined) container.reason = exit.reason
    if (task.desiredStatus === 'STOPPED') this.stop(task)
    else this.#observer.exited(task, container)
  }

  #stopPlayed(task: Kind, container: Container): void {
    const {exit, after} = playedStop(container, this.#in.timing)
    this.#in.steps.later(task, after, () => {
      this.#exit(task, container, exit)
    })
  }

  /** SIGKILL comes after the stop timeout. */
  #stopReal(task: Kind, container: Container, runtime: RuntimeTask): void {
    this.#in.steps.whileHeld(runtime.stop(container.name))
    this.#in.steps.later(task, stopTimeout(container), () => {
      if (container.lastStatus !== 'RUNNING') return
      this.#in.steps.whileHeld(runtime.kill(container.name), () => {
        // It tells its end itself, unless the engine is gone.
        if (container.lastStatus === 'RUNNING') this.#exit(task, container, {code: 137})
      })
    })
  }
}
