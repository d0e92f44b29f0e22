import type * as sdk from '@aws-sdk/client-ecs'
import type {Task} from './model.ts'
import {newTask, type NewTaskSurroundings, type TaskOrigin} from './new-task.ts'
import {placementFault} from './placement.ts'
import {type StopCause, TaskLife, type TaskSurroundings} from './task.ts'
import type {EcsVariants} from './variants.ts'

/** What tasks without a service are run with. */
export interface StandaloneSurroundings extends TaskSurroundings, NewTaskSurroundings {
  readonly variants: EcsVariants
}

/** Runs tasks that belong to no service: nothing replaces them. */
export class StandaloneTasks {
  readonly #in: StandaloneSurroundings
  readonly #life: TaskLife<Task>

  constructor(surroundings: StandaloneSurroundings) {
    this.#in = surroundings
    const nothing = (): void => undefined
    this.#life = new TaskLife(surroundings, {pulled: nothing, ending: nothing, stopped: nothing})
  }

  /** Starts a task; the answer is a failure when it cannot be placed. That its reason is the event's text is not confirmed. */
  run(origin: TaskOrigin): Task | sdk.Failure {
    const task = newTask(origin, this.#in)
    const fault = placementFault(task, this.#in.variants)
    if (fault !== undefined) return {reason: fault}
    task.cluster.tasks.set(task.id, task)
    this.#life.launch(task)
    return task
  }

  /** Stops a task; one that is stopping already stays as it is. */
  stop(task: Task, cause: StopCause): void {
    this.#life.stop(task, cause)
  }
}
