import type * as sdk from '@aws-sdk/client-ecs'
import {type ImageStore, isInOwnRegistry} from '../images.ts'
import type {Container, Task} from './model.ts'
import type {ContainerRuntime} from './runtime.ts'

/**
 * Looks the image of a container up, and makes the container a real one if it can be.
 * @returns the error when it cannot be pulled
 */
export function resolveImage(
  task: Task,
  container: Container,
  images: ImageStore,
  runtime: ContainerRuntime | undefined
): string | undefined {
  const scripted = container.behaviour.pull?.error
  if (scripted !== undefined) return scripted.replaceAll('{image}', container.image)
  const image = images.resolve(pinned(task, container))
  if (image === undefined) {
    if (!isInOwnRegistry(container.image)) return undefined
    return `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${container.image}: not found`
  }
  const platform = platformOf(task.configuration.taskDefinition.runtimePlatform)
  if (!image.platforms.includes(platform)) {
    return `CannotPullContainerError: pull image manifest has been retried 7 time(s): image Manifest does not contain descriptor matching platform '${platform}'`
  }
  container.imageDigest = image.digest
  if (runtime?.runs(image, platform) === true) {
    const override = task.overrides?.containerOverrides?.find(({name}) => name === container.name)
    container.real = {definition: container.definition, image, override}
  }
  return undefined
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
