import {eventTexts} from './events.ts'
import {countFailedPlacement, countFailedStart, countFailure} from './failing.ts'
import {hasTargetGroup, healthFailures} from './health.ts'
import {
  type Deployment,
  deploymentId,
  primaryOf,
  revisionsOf,
  type Service,
  type ServiceTask,
  type Task
} from './model.ts'
import {newServiceTask, type NewTaskSurroundings} from './new-task.ts'
import {placementFault} from './placement.ts'
import type {RebalancingActions} from './rebalancing.ts'
import type {RollingStep} from './rolling.ts'
import type {DeploymentSurroundings} from './service-deployment.ts'
import {TaskDrains} from './task-drains.ts'
import {isTaskSet, type TaskSet} from './task-set.ts'
import {type StopCause, TaskLife, type TaskObserver, type TaskSurroundings} from './task.ts'

/** What the tasks of services need of the rest of the emulator. */
export type ServiceTaskSurroundings = TaskSurroundings & DeploymentSurroundings & NewTaskSurroundings

/** Starts and stops the tasks of services as the scheduler wants, and writes the events. */
export class ServiceTasks implements TaskObserver<ServiceTask>, RebalancingActions {
  readonly #in: ServiceTaskSurroundings
  readonly #life: TaskLife<ServiceTask>
  readonly #drains: TaskDrains
  readonly #wake: (service: Service) => void

  /** @param wake asks the scheduler for the next look at a service */
  constructor(surroundings: ServiceTaskSurroundings, wake: (service: Service) => void) {
    this.#in = surroundings
    this.#wake = wake
    this.#life = new TaskLife(surroundings, this)
    this.#drains = new TaskDrains(surroundings, task => {
      this.#life.drain(task)
    })
  }

  /** Stops a task for this cause. */
  stop(task: ServiceTask, cause: StopCause): void {
    this.#life.stop(task, cause)
  }

  startIn(zone: string, service: Service, deployment: Deployment): ServiceTask {
    const task = newServiceTask(service, deployment, this.#in, zone)
    this.#launch(task)
    return task
  }

  stopSurplus(task: ServiceTask): void {
    this.stop(task, {code: 'ServiceSchedulerInitiated', reason: scalingBy(task.deployment)})
  }

  pulled(task: ServiceTask): void {
    for (const {name, image, imageDigest} of task.containers) {
      if (!task.deployment.images.has(name)) {
        task.deployment.images.set(name, {containerName: name, image, imageDigest})
      }
    }
  }

  ending(task: ServiceTask): void {
    if (task.targets.length > 0) this.#drains.later(task)
    if (task.stopCode !== 'ServiceSchedulerInitiated') task.service.isSteady = false
    this.#wake(task.service)
  }

  stopped(task: ServiceTask): void {
    const {deployment, service, startedAt, stopCode = ''} = task
    deployment.tasks = deployment.tasks.filter(other => other !== task)
    const isAsked = ['ServiceSchedulerInitiated', 'UserInitiated'].includes(stopCode)
    if (startedAt === undefined && !isAsked) countFailedStart(service, deployment, this.#in)
    this.#wake(service)
  }

  #now(): number {
    return this.#in.clock.now()
  }

  /** Registers tasks that have come up in the target groups: those of a service's deployments, or of one of its task sets. */
  registerTargets(service: Service, taskSet?: TaskSet): void {
    const groups = (taskSet === undefined ? service.deployments : [taskSet])
      .flatMap(deployment => deployment.tasks)
      .filter(task => task.lastStatus === 'RUNNING' && task.targets.length === 0 && hasTargetGroup(task))
      .flatMap(task => this.#life.registerTargets(task))
    for (const group of new Set(groups)) {
      const count = groups.filter(other => other === group).length
      service.events.add(eventTexts.registered(count, group), taskSet && deploymentId(taskSet))
    }
  }

  /** Does what the scheduler wants now, for a service's deployments or for one of its task sets. */
  apply(service: Service, step: RollingStep, taskSet?: TaskSet): void {
    const deployments = taskSet === undefined ? revisionsOf(service) : [taskSet]
    const starts = [step.start.target, ...step.start.sources]
    const replacements = [step.replacements.target, ...step.replacements.sources]
    deployments.forEach((deployment, index) => {
      const count = Math.min(starts[index] ?? 0, this.#mostNow(deployment))
      if (count > 0) this.#startTasks(deployment, service, count, replacements[index] ?? 0)
    })
    const {events} = service
    if (step.isDeadlocked) events.addProblem(eventTexts.percentDeadlock)
    this.#stopUnhealthy(tasksOf(service, step.stopUnhealthy))
    this.#stopUnwanted(service, tasksOf(service, step.stop), taskSet)
  }

  /** With version consistency, a first task may have to find the images' digests for the others; three tries, then without. */
  #mostNow(deployment: Deployment): number {
    const isOpen = deployment.images.size === 0 && deployment.failedStarts < 3
    return this.#in.variants.firstTaskAlone && isOpen ? Math.max(0, 1 - deployment.tasks.length) : Infinity
  }

  #startTasks(deployment: Deployment, service: Service, count: number, replacements: number): void {
    const ids: string[] = []
    let fault: string | undefined
    while (ids.length < count && fault === undefined) {
      const task = newServiceTask(service, deployment, this.#in)
      fault = placementFault(task, this.#in.variants)
      if (fault === undefined) ids.push(this.#launch(task).id)
    }
    const [replacing, others] = [ids.slice(0, replacements), ids.slice(replacements)]
    const taskSet = isTaskSet(deployment) ? deploymentId(deployment) : undefined
    if (replacing.length > 0) service.events.add(eventTexts.replaced(replacing), taskSet)
    if (others.length > 0) service.events.add(eventTexts.started(others), taskSet)
    if (fault !== undefined) countFailedPlacement(service, deployment, fault, this.#in)
    deployment.updatedAt = this.#now()
  }

  #launch(task: ServiceTask): Task {
    task.deployment.tasks.push(task)
    task.cluster.tasks.set(task.id, task)
    this.#life.launch(task)
    return task
  }

  #stopUnhealthy(tasks: readonly ServiceTask[]): void {
    for (const task of tasks) {
      const failures = healthFailures(task, this.#now())
      for (const failure of failures) task.service.events.add(failure.event)
      if (task.deployment.status === 'PRIMARY') countFailure(task.service, task.deployment)
      this.#life.stop(task, {code: 'ServiceSchedulerInitiated', reason: failures[0]?.reason ?? ''})
    }
    const service = tasks[0]?.service
    service?.events.add(eventTexts.stopped(tasks.map(task => task.id)))
  }

  #stopUnwanted(service: Service, tasks: readonly ServiceTask[], taskSet: TaskSet | undefined): void {
    const named = taskSet && deploymentId(taskSet)
    const pending = tasks.filter(task => task.lastStatus !== 'RUNNING')
    const running = tasks.filter(task => task.lastStatus === 'RUNNING')
    if (pending.length > 0) service.events.add(eventTexts.stoppedPending(pending.length), named)
    if (running.length > 0) service.events.add(eventTexts.stopped(running.map(task => task.id)), named)
    for (const task of tasks) {
      const reason = scalingBy(primaryOf(service) ?? task.deployment)
      task.deployment.updatedAt = this.#now()
      this.#life.stop(task, {code: 'ServiceSchedulerInitiated', reason})
    }
  }
}

function tasksOf(service: Service, ids: readonly string[]): readonly ServiceTask[] {
  const deployments = [...service.deployments, ...service.taskSets]
  return deployments.flatMap(deployment => deployment.tasks).filter(task => ids.includes(task.id))
}

function scalingBy(deployment: Deployment): string {
  return `Scaling activity initiated by (deployment ${deploymentId(deployment)})`
}
