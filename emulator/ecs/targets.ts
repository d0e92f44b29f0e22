import type {EmulatorClock} from '../clock.ts'
import {
  afterCheck,
  healthOf,
  type ProbeAnswer,
  type TargetGroup,
  type TargetGroups,
  type TargetHealth
} from '../target-groups.ts'
import type {Task, TaskTarget} from './model.ts'
import {containerOf, playedTarget} from './played.ts'
import type {Probe, RuntimeTask} from './runtime.ts'
import type {TaskSteps} from './task-steps.ts'
import type {Timing} from './timing.ts'

/** What the targets of tasks need of the rest of the emulator. */
export interface TargetSurroundings {
  readonly clock: EmulatorClock
  readonly timing: Timing
  readonly targetGroups: TargetGroups
}

/** The targets of tasks: registered, checked, drained. */
export class TaskTargets {
  readonly #in: TargetSurroundings
  readonly #steps: TaskSteps

  constructor(surroundings: TargetSurroundings, steps: TaskSteps) {
    this.#in = surroundings
    this.#steps = steps
  }

  /** Registers a RUNNING task in the target groups of its service; the answer is the groups' ARNs. */
  register(task: Task): string[] {
    task.targets = task.configuration.loadBalancers.flatMap(loadBalancer => {
      const groupArn = loadBalancer.targetGroupArn
      if (groupArn === undefined || this.#in.targetGroups.get(groupArn) === undefined) return []
      const port = loadBalancer.containerPort ?? 0
      const target = {id: task.address, port, availabilityZone: task.availabilityZone}
      this.#in.targetGroups.register(groupArn, target)
      const checks = {state: 'initial' as const, good: 0, bad: 0}
      return [{groupArn, target, state: 'initial' as const, checks}]
    })
    for (const target of task.targets) this.#check(task, target)
    return task.targets.map(target => target.groupArn)
  }

  /** Deregisters a task's targets; they are gone after the longest deregistration delay. */
  drain(task: Task, drained: () => void): void {
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
      drained()
    })
  }

  #check(task: Task, target: TaskTarget): void {
    const group = this.#in.targetGroups.get(target.groupArn)
    if (group === undefined) return
    const container = containerOf(task, target)
    if (container?.real !== undefined && task.runtime?.probes === true) {
      this.#probeLater(task, target, group, this.#in.timing.targetRegistration)
      return
    }
    const {health, after} = playedTarget(container, group, this.#in.timing)
    this.#steps.later(task, after, () => {
      this.#set(target, health)
    })
  }

  /** The first check comes one interval after the registration, as it does for targets that are played. */
  #probeLater(task: Task, target: TaskTarget, group: TargetGroup, registration = 0): void {
    this.#steps.later(task, registration + group.healthCheckIntervalSeconds * 1000, () => {
      if (task.runtime === undefined) return
      this.#steps.unlessStopped(task, answerOf(task.runtime, target, group), answer => {
        this.#note(target, group, answer)
        this.#probeLater(task, target, group)
      })
    })
  }

  #note(target: TaskTarget, group: TargetGroup, answer: ProbeAnswer): void {
    const health = healthOf(answer, group.matcher)
    target.checks = afterCheck(target.checks, health.state === 'healthy', group)
    if (target.checks.state === health.state) this.#set(target, health)
  }

  #set(target: TaskTarget, health: TargetHealth & {state: 'healthy' | 'unhealthy'}): void {
    target.state = health.state
    if (health.description !== undefined) target.reason = health.description
    this.#in.targetGroups.setHealth(target.groupArn, target.target, health)
  }
}

function answerOf(runtime: RuntimeTask, {target}: TaskTarget, group: TargetGroup): Promise<ProbeAnswer> {
  const probe: Probe = {
    port: target.port,
    path: group.healthCheckPath,
    timeoutSeconds: group.healthCheckTimeoutSeconds
  }
  return runtime.probe(probe)
}
