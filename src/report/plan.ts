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

/** What a release would do to a service, for the log: what changes, and how it rolls. Pure. */
export function planLines(outlook: Outlook): string[] {
  return [...changeLines(outlook), `how ${outlook.service} rolls:`, ...outlook.course.map(line => `  ${line}`)]
}

/** The same as Markdown. Pure. */
export function planParts(outlook: Outlook): string[] {
  const {service, cluster, course} = outlook
  return [
    `#### ${plain(service)} in ${plain(cluster)}`,
    changeTable(outlook),
    ['How it rolls:', '', ...course.map(line => `1. ${plain(line)}`)].join('\n')
  ]
}
