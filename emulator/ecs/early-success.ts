import {isHealthy} from './health.ts'
import {type ServiceDeployment, type ServiceTask, sourcesOf} from './model.ts'
import type {RollingStep} from './rolling.ts'
import {type DeploymentSurroundings, isBaked, isRunning} from './service-deployment.ts'

// Developer Guide, "Complete Amazon ECS rolling deployments early with early success criteria".

/** Whether a rolling deployment has met its early success criteria, and the old tasks are gone unless they may be later. */
export function meetsEarlySuccess(deployment: ServiceDeployment | undefined, by: DeploymentSurroundings): boolean {
  if (!hasEnoughHealthy(deployment) || !isBaked(deployment, by)) return false
  const {sourceServiceRevisionCleanup} = deployment.configuration.earlySuccessCriteria ?? {}
  return sourceServiceRevisionCleanup === 'DEFERRED' || sourcesOf(deployment.service).length === 0
}

/** The old tasks stay while alarms are watched: they are removed after that. */
export function withoutEarlyCleanup(
  step: RollingStep,
  deployment: ServiceDeployment | undefined,
  by: DeploymentSurroundings
): RollingStep {
  if (!hasEnoughHealthy(deployment) || isBaked(deployment, by)) return step
  const isNew = (id: string): boolean => deployment.target.tasks.some((task: ServiceTask) => task.id === id)
  return {...step, stop: step.stop.filter(isNew)}
}

/** Whether enough of the new tasks are healthy, at least one, in a deployment that may succeed early. */
function hasEnoughHealthy(deployment: ServiceDeployment | undefined): deployment is ServiceDeployment {
  if (!isRunning(deployment)) return false
  const {enable = false, healthyPercent = 100} = deployment.configuration.earlySuccessCriteria ?? {}
  const needed = Math.max(1, Math.ceil((deployment.service.settings.desiredCount * healthyPercent) / 100))
  return enable && deployment.target.tasks.filter(isHealthy).length >= needed
}
