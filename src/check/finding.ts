import {isDenied} from '../aws/allowed.ts'
import {Failure, failuresIn, Failures, type Place} from '../workflow/failure.ts'

/** Something that was found before anything was built. */
export interface Finding {
  /** The check that found it, by the name that the documentation lists. */
  readonly check: string
  /** An error is certain to make the release fail; a warning may go well. */
  readonly level: 'error' | 'warning'
  /** One sentence: what, which value, where, why it matters, and what to do. */
  readonly message: string
  readonly place: Place | undefined
  /** What to paste. */
  readonly fix: string | undefined
}

/** Collects what is found side by side, so that one mistake does not hide the next. */
export class Findings {
  readonly #found = new Map<string, Finding>()

  /** What two services have in common is found once. */
  add(...findings: readonly Finding[]): void {
    for (const finding of findings) {
      const {level, message, place} = finding
      const key = JSON.stringify([level, message, place])
      if (!this.#found.has(key)) this.#found.set(key, finding)
    }
  }

  /**
   * Does work that may fail because of a mistake of the user's.
   * @param check the name under which its failures are listed
   * @returns `undefined` when it did, which is then among the findings
   * @throws whatever is not a mistake of the user's
   */
  async of<T>(check: string, work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      const failures = failuresIn(error)
      if (failures === undefined || failures.some(isOfTheWay)) throw error
      this.add(...failures.map(failure => findingOf(check, failure)))
      return undefined
    }
  }

  /** Errors before warnings; otherwise in the order in which they were added, those in a file by their lines. */
  get all(): readonly Finding[] {
    const all = [...this.#found.values()]
    return (['error', 'warning'] as const).flatMap(level => all.filter(finding => finding.level === level))
  }
}

/** AWS did not answer, or not to this question: everything else that is asked of it would fail alike, and is not worth telling. */
function isOfTheWay({cause}: Failure): boolean {
  return cause instanceof Error && !isDenied(cause)
}

/** What a check's failure is among the findings. */
export function findingOf(check: string, {message, place, fix}: Failure): Finding {
  return {check, level: 'error', message, place, fix}
}

/**
 * The failure of a release that is stopped by what was found; `undefined` when nothing stops it.
 * @param findings of which the errors count
 */
export function refusalOf(findings: readonly Finding[]): Failure | undefined {
  const [first, second, ...others] = findings.filter(({level}) => level === 'error').map(failureOf)
  return first === undefined || second === undefined ? first : new Failures([first, second, ...others])
}

function failureOf({message, place, fix}: Finding): Failure {
  return new Failure(message, {...(place && {place}), ...(fix !== undefined && {fix})})
}
