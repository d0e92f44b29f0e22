import {PLACEMENT} from './advice-placement.ts'
import {RUN} from './advice-run.ts'
import {START} from './advice-start.ts'
import type {AdviceFacts} from './settings.ts'

/** What is said of a text that AWS uses. */
export interface AdviceRow {
  readonly when: RegExp
  /** The cause is in the image or the task definition: it takes another release to remove it. */
  readonly inRelease?: true
  /** The member of the task definition, or of the container in it, that the advice is about. */
  readonly member?: {readonly of: 'definition' | 'container'; readonly name: string}
  /** In a few words, for a headline: `the image does not exist`. `container` is the name of the one that failed. */
  readonly short: (facts: Pick<AdviceFacts, 'found'> & {readonly container: string | undefined}) => string
  /** What to do, in a sentence. */
  readonly advice: (facts: AdviceFacts) => string
}

/**
 * What is known about texts of AWS; the first row that fits counts. A text that none fits is shown as it is. Sources: "Stopped
 * tasks error messages" and "Service event messages" in the ECS Developer Guide, and texts observed.
 */
export const ADVICE: readonly AdviceRow[] = [...START, ...PLACEMENT, ...RUN]

/** A text that tells why, and the container that it is about, where it is about one. */
export interface Telling {
  readonly text: string
  readonly container: string | undefined
}

/** The row for one of these texts, the first text that has one, and what its expression found. Pure. */
export function adviceRowFor(
  texts: readonly Telling[]
): (Telling & {readonly row: AdviceRow; readonly found: readonly (string | undefined)[]}) | undefined {
  for (const telling of texts) {
    for (const row of ADVICE) {
      const found = row.when.exec(telling.text)
      if (found !== null) return {...telling, row, found}
    }
  }
  return undefined
}
