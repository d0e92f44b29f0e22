import type * as sdk from '@aws-sdk/client-ecs'
import type {EmulatorClock} from '../clock.ts'
import {type ImageStore, isInOwnRegistry} from '../images.ts'
import type {LogStore} from '../log-store.ts'
import type {TargetGroups, TargetHealth} from '../target-groups.ts'
import type {Ids} from '../ids.ts'
import type {Container, Task, TaskTarget} from './model.ts'
import type {Timing} from './timing.ts'

/** What tasks need of the rest of the emulator. */
export interface TaskSurroundings {
  readonly clock: EmulatorClock
  readonly timing: Timing
  readonly ids: Ids
  readonly images: ImageStore
  readonly targetGroups: TargetGroups
  readonly logsOf: (region: string) => LogStore
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

/** ECS tells so much of the log driver's error; what stands between is the driver's own, as EC2 instances show it. */
const noLogGroup =
  'ResourceInitializationError: failed to initialize logging driver: failed to create Cloudwatch log stream: ' +
  'ResourceNotFoundException: The specified log group does not exist.'

/** Leads tasks through their life, step by step on the clock. */
export class TaskLife<Kind extends Task> {
  readonly #in: TaskSurroundings
  readonly #observer: TaskObserver<Kind>

  constructor(surroundings: TaskSurroundings, observer: TaskObserver<Kind>) {
    this.#in = surroundings
    this.#observer = observer
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
    task.targets = task.configuration.loadBalancers.flatMap(loadBalancer => {
      const groupArn = loadBalancer.targetGroupArn
      if (groupArn === undefined || this.#in.targetGroups.get(groupArn) === undefined) return []
      const port = loadBalancer.containerPort ?? 0
      const target = {id: task.address, port, availabilityZone: task.availabilityZone}
      this.#in.targetGroups.register(groupArn, target)
      return [{groupArn, target, state: 'initial' as const}]
    })
    for (const target of task.targets) this.#checkTarget(task, target)
    return task.targets.map(target => target.groupArn)
  }

  /** Deregisters a task's targets; they are gone after the longest deregistration delay, then the task goes on stopping. */
  drain(task: Kind): void {
    for (const target of task.targets) {
      target.state = 'draining'
      this.#in.targetGroups.deregister(target.groupArn, target.target)
    }
    const delays = task.targets.map(
      ({groupArn}) => this.#in.targetGroups.get(groupArn)?.deregistrationDelaySeconds ?? 0
    )
    this.#in.clock.at(this.#in.clock.now() + Math.max(0, ...delays) * 1000, () => {
      for (const {groupArn, target} of task.targets) this.#in.targetGroups.remove(groupArn, target)
      task.targets = []
      if (task.lastStatus === 'DEACTIVATING') this.#terminate(task)
    })
  }

  #later(task: Kind, delay: number, event: () => void): void {
    task.timers.push(this.#in.clock.at(this.#in.clock.now() + delay, event))
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
    const delays = task.containers.map(({behaviour}) =>
      behaviour.pull?.seconds === undefined ? this.#in.timing.pull : behaviour.pull.seconds * 1000
    )
    this.#later(task, Math.max(...delays), () => {
      this.#pullEnds(task)
    })
  }

  #pullEnds(task: Kind): void {
    for (const container of task.containers) {
      const error = this.#resolve(task, container)
      if (error === undefined) continue
      container.reason = error
      this.#fail(task, error)
      return
    }
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
    return undefined
  }

  #start(task: Kind): void {
    this.#move(task, 'ACTIVATING')
    const broken = task.containers.find(container => container.behaviour.start !== undefined)
    if (broken?.behaviour.start !== undefined) {
      broken.reason = broken.behaviour.start.error.replaceAll('{image}', broken.image)
      this.#fail(task, 'Task failed to start')
      return
    }
    if (task.containers.some(container => this.#misses(container))) {
      this.#fail(task, noLogGroup)
      return
    }
    for (const container of task.containers) this.#startContainer(task, container)
    this.#later(task, this.#in.timing.activating, () => {
      this.#run(task)
    })
  }

  #startContainer(task: Kind, container: Container): void {
    container.lastStatus = 'RUNNING'
    container.runtimeId = `${task.id}-${task.containers.indexOf(container)}`
    for (const line of container.behaviour.log ?? []) this.#log(task, container, line)
    const exit =
      container.behaviour.exit ??
      (isAwaited(task, container, ['COMPLETE', 'SUCCESS']) ? {code: 0, afterSeconds: 1} : undefined)
    if (exit !== undefined) {
      this.#later(task, exit.afterSeconds * 1000, () => {
        this.#exit(task, container, exit)
      })
    }
    this.#checkContainer(task, container)
  }

  /** Whether a container's log group is missing; it is created where the container asks for that. */
  #misses(container: Container): boolean {
    const options = logOptions(container)
    const group = options?.['awslogs-group']
    if (group === undefined) return false
    const logs = this.#in.logsOf(options?.['awslogs-region'] ?? '')
    if (options?.['awslogs-create-group'] !== 'true') return logs.streams(group) === undefined
    logs.createGroup(group)
    return false
  }

  #log(task: Kind, container: Container, line: string): void {
    const options = logOptions(container)
    const group = options?.['awslogs-group']
    if (group === undefined) return
    const logs = this.#in.logsOf(options?.['awslogs-region'] ?? '')
    const prefix = options?.['awslogs-stream-prefix']
    const stream = prefix === undefined ? (container.runtimeId ?? '') : `${prefix}/${container.name}/${task.id}`
    logs.append(group, stream, line)
  }

  /** Its own health check: the first good result, or as many bad ones as it takes. */
  #checkContainer(task: Kind, container: Container): void {
    const check = container.definition.healthCheck
    if (check === undefined) return
    const health = container.behaviour.health
    const failing = ((check.startPeriod ?? 0) + (check.interval ?? 30) * (check.retries ?? 3)) * 1000
    const healthy =
      health === undefined || health === 'never' ? this.#in.timing.containerHealthy : health.afterSeconds * 1000
    this.#later(task, health === 'never' ? failing : healthy, () => {
      container.healthStatus = health === 'never' ? 'UNHEALTHY' : 'HEALTHY'
      task.version += 1
    })
  }

  #run(task: Kind): void {
    this.#move(task, 'RUNNING')
    task.startedAt = this.#in.clock.now()
    this.#later(task, this.#in.timing.stable, () => {
      task.isStable = true
    })
  }

  /** A new target is healthy with its first good check, unhealthy after as many bad ones as its group wants. */
  #checkTarget(task: Kind, target: TaskTarget): void {
    const group = this.#in.targetGroups.get(target.groupArn)
    const interval = (group?.healthCheckIntervalSeconds ?? 0) * 1000
    const scripted = behaviourOfTarget(task, target)
    const registered = this.#in.timing.targetRegistration
    if (scripted !== undefined && 'reason' in scripted) {
      this.#later(task, registered + interval * (group?.unhealthyThresholdCount ?? 1), () => {
        target.reason = scripted.description
        this.#setTarget(target, {state: 'unhealthy', reason: scripted.reason, description: scripted.description})
      })
      return
    }
    this.#later(task, scripted === undefined ? registered + interval : scripted.afterSeconds * 1000, () => {
      this.#setTarget(target, {state: 'healthy'})
    })
  }

  #setTarget(target: TaskTarget, health: TargetHealth & {state: 'healthy' | 'unhealthy'}): void {
    target.state = health.state
    this.#in.targetGroups.setHealth(target.groupArn, target.target, health)
  }

  #exit(task: Kind, container: Container, exit: {code: number; reason?: string}): void {
    container.lastStatus = 'STOPPED'
    container.exitCode = exit.code
    if (exit.reason !== undefined) container.reason = exit.reason
    if (container.definition.essential === false) {
      if (exit.code !== 0 && isAwaited(task, container, ['SUCCESS'])) this.#failDependents(task)
      return
    }
    this.#end(task, {code: 'EssentialContainerExited', reason: 'Essential container in task exited'})
    this.#stopContainers(task)
    this.#report(task)
    this.#observer.ending(task)
  }

  /** What waits for the success of a container that failed never starts. That the task is told to stop so is not confirmed. */
  #failDependents(task: Kind): void {
    if (task.startedAt !== undefined) return
    this.#end(task, {code: 'TaskFailedToStart', reason: 'Task failed to start'})
    this.#stopContainers(task)
    this.#report(task)
    this.#observer.ending(task)
  }

  /** The task cannot start. */
  #fail(task: Kind, reason: string): void {
    this.#end(task, {code: 'TaskFailedToStart', reason})
    this.#deprovision(task)
    this.#observer.ending(task)
  }

  #end(task: Kind, cause: StopCause): void {
    for (const takeBack of task.timers.splice(0)) takeBack()
    task.desiredStatus = 'STOPPED'
    task.stopCode = cause.code
    task.stoppedReason = cause.reason
    task.stoppingAt = this.#in.clock.now()
    task.version += 1
  }

  #terminate(task: Kind): void {
    if (!task.containers.some(container => container.lastStatus === 'RUNNING')) {
      this.#deprovision(task)
      return
    }
    this.#move(task, 'STOPPING')
    this.#later(task, Math.max(...task.containers.map(container => this.#stopDelay(container))), () => {
      this.#stopContainers(task)
      this.#report(task)
    })
  }

  /** Its containers have ended; it takes a while until ECS knows. */
  #report(task: Kind): void {
    for (const container of task.containers) container.lastStatus = 'STOPPED'
    task.executionStoppedAt = this.#in.clock.now()
    this.#move(task, 'STOPPING')
    this.#later(task, this.#in.timing.stopReported, () => {
      this.#deprovision(task)
    })
  }

  /** How long a container takes to stop, at most its stop timeout; in milliseconds. */
  #stopDelay(container: Container): number {
    const wanted = container.behaviour.stop?.afterSeconds
    return Math.min(wanted === undefined ? this.#in.timing.containerStop : wanted * 1000, stopTimeout(container))
  }

  #stopContainers(task: Kind): void {
    for (const container of task.containers.filter(({lastStatus}) => lastStatus === 'RUNNING')) {
      const stop = container.behaviour.stop
      const killed = (stop?.afterSeconds ?? 0) * 1000 > stopTimeout(container)
      container.exitCode = killed ? 137 : (stop?.exitCode ?? 143)
    }
  }

  #deprovision(task: Kind): void {
    task.executionStoppedAt ??= this.#in.clock.now()
    for (const container of task.containers) container.lastStatus = 'STOPPED'
    this.#move(task, 'DEPROVISIONING')
    this.#later(task, this.#in.timing.deprovisioning, () => {
      this.#move(task, 'STOPPED')
      task.stoppedAt = this.#in.clock.now()
      this.#forgetLater(task)
      this.#observer.stopped(task)
    })
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

function stopTimeout(container: Container): number {
  return (container.definition.stopTimeout ?? 30) * 1000
}

/** Whether other containers of the task wait for this one with one of these conditions. */
function isAwaited(task: Task, container: Container, conditions: readonly sdk.ContainerCondition[]): boolean {
  return task.containers.some(({definition}) =>
    definition.dependsOn?.some(
      ({containerName, condition}) =>
        containerName === container.name && condition !== undefined && conditions.includes(condition)
    )
  )
}

/** The options of a container that writes to CloudWatch Logs. */
function logOptions({definition}: Container): Record<string, string> | undefined {
  const {logDriver, options = {}} = definition.logConfiguration ?? {}
  return logDriver === 'awslogs' ? options : undefined
}

function behaviourOfTarget(task: Task, {groupArn}: TaskTarget): Container['behaviour']['target'] {
  const loadBalancer = task.configuration.loadBalancers.find(({targetGroupArn}) => targetGroupArn === groupArn)
  return task.containers.find(({name}) => name === loadBalancer?.containerName)?.behaviour.target
}

/** As registries write it, such as `linux/amd64`; Fargate and ECS take Linux on X86_64 when nothing is said. */
function platformOf(platform: sdk.RuntimePlatform | undefined): string {
  const system = platform?.operatingSystemFamily?.startsWith('WINDOWS') === true ? 'windows' : 'linux'
  return `${system}/${platform?.cpuArchitecture === 'ARM64' ? 'arm64' : 'amd64'}`
}
