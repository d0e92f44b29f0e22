import {fitToInstances} from './daemons.ts'
import {meetsEarlySuccess, withoutEarlyCleanup} from './early-success.ts'
import {eventTexts} from './events.ts'
import {breakIfTripped, failOnAlarm, isCleaningUp, rollBack} from './failing.ts'
import {
  type Deployment,
  deploymentId,
  primaryOf,
  type Service,
  type ServiceDeployment,
  type ServiceTask,
  sourcesOf
} from './model.ts'
import {Rebalancing} from './rebalancing.ts'
import {type RollingState, type RollingStep, rollingStep} from './rolling.ts'
import {noteHealthy, rollingStateOf, setDesiredCounts} from './rolling-state.ts'
import {
  isBaked,
  isRunning,
  keepCounts,
  newDeployment,
  openServiceDeployment,
  setStatus,
  stopServiceDeployment
} from './service-deployment.ts'
import {ServiceTasks, type ServiceTaskSurroundings} from './service-tasks.ts'
import {asStaged, stagedStep} from './staged-tasks.ts'
import {Stages, type StageSurroundings} from './stages.ts'
import {SteadyStates} from './steady-states.ts'
import type {StopCause} from './task.ts'

/** What the rollout needs of the rest of the emulator. */
export type RolloutSurroundings = ServiceTaskSurroundings & StageSurroundings

/**
 * The service scheduler: starts, replaces and stops tasks until each service runs what it should, and writes the events.
 * It looks at a service every few seconds as long as something is to be done; a settled one sleeps until it changes.
 */
export class Rollout {
  readonly #in: RolloutSurroundings
  readonly #tasks: ServiceTasks
  readonly #stages: Stages
  readonly #rebalancing: Rebalancing
  readonly #steadyStates: SteadyStates
  readonly #looks = new Map<Service, () => void>()
  /** Deployments that were told to stop: nothing is started or stopped for them any more. */
  readonly #aborted = new WeakSet<Deployment>()

  constructor(surroundings: RolloutSurroundings) {
    this.#in = surroundings
    this.#tasks = new ServiceTasks(surroundings, service => {
      this.#wake(service)
    })
    this.#steadyStates = new SteadyStates(surroundings)
    this.#rebalancing = new Rebalancing(this.#tasks)
    this.#stages = new Stages(surroundings, service => {
      this.changed(service)
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
    this.#tasks.stop(task, cause)
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
    if (fitToInstances(service, this.#in.variants)) service.isSteady = false
    this.#tasks.registerTargets(service)
    noteHealthy(service)
    const hasFailed = failOnAlarm(service, this.#in) || breakIfTripped(service, [], this.#in)
    this.#advance(service)
    let step = this.#step(service)
    const fails = breakIfTripped(service, step.stopUnhealthy, this.#in)
    if (fails) step = this.#step(service)
    this.#tasks.apply(service, step)
    setDesiredCounts(service, this.#stateOf(service))
    // What was changed by a failure is looked at the next time.
    if (hasFailed || fails) this.#wake(service)
    else this.#settle(service)
  }

  #advance(service: Service): void {
    const staged = asStaged(service.serviceDeployments[0])
    if (staged !== undefined) this.#stages.advance(staged)
  }

  #step(service: Service): RollingStep {
    const [newest] = service.serviceDeployments
    const staged = asStaged(newest)
    const state = this.#stateOf(service)
    return staged === undefined ? withoutEarlyCleanup(rollingStep(state), newest, this.#in) : stagedStep(staged, state)
  }

  #stateOf(service: Service): RollingState {
    const target = primaryOf(service)
    const isAborted = target !== undefined && this.#aborted.has(target)
    return rollingStateOf(service, {now: this.#now(), isAborted, extra: this.#rebalancing.extra(service)})
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
    // Container instances come and go.
    if (!isIdle || service.scheduling === 'DAEMON') this.#wake(service)
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
    if ((isComplete || meetsEarlySuccess(newest, this.#in)) && this.#isLast(newest)) {
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
    this.#in.clock.at(this.#now() + this.#in.timing.inactiveServiceKept, () => {
      if (service.cluster.services.get(service.name) === service) service.cluster.services.delete(service.name)
    })
  }
}
