import type * as sdk from '@aws-sdk/client-ecs'
import type {EmulatorClock} from '../clock.ts'
import {type ImageStore, isInOwnRegistry} from '../images.ts'
import type {Ids} from '../ids.ts'
import type {TargetGroups} from '../target-groups.ts'
import {isAwaited, mayStart, stopTimeout} from './dependencies.ts'
import type {Container, Task} from './model.ts'
import {playedExit, playedHealth, playedPull, playedStop} from './played.ts'
import type {ContainerExit, ContainerRuntime, RuntimeContainer, RuntimeTask} from './runtime.ts'
import {TaskTargets} from './targets.ts'
import {type LogsOf, missesLogGroup, noLogGroup, writeLog} from './task-log.ts'
import type {Timing} from './timing.ts'

/** What tasks need of the rest of the emulator. */
export interface TaskSurroundings {
  readonly clock: EmulatorClock
  readonly timing: Timing
  readonly ids: Ids
  readonly images: ImageStore
  readonly targetGroups: TargetGroups
  readonly logsOf: LogsOf
  /** Runs containers for real; without it, all are played. */
  readonly runtime?: ContainerRuntime | undefined
}

/** What the scheduler hears of a task. */
export interface TaskObserver<Kind extends Task> {
  /** Its images are resolved and pulled. */
  pulled(task: Kind): void
  /** It will stop; its targets, if any, are still registered. */
  ending(task: Kind): void
  stopped(task: Kind): void
}

/** Why a task stops. */
export interface StopCause {
  readonly code: sdk.TaskStopCode
  readonly reason: string
}

/**
 * Leads tasks through their life, step by step on the clock. Their containers are played by their behaviours; those whose
 * image is in the registry with files in it run for real, if there is something to run them. Of a behaviour, these know
 * only what comes before the container: that it cannot be placed, set up, pulled or started.
 */
export class TaskLife<Kind extends Task> {
  readonly #in: TaskSurroundings
  readonly #observer: TaskObserver<Kind>
  readonly #targets: TaskTargets

  constructor(surroundings: TaskSurroundings, observer: TaskObserver<Kind>) {
    this.#in = surroundings
    this.#observer = observer
    this.#targets = new TaskTargets(surroundings, {
      later: (task, delay, event) => {
        this.#later(task, delay, event)
      },
      ask: (task, answer, then) => {
        this.#unlessStopped(task, answer, then)
      }
    })
  }

  /** Sets a new task, PROVISIONING, on its way. */
  launch(task: Kind): void {
    this.#later(task, this.#in.timing.provisioning, () => {
      this.#pull(task)
    })
  }

  /**
   * Stops a task as the scheduler or a user does: a task with targets is DEACTIVATING until `drain` has ended, then its
   * containers get SIGTERM. One that is stopping already stays as it is.
   */
  stop(task: Kind, cause: StopCause): void {
    if (task.desiredStatus === 'STOPPED') return
    this.#end(task, cause)
    if (task.targets.length > 0) this.#move(task, 'DEACTIVATING')
    else this.#terminate(task)
    this.#observer.ending(task)
  }

  /** Registers a RUNNING task in the target groups of its service; the answer is the groups' ARNs. */
  registerTargets(task: Kind): string[] {
    return this.#targets.register(task)
  }

  /** Deregisters a task's targets; when they are gone, the task goes on stopping. */
  drain(task: Kind): void {
    this.#targets.drain(task, () => {
      if (task.lastStatus === 'DEACTIVATING') this.#terminate(task)
    })
  }

  #later(task: Task, delay: number, event: () => void): void {
    const takeBack = this.#in.clock.at(this.#in.clock.now() + delay, () => {
      task.timers.delete(takeBack)
      event()
    })
    task.timers.add(takeBack)
  }

  /** Waits for something in real time, for which no time passes here. */
  #whileHeld<Result>(work: Promise<Result>, then: (result: Result) => void, failed: (error: Error) => void): void {
    const release = this.#in.clock.hold()
    void work.then(then, failed).finally(release)
  }

  /** The same for a task that is to run: if it is stopped meanwhile, nothing comes of it. */
  #unlessStopped<Result>(
    task: Task,
    work: Promise<Result>,
    then: (result: Result) => void,
    failed: (error: Error) => void = () => undefined
  ): void {
    const ifWanted =
      <Value>(next: (value: Value) => void) =>
      (value: Value): void => {
        if (task.desiredStatus === 'RUNNING') next(value)
      }
    this.#whileHeld(work, ifWanted(then), ifWanted(failed))
  }

  #move(task: Kind, status: Task['lastStatus']): void {
    task.lastStatus = status
    task.version += 1
  }

  #pull(task: Kind): void {
    this.#move(task, 'PENDING')
    task.connectivityAt = this.#in.clock.now()
    const initialization = task.containers.find(container => container.behaviour.initialization)?.behaviour
      .initialization
    if (initialization !== undefined) {
      this.#fail(task, initialization.error)
      return
    }
    task.pullStartedAt = this.#in.clock.now()
    this.#later(task, Math.max(...task.containers.map(container => playedPull(container, this.#in.timing))), () => {
      this.#pullEnds(task)
    })
  }

  #pullEnds(task: Kind): void {
    for (const container of task.containers) {
      const error = this.#resolve(task, container)
      if (error === undefined) continue
      this.#failPull(task, container, error)
      return
    }
    const real = task.containers.filter(container => container.real !== undefined)
    if (real.length === 0) {
      this.#pulled(task)
      return
    }
    const {id, configuration} = task
    const runtime = this.#in.runtime?.task({id, taskDefinition: configuration.taskDefinition})
    if (runtime === undefined) return
    task.runtime = runtime
    this.#pullReal(task, runtime, real)
  }

  /** One image after the other. */
  #pullReal(task: Kind, runtime: RuntimeTask, [container, ...others]: readonly Container[]): void {
    if (container?.real === undefined) {
      this.#pulled(task)
      return
    }
    this.#unlessStopped(
      task,
      runtime.pull(container.real),
      () => {
        this.#pullReal(task, runtime, others)
      },
      error => {
        this.#failPull(task, container, `CannotPullContainerError: ${error.message}`)
      }
    )
  }

  #failPull(task: Kind, container: Container, error: string): void {
    container.reason = error
    this.#fail(task, error)
  }

  #pulled(task: Kind): void {
    task.pullStoppedAt = this.#in.clock.now()
    this.#observer.pulled(task)
    this.#start(task)
  }

  /** Looks an image up; the answer is the error when it cannot be pulled. */
  #resolve(task: Kind, container: Container): string | undefined {
    const scripted = container.behaviour.pull?.error
    if (scripted !== undefined) return scripted.replaceAll('{image}', container.image)
    const image = this.#in.images.resolve(pinned(task, container))
    if (image === undefined) {
      if (!isInOwnRegistry(container.image)) return undefined
      return `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${container.image}: not found`
    }
    const platform = platformOf(task.configuration.taskDefinition.runtimePlatform)
    if (!image.platforms.includes(platform)) {
      return `CannotPullContainerError: pull image manifest has been retried 7 time(s): image Manifest does not contain descriptor matching platform '${platform}'`
    }
    container.imageDigest = image.digest
    if (this.#in.runtime?.runs(image, platform) === true) {
      const override = task.overrides?.containerOverrides?.find(({name}) => name === container.name)
      container.real = {definition: container.definition, image, override}
    }
    return undefined
  }

  #start(task: Kind): void {
    this.#move(task, 'ACTIVATING')
    const broken = task.containers.find(container => container.behaviour.start !== undefined)
    if (broken?.behaviour.start !== undefined) {
      this.#failStart(task, broken, broken.behaviour.start.error.replaceAll('{image}', broken.image))
      return
    }
    if (task.containers.some(container => missesLogGroup(container, this.#in.logsOf))) {
      this.#fail(task, noLogGroup)
      return
    }
    this.#startReady(task)
  }

  /** Played containers start at once, real ones when what they depend on is as it should be. */
  #startReady(task: Kind): void {
    for (const container of task.containers.filter(({isStarting}) => !isStarting)) {
      if (container.real === undefined) this.#startPlayed(task, container)
      else if (mayStart(task, container)) this.#startReal(task, container, container.real)
    }
    if (task.isStarted || task.containers.some(({lastStatus}) => lastStatus === 'PENDING')) return
    task.isStarted = true
    this.#later(task, this.#in.timing.activating, () => {
      this.#activated(task)
    })
  }

  #startPlayed(task: Kind, container: Container): void {
    container.isStarting = true
    container.lastStatus = 'RUNNING'
    container.runtimeId = `${task.id}-${task.containers.indexOf(container)}`
    for (const line of container.behaviour.log ?? []) writeLog(task, container, line, this.#in.logsOf)
    const played = playedExit(task, container)
    if (played !== undefined) {
      this.#later(task, played.after, () => {
        this.#exit(task, container, played.exit)
      })
    }
    const health = playedHealth(container, this.#in.timing)
    if (health === undefined) return
    this.#later(task, health.after, () => {
      this.#setHealth(task, container, health.status)
    })
  }

  #startReal(task: Kind, container: Container, real: RuntimeContainer): void {
    container.isStarting = true
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
      container.lastStatus = 'RUNNING'
      container.runtimeId = id
      this.#startReady(task)
    }
    if (task.runtime === undefined) return
    this.#unlessStopped(task, task.runtime.start(real, events), started, error => {
      this.#failStart(task, container, `CannotStartContainerError: Error response from daemon: ${error.message}`)
    })
  }

  #setHealth(task: Kind, container: Container, status: sdk.HealthStatus): void {
    container.healthStatus = status
    task.version += 1
    if (task.desiredStatus === 'RUNNING') this.#startReady(task)
  }

  #activated(task: Kind): void {
    if (task.runtime === undefined) this.#run(task)
    else {
      this.#unlessStopped(task, task.runtime.startup(), () => {
        this.#run(task)
      })
    }
  }

  #run(task: Kind): void {
    this.#move(task, 'RUNNING')
    task.startedAt = this.#in.clock.now()
    this.#later(task, this.#in.timing.stable, () => {
      task.isStable = true
    })
  }

  #exit(task: Kind, container: Container, exit: ContainerExit): void {
    container.lastStatus = 'STOPPED'
    container.exitCode = exit.code
    if (exit.reason !== undefined) container.reason = exit.reason
    if (task.desiredStatus === 'STOPPED') this.#reportIfAllEnded(task)
    else if (container.definition.essential !== false) {
      this.#endWithContainers(task, {
        code: 'EssentialContainerExited',
        reason: 'Essential container in task exited'
      })
    } else if (exit.code !== 0 && isAwaited(task, container, ['SUCCESS']) && task.startedAt === undefined) {
      // What waits for its success never starts. That the task is told to stop so is not confirmed.
      this.#endWithContainers(task, {code: 'TaskFailedToStart', reason: 'Task failed to start'})
    } else this.#startReady(task)
  }

  #endWithContainers(task: Kind, cause: StopCause): void {
    this.#end(task, cause)
    this.#stopContainers(task)
    this.#observer.ending(task)
  }

  #failStart(task: Kind, container: Container, reason: string): void {
    container.reason = reason
    this.#fail(task, 'Task failed to start')
  }

  /** The task cannot start. */
  #fail(task: Kind, reason: string): void {
    this.#end(task, {code: 'TaskFailedToStart', reason})
    this.#deprovision(task)
    this.#observer.ending(task)
  }

  #end(task: Kind, cause: StopCause): void {
    for (const takeBack of task.timers) takeBack()
    task.timers.clear()
    task.desiredStatus = 'STOPPED'
    task.stopCode = cause.code
    task.stoppedReason = cause.reason
    task.stoppingAt = this.#in.clock.now()
    task.version += 1
  }

  #terminate(task: Kind): void {
    if (task.containers.some(container => container.lastStatus === 'RUNNING')) this.#stopContainers(task)
    else this.#deprovision(task)
  }

  /** Its containers get SIGTERM. */
  #stopContainers(task: Kind): void {
    this.#move(task, 'STOPPING')
    for (const container of task.containers.filter(({lastStatus}) => lastStatus === 'RUNNING')) {
      if (container.real === undefined) this.#stopPlayed(task, container)
      else if (task.runtime !== undefined) this.#stopReal(task, container, task.runtime)
    }
    this.#reportIfAllEnded(task)
  }

  #stopPlayed(task: Kind, container: Container): void {
    const {exit, after} = playedStop(container, this.#in.timing)
    this.#later(task, after, () => {
      this.#exit(task, container, exit)
    })
  }

  /** SIGKILL comes after the stop timeout. */
  #stopReal(task: Kind, container: Container, runtime: RuntimeTask): void {
    const nothing = (): void => undefined
    this.#whileHeld(runtime.stop(container.name), nothing, nothing)
    this.#later(task, stopTimeout(container), () => {
      if (container.lastStatus !== 'RUNNING') return
      const killed = (): void => {
        // It tells its end itself, unless the engine is gone.
        if (container.lastStatus === 'RUNNING') this.#exit(task, container, {code: 137})
      }
      this.#whileHeld(runtime.kill(container.name), killed, killed)
    })
  }

  /** When its containers have ended, it takes a while until ECS knows. */
  #reportIfAllEnded(task: Kind): void {
    if (task.lastStatus !== 'STOPPING' || task.containers.some(({lastStatus}) => lastStatus === 'RUNNING')) return
    for (const container of task.containers) container.lastStatus = 'STOPPED'
    task.executionStoppedAt = this.#in.clock.now()
    this.#later(task, this.#in.timing.stopReported, () => {
      this.#deprovision(task)
    })
  }

  #deprovision(task: Kind): void {
    task.executionStoppedAt ??= this.#in.clock.now()
    for (const container of task.containers) container.lastStatus = 'STOPPED'
    this.#move(task, 'DEPROVISIONING')
    this.#removeReal(task)
    this.#later(task, this.#in.timing.deprovisioning, () => {
      this.#move(task, 'STOPPED')
      task.stoppedAt = this.#in.clock.now()
      this.#forgetLater(task)
      this.#observer.stopped(task)
    })
  }

  /** What an engine that is gone keeps is found by its labels. */
  #removeReal(task: Kind): void {
    const nothing = (): void => undefined
    if (task.runtime !== undefined) this.#whileHeld(task.runtime.remove(), nothing, nothing)
  }

  #forgetLater(task: Kind): void {
    this.#in.clock.at(this.#in.clock.now() + this.#in.timing.stoppedTaskKept, () => {
      task.cluster.tasks.delete(task.id)
    })
  }
}

/** The image of a container: the digest that the first task of the revision found, else as the definition has it. */
function pinned(task: Task, container: Container): string {
  const digest = task.images.get(container.name)?.imageDigest
  if (digest === undefined || container.definition.versionConsistency === 'disabled') return container.image
  return `${container.image.replace(/(:[\w.-]+)?(@.*)?$/, '')}@${digest}`
}

/** As registries write it, such as `linux/amd64`; Fargate and ECS take Linux on X86_64 when nothing is said. */
function platformOf(platform: sdk.RuntimePlatform | undefined): string {
  const system = platform?.operatingSystemFamily?.startsWith('WINDOWS') === true ? 'windows' : 'linux'
  return `${system}/${platform?.cpuArchitecture === 'ARM64' ? 'arm64' : 'amd64'}`
}
