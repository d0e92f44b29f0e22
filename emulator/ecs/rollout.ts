import {eventTexts} from './events.ts'
import {hasTargetGroup, healthFailures, isHealthy} from './health.ts'
import {type Deployment, deploymentId, type Service, type ServiceDeployment, type Task} from './model.ts'
import {
  type RollingDeployment,
  type RollingState,
  type RollingStep,
  rollingStep,
  type RollingTask,
  sourcesAreNeeded
} from './rolling.ts'
import {
  breakerCounts,
  breakerIsOn,
  type DeploymentSurroundings,
  isRunning,
  newDeployment,
  openServiceDeployment,
  reviveDeployment,
  rollbackCandidate,
  setStatus,
  stopServiceDeployment,
  thresholdOf
} from './service-deployment.ts'
import {newTask, type NewTaskSurroundings} from './new-task.ts'
import {type StopCause, TaskLife, type TaskObserver, type TaskSurroundings} from './task.ts'

/** What the rollout needs of the rest of the emulator. */
export type RolloutSurroundings = TaskSurroundings & DeploymentSurroundings & NewTaskSurroundings

const tripped = 'Service deployment rolled back because the circuit breaker threshold was exceeded.'
const noCandidate = 'No rollback candidate was found to run the rollback.'

/**
 * The service scheduler: starts, replaces and stops tasks until each service runs what it should, and writes the events.
 * It looks at a service every few seconds as long as something is to be done; a settled one sleeps until it changes.
 */
export class Rollout implements TaskObserver {
  readonly #in: RolloutSurroundings
  readonly #life: TaskLife
  readonly #looks = new Map<Service, () => void>()
  readonly #reminders = new Map<Service, () => void>()
  readonly #draining = new Map<Service, Task[]>()
  #tasks = 0

  constructor(surroundings: RolloutSurroundings) {
    this.#in = surroundings
    this.#life = new TaskLife(surroundings, this)
  }

  /** Starts a deployment of the service's configuration; one that still runs is superseded. */
  deploy(service: Service): Deployment {
    const target = newDeployment(service, service.configuration, this.#in)
    const sources = service.deployments.filter(deployment => deployment.status !== 'INACTIVE')
    for (const source of sources) source.status = 'ACTIVE'
    const before = service.serviceDeployments[0]
    if (before !== undefined) stopServiceDeployment(before, this.#in)
    service.deployments.unshift(target)
    service.serviceDeployments.unshift(openServiceDeployment(service, target, sources, this.#in))
    this.changed(service)
    return target
  }

  /** The service is to look different from now on: another desired count, or on its way to deletion. */
  changed(service: Service): void {
    service.isSteady = false
    this.#wake(service)
  }

  /** Goes back to the last completed deployment because somebody asks for it. */
  requestRollback(deployment: ServiceDeployment): void {
    setStatus(deployment, 'ROLLBACK_REQUESTED', this.#now())
    this.#in.clock.at(this.#now() + this.#in.timing.deploymentStop, () => {
      if (deployment.status !== 'ROLLBACK_REQUESTED') return
      this.#rollBack(deployment)
      this.changed(deployment.service)
    })
  }

  /** Stops a task for another reason than the scheduler's; its service replaces it. */
  stopTask(task: Task, cause: StopCause): void {
    this.#life.stop(task, cause)
  }

  pulled(task: Task): void {
    for (const {name, image, imageDigest} of task.containers) {
      if (!task.deployment.images.has(name)) {
        task.deployment.images.set(name, {containerName: name, image, imageDigest})
      }
    }
  }

  ending(task: Task): void {
    if (task.targets.length > 0) this.#drainLater(task)
    if (task.stopCode !== 'ServiceSchedulerInitiated') {
      if (task.startedAt === undefined && task.stopCode !== 'UserInitiated') this.#countFailedStart(task)
      task.service.isSteady = false
    }
    this.#wake(task.service)
  }

  stopped(task: Task): void {
    const {deployment} = task
    deployment.tasks = deployment.tasks.filter(other => other !== task)
    this.#in.clock.at(this.#now() + this.#in.timing.stoppedTaskKept, () => {
      task.service.cluster.tasks.delete(task.id)
    })
    this.#wake(task.service)
  }

  #now(): number {
    return this.#in.clock.now()
  }

  #wake(service: Service): void {
    if (this.#looks.has(service)) return
    const takeBack = this.#in.clock.at(this.#now() + this.#in.timing.scheduler, () => {
      this.#looks.delete(service)
      this.#look(service)
    })
    this.#looks.set(service, takeBack)
  }

  /** One look of the scheduler at a service. */
  #look(service: Service): void {
    const target = primaryOf(service)
    if (target === undefined) return
    this.#registerTargets(service)
    noteHealthy(service)
    this.#breakIfTripped(service, [])
    let step = rollingStep(this.#stateOf(service))
    if (this.#breakIfTripped(service, step.stopUnhealthy)) step = rollingStep(this.#stateOf(service))
    this.#apply(service, step)
    this.#settle(service)
  }

  #registerTargets(service: Service): void {
    const groups = service.deployments
      .flatMap(deployment => deployment.tasks)
      .filter(task => task.lastStatus === 'RUNNING' && task.targets.length === 0 && hasTargetGroup(task))
      .flatMap(task => this.#life.registerTargets(task))
    for (const group of new Set(groups)) {
      service.events.add(eventTexts.registered(groups.filter(other => other === group).length, group))
    }
  }

  #stateOf(service: Service): RollingState {
    const {desiredCount, deploymentConfiguration} = service.settings
    const target = primaryOf(service)
    return {
      desiredCount,
      minimumHealthyPercent: deploymentConfiguration.minimumHealthyPercent,
      maximumPercent: deploymentConfiguration.maximumPercent,
      target: this.#rolling(target, desiredCount, target?.rolloutState !== 'FAILED'),
      sources: sourcesOf(service).map(source =>
        this.#rolling(source, source.desiredCount, source.wasCompleted && source.rolloutState !== 'FAILED')
      ),
      halted: target?.rolloutState === 'FAILED'
    }
  }

  #rolling(deployment: Deployment | undefined, wanted: number, mayStart: boolean): RollingDeployment {
    const tasks = (deployment?.tasks ?? []).map(task => ({id: task.id, state: this.#stateOfTask(task)}))
    return {tasks, wanted, mayStart: mayStart && (deployment?.restartAt ?? 0) <= this.#now()}
  }

  #stateOfTask(task: Task): RollingTask['state'] {
    if (task.desiredStatus === 'STOPPED') return 'stopping'
    if (task.lastStatus !== 'RUNNING') return 'starting'
    if (isHealthy(task)) return 'healthy'
    return healthFailures(task, this.#now()).length > 0 ? 'unhealthy' : 'unready'
  }

  #apply(service: Service, step: RollingStep): void {
    const deployments = [primaryOf(service), ...sourcesOf(service)].filter(deployment => deployment !== undefined)
    const starts = [step.start.target, ...step.start.sources]
    const replacements = [step.replacements.target, ...step.replacements.sources]
    deployments.forEach((deployment, index) => {
      const count = starts[index] ?? 0
      if (count > 0) this.#startTasks(deployment, service, count, replacements[index] ?? 0)
    })
    const {events} = service
    if (step.isDeadlocked) events.addProblem(eventTexts.percentDeadlock)
    this.#stopUnhealthy(tasksOf(service, step.stopUnhealthy))
    this.#stopUnwanted(service, tasksOf(service, step.stop))
    this.#setDesiredCounts(service)
  }

  #startTasks(deployment: Deployment, service: Service, count: number, replacements: number): void {
    const ids = Array.from({length: count}, () => this.#startTask(deployment, service).id)
    if (replacements > 0) service.events.add(eventTexts.replaced(ids.slice(0, replacements)))
    if (replacements < count) service.events.add(eventTexts.started(ids.slice(replacements)))
    deployment.updatedAt = this.#now()
  }

  #startTask(deployment: Deployment, service: Service): Task {
    const task = newTask(service, deployment, this.#tasks++, this.#in)
    deployment.tasks.push(task)
    service.cluster.tasks.set(task.id, task)
    this.#life.launch(task)
    return task
  }

  #stopUnhealthy(tasks: readonly Task[]): void {
    for (const task of tasks) {
      const failures = healthFailures(task, this.#now())
      for (const failure of failures) task.service.events.add(failure.event)
      if (task.deployment.status === 'PRIMARY') this.#countFailure(task)
      this.#life.stop(task, {code: 'ServiceSchedulerInitiated', reason: failures[0]?.reason ?? ''})
    }
    const service = tasks[0]?.service
    service?.events.add(eventTexts.stopped(tasks.map(task => task.id)))
  }

  #stopUnwanted(service: Service, tasks: readonly Task[]): void {
    const pending = tasks.filter(task => task.lastStatus !== 'RUNNING')
    const running = tasks.filter(task => task.lastStatus === 'RUNNING')
    if (pending.length > 0) service.events.add(eventTexts.stoppedPending(pending.length))
    if (running.length > 0) service.events.add(eventTexts.stopped(running.map(task => task.id)))
    for (const task of tasks) {
      const reason = `Scaling activity initiated by (deployment ${deploymentId(primaryOf(service) ?? task.deployment)})`
      task.deployment.updatedAt = this.#now()
      this.#life.stop(task, {code: 'ServiceSchedulerInitiated', reason})
    }
  }

  #setDesiredCounts(service: Service): void {
    const state = this.#stateOf(service)
    const target = primaryOf(service)
    if (target !== undefined) {
      target.desiredCount = Math.min(state.desiredCount, Math.max(target.desiredCount, standing(target).length))
    }
    for (const source of sourcesOf(service)) {
      const isKept = sourcesAreNeeded(state) && source.wasCompleted && source.rolloutState !== 'FAILED'
      if (!isKept) source.desiredCount = standing(source).length
    }
  }

  #drainLater(task: Task): void {
    const waiting = this.#draining.get(task.service)
    if (waiting !== undefined) {
      waiting.push(task)
      return
    }
    this.#draining.set(task.service, [task])
    this.#in.clock.at(this.#now() + this.#in.timing.deregistration, () => {
      const tasks = this.#draining.get(task.service) ?? []
      this.#draining.delete(task.service)
      this.#drain(task.service, tasks)
    })
  }

  #drain(service: Service, tasks: readonly Task[]): void {
    const groups = tasks.flatMap(task => task.targets.map(target => target.groupArn))
    for (const group of new Set(groups)) {
      service.events.add(eventTexts.deregistered(groups.filter(other => other === group).length, group))
    }
    for (const deployment of new Set(tasks.map(task => task.deployment))) {
      const count = tasks.filter(task => task.deployment === deployment).length
      service.events.add(eventTexts.draining(count), deploymentId(deployment))
    }
    for (const task of tasks) this.#life.drain(task)
  }

  /** Counts a failed task; the circuit breaker counts no further than to its threshold. */
  #countFailure({deployment, service}: Task): void {
    const isLimited = isRunning(service.serviceDeployments[0]) && breakerIsOn(service)
    if (!isLimited || deployment.failedTasks < thresholdOf(service)) deployment.failedTasks += 1
  }

  #countFailedStart(task: Task): void {
    const {deployment, service} = task
    this.#countFailure(task)
    deployment.failedStarts += 1
    const {freeRestarts, firstRestartDelay, longestRestartDelay} = this.#in.timing
    if (deployment.failedStarts < freeRestarts || deployment.restartAt > this.#now()) return
    deployment.restartDelay = Math.min(longestRestartDelay, deployment.restartDelay * 2 || firstRestartDelay)
    deployment.restartAt = this.#now() + deployment.restartDelay
    service.events.addProblem(eventTexts.restartsHeldBack)
  }

  /** Fails the deployment when its failed tasks, together with the unhealthy ones, have reached the threshold. */
  #breakIfTripped(service: Service, unhealthy: readonly string[]): boolean {
    const deployment = service.serviceDeployments[0]
    if (!isRunning(deployment) || !breakerIsOn(service) || service.status !== 'ACTIVE') return false
    const {target} = deployment
    const failing = target.tasks.filter(task => unhealthy.includes(task.id)).length
    if (target.failedTasks + failing < thresholdOf(service)) return false
    target.failedTasks = thresholdOf(service)
    deployment.circuitBreaker = {...breakerCounts(deployment), status: 'TRIGGERED'}
    this.#fail(service, deployment)
    return true
  }

  #fail(service: Service, deployment: ServiceDeployment): void {
    const {target} = deployment
    target.rolloutState = 'FAILED'
    target.rolloutStateReason = 'ECS deployment circuit breaker: tasks failed to start.'
    target.updatedAt = this.#now()
    service.events.add(eventTexts.failedToStart(deploymentId(target)))
    if (service.settings.deploymentConfiguration.deploymentCircuitBreaker?.rollback === true) {
      deployment.statusReason = tripped
      this.#rollBack(deployment)
    } else {
      stopServiceDeployment(deployment, this.#in)
    }
  }

  #rollBack(deployment: ServiceDeployment): void {
    const {service, target} = deployment
    const candidate = rollbackCandidate(service, target)
    if (candidate === undefined) {
      deployment.statusReason = noCandidate
      target.rolloutState = 'FAILED'
      setStatus(deployment, 'ROLLBACK_FAILED', this.#now())
      return
    }
    reviveDeployment(service, target, candidate, this.#now())
    deployment.rollback = {startedAt: this.#now(), to: candidate}
    setStatus(deployment, 'ROLLBACK_IN_PROGRESS', this.#now())
    service.events.add(eventTexts.rollingBack(deploymentId(candidate)))
  }

  /** Takes note of what is finished, and looks again when something is not. */
  #settle(service: Service): void {
    for (const source of sourcesOf(service)) {
      if (source.tasks.length === 0 && source.desiredCount === 0) source.status = 'INACTIVE'
    }
    if (service.status === 'DRAINING') {
      this.#settleDeletion(service)
      return
    }
    const target = primaryOf(service)
    const state = this.#stateOf(service)
    const isStill = [state.target, ...state.sources].flatMap(({tasks}) => tasks).every(task => task.state === 'healthy')
    const isComplete = isStill && sourcesOf(service).length === 0 && target?.tasks.length === state.desiredCount
    if (isComplete && target.rolloutState === 'IN_PROGRESS') this.#complete(service, target)
    if (isComplete && target.rolloutState === 'COMPLETED') this.#steady(service)
    const isIdle = service.isSteady || (state.halted && isStill && !this.#isMissingSourceTasks(service))
    if (!isIdle) this.#wake(service)
  }

  #isMissingSourceTasks(service: Service): boolean {
    return sourcesOf(service).some(source => source.tasks.length < source.desiredCount)
  }

  #complete(service: Service, target: Deployment): void {
    target.rolloutState = 'COMPLETED'
    target.rolloutStateReason = `ECS deployment ${deploymentId(target)} completed.`
    target.wasCompleted = true
    target.updatedAt = this.#now()
    service.events.add(eventTexts.completed(deploymentId(target)))
    const deployment = service.serviceDeployments[0]
    if (deployment?.status === 'ROLLBACK_IN_PROGRESS') setStatus(deployment, 'ROLLBACK_SUCCESSFUL', this.#now())
    if (isRunning(deployment)) setStatus(deployment, 'SUCCESSFUL', this.#now())
  }

  #steady(service: Service): void {
    if (service.isSteady) return
    service.isSteady = true
    service.events.solved()
    service.events.add(eventTexts.steady)
    this.#remind(service)
  }

  /** Says "steady state" again every six hours as long as it lasts. */
  #remind(service: Service): void {
    this.#reminders.get(service)?.()
    const takeBack = this.#in.clock.at(this.#now() + this.#in.timing.repeatedEvent, () => {
      if (!service.isSteady || service.status !== 'ACTIVE') return
      service.events.add(eventTexts.steady)
      this.#remind(service)
    })
    this.#reminders.set(service, takeBack)
  }

  #settleDeletion(service: Service): void {
    if (service.deployments.some(deployment => deployment.tasks.length > 0)) {
      this.#wake(service)
      return
    }
    service.status = 'INACTIVE'
    service.deployments = []
    service.serviceDeployments = []
    this.#in.clock.at(this.#now() + this.#in.timing.inactiveServiceKept, () => {
      if (service.cluster.services.get(service.name) === service) service.cluster.services.delete(service.name)
    })
  }
}

/** The deployment that a service is to run. */
export function primaryOf(service: Service): Deployment | undefined {
  return service.deployments.find(deployment => deployment.status === 'PRIMARY')
}

/** The deployments that are being replaced, newest first. */
export function sourcesOf(service: Service): readonly Deployment[] {
  return service.deployments.filter(deployment => deployment.status === 'ACTIVE')
}

function standing(deployment: Deployment): readonly Task[] {
  return deployment.tasks.filter(task => task.desiredStatus === 'RUNNING')
}

function tasksOf(service: Service, ids: readonly string[]): readonly Task[] {
  return service.deployments.flatMap(deployment => deployment.tasks).filter(task => ids.includes(task.id))
}

/** A task that has become healthy, or RUNNING at all, ends the count of failures before it. */
function noteHealthy(service: Service): void {
  const {resetOnHealthyTask = true} = service.settings.deploymentConfiguration.deploymentCircuitBreaker ?? {}
  for (const deployment of service.deployments) {
    if (deployment.tasks.some(task => task.lastStatus === 'RUNNING')) {
      deployment.failedStarts = 0
      deployment.restartDelay = 0
    }
    for (const task of deployment.tasks.filter(other => !other.wasHealthy && isHealthy(other))) {
      task.wasHealthy = true
      if (resetOnHealthyTask) deployment.failedTasks = 0
    }
  }
}
