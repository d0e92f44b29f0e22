/**
 * A task as the rolling update sees it: on its way up, RUNNING and not yet healthy, healthy, failing its health checks,
 * or on its way down.
 */
export interface RollingTask {
  readonly id: string
  readonly state: 'starting' | 'unready' | 'healthy' | 'unhealthy' | 'stopping'
}

/** One deployment with its tasks, oldest first. */
export interface RollingDeployment {
  readonly tasks: readonly RollingTask[]
  /** How many tasks it is to have. */
  readonly wanted: number
  /** Whether tasks of it may be started now: not when it has failed, is held back, or is only on its way out. */
  readonly mayStart: boolean
}

/** What the scheduler looks at. */
export interface RollingState {
  readonly desiredCount: number
  readonly minimumHealthyPercent: number
  readonly maximumPercent: number
  /** What is being rolled out; `wanted` is the desired count. */
  readonly target: RollingDeployment
  /** What is being replaced. */
  readonly sources: readonly RollingDeployment[]
  /** Whether the target has failed for good: the sources stay as they are. */
  readonly halted: boolean
}

/** What the scheduler does now. */
export interface RollingStep {
  /** How many tasks to start, for the target and for each source. */
  readonly start: {readonly target: number; readonly sources: readonly number[]}
  /** How many of these take the place of unhealthy ones. */
  readonly replacements: {readonly target: number; readonly sources: readonly number[]}
  /** Ids of tasks to stop because they are unhealthy. */
  readonly stopUnhealthy: readonly string[]
  /** Ids of tasks to stop because they are not wanted any more. */
  readonly stop: readonly string[]
  /** Tasks are missing, nothing is on its way, and the percentages allow neither a start nor a stop. */
  readonly isDeadlocked: boolean
}

interface Plan {
  room: number
  starts: number[]
  replacements: number[]
  stopUnhealthy: string[]
}

/**
 * The next step of a rolling update, or of keeping a service as it is (without sources).
 *
 * Room for new tasks is `floor(desired × maximum %)` less all tasks that are not stopped, those on their way down
 * included; tasks of a source are stopped as long as `ceil(desired × minimum %)` healthy ones remain. Unhealthy tasks are
 * replaced by their own revision, the replacement first where there is room, else one is stopped at a time.
 */
export function rollingStep(state: RollingState): RollingStep {
  const deployments = [state.target, ...state.sources]
  const all = deployments.flatMap(({tasks}) => tasks)
  const upper = Math.floor((state.desiredCount * state.maximumPercent) / 100)
  const plan: Plan = {
    room: upper - all.length,
    starts: deployments.map(() => 0),
    replacements: deployments.map(() => 0),
    stopUnhealthy: []
  }
  const startable = deployments.map(
    (deployment, index) => deployment.mayStart && (index === 0 || sourcesAreNeeded(state))
  )
  replaceUnhealthy(deployments, startable, plan)
  startMissing(deployments, startable, plan)
  const stop = [...surplus(state.target), ...(state.halted ? [] : outgoing(state))].filter(
    id => !plan.stopUnhealthy.includes(id)
  )
  const [target = 0, ...sources] = plan.starts
  const [targetReplacements = 0, ...sourceReplacements] = plan.replacements
  return {
    start: {target, sources},
    replacements: {target: targetReplacements, sources: sourceReplacements},
    stopUnhealthy: plan.stopUnhealthy,
    stop,
    isDeadlocked: isDeadlocked(state, plan, stop)
  }
}

/** Whether the sources still have to carry the service: the healthy tasks are too few, or nothing will replace them. */
export function sourcesAreNeeded(state: RollingState): boolean {
  return state.halted || healthyCount(state) < leastHealthy(state)
}

function leastHealthy(state: RollingState): number {
  return Math.ceil((state.desiredCount * state.minimumHealthyPercent) / 100)
}

function healthyCount(state: RollingState): number {
  return [state.target, ...state.sources].flatMap(({tasks}) => tasks).filter(task => task.state === 'healthy').length
}

function replaceUnhealthy(deployments: readonly RollingDeployment[], startable: readonly boolean[], plan: Plan): void {
  deployments.forEach((deployment, index) => {
    for (const {id} of deployment.tasks.filter(task => task.state === 'unhealthy')) {
      const stopsAlone = startable[index] !== true || plan.room <= 0
      if (stopsAlone && plan.stopUnhealthy.length > 0) return
      plan.stopUnhealthy.push(id)
      if (stopsAlone) continue
      plan.room -= 1
      plan.starts[index] = (plan.starts[index] ?? 0) + 1
      plan.replacements[index] = (plan.replacements[index] ?? 0) + 1
    }
  })
}

function startMissing(deployments: readonly RollingDeployment[], startable: readonly boolean[], plan: Plan): void {
  deployments.forEach((deployment, index) => {
    if (startable[index] !== true) return
    const standing = wantedTasks(deployment).filter(({id}) => !plan.stopUnhealthy.includes(id)).length
    const missing = deployment.wanted - standing - (plan.starts[index] ?? 0)
    const started = Math.max(0, Math.min(missing, plan.room))
    plan.room -= started
    plan.starts[index] = (plan.starts[index] ?? 0) + started
  })
}

function wantedTasks(deployment: RollingDeployment): readonly RollingTask[] {
  return deployment.tasks.filter(task => task.state !== 'stopping')
}

/** What the target has too many of, those that are furthest from healthy first. */
function surplus(target: RollingDeployment): string[] {
  const order = ['starting', 'unready', 'unhealthy', 'healthy']
  const tasks = [...wantedTasks(target)].reverse().sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state))
  return tasks.slice(0, Math.max(0, tasks.length - target.wanted)).map(({id}) => id)
}

/** Tasks of the sources that may go: those that are not healthy unless needed, healthy ones as far as the minimum allows. */
function outgoing(state: RollingState): string[] {
  const spare = Math.max(0, healthyCount(state) - leastHealthy(state))
  const isHealthy = (task: RollingTask): boolean => task.state === 'healthy'
  const useless = state.sources
    .filter(source => !source.mayStart || !sourcesAreNeeded(state))
    .flatMap(source => wantedTasks(source).filter(task => !isHealthy(task)))
  const leaving = state.sources.flatMap(source => source.tasks.filter(isHealthy)).slice(0, spare)
  return [...useless, ...leaving].map(({id}) => id)
}

function isDeadlocked(state: RollingState, plan: Plan, stop: readonly string[]): boolean {
  const tasks = [state.target, ...state.sources].flatMap(deployment => deployment.tasks)
  const isStill = tasks.every(task => task.state === 'healthy')
  const acts = plan.starts.some(count => count > 0) || stop.length > 0
  const isMissing = wantedTasks(state.target).length < state.target.wanted
  return state.target.mayStart && isMissing && isStill && !acts
}
