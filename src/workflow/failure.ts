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
