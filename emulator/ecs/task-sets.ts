import {type Clusters, findService} from './clusters.ts'
import {invalidParameter} from './errors.ts'
import {eventTexts} from './events.ts'
import {isHealthy} from './health.ts'
import {deploymentId, isRunningTask, type Service, type ServiceConfiguration, type ServiceTask} from './model.ts'
import {rollingStep} from './rolling.ts'
import {rolling} from './rolling-state.ts'
import {newDeployment} from './service-deployment.ts'
import {checkConfiguration} from './service-rules.ts'
import {ServiceTasks, type ServiceTaskSurroundings} from './service-tasks.ts'
import {SteadyStates} from './steady-states.ts'
import type {TaskDefinitions} from './task-definitions.ts'
import {computedCount, type TaskSet} from './task-set.ts'
import type {StopCause} from './task.ts'

/** What task sets need of the rest of the emulator. */
export interface TaskSetSurroundings extends ServiceTaskSurroundings {
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
export class TaskSets {
  readonly #in: TaskSetSurroundings
  readonly #tasks: ServiceTasks
  readonly #steadyStates: SteadyStates
  readonly #looks = new Set<Service>()

  constructor(surroundings: TaskSetSurroundings) {
    this.#in = surroundings
    this.#tasks = new ServiceTasks(surroundings, service => {
      this.#wake(service)
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
    this.#tasks.stop(task, cause)
    this.#noteStability(task.service)
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
    this.#noteStability(service)
    const isSteady = service.taskSets.every(set => set.stability === 'STEADY_STATE' && !set.isDraining)
    if (!isSteady) this.#wake(service)
    else if (service.status === 'ACTIVE') this.#steadyStates.reached(service)
  }

  #keep(service: Service, set: TaskSet): void {
    this.#tasks.registerTargets(service, set)
    if (set.tasks.some(isRunningTask)) set.failedStarts = set.restartDelay = 0
    const {minimumHealthyPercent, maximumPercent} = service.settings.deploymentConfiguration
    const target = rolling(set, set.desiredCount, true, this.#now())
    const rest = {desiredCount: set.desiredCount, minimumHealthyPercent, maximumPercent, sources: [], halted: false}
    this.#tasks.apply(service, rollingStep({...rest, target}), set)
  }

  #noteStability(service: Service): void {
    for (const set of service.taskSets) {
      const isSteady = set.tasks.length === set.desiredCount && set.tasks.every(isHealthy)
      if (isSteady === (set.stability === 'STEADY_STATE')) continue
      this.#setStability(set, isSteady ? 'STEADY_STATE' : 'STABILIZING')
      if (isSteady) service.events.add(eventTexts.taskSetSteady, deploymentId(set))
      else service.isSteady = false
    }
  }
}
