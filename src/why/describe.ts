import {bounded, count, oneLine} from '../workflow/text.ts'
import {adviceRowFor} from './advice.ts'
import {exitCodeInShort, exitCodeInWords} from './exit-codes.ts'
import {textsOf} from './explain.ts'
import type {ContainerLog, FailedContainer, FailedTarget, TaskFailure} from './failure.ts'
import {meaningOf} from './target-reasons.ts'

const LONGEST_REASON = 1000
const LONGEST_IN_SHORT = 150

/** A failure in a few words, for a headline: `container app exited with code 3`. Pure. */
export function inShort(failure: TaskFailure): string {
  const known = adviceRowFor(textsOf(failure))
  if (known !== undefined) return shown(known.row.short(known), LONGEST_IN_SHORT)
  const [container] = failure.containers
  if (container?.exitCode === undefined) return shown(failure.reason, LONGEST_IN_SHORT)
  return `container ${container.name} ${exitCodeInShort(container.exitCode) ?? `exited with code ${container.exitCode}`}`
}

/**
 * A failure in lines: the first has the whole of it, as `3 tasks stopped: Essential container in task exited; container web
 * exited with code 1`; then come the ends of logs, indented, and what to do. Pure.
 */
export function describeTaskFailure(failure: TaskFailure): readonly string[] {
  const {kind, taskIds, reason, containers, targets, advice} = failure
  const what = kind === 'stopped' ? `${count(taskIds.length, 'task')} stopped` : 'tasks not placed'
  const details = [...containers.flatMap(describeContainer), ...targets.map(describeTarget)]
  return [
    [`${what}: ${shown(reason)}`, ...details].join('; '),
    ...containers.flatMap(({name, log}) => (log === undefined ? [] : describeLog(name, log))),
    ...(advice === undefined ? [] : [`→ ${shown(advice, LONGEST_REASON)}.`])
  ]
}

function describeContainer({name, exitCode, reason, health}: FailedContainer): string[] {
  if (exitCode !== undefined) {
    const why = reason === undefined ? exitCodeInWords(exitCode) : shown(reason)
    return [`container ${name} exited with code ${exitCode}${why === undefined ? '' : ` (${why})`}`]
  }
  if (reason !== undefined) return [`container ${name} did not start: ${shown(reason)}`]
  if (health === undefined) return []
  return [
    `container ${name} failed its health check${health.command === undefined ? '' : ` (${shown(health.command)})`}`
  ]
}

function describeTarget({group, state, reason, description, check}: FailedTarget): string {
  const meaning = meaningOf(reason)
  const code = reason === undefined ? undefined : meaning === undefined ? reason : `${reason}: ${meaning}`
  const more = [code, check].filter(it => it !== undefined).join('; ')
  return `${state} in target group ${group}: ${shown(description ?? 'no reason given')}${more === '' ? '' : ` (${shown(more)})`}`
}

function describeLog(name: string, {group, stream, region, lines, note}: ContainerLog): string[] {
  if (note !== undefined) return [`container ${name}: ${shown(note)}`]
  const place = `log group ${group} in ${region}, stream ${stream}`
  return [`${shown(`last lines of ${name} (${place})`)}:`, ...lines.map(line => `    ${line}`)]
}

/** On one line, of bounded length, without the full stop; target groups by their names. */
function shown(text: string, length = LONGEST_REASON): string {
  const named = text.replace(/\barn:[\w-]+:elasticloadbalancing:[\w-]+:\d+:targetgroup\/([\w-]+)\/\w+/g, '$1')
  return bounded(oneLine(named).trim(), length).replace(/\.$/, '')
}
