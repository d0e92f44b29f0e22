import {count} from '../workflow/text.ts'
import {describeTaskFailure, type FailedContainer, type TaskFailure} from '../why/index.ts'
import {block, folded, plain, prose} from './markdown.ts'
import type {ServiceStory} from './story.ts'

/** Why tasks of a service failed, also those of a deployment that succeeded in the end: what, what to do, the logs. Pure. */
export function failures({name, followed}: ServiceStory): string[] {
  if (followed === undefined || followed.taskFailures.length === 0) return []
  const title = `#### Why tasks of ${plain(name)} failed`
  return [title, ...followed.taskFailures.flatMap((failure, index) => explained(failure, index === 0))]
}

/** @param open whether logs are seen at once */
function explained(failure: TaskFailure, open: boolean): string[] {
  const {advice, containers} = failure
  const [whole = ''] = describeTaskFailure(failure)
  const todo = advice === undefined ? [] : [`→ ${prose(advice)}`]
  return [`**${plain(whole)}**`, ...todo, ...containers.flatMap(container => log(container, open))]
}

/** The log is the user's program's: only ever shown as a block of code. */
function log({name, log}: FailedContainer, open: boolean): string[] {
  if (log === undefined) return []
  const {lines, group, stream, region, note} = log
  if (lines.length === 0) return note === undefined ? [] : [`${plain(name)}: ${plain(note)}`]
  const title = `Last ${count(lines.length, 'line')} of ${name} (log group ${group} in ${region}, stream ${stream})`
  return [folded(title, block(lines.join('\n')), open)]
}
