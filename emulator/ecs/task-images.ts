import type * as sdk from '@aws-sdk/client-ecs'
import {type ImageStore, isInOwnRegistry} from '../images.ts'
import type {Container, Task} from './model.ts'
import type {ContainerRuntime, RuntimeTask} from './runtime.ts'
import type {TaskSteps} from './task-steps.ts'

/** What the images of tasks need of the rest of the emulator. */
export interface ImageSurroundings {
  readonly images: ImageStore
  readonly runtime?: ContainerRuntime | undefined
  readonly steps: TaskSteps
}

/** What the life of a task hears of its images. */
export interface ImageObserver<Kind extends Task> {
  /** All are there. */
  pulled(task: Kind): void
  /** One cannot be pulled; the text is ECS's reason. */
  failedToPull(task: Kind, container: Container, reason: string): void
}

/** Resolves the images of tasks, and pulls those of containers that run for real: those with files in the registry. */
export class TaskImages<Kind extends Task> {
  readonly #in: ImageSurroundings
  readonly #observer: ImageObserver<Kind>

  constructor(surroundings: ImageSurroundings, observer: ImageObserver<Kind>) {
    this.#in = surroundings
    this.#observer = observer
  }

  /** Pulls the images of a task; how long it takes on the clock is over by now. */
  pull(task: Kind): void {
    for (const container of task.containers) {
      const reason = this.#resolve(task, container)
      if (reason === undefined) continue
      this.#observer.failedToPull(task, container, reason)
      return
    }
    const real = task.containers.filter(container => container.real !== undefined)
    const {id, configuration} = task
    const {taskDefinition} = configuration
    const runtime = real.length === 0 ? undefined : this.#in.runtime?.task({id, taskDefinition})
    if (runtime !== undefined) task.runtime = runtime
    this.#pullReal(task, runtime, real)
  }

  /** One image after the other. */
  #pullReal(task: Kind, runtime: RuntimeTask | undefined, [container, ...others]: readonly Container[]): void {
    if (runtime === undefined || container?.real === undefined) {
      this.#observer.pulled(task)
      return
    }
    const pulled = (): void => {
      this.#pullReal(task, runtime, others)
    }
    this.#in.steps.unlessStopped(task, runtime.pull(container.real), pulled, error => {
      this.#observer.failedToPull(task, container, `CannotPullContainerError: ${error.message}`)
    })
  }

  /** Looks an image up, and makes its container a real one if it can be. @returns the reason when it cannot be pulled */
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
