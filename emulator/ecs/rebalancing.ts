import {tasksIn} from './availability-zones.ts'
import {eventTexts} from './events.ts'
import {isHealthy} from './health.ts'
import type {Deployment, Service, ServiceTask} from './model.ts'

/** What rebalancing does with tasks. */
export interface RebalancingActions {
  /** Starts one more task of the deployment, in this zone. */
  startIn(zone: string, service: Service, deployment: Deployment): ServiceTask
  /** Stops a task that is one too many. */
  stopSurplus(task: ServiceTask): void
}

/**
 * Moves tasks of steady services from the availability zone with most of them to the one with fewest, one at a time and the
 * new one first (Developer Guide, "Balancing an Amazon ECS service across Availability Zones"). A deployment ends it.
 */
export class Rebalancing {
  readonly #actions: RebalancingActions
  /** The services at work, each with the task that was started and is not made up for yet. */
  readonly #moves = new Map<Service, ServiceTask | undefined>()

  constructor(actions: RebalancingActions) {
    this.#actions = actions
  }

  /** How many tasks the service has more than it wants. */
  extra(service: Service): number {
    return this.#moves.get(service) === undefined ? 0 : 1
  }

  /** Something else happens to the service: what is on its way is left to that. */
  end(service: Service): void {
    this.#moves.delete(service)
  }

  /**
   * Takes the next step with a service all of whose tasks are healthy and of this deployment.
   * @param zones the names of the zones that can be used
   * @returns whether there was one
   */
  step(service: Service, deployment: Deployment, zones: readonly string[]): boolean {
    const {tasks} = deployment
    const counts = countsBy(zones, tasks)
    const [most, least] = [counts[0], counts.at(-1)]
    const started = this.#moves.get(service)
    if (most === undefined || least === undefined) return false
    if (started !== undefined) {
      this.#moves.set(service, undefined)
      this.#stopOne(service, tasksIn(most.zone, tasks), most.zone)
      return true
    }
    if (most.count - least.count < 2 || !isEligible(service)) return this.#finish(service, counts)
    this.#startOne(service, deployment, counts, least.zone)
    return true
  }

  #startOne(service: Service, deployment: Deployment, counts: readonly ZoneCount[], zone: string): void {
    service.events.add(eventTexts.notBalanced(listed(counts)))
    const task = this.#actions.startIn(zone, service, deployment)
    service.events.add(eventTexts.startedToRebalance(task.id, zone))
    this.#moves.set(service, task)
  }

  #stopOne(service: Service, tasks: readonly ServiceTask[], zone: string): void {
    const task = tasks.find(isHealthy)
    if (task === undefined) return
    service.events.add(eventTexts.stoppedToRebalance(task.id, zone))
    this.#actions.stopSurplus(task)
  }

  #finish(service: Service, counts: readonly ZoneCount[]): false {
    if (this.#moves.delete(service)) service.events.add(eventTexts.balanced(listed(counts)))
    return false
  }
}

interface ZoneCount {
  readonly zone: string
  readonly count: number
}

/** The zone with most tasks first. */
function countsBy(zones: readonly string[], tasks: readonly ServiceTask[]): ZoneCount[] {
  return zones.map(zone => ({zone, count: tasksIn(zone, tasks).length})).sort((left, right) => right.count - left.count)
}

function listed(counts: readonly ZoneCount[]): string {
  return counts.map(({zone, count}) => `${count} tasks in ${zone}`).join(', ')
}

/** Which services are not is documented at the same place. */
function isEligible({settings, configuration}: Service): boolean {
  return (
    settings.availabilityZoneRebalancing === 'ENABLED' &&
    settings.deploymentConfiguration.maximumPercent > 100 &&
    configuration.loadBalancers.every(({loadBalancerName}) => loadBalancerName === undefined)
  )
}
