import {healthFailures, isHealthy} from './health.ts'
import {type Deployment, primaryOf, revisionsOf, type Service, type ServiceTask, sourcesOf} from './model.ts'
import {type RollingDeployment, type RollingState, type RollingTask, sourcesAreNeeded} from './rolling.ts'
import {asStaged, wantedTasks} from './staged-tasks.ts'

/** What the state of a service depends on besides the service. */
export interface StateConditions {
  readonly now: number
  /** Whether the deployment was told to stop. */
  readonly isAborted: boolean
  /** How many tasks more than it wants the service has for now. */
  readonly extra: number
}

/** A service as the rolling update sees it. */
export function rollingStateOf(service: Service, {now, isAborted, extra}: StateConditions): RollingState {
  const {desiredCount, deploymentConfiguration} = service.settings
  const target = primaryOf(service)
  const isHalted = isAborted || target?.rolloutState === 'FAILED'
  return {
    desiredCount,
    minimumHealthyPercent: deploymentConfiguration.minimumHealthyPercent,
    maximumPercent: deploymentConfiguration.maximumPercent,
    target: rolling(target, desiredCount + extra, !isHalted, now),
    sources: sourcesOf(service).map(source =>
      rolling(source, source.desiredCount, source.wasCompleted && source.rolloutState !== 'FAILED', now)
    ),
    halted: isHalted
  }
}

/** A deployment as the rolling update sees it. @param mayStart whether tasks of it may be started, unless they are held back */
export function rolling(
  deployment: Deployment | undefined,
  wanted: number,
  mayStart: boolean,
  now: number
): RollingDeployment {
  const tasks = (deployment?.tasks ?? []).map(task => ({id: task.id, state: stateOfTask(task, now)}))
  return {tasks, wanted, mayStart: mayStart && (deployment?.restartAt ?? 0) <= now}
}

function stateOfTask(task: ServiceTask, now: number): RollingTask['state'] {
  if (task.desiredStatus === 'STOPPED') return 'stopping'
  if (task.lastStatus !== 'RUNNING') return 'starting'
  if (isHealthy(task)) return 'healthy'
  return healthFailures(task, now).length > 0 ? 'unhealthy' : 'unready'
}

/** Sets how many tasks each revision of a service is shown to want, after a look at this state of it. */
export function setDesiredCounts(service: Service, state: RollingState): void {
  const staged = asStaged(service.serviceDeployments[0])
  if (staged !== undefined) {
    for (const revision of revisionsOf(service)) revision.desiredCount = wantedTasks(revision, staged)
    return
  }
  const target = primaryOf(service)
  if (target !== undefined) {
    target.desiredCount = Math.min(state.desiredCount, Math.max(target.desiredCount, standing(target).length))
  }
  for (const source of sourcesOf(service)) {
    const isKept = sourcesAreNeeded(state) && source.wasCompleted && source.rolloutState !== 'FAILED'
    if (!isKept) source.desiredCount = standing(source).length
  }
}

function standing(deployment: Deployment): readonly ServiceTask[] {
  return deployment.tasks.filter(task => task.desiredStatus === 'RUNNING')
}

/** A task that has become healthy, or RUNNING at all, ends the count of failures before it. */
export function noteHealthy(service: Service): void {
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
