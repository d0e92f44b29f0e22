import type * as sdk from '@aws-sdk/client-codedeploy'
import {codeDeployError} from './errors.ts'

/** A deployment configuration of the compute platform ECS. */
export interface DeploymentConfig {
  readonly name: string
  readonly routing: sdk.TrafficRoutingConfig
}

const linear = (minutes: number): sdk.TrafficRoutingConfig => ({
  type: 'TimeBasedLinear',
  timeBasedLinear: {linearPercentage: 10, linearInterval: minutes}
})

const canary = (minutes: number): sdk.TrafficRoutingConfig => ({
  type: 'TimeBasedCanary',
  timeBasedCanary: {canaryPercentage: 10, canaryInterval: minutes}
})

/** All traffic at once: also how every rollback is made (observed). */
export const allAtOnce: DeploymentConfig = {name: 'CodeDeployDefault.ECSAllAtOnce', routing: {type: 'AllAtOnce'}}

/** The predefined configurations for ECS. */
const predefinedConfigs: readonly DeploymentConfig[] = [
  allAtOnce,
  {name: 'CodeDeployDefault.ECSLinear10PercentEvery1Minutes', routing: linear(1)},
  {name: 'CodeDeployDefault.ECSLinear10PercentEvery3Minutes', routing: linear(3)},
  {name: 'CodeDeployDefault.ECSCanary10Percent5Minutes', routing: canary(5)},
  {name: 'CodeDeployDefault.ECSCanary10Percent15Minutes', routing: canary(15)}
]

/** A share of production traffic in percent, and the minutes that it stays so until the next one. */
export interface TrafficStep {
  readonly percent: number
  readonly minutes: number
}

/** How production traffic moves. The first share moves at once, and nothing is waited for after the last (observed). */
export function trafficSteps({routing}: DeploymentConfig): readonly TrafficStep[] {
  const last = {percent: 100, minutes: 0}
  const {timeBasedCanary, timeBasedLinear} = routing
  if (timeBasedCanary !== undefined) {
    const {canaryPercentage = 0, canaryInterval = 0} = timeBasedCanary
    return [{percent: canaryPercentage, minutes: canaryInterval}, last]
  }
  const {linearPercentage = 100, linearInterval = 0} = timeBasedLinear ?? {}
  const shares = Array.from(
    {length: Math.ceil(100 / linearPercentage) - 1},
    (_, index) => linearPercentage * (index + 1)
  )
  return [...shares.map(percent => ({percent, minutes: linearInterval})), last]
}

/** The configurations of a region, by name. */
export class DeploymentConfigs {
  readonly #configs = new Map(predefinedConfigs.map(config => [config.name, config]))

  /** @throws AwsError DeploymentConfigDoesNotExistException, its text not confirmed */
  get(name: string): DeploymentConfig {
    const config = this.#configs.get(name)
    if (config === undefined) {
      throw codeDeployError('DeploymentConfigDoesNotExist', `No Deployment Configuration found for name: ${name}`)
    }
    return config
  }

  /** Adds one. @throws AwsError DeploymentConfigAlreadyExistsException, its text not confirmed */
  add(config: DeploymentConfig): void {
    if (this.#configs.has(config.name)) {
      throw codeDeployError('DeploymentConfigAlreadyExists', `Deployment Configuration already exists: ${config.name}`)
    }
    this.#configs.set(config.name, config)
  }

  names(): readonly string[] {
    return [...this.#configs.keys()]
  }
}
