import type {EmulatorClock} from '../clock.ts'
import type {Task} from './model.ts'

/** What comes next for tasks: on the clock, or after something that takes real time. */
export class TaskSteps {
  readonly #clock: EmulatorClock

  constructor(clock: EmulatorClock) {
    this.#clock = clock
  }

  /** Has something happen to a task after so many milliseconds, unless it is stopped before. */
  later(task: Task, delay: number, event: () => void): void {
    const takeBack = this.#clock.at(this.#clock.now() + delay, () => {
      task.timers.delete(takeBack)
      event()
    })
    task.timers.add(takeBack)
  }

  /** Waits for something in real time, for which no time passes here, and goes on when it has failed too. */
  whileHeld(work: Promise<unknown>, then: () => void = () => undefined): void {
    this.#hold(work, then, then)
  }

  /** The same for a task that is to run: if it is stopped meanwhile, nothing comes of it. */
  unlessStopped<Result>(
    task: Task,
    work: Promise<Result>,
    then: (result: Result) => void,
    failed: (error: Error) => void = () => undefined
  ): void {
    const ifWanted =
      <Value>(next: (value: Value) => void) =>
      (value: Value): void => {
        if (task.desiredStatus === 'RUNNING') next(value)
      }
    this.#hold(work, ifWanted(then), ifWanted(failed))
  }

  #hold<Result>(work: Promise<Result>, then: (result: Result) => void, failed: (error: Error) => void): void {
    const release = this.#clock.hold()
    void work.then(then, failed).finally(release)
  }
}
