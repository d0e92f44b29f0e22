import {familyAndRevision} from '../aws/arn.ts'
import {describeStep} from '../follow/next-step.ts'
import {describeProof} from '../follow/proof.ts'
import type {ActionReference, WorkflowRun} from '../workflow/event.ts'
import {bounded, duration, oneLine} from '../workflow/text.ts'
import {foldedChanges} from './difference.ts'
import {failures} from './failures.ts'
import {findings, stoppedHeadline} from './findings.ts'
import {block, code, facts, folded, link, plain, prose, table} from './markdown.ts'
import {planParts} from './plan.ts'
import {hasErrors, isGood, type ServiceStory, statusName, type Story} from './story.ts'
import {phaseName, timeline} from './timeline.ts'

/** GitHub drops a summary above this size, in bytes, whole. */
const MOST_BYTES = 1024 * 1024
/** A service's events are a hundred at most, and a message has no upper limit. */
const LONGEST_MESSAGE = 1000

/**
 * The job summary of a release: how it ended, why tasks failed and what to do, what was found before the build, what was
 * released from what to what, its course as a chart, the events; of a plan what a release would do. Pure.
 * @param most a larger one leaves out what is too much, in bytes
 */
export function summary(story: Story, most = MOST_BYTES): string {
  const parts = [
    heading(story),
    ...story.services.flatMap(failures),
    ...story.services.flatMap(service => footer(service, story.run?.action)),
    ...(story.isPlan ? plan(story) : release(story)),
    timeline(story),
    ...story.services.flatMap(events)
  ]
  return fit(
    parts.filter(part => part !== ''),
    most
  )
}

/** What a reader of a plan has to know comes first. */
function plan(story: Story): string[] {
  const isStopped = hasErrors(story.findings)
  return [findings(story), ...story.outlooks.flatMap(outlook => planParts(outlook, isStopped)), released(story)]
}

/** Warnings of a release that went its way are of less interest than what was released. */
function release(story: Story): string[] {
  const what = [services(story), released(story)]
  const found = findings(story)
  return [
    ...(hasErrors(story.findings) ? [found, ...what] : [...what, found]),
    ...story.outlooks.flatMap(foldedChanges)
  ]
}

function heading(story: Story): string {
  return `### ${markOf(story.status)} ${prose(stoppedHeadline(story) ?? story.headline)}`
}

function markOf(status: Story['status']): string {
  if (status === 'paused') return '⏸️'
  if (status === 'cancelled') return '⏹️'
  if (status === 'planned') return '📋'
  return isGood(status) ? '✅' : '❌'
}

function services(story: Story): string {
  if (story.services.length === 0) return ''
  const rows = story.services.map(({name, cluster, consoleUrl, followed, ...service}) => [
    consoleUrl === undefined ? plain(name) : link(name, consoleUrl),
    plain(cluster),
    code(familyAndRevision(service.previousTaskDefinitionArn)),
    service.taskDefinitionArn === undefined ? '–' : code(familyAndRevision(service.taskDefinitionArn)),
    followed === undefined ? 'Not deployed' : statusName(followed.outcome.status)
  ])
  return table(['Service', 'Cluster', 'From', 'To', 'Status'], rows)
}

function released(story: Story): string {
  const {work, image, run} = story
  const rows: [string, string][] = []
  if (image !== undefined) {
    rows.push(['Image', code(image.uri)])
    if (image.tag !== undefined) rows.push(['Tag', `${code(image.tag)} (${image.origin})`])
    if (image.digest !== undefined) rows.push(['Digest', code(image.digest)])
  }
  // A rollback has nothing to do with the commit of the workflow that runs it.
  if (run !== undefined && work === 'Release') {
    const commit = link(run.commit.slice(0, 7), `${run.serverUrl}/${run.repository}/commit/${run.commit}`)
    rows.push(['Commit', `${commit} (${origin(run)})`])
    if (story.isPlan) rows.push(['Run', link(run.runId, run.url)])
  }
  return facts([...rows, ...story.services.flatMap(proof), ['Time', times(story)]])
}

function origin({pullRequest, refType, refName}: WorkflowRun): string {
  return pullRequest === undefined ? `${refType} ${plain(refName)}` : `pull request ${pullRequest}`
}

/** Which image the tasks of a service run. */
function proof({name, followed}: ServiceStory): [string, string][] {
  return followed?.proof === undefined ? [] : [[`Tasks of ${plain(name)}`, plain(describeProof(followed.proof))]]
}

/** What there is after a release that did not succeed, or is paused, and what to do. */
function footer({followed}: ServiceStory, action: ActionReference | undefined): string[] {
  const {now, left, next, step, command} = followed?.outcome.footer ?? {}
  if (now === undefined || left === undefined || next === undefined) return []
  return [
    [now, left, next].map(prose).join(' '),
    ...(step === undefined ? [] : [block(describeStep(step, action).join('\n'))]),
    ...(command === undefined ? [] : [block(command)])
  ]
}

/** `2 min 20 s: check 2 s, build and push 1 min`; parts that took no second are left out. */
function times({startedAt, endedAt, phases, image}: Story): string {
  const parts = phases
    .map(phase => ({name: phaseName(phase.name, image), took: phase.endedAt.getTime() - phase.startedAt.getTime()}))
    .filter(({took}) => took >= 500)
    .map(({name, took}) => `${name.toLowerCase()} ${duration(took)}`)
  const total = duration(endedAt.getTime() - startedAt.getTime())
  return parts.length === 0 ? total : `${total}: ${parts.join(', ')}`
}

function events({name, followed}: ServiceStory): string[] {
  if (followed === undefined || followed.events.length === 0) return []
  const start = followed.started.startedAt.getTime()
  const lines = followed.events.map(
    ({at, message}) => `${duration(at.getTime() - start).padStart(12)}  ${bounded(oneLine(message), LONGEST_MESSAGE)}`
  )
  return [folded(`Events of ${name} (${lines.length})`, block(lines.join('\n')))]
}

const LEFT_OUT = '_Something is left out: the summary would be larger than GitHub shows._'

/** Leaves out each part that would make all of it too large. */
function fit(parts: readonly string[], most: number): string {
  const kept: string[] = []
  let bytes = Buffer.byteLength(LEFT_OUT) + 2
  for (const part of parts) {
    const more = Buffer.byteLength(part) + 2
    if (bytes + more > most) continue
    bytes += more
    kept.push(part)
  }
  if (kept.length < parts.length) kept.push(LEFT_OUT)
  return `${kept.join('\n\n')}\n`
}
