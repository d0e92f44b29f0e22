import {stripVTControlCharacters} from 'node:util'
import {bounded, oneLine} from '../workflow/text.ts'

/** A stack trace fits. */
const MOST_LINES = 30
const LONGEST_LINE = 500
/** What is looked at to find where a long stack trace begins, and of a line before it is cleaned: control characters are many. */
const MOST_READ = 400
const LONGEST_READ = 1000

/**
 * The last lines of a log as lines to show: without control characters, of bounded number and length. Where a stack trace is
 * longer than that, the line it begins with is kept. Pure.
 * @param messages log events, oldest first; one can have several lines
 */
export function lastLines(messages: readonly string[]): string[] {
  const all = messages.flatMap(message => message.trimEnd().split(/\r\n|[\r\n\u2028\u2029]/))
  const lines = all.slice(-MOST_READ).map(line => clean(line.slice(0, LONGEST_READ)))
  while (lines.at(-1) === '') lines.pop()
  const tail = lines.slice(-MOST_LINES)
  const start = lines.length - tail.length
  if (start === 0 || !isContinuation(tail[0] ?? '')) return tail
  const head = lines.slice(0, start).findLastIndex(line => !isContinuation(line))
  if (head === -1) return tail
  const shown = tail.slice(2)
  const leftOut = lines.length - shown.length - head - 1
  return [lines[head] ?? '', `… ${leftOut} more lines …`, ...shown]
}

/** A line of a stack trace below the one that tells what happened. */
function isContinuation(line: string): boolean {
  return /^\s|^(?:Caused by|Suppressed): |^\.\.\. \d+ (?:more|common frames)/.test(line) || line === ''
}

/** Colours, tabs and characters that change the direction of the text go as well. */
function clean(line: string): string {
  const plain = stripVTControlCharacters(line.replace(/\t/g, '    '))
  return bounded(oneLine(plain.replace(/[\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, '')).trimEnd(), LONGEST_LINE)
}
