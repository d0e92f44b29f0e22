import type {Task} from './model.ts'

/** The availability zones of every region, by the letters at the end of their names. */
export class AvailabilityZones {
  readonly #all = ['a', 'b', 'c']
  #usable: readonly string[] = this.#all

  /** The zones that tasks can be placed in from now on, such as `['a', 'b']`; those that run elsewhere stay. */
  use(letters: readonly string[]): void {
    this.#usable = letters
  }

  /** The names of the zones that can be used, such as `eu-central-1a`. */
  of(region: string): string[] {
    return this.#usable.map(letter => `${region}${letter}`)
  }

  /**
   * Where a task goes: to the zone with fewest of the tasks that it is to stand beside (Developer Guide: services are spread
   * over availability zones by default); among equal ones they take turns.
   * @param number the task's, which says whose turn it is
   */
  next(region: string, beside: readonly Task[], number: number): string {
    const zones = this.of(region)
    const turns = zones.map((_, index) => zones[(number + index) % zones.length] ?? '')
    return turns.sort((left, right) => tasksIn(left, beside).length - tasksIn(right, beside).length)[0] ?? `${region}a`
  }
}

/** Those of the tasks that run, or are about to, in a zone. */
export function tasksIn<Kind extends Task>(zone: string, tasks: readonly Kind[]): Kind[] {
  return tasks.filter(task => task.availabilityZone === zone && task.desiredStatus === 'RUNNING')
}
