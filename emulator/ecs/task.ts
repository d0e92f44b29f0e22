import type * as sdk from '@aws-sdk/client-ecs'
import type {EmulatorClock} from '../clock.ts'
import type {ImageStore} from '../images.ts'
import type {Ids} from '../ids.ts'
import type {TargetGroups} from '../target-groups.ts'
import {isAwaited} from './dependencies.ts'
import type {Container, Task} from './model.ts'
import {awaitsInstance} from './placement.ts'
import {playedPull} from './played.ts'
import type {ContainerRuntime} from './runtime.ts'
import {TaskTargets} from './targets.ts'
import {TaskContainers} from './task-containers.ts'
import {TaskImages} from './task-images.ts'
import {type LogsOf, missesLogGroup, noLogGroup} from './task-log.ts'
import {TaskSteps} from './task-steps.ts'
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
  readonly #steps: TaskSteps
  readonly #targets: TaskTargets
  readonly #images: TaskImages<Kind>
  readonly #containers: TaskContainers<Kind>

  constructor(surroundings: TaskSurroundings, observer: TaskObserver<Kind>) {
    this.#in = surroundings
    this.#observer = observer
    this.#steps = new TaskSteps(surroundings.clock)
    this.#targets = new TaskTargets(surroundings, this.#steps)
    this.#images = this.#makeImages()
    this.#containers = this.#makeContainers()
  }

  /** Sets a new task, PROVISIONING, on its way; one that has no container instance yet waits for it. */
  launch(task: Kind): void {
    this.#steps.later(task, this.#in.timing.provisioning, () => {
      if (awaitsInstance(task)) this.launch(task)
      else this.#pull(task)
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

  #makeImages(): TaskImages<Kind> {
    return new TaskImages<Kind>(
      {...this.#in, steps: this.#steps},
      {
        pulled: task => {
          this.#pulled(task)
        },
        failedToPull: (task, container, error) => {
          this.#failPull(task, container, error)
        }
      }
    )
  }

  #makeContainers(): TaskContainers<Kind> {
    return new TaskContainers<Kind>(
      {...this.#in, steps: this.#steps},
      {
        started: task => {
          this.#steps.later(task, this.#in.timing.activating, () => {
            this.#activated(task)
          })
        },
        failedToStart: (task, container, reason) => {
          this.#failStart(task, container, reason)
        },
        gaveUp: task => {
          this.#neverStarts(task)
        },
        exited: (task, container) => {
          this.#exited(task, container)
        },
        ended: task => {
          this.#report(task)
        }
      }
    )
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
    this.#steps.later(
      task,
      Math.max(...task.containers.map(container => playedPull(container, this.#in.timing))),
      () => {
        this.#images.pull(task)
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
    this.#containers.start(task)
  }

  #activated(task: Kind): void {
    if (task.runtime === undefined) this.#run(task)
    else {
      this.#steps.unlessStopped(task, task.runtime.startup(), () => {
        this.#run(task)
      })
    }
  }

  #run(task: Kind): void {
    this.#move(task, 'RUNNING')
    task.startedAt = this.#in.clock.now()
    this.#steps.later(task, this.#in.timing.stable, () => {
      task.isStable = true
    })
  }

  #exited(task: Kind, container: Container): void {
    if (container.definition.essential !== false) {
      this.#endWithContainers(task, {
        code: 'EssentialContainerExited',
        reason: 'Essential container in task exited'
      })
    } else if (container.exitCode !== 0 && isAwaited(task, container, ['SUCCESS']) && task.startedAt === undefined) {
      this.#neverStarts(task)
    } else this.#containers.start(task)
  }

  /** Some of its containers wait for what does not come. That the task is told to stop so is not confirmed. */
  #neverStarts(task: Kind): void {
    this.#endWithContainers(task, {code: 'TaskFailedToStart', reason: 'Task failed to start'})
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

  #stopContainers(task: Kind): void {
    this.#move(task, 'STOPPING')
    this.#containers.stop(task)
  }

  /** When its containers have ended, it takes a while until ECS knows. */
  #report(task: Kind): void {
    if (task.executionStoppedAt !== undefined) return
    for (const container of task.containers) container.lastStatus = 'STOPPED'
    task.executionStoppedAt = this.#in.clock.now()
    this.#steps.later(task, this.#in.timing.stopReported, () => {
      this.#deprovision(task)
    })
  }

  #deprovision(task: Kind): void {
    task.executionStoppedAt ??= this.#in.clock.now()
    for (const container of task.containers) container.lastStatus = 'STOPPED'
    this.#move(task, 'DEPROVISIONING')
    this.#removeReal(task)
    this.#steps.later(task, this.#in.timing.deprovisioning, () => {
      this.#move(task, 'STOPPED')
      task.stoppedAt = this.#in.clock.now()
      this.#forgetLater(task)
      this.#observer.stopped(task)
    })
  }

  /** What an engine that is gone keeps is found by its labels. */
  #removeReal(task: Kind): void {
    if (task.runtime !== undefined) this.#steps.whileHeld(task.runtime.remove())
  }

  #forgetLater(task: Kind): void {
    this.#in.clock.at(this.#in.clock.now() + this.#in.timing.stoppedTaskKept, () => {
      task.cluster.tasks.delete(task.id)
    })
  }
}
