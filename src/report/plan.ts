import type {Outlook} from '../check/outlook.ts'
import {count, listed} from '../workflow/text.ts'
import {changeLines, changeTable} from './difference.ts'
import {plain} from './markdown.ts'

/** What a release would do, in a sentence. Pure. */
export function planHeadline(outlooks: readonly Outlook[]): string {
  const parts = outlooks.map(({service, cluster, changes}) => {
    const what =
      changes === undefined ? 'unknown changes' : changes.length === 0 ? 'no change' : count(changes.length, 'change')
    return `${what} to ${service} in ${cluster}`
  })
  return `Planned: ${listed(parts)}. Nothing was released.`
}

/**
 * What a release would do to a service, for the log: what changes, and how it rolls. Pure.
 * @param isStopped whether something was found that stops a release, so that nothing would roll
 */
export function planLines(outlook: Outlook, isStopped: boolean): string[] {
  const course = isStopped ? [] : [`how ${outlook.service} rolls:`, ...outlook.course.map(line => `  ${line}`)]
  return [...changeLines(outlook), ...course]
}

/** The same as Markdown. Pure. */
export function planParts(outlook: Outlook, isStopped: boolean): string[] {
  const {service, cluster, course} = outlook
  const steps = ['How it rolls:', '', ...course.map(line => `1. ${plain(line)}`)].join('\n')
  return [`#### ${plain(service)} in ${plain(cluster)}`, changeTable(outlook), ...(isStopped ? [] : [steps])]
}
