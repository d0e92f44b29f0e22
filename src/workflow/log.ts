import * as core from '@actions/core'
import type {Failure, Place} from './failure.ts'
import {harmless} from './text.ts'

/** What the annotation of a failure is called: by what the step does, or by nothing having been done. */
export type FailureTitle =
  `${'Release' | 'Rollback' | 'Continuing'} ${'failed' | 'cancelled'}` | 'Nothing was released' | 'A release would fail'

/** The step's log. Whatever is said here may hold text from elsewhere: it is made harmless on the way out. */
export interface Log {
  info(text: string): void
  /** A notice the user should see but that fails nothing; one annotation. */
  warning(text: string, place?: Place): void
  /** An annotation of a failed release: further lines stand above the sentence, what to paste stands below it. */
  failure(failure: Failure, title: FailureTitle): void
  /** A folded part of the log with a short noun as its title; folds do not nest. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>
  /** Hides `secret` in all that is printed from now on. */
  hide(secret: string): void
  /** Seen only with the runner's debug logging. */
  debug(text: string): void
}

/** The log of a step on a GitHub runner. */
export const runnerLog: Log = {
  info: text => {
    core.info(harmless(text))
  },
  warning: (text, place) => {
    core.warning(text, annotation(place))
  },
  failure: (failure, title) => {
    for (const line of failure.lines) core.info(harmless(`  ${line}`))
    core.error(failure.message, {title, ...annotation(failure.place)})
    if (failure.fix !== undefined) core.info(harmless(failure.fix))
    process.exitCode = core.ExitCode.Failure
  },
  group: (title, work) => core.group(title, work),
  hide: secret => {
    core.setSecret(secret)
  },
  debug: text => {
    core.debug(text)
  }
}

/** Where an annotation stands. */
function annotation({file, line, column}: Partial<Place> = {}): core.AnnotationProperties {
  return {
    ...(file !== undefined && {file}),
    ...(line !== undefined && {startLine: line}),
    ...(column !== undefined && {startColumn: column})
  }
}
