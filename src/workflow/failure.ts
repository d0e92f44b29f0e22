/** Where in the repository the cause lies; paths are relative to the workspace, lines and columns count from 1. */
export interface Place {
  readonly file: string
  readonly line?: number
  readonly column?: number
}

export interface FailureDetails {
  /** What to paste: the YAML, the policy statement or the command, printed as it is below the sentence. */
  readonly fix?: string
  readonly place?: Place
  /** More lines for the log only, such as the builder's last words; untrusted text is allowed here. */
  readonly lines?: readonly string[]
  readonly cause?: unknown
}

/**
 * A release that cannot go on, told to the user: one sentence with what is wrong, which value, where, and what to do.
 * It becomes the step's one annotation, without a stack trace; any other error is a defect of this action.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly fix: string | undefined
  readonly place: Place | undefined
  readonly lines: readonly string[]

  constructor(sentence: string, details: FailureDetails = {}) {
    super(sentence, {cause: details.cause})
    this.fix = details.fix
    this.place = details.place
    this.lines = details.lines ?? []
  }
}

/** Several failures that were found side by side; each is told on its own. */
export class Failures extends Failure {
  readonly all: readonly Failure[]

  constructor(all: readonly [Failure, Failure, ...Failure[]]) {
    super(`${all.length} mistakes were found, the first: ${all[0].message}`)
    this.all = all
  }
}

/** The failures that an error stands for: itself, or those that were found side by side; `undefined` for a defect. */
export function failuresIn(error: unknown): readonly Failure[] | undefined {
  if (error instanceof Failures) return error.all
  return error instanceof Failure ? [error] : undefined
}

/** One error for failures that were found side by side; what is told twice counts once. */
export function asOne(failures: readonly Failure[]): Failure | undefined {
  const told = new Map(failures.map(failure => [JSON.stringify([failure.message, failure.place]), failure]))
  const [first, second, ...others] = [...told.values()]
  return first === undefined || second === undefined ? first : new Failures([first, second, ...others])
}
