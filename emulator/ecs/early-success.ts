import {isHealthy} from './health.ts'
import type {Deployment, ServiceDeployment} from './model.ts'
import {isRunning} from './service-deployment.ts'

/**
 * Whether a rolling deployment has met its early success criteria: enough of the new tasks are healthy, at least one, and
 * the old ones are gone unless they may be removed later (Developer Guide, "Complete Amazon ECS rolling deployments early
 * with early success criteria"). Alarms are still to be watched for the bake time.
 * @param sources what is being replaced and still there
 */
export function meetsEarlySuccess(deployment: ServiceDeployment | undefined, sources: readonly Deployment[]): boolean {
  if (!isRunning(deployment)) return false
  const {
    enable = false,
    healthyPercent = 100,
    sourceServiceRevisionCleanup
  } = deployment.configuration.earlySuccessCriteria ?? {}
  const needed = Math.max(1, Math.ceil((deployment.service.settings.desiredCount * healthyPercent) / 100))
  const healthy = deployment.target.tasks.filter(isHealthy).length
  return enable && healthy >= needed && (sourceServiceRevisionCleanup === 'DEFERRED' || sources.length === 0)
}
