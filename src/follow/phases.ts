import type {DeploymentSnapshot, Phase, TaskSnapshot} from './snapshot.ts'

/** How many tasks of our deployment are in each phase. */
export type Phases = Readonly<Record<Phase, number>>

/** More tasks than one call answers are only counted, by the service. */
const MOST_TASKS = 100
/** Without load balancer and health checks a task counts as healthy after so many milliseconds. Source: ECS API reference. */
const UNCHECKED_MILLISECONDS = 40_000

export function countPhases(tasks: readonly TaskSnapshot[]): Phases {
  const count = (phase: Phase): number => tasks.filter(task => task.phase === phase).length
  return {
    placing: count('placing'),
    pulling: count('pulling'),
    starting: count('starting'),
    running: count('running'),
    healthy: count('healthy'),
    unhealthy: count('unhealthy')
  }
}

/** Whether looking at the tasks of our deployment can tell more than was seen of them before. Pure. */
export function isWorthReading(
  ours: DeploymentSnapshot,
  desiredCount: number,
  known: readonly TaskSnapshot[] | undefined
): boolean {
  if (desiredCount > MOST_TASKS) return false
  if (known === undefined || known.length !== ours.running) return true
  return known.some(
    task => !isRunning(task) || task.phase === 'unhealthy' || (task.phase === 'running' && task.isChecked)
  )
}

function isRunning({phase}: TaskSnapshot): boolean {
  return phase === 'running' || phase === 'healthy' || phase === 'unhealthy'
}

/** Whether a task counts as healthy for ECS: all that checks it says so, or, unchecked, it runs long enough. Pure. */
export function isWell({phase, isChecked, runningSince}: TaskSnapshot, now: Date): boolean {
  if (phase === 'healthy') return true
  if (phase !== 'running' || isChecked !== false || runningSince === undefined) return false
  return now.getTime() - runningSince.getTime() >= UNCHECKED_MILLISECONDS
}
