import {count} from '../workflow/text.ts'
import {describeTaskFailure, type FailedContainer, type TaskFailure} from '../why/index.ts'
import {block, folded, plain} from './markdown.ts'
import type {ServiceStory} from './story.ts'

/** Why tasks of a service failed, also those of a deployment that succeeded in the end: what, what to do, the logs. Pure. */
export function failures({name, followed}: ServiceStory): string[] {
  if (followed === undefined || followed.taskFailures.length === 0) return []
  const title = `#### Why tasks of ${plain(name)} failed`
  return [title, ...followed.taskFailures.flatMap(explained)]
}

function explained(failure: TaskFailure): string[] {
  const {advice, containers} = failure
  const [whole = ''] = describeTaskFailure(failure)
  const todo = advice === undefined ? [] : [`→ ${plain(advice)}`]
  return [`**${plain(whole)}**`, ...todo, ...containers.flatMap(log)]
}

/** The log is the user's program's: only ever shown as a block of code. */
function log({name, log}: FailedContainer): string[] {
  if (log === undefined) return []
  const {lines, group, stream, note} = log
  if (lines.length === 0) return note === undefined ? [] : [plain(note)]
  return [folded(`Last ${count(lines.length, 'line')} of ${name} (${group}, ${stream})`, block(lines.join('\n')))]
}
