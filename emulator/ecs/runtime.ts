import type * as sdk from '@aws-sdk/client-ecs'
import type {StoredImage} from '../images.ts'
import type {ProbeAnswer} from '../target-groups.ts'
import type {Registered} from './task-definition.ts'

/** How a container ended. */
export interface ContainerExit {
  readonly code: number
  /** ECS's, where the exit code does not say it all. */
  readonly reason?: string
}

/** What a container does by itself, told as it happens. */
export interface ContainerEvents {
  readonly line: (line: string) => void
  readonly health: (status: sdk.HealthStatus) => void
  /** After its last line. */
  readonly exited: (exit: ContainerExit) => void
}

/** A container that is to run. */
export interface RuntimeContainer {
  readonly definition: Registered['containerDefinitions'][number]
  /** What RunTask changes of it. */
  readonly override?: sdk.ContainerOverride | undefined
  readonly image: StoredImage
}

/** The task that containers are of. */
export interface RuntimeTaskIdentity {
  readonly id: string
  readonly taskDefinition: Registered
}

/** An HTTP request of a load balancer's health check. */
export interface Probe {
  readonly port: number
  readonly path: string
  /** How long an answer may take, in real seconds. */
  readonly timeoutSeconds: number
}

/** The containers of one task that run for real, in a network namespace of their own. */
export interface RuntimeTask {
  /** @throws Error with the words of the container engine */
  pull(container: RuntimeContainer): Promise<void>
  /** Starts a container that was pulled. @returns its id @throws Error with the words of the container engine */
  start(container: RuntimeContainer, events: ContainerEvents): Promise<string>
  /** Waits until every container has had a moment to fail at its start, or has exited. */
  startup(): Promise<void>
  /** Whether it can tell the health of targets by asking them. */
  readonly probes: boolean
  probe(probe: Probe): Promise<ProbeAnswer>
  /** Asks a container to stop, as its image wants to be asked: SIGTERM unless that says otherwise. */
  stop(name: string): Promise<void>
  /** Ends a container with SIGKILL and waits for its end. */
  kill(name: string): Promise<void>
  /** Ends and removes all that is left of the task. */
  remove(): Promise<void>
}

/** Runs containers for real. */
export interface ContainerRuntime {
  /** Whether it can run an image for a platform such as `linux/amd64`. */
  runs(image: StoredImage, platform: string): boolean
  task(task: RuntimeTaskIdentity): RuntimeTask
}
