import type {Outlook} from '../check/outlook.ts'
import {count} from '../workflow/text.ts'
import {code, folded, plain, table} from './markdown.ts'

/** More rows are for nobody to read. */
const MOST_ROWS = 100
const NOT_READ = 'What changes is not known: the revision that the service runs could not be read.'
const NOTHING = 'Nothing changes in the task definition.'

/** What changes in a service's task definition, for the log. Pure. */
export function changeLines({service, cluster, running, changes}: Outlook): string[] {
  const name = `${service} in ${cluster}`
  if (changes === undefined) return [`${name}: ${NOT_READ}`]
  if (changes.length === 0) return [`${name}: ${NOTHING}`]
  return [
    `${name}: ${count(changes.length, 'change')} to ${running}`,
    ...changes.map(({field, from, to}) => `  ${field}: ${said(from)} → ${said(to)}`)
  ]
}

/** The same as Markdown. Pure. */
export function changeTable({running, changes}: Outlook): string {
  if (changes === undefined) return NOT_READ
  if (changes.length === 0) return NOTHING
  const rows = changes.slice(0, MOST_ROWS).map(({field, from, to}) => [code(field), cell(from), cell(to)])
  const left = changes.length - rows.length
  return [table(['Field', plain(running), 'New'], rows), ...(left === 0 ? [] : [`and ${left} more`])].join('\n\n')
}

/** The same in a fold, for the summary of a release. Pure. */
export function foldedChanges(outlook: Outlook): string[] {
  const {service, changes} = outlook
  if (changes === undefined || changes.length === 0) return []
  return [folded(`Changes in the task definition of ${service} (${changes.length})`, changeTable(outlook))]
}

function cell(value: string | undefined): string {
  return value === undefined ? '–' : value === '' ? '_empty_' : code(short(value))
}

/** For the log, in words that are no values: `none` is one. */
function said(value: string | undefined): string {
  return value === undefined ? '(not set)' : value === '' ? '(empty)' : short(value)
}

/** An image without the end of its digest, which tells nobody anything and makes tables too wide. */
function short(value: string): string {
  return value.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]{52}$/, '$1…')
}
