import {bounded, count, oneLine} from '../workflow/text.ts'
import type {FailedContainer, TaskFailure} from './failure.ts'

const LONGEST_REASON = 1000

/** A failure in a few words, for a headline: `container app exited with code 3`. Pure. */
export function inShort({reason}: TaskFailure): string {
  return shown(reason)
}

/**
 * A failure in lines: the first has the whole of it, as `3 tasks stopped: Essential container in task exited; container web
 * exited with code 1`; then come the ends of logs, and what to do. Pure.
 */
export function describeTaskFailure({taskIds, reason, containers}: TaskFailure): readonly string[] {
  return [
    [`${count(taskIds.length, 'task')} stopped: ${shown(reason)}`, ...containers.map(describeContainer)].join('; ')
  ]
}

function describeContainer({name, exitCode, reason}: FailedContainer): string {
  if (exitCode === undefined) return `container ${name} did not start: ${shown(reason ?? '')}`
  return `container ${name} exited with code ${exitCode}${reason === undefined ? '' : ` (${shown(reason)})`}`
}

function shown(text: string): string {
  return bounded(oneLine(text).trim(), LONGEST_REASON).replace(/\.$/, '')
}
