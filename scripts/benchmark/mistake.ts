import type {Stage} from './stage.ts'

/** Something that is wrong, and that a release tells before it builds. */
export interface Mistake {
  readonly name: string
  /** The check that finds it, or what is read where no check is needed, such as `service`. */
  readonly check: string
  /** Members of the task definition that differ; `undefined` leaves one out. */
  readonly task?: object
  /** Members of its container `app` that differ. */
  readonly app?: object
  /** Stands in the file instead of a task definition. */
  readonly text?: string
  readonly inputs?: Readonly<Record<string, string>>
  /** Puts the account into the state that the mistake is about. */
  readonly prepare?: (stage: Stage) => unknown
  /** What the errors say, one for each annotation. */
  readonly says: readonly RegExp[]
}
