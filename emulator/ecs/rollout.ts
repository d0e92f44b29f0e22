import {meetsEarlySuccess} from './early-success.ts'
import {eventTexts} from './events.ts'
import {
  breakIfTripped,
  countFailedPlacement,
  countFailedStart,
  countFailure,
  failOnAlarm,
  isCleaningUp,
  rollBack
} from './failing.ts'
import {hasTargetGroup, healthFailures, isHealthy} from './health.ts'
import {
  type Deployment,
  deploymentId,
  primaryOf,
  revisionsOf,
  type Service,
  type ServiceDeployment,
  type ServiceTask,
  sourcesOf,
  type Task
} from './model.ts'
import {newServiceTask, type NewTaskSurroundings} from './new-task.ts'
import {placementFault} from './placement.ts'
import {Rebalancing} from './rebalancing.ts'
import {
  type RollingDeployment,
  type RollingState,
  type RollingStep,
  rollingStep,
  type RollingTask,
  sourcesAreNeeded
} from './rolling.ts'
import {
  type DeploymentSurroundings,
  isBaked,
  isRunning,
  keepCounts,
  newDeployment,
  openServiceDeployment,
  setStatus,
  stopServiceDeployment
} from './service-deployment.ts'
import {asStaged, stagedStep, wantedTasks} from './staged-tasks.ts'
import {Stages, type StageSurroundings} from './stages.ts'
import {SteadyStates} from './steady-states.ts'
import {TaskDrains} from './task-drains.ts'
import {type StopCause, TaskLife, type TaskObserver, type TaskSurroundings} from './task.ts'

/** What the rollout needs of the rest of the emulator. */
export type RolloutSurroundings = TaskSurroundings & DeploymentSurroundings & StageSurroundings & NewTaskSurroundings

/**
 * The service scheduler: starts, replaces and stops tasks until each service runs what it should, and writes the events.
 * It looks at a service every few seconds as long as something is to be done; a settled one sleeps until it changes.
 */
export class Rollout implements TaskObserver<ServiceTask> {
  readonly #in: RolloutSurroundings
  readonly #life: TaskLife<ServiceTask>
  readonly #stages: Stages
  readonly #rebalancing: Rebalancing
  readonly #drains: TaskDrains
  readonly #steadyStates: SteadyStates
  readonly #looks = new Map<Service, () => void>()
  /** Deployments that were told to stop: nothing is started or stopped for them any more. */
  readonly #aborted = new WeakSet<Deployment>()

  constructor(surroundings: RolloutSurroundings) {
    this.#in = surroundings
    this.#life = new TaskLife(surroundings, this)
    this.#drains = new TaskDrains(surroundings, task => {
      this.#life.drain(task)
    })
    this.#steadyStates = new SteadyStates(surroundings)
    this.#rebalancing = this.#makeRebalancing()
    this.#stages = new Stages(surroundings, service => {
      this.changed(service)
    })
  }

  #makeRebalancing(): Rebalancing {
    return new Rebalancing({
      start: (service, deployment, zone) => {
        const task = newServiceTask(service, deployment, this.#in, zone)
        this.#launch(task)
        return task
      },
      stop: task => {
        const reason = `Scaling activity initiated by (deployment ${deploymentId(task.deployment)})`
        this.#life.stop(task, {code: 'ServiceSchedulerInitiated', reason})
      }
    })
  }

  /** Starts a deployment of the service's configuration; one that still runs is superseded. */
  deploy(service: Service): Deployment {
    const target = newDeployment(service, this.#in)
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

  /** Where tasks can be placed has changed. */
  zonesChanged(service: Service): void {
    if (service.status === 'ACTIVE') this.#wake(service)
  }

  /** Goes back to the last completed deployment because somebody asks for it. */
  requestRollback(deployment: ServiceDeployment): void {
    setStatus(deployment, 'ROLLBACK_REQUESTED', this.#now())
    this.#in.clock.at(this.#now() + this.#in.timing.deploymentStop, () => {
      if (deployment.status !== 'ROLLBACK_REQUESTED' || isCleaningUp(deployment)) return
      rollBack(deployment, this.#in)
      this.#advance(deployment.service)
      this.changed(deployment.service)
    })
  }

  /** Stops a service deployment and leaves its tasks as they are. */
  abort(deployment: ServiceDeployment): void {
    stopServiceDeployment(deployment, this.#in)
    this.#aborted.add(deployment.target)
  }

  /** Stops a task for another reason than the scheduler's; its service replaces it. */
  stopTask(task: ServiceTask, cause: StopCause): void {
    this.#life.stop(task, cause)
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
    if (primaryOf(service) === undefined) {
      // A service of another deployment controller has nothing to run; it can still be deleted.
      if (service.status === 'DRAINING') this.#settleDeletion(service)
      return
    }
    this.#registerTargets(service)
    noteHealthy(service)
    const hasFailed = failOnAlarm(service, this.#in) || breakIfTripped(service, [], this.#in)
    this.#advance(service)
    let step = this.#step(service)
    const fails = breakIfTripped(service, step.stopUnhealthy, this.#in)
    if (fails) step = this.#step(service)
    this.#apply(service, step)
    // What was changed by a failure is looked at the next time.
    if (hasFailed || fails) this.#wake(service)
    else this.#settle(service)
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

  #advance(service: Service): void {
    const staged = asStaged(service.serviceDeployments[0])
    if (staged !== undefined) this.#stages.advance(staged)
  }

  #step(service: Service): RollingStep {
    const staged = asStaged(service.serviceDeployments[0])
    const state = this.#stateOf(service)
    return staged === undefined ? rollingStep(state) : stagedStep(staged, state)
  }

  #stateOf(service: Service): RollingState {
    const {desiredCount, deploymentConfiguration} = service.settings
    const target = primaryOf(service)
    const isHalted = target !== undefined && (target.rolloutState === 'FAILED' || this.#aborted.has(target))
    return {
      desiredCount,
      minimumHealthyPercent: deploymentConfiguration.minimumHealthyPercent,
      maximumPercent: deploymentConfiguration.maximumPercent,
      target: this.#rolling(target, desiredCount + this.#rebalancing.extra(service), !isHalted),
      sources: sourcesOf(service).map(source =>
        this.#rolling(source, source.desiredCount, source.wasCompleted && source.rolloutState !== 'FAILED')
      ),
      halted: isHalted
    }
  }

  #rolling(deployment: Deployment | undefined, wanted: number, mayStart: boolean): RollingDeployment {
    const tasks = (deployment?.tasks ?? []).map(task => ({id: task.id, state: this.#stateOfTask(task)}))
    return {tasks, wanted, mayStart: mayStart && (deployment?.restartAt ?? 0) <= this.#now()}
  }

  #stateOfTask(task: ServiceTask): RollingTask['state'] {
    if (task.desiredStatus === 'STOPPED') return 'stopping'
    if (task.lastStatus !== 'RUNNING') return 'starting'
    if (isHealthy(task)) return 'healthy'
    return healthFailures(task, this.#now()).length > 0 ? 'unhealthy' : 'unready'
  }

  #apply(service: Service, step: RollingStep): void {
    const deployments = revisionsOf(service)
    const starts = [step.start.target, ...step.start.sources]
    const replacements = [step.replacements.target, ...step.replacements.sources]
    deployments.forEach((deployment, index) => {
      const count = Math.min(starts[index] ?? 0, this.#mostNow(deployment))
      if (count > 0) this.#startTasks(deployment, service, count, replacements[index] ?? 0)
    })
    const {events} = service
    if (step.isDeadlocked) events.addProblem(eventTexts.percentDeadlock)
    this.#stopUnhealthy(tasksOf(service, step.stopUnhealthy))
    this.#stopUnwanted(service, tasksOf(service, step.stop))
    this.#setDesiredCounts(service)
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
    if (replacing.length > 0) service.events.add(eventTexts.replaced(replacing))
    if (others.length > 0) service.events.add(eventTexts.started(others))
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

  #stopUnwanted(service: Service, tasks: readonly ServiceTask[]): void {
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
    const staged = asStaged(service.serviceDeployments[0])
    if (staged !== undefined) {
      for (const revision of revisionsOf(service)) revision.desiredCount = wantedTasks(revision, staged)
      return
    }
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
    this.#completeIfDone(service, target, isComplete)
    if (isComplete && target.rolloutState === 'COMPLETED') this.#steadyStates.reached(service)
    this.#rebalance(service, isStill)
    const staged = asStaged(service.serviceDeployments[0])
    const isHeld = state.halted || (staged !== undefined && this.#stages.isWaiting(staged))
    const isIdle = service.isSteady || (isHeld && isStill && !this.#isMissingTasks(service, state.halted))
    if (!isIdle) this.#wake(service)
  }

  #rebalance(service: Service, isStill: boolean): void {
    const target = primaryOf(service)
    const wanted = service.settings.desiredCount + this.#rebalancing.extra(service)
    const isQuiet = sourcesOf(service).length === 0 && target?.rolloutState === 'COMPLETED'
    if (!isQuiet) this.#rebalancing.end(service)
    else if (isStill && target.tasks.length === wanted && this.#rebalancing.step(service, target, this.#zones())) {
      service.isSteady = false
    }
  }

  #zones(): string[] {
    return this.#in.zones.of(this.#in.owner.region)
  }

  #completeIfDone(service: Service, target: Deployment | undefined, isComplete: boolean): void {
    const [newest] = service.serviceDeployments
    if (target?.rolloutState !== 'IN_PROGRESS') return
    if ((isComplete || meetsEarlySuccess(newest, sourcesOf(service))) && this.#isLast(newest)) {
      this.#complete(service, target)
    }
  }

  /** Whether nothing is left to do for a deployment once its tasks are in place. */
  #isLast(deployment: ServiceDeployment | undefined): boolean {
    const staged = asStaged(deployment)
    return staged === undefined ? isBaked(deployment, this.#in) : isCleaningUp(staged)
  }

  #isMissingTasks(service: Service, isHalted: boolean): boolean {
    const kept = isHalted ? sourcesOf(service) : service.deployments.filter(({status}) => status !== 'INACTIVE')
    return kept.some(source => source.tasks.length < source.desiredCount)
  }

  #complete(service: Service, target: Deployment): void {
    target.rolloutState = 'COMPLETED'
    target.rolloutStateReason = `ECS deployment ${deploymentId(target)} completed.`
    target.wasCompleted = true
    target.updatedAt = this.#now()
    service.events.add(eventTexts.completed(deploymentId(target)))
    const deployment = service.serviceDeployments[0]
    if (deployment?.configuration.earlySuccessCriteria?.enable === true) keepCounts(deployment)
    if (deployment?.status === 'ROLLBACK_IN_PROGRESS') setStatus(deployment, 'ROLLBACK_SUCCESSFUL', this.#now())
    // A rollback that was asked for too late changes nothing any more.
    if (deployment?.status === 'ROLLBACK_REQUESTED' || isRunning(deployment)) {
      setStatus(deployment, 'SUCCESSFUL', this.#now())
    }
  }

  #settleDeletion(service: Service): void {
    if ([...service.deployments, ...service.taskSets].some(deployment => deployment.tasks.length > 0)) {
      this.#wake(service)
      return
    }
    service.status = 'INACTIVE'
    service.deployments = []
    service.serviceDeployments = []
    service.taskSets.length = 0
    service.taskSets.length = 0
    this.#in.clock.at(this.#now() + this.#in.timing.inactiveServiceKept, () => {
      if (service.cluster.services.get(service.name) === service) service.cluster.services.delete(service.name)
    })
  }
}

function standing(deployment: Deployment): readonly ServiceTask[] {
  return deployment.tasks.filter(task => task.desiredStatus === 'RUNNING')
}

function tasksOf(service: Service, ids: readonly string[]): readonly ServiceTask[] {
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
