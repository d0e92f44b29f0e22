import {eventTexts} from './events.ts'
import type {Service} from './model.ts'
import type {DeploymentSurroundings} from './service-deployment.ts'

/** Says that services have reached a steady state: once, and again every six hours as long as it lasts. */
export class SteadyStates {
  readonly #in: Pick<DeploymentSurroundings, 'clock' | 'timing'>
  readonly #reminders = new Map<Service, () => void>()

  constructor(surroundings: Pick<DeploymentSurroundings, 'clock' | 'timing'>) {
    this.#in = surroundings
  }

  /** A service runs what it should, and nothing is on its way. */
  reached(service: Service): void {
    if (service.isSteady) return
    service.isSteady = true
    service.events.solved()
    service.events.add(eventTexts.steady)
    this.#remind(service)
  }

  #remind(service: Service): void {
    const {clock, timing} = this.#in
    this.#reminders.get(service)?.()
    const takeBack = clock.at(clock.now() + timing.repeatedEvent, () => {
      if (!service.isSteady || service.status !== 'ACTIVE') return
      service.events.add(eventTexts.steady)
      this.#remind(service)
    })
    this.#reminders.set(service, takeBack)
  }
}
