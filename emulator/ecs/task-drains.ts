import {eventTexts} from './events.ts'
import {deploymentId, type Service, type ServiceTask} from './model.ts'
import type {DeploymentSurroundings} from './service-deployment.ts'

/** Deregisters the targets of tasks that stop: those of a service that stop together, together. */
export class TaskDrains {
  readonly #in: DeploymentSurroundings
  readonly #drain: (task: ServiceTask) => void
  readonly #waiting = new Map<Service, ServiceTask[]>()

  /** @param drain deregisters one task's targets */
  constructor(surroundings: DeploymentSurroundings, drain: (task: ServiceTask) => void) {
    this.#in = surroundings
    this.#drain = drain
  }

  /** Deregisters a task's targets in a moment. */
  later(task: ServiceTask): void {
    const waiting = this.#waiting.get(task.service)
    if (waiting !== undefined) {
      waiting.push(task)
      return
    }
    this.#waiting.set(task.service, [task])
    const {clock, timing} = this.#in
    clock.at(clock.now() + timing.deregistration, () => {
      const tasks = this.#waiting.get(task.service) ?? []
      this.#waiting.delete(task.service)
      this.#now(task.service, tasks)
    })
  }

  #now({events}: Service, tasks: readonly ServiceTask[]): void {
    const groups = tasks.flatMap(task => task.targets.map(target => target.groupArn))
    for (const group of new Set(groups)) {
      events.add(eventTexts.deregistered(groups.filter(other => other === group).length, group))
    }
    for (const deployment of new Set(tasks.map(task => task.deployment))) {
      const count = tasks.filter(task => task.deployment === deployment).length
      events.add(eventTexts.draining(count), deploymentId(deployment))
    }
    for (const task of tasks) this.#drain(task)
  }
}
