import {familyAndRevision} from '../aws/arn.ts'
import {describeTaskFailure} from '../follow/stopped-tasks.ts'
import {duration} from '../workflow/text.ts'
import {block, code, folded, link, plain, table} from './markdown.ts'
import type {ServiceStory, Story} from './story.ts'

/** GitHub drops a summary above this size, in bytes, whole. */
const MOST_BYTES = 1024 * 1024

/** The job summary of a release: what was released, from what to what, how long each part took, the events. Pure. */
export function summary(story: Story): string {
  const parts = [
    heading(story),
    services(story),
    facts(story),
    ...story.services.flatMap(failures),
    phases(story),
    ...story.services.flatMap(events)
  ]
  return fit(parts.filter(part => part !== ''))
}

const MARKS: Readonly<Partial<Record<Story['status'], string>>> = {deployed: '✅', unchanged: '✅', cancelled: '⏹️'}

function heading({status, headline}: Story): string {
  return `### ${MARKS[status] ?? '❌'} ${plain(headline)}`
}

function services(story: Story): string {
  if (story.services.length === 0) return ''
  const rows = story.services.map(service => [
    service.consoleUrl === undefined ? plain(service.name) : link(service.name, service.consoleUrl),
    plain(service.cluster),
    code(familyAndRevision(service.previousTaskDefinitionArn)),
    service.taskDefinitionArn === undefined ? '–' : code(familyAndRevision(service.taskDefinitionArn)),
    plain(service.followed?.outcome.status ?? 'not deployed')
  ])
  return table(['Service', 'Cluster', 'From', 'To', 'Status'], rows)
}

function facts({image, run}: Story): string {
  const rows: string[][] = []
  if (image !== undefined) {
    rows.push(['Image', code(image.uri)])
    if (image.tag !== undefined) rows.push(['Tag', `${code(image.tag)} (${image.origin})`])
    if (image.digest !== undefined) rows.push(['Digest', code(image.digest)])
  }
  if (run !== undefined) {
    const commit = link(run.commit.slice(0, 7), `${run.serverUrl}/${run.repository}/commit/${run.commit}`)
    rows.push(['Commit', `${commit} (${run.refType} ${plain(run.refName)})`])
  }
  // A table has to have a head; without one GitHub shows an empty line.
  const [head, ...others] = rows
  return head === undefined ? '' : table(head, others)
}

function phases(story: Story): string {
  const rows = story.phases.map(({name, startedAt, endedAt}) => [
    plain(name),
    duration(endedAt.getTime() - startedAt.getTime())
  ])
  rows.push(['**Total**', `**${duration(story.endedAt.getTime() - story.startedAt.getTime())}**`])
  return table(['Part', 'Time'], rows)
}

/** Why tasks stopped, also those of a deployment that succeeded in the end. */
function failures({name, followed}: ServiceStory): string[] {
  if (followed === undefined || followed.taskFailures.length === 0) return []
  return [`Tasks of ${plain(name)} that failed:`, block(followed.taskFailures.map(describeTaskFailure).join('\n'))]
}

function events({name, followed}: ServiceStory): string[] {
  if (followed === undefined || followed.events.length === 0) return []
  const start = followed.started.startedAt.getTime()
  const lines = followed.events.map(({at, message}) => `${duration(at.getTime() - start).padStart(12)}  ${message}`)
  return [folded(`Events of ${name} (${lines.length})`, block(lines.join('\n')))]
}

/** Leaves out what comes last when all of it would be too large. */
function fit(parts: readonly string[]): string {
  const kept: string[] = []
  let bytes = 0
  for (const part of parts) {
    bytes += Buffer.byteLength(part) + 2
    if (bytes > MOST_BYTES - 200) {
      kept.push('_The rest is left out: the summary would be larger than GitHub shows._')
      break
    }
    kept.push(part)
  }
  return `${kept.join('\n\n')}\n`
}
