import {type Clusters, findService} from './clusters.ts'
import {invalidParameter} from './errors.ts'
import {eventTexts} from './events.ts'
import {countFailedPlacement, countFailedStart} from './failing.ts'
import {hasTargetGroup, healthFailures, isHealthy} from './health.ts'
import {deploymentId, type Service, type ServiceConfiguration, type ServiceTask} from './model.ts'
import {newServiceTask} from './new-task.ts'
import {placementFault} from './placement.ts'
import {type RollingStep, rollingStep, type RollingTask} from './rolling.ts'
import type {RolloutSurroundings} from './rollout.ts'
import {newDeployment} from './service-deployment.ts'
import {checkConfiguration} from './service-rules.ts'
import {SteadyStates} from './steady-states.ts'
import {type StopCause, TaskLife, type TaskObserver} from './task.ts'
import {computedCount, type TaskSet} from './task-set.ts'
import type {TaskDefinitions} from './task-definitions.ts'
import {TaskDrains} from './task-drains.ts'

/** What task sets need of the rest of the emulator. */
export interface TaskSetSurroundings extends RolloutSurroundings {
  readonly clusters: Clusters
  readonly definitions: TaskDefinitions
}

/** What a task set is made of; what is left out is the service's. */
export interface NewTaskSet extends Partial<Omit<ServiceConfiguration, 'taskDefinition'>> {
  /** `family:revision` or ARN. */
  readonly taskDefinition: string
  /** In percent of the service's desired count. */
  readonly scale: number
  readonly startedBy?: string | undefined
  readonly externalId?: string | undefined
}

/** Keeps the tasks of task sets, and writes the events. Like the scheduler, it looks at a service until that is steady. */
export class TaskSets implements TaskObserver<ServiceTask> {
  readonly #in: TaskSetSurroundings
  readonly #life: TaskLife<ServiceTask>
  readonly #looks = new Set<Service>()
  readonly #drains: TaskDrains
  readonly #steadyStates: SteadyStates

  constructor(surroundings: TaskSetSurroundings) {
    this.#in = surroundings
    this.#life = new TaskLife(surroundings, this)
    this.#drains = new TaskDrains(surroundings, task => {
      this.#life.drain(task)
    })
    this.#steadyStates = new SteadyStates(surroundings)
  }

  /** The ACTIVE service of a cluster, both by name or ARN; `undefined` without one. */
  service(cluster: string, name: string): Service | undefined {
    const found = this.#in.clusters.find(cluster)
    const service = found && findService(found, name)
    return service?.status === 'ACTIVE' ? service : undefined
  }

  /** Makes a task set, which starts its tasks. @throws AwsError in ECS's words for what it refuses */
  create(service: Service, {taskDefinition, scale, startedBy, externalId, ...given}: NewTaskSet): TaskSet {
    if (service.taskSets.length >= 5) {
      throw invalidParameter(
        '5 deployments exist on the service. Unable to create new TaskSet since this exceeds the maximum limit.'
      )
    }
    const configuration = {
      ...service.configuration,
      ...given,
      taskDefinition: this.#in.definitions.usable(taskDefinition)
    }
    checkConfiguration(configuration, this.#in.targetGroups)
    const set: TaskSet = {
      ...newDeployment({...service, configuration}, this.#in),
      status: 'ACTIVE',
      scale,
      startedBy,
      externalId,
      isDraining: false,
      stability: 'STABILIZING',
      stabilityAt: this.#now()
    }
    service.taskSets.unshift(set)
    this.changed(service)
    return set
  }

  /** Makes the task set that a new service of CodeDeploy starts with. */
  createFirst(service: Service): void {
    const taskDefinition = service.configuration.taskDefinition.taskDefinitionArn
    this.setPrimary(service, this.create(service, {taskDefinition, scale: 100}))
  }

  /** Makes a task set the one that serves production; the service looks like it from now on. */
  setPrimary(service: Service, primary: TaskSet): void {
    for (const set of service.taskSets) set.status = set === primary ? 'PRIMARY' : 'ACTIVE'
    service.configuration = {...primary.configuration}
    primary.updatedAt = this.#now()
  }

  /** Gives a task set another share of the desired count, in percent. */
  scale(service: Service, set: TaskSet, scale: number): void {
    set.scale = scale
    this.changed(service)
  }

  /** Deletes a task set: it drains and goes away with its last task. */
  delete(service: Service, set: TaskSet): void {
    set.isDraining = true
    this.changed(service)
  }

  /** The service or one of its task sets is to look different from now on. */
  changed(service: Service): void {
    for (const set of service.taskSets) {
      const count = computedCount(set, service)
      if (count !== set.desiredCount) this.#resize(service, set, count)
    }
    service.isSteady = false
    this.#wake(service)
  }

  /** Stops a task for another reason than the scheduler's; its task set replaces it. */
  stopTask(task: ServiceTask, cause: StopCause): void {
    this.#life.stop(task, cause)
  }

  /** Task sets resolve their images task by task. */
  pulled(): void {}

  ending(task: ServiceTask): void {
    if (task.targets.length > 0) this.#drains.later(task)
    this.#unsettle(task)
  }

  stopped(task: ServiceTask): void {
    const {deployment: set, service, startedAt, stopCode = ''} = task
    set.tasks = set.tasks.filter(other => other !== task)
    const isAsked = ['ServiceSchedulerInitiated', 'UserInitiated'].includes(stopCode)
    if (startedAt === undefined && !isAsked) countFailedStart(service, set, this.#in)
    this.#wake(service)
  }

  #now(): number {
    return this.#in.clock.now()
  }

  #resize(service: Service, set: TaskSet, count: number): void {
    set.desiredCount = count
    set.updatedAt = this.#now()
    this.#setStability(set, 'STABILIZING')
    service.events.add(eventTexts.resized(deploymentId(set), count))
  }

  #setStability(set: TaskSet, stability: TaskSet['stability']): void {
    set.stability = stability
    set.stabilityAt = this.#now()
  }

  #unsettle({service, deployment}: ServiceTask): void {
    const set = service.taskSets.find(each => each === deployment)
    if (set !== undefined) this.#setStability(set, 'STABILIZING')
    service.isSteady = false
    this.#wake(service)
  }

  #wake(service: Service): void {
    if (this.#looks.has(service)) return
    this.#looks.add(service)
    this.#in.clock.at(this.#now() + this.#in.timing.scheduler, () => {
      this.#looks.delete(service)
      this.#look(service)
    })
  }

  #look(service: Service): void {
    for (const set of service.taskSets) this.#keep(service, set)
    for (const set of service.taskSets.filter(each => each.isDraining && each.tasks.length === 0)) {
      service.taskSets.splice(service.taskSets.indexOf(set), 1)
    }
    this.#settle(service)
  }

  #keep(service: Service, set: TaskSet): void {
    this.#registerTargets(service, set)
    if (set.tasks.some(task => task.lastStatus === 'RUNNING')) set.failedStarts = set.restartDelay = 0
    const {minimumHealthyPercent, maximumPercent} = service.settings.deploymentConfiguration
    const step = rollingStep({
      desiredCount: set.desiredCount,
      minimumHealthyPercent,
      maximumPercent,
      target: {
        tasks: set.tasks.map(task => ({id: task.id, state: stateOf(task, this.#now())})),
        wanted: set.desiredCount,
        mayStart: set.restartAt <= this.#now()
      },
      sources: [],
      halted: false
    })
    this.#start(service, set, step)
    this.#stopUnhealthy(service, set, step.stopUnhealthy)
    this.#stopSurplus(service, set, step.stop)
  }

  #registerTargets(service: Service, set: TaskSet): void {
    const groups = set.tasks
      .filter(task => task.lastStatus === 'RUNNING' && task.targets.length === 0 && hasTargetGroup(task))
      .flatMap(task => this.#life.registerTargets(task))
    for (const group of new Set(groups)) {
      const count = groups.filter(other => other === group).length
      service.events.add(eventTexts.registered(count, group), deploymentId(set))
    }
  }

  #start(service: Service, set: TaskSet, {start, replacements}: RollingStep): void {
    const ids: string[] = []
    for (let left = start.target; left > 0; left -= 1) {
      const task = newServiceTask(service, set, this.#in)
      const fault = placementFault(task, this.#in.variants)
      if (fault !== undefined) {
        countFailedPlacement(service, set, fault, this.#in)
        break
      }
      set.tasks.push(task)
      task.cluster.tasks.set(task.id, task)
      this.#life.launch(task)
      ids.push(task.id)
    }
    const replacing = ids.slice(0, replacements.target)
    const others = ids.slice(replacements.target)
    if (replacing.length > 0) service.events.add(eventTexts.replaced(replacing), deploymentId(set))
    if (others.length > 0) service.events.add(eventTexts.started(others), deploymentId(set))
  }

  #stopUnhealthy(service: Service, set: TaskSet, ids: readonly string[]): void {
    const tasks = set.tasks.filter(task => ids.includes(task.id))
    for (const task of tasks) {
      const failures = healthFailures(task, this.#now())
      for (const failure of failures) service.events.add(failure.event)
      this.#life.stop(task, {code: 'ServiceSchedulerInitiated', reason: failures[0]?.reason ?? ''})
    }
    if (tasks.length > 0) service.events.add(eventTexts.stopped(ids), deploymentId(set))
  }

  #stopSurplus(service: Service, set: TaskSet, ids: readonly string[]): void {
    const tasks = set.tasks.filter(task => ids.includes(task.id))
    const running = tasks.filter(task => task.lastStatus === 'RUNNING')
    const pending = tasks.length - running.length
    if (pending > 0) service.events.add(eventTexts.stoppedPending(pending), deploymentId(set))
    if (running.length > 0) service.events.add(eventTexts.stopped(running.map(task => task.id)), deploymentId(set))
    const reason = `Scaling activity initiated by (taskSet ${deploymentId(set)})`
    for (const task of tasks) this.#life.stop(task, {code: 'ServiceSchedulerInitiated', reason})
  }

  /** Takes note of what is steady, and looks again when something is not. */
  #settle(service: Service): void {
    for (const set of service.taskSets) {
      const isSteady = set.tasks.length === set.desiredCount && set.tasks.every(isHealthy)
      if (set.stability === 'STEADY_STATE' || !isSteady) continue
      this.#setStability(set, 'STEADY_STATE')
      service.events.add(eventTexts.taskSetSteady, deploymentId(set))
    }
    const isSteady = service.taskSets.every(set => set.stability === 'STEADY_STATE' && !set.isDraining)
    if (!isSteady) this.#wake(service)
    else if (service.status === 'ACTIVE') this.#steadyStates.reached(service)
  }
}

function stateOf(task: ServiceTask, now: number): RollingTask['state'] {
  if (task.desiredStatus === 'STOPPED') return 'stopping'
  if (task.lastStatus !== 'RUNNING') return 'starting'
  if (isHealthy(task)) return 'healthy'
  return healthFailures(task, now).length > 0 ? 'unhealthy' : 'unready'
}
