import {ifAllowed} from '../aws/allowed.ts'
import {familyAndRevision} from '../aws/arn.ts'
import type {Aws} from '../aws/clients.ts'
import {ORIGIN_TAGS} from '../aws/origin-tags.ts'
import {type DescribedDefinition, findRevision} from '../definition/describe.ts'
import {type Change, difference} from '../definition/difference.ts'
import {textOf} from '../definition/json.ts'
import {listed} from '../workflow/text.ts'
import type {World} from '../world.ts'
import type {Check} from './check.ts'
import type {Situation} from './situation.ts'

/** So many revisions before the running one are looked at; they are read at once, within what ECS allows. */
const LOOK_BACK = 5
/** As many fields are named in the sentence. */
const MOST_FIELDS = 5

/**
 * The last revision that a release of this repository registered, where the service runs a later one from elsewhere: of the
 * console, of infrastructure code, of another repository.
 * @returns `undefined` where the running one is of a release itself, or none of the few before it is
 */
export async function lastReleased(
  running: DescribedDefinition,
  repository: string,
  aws: Aws,
  {log, signal}: World
): Promise<DescribedDefinition | undefined> {
  const [, family, revision = ''] = /^(.+):(\d+)$/.exec(running.arn) ?? []
  if (family === undefined || isOf(running, repository)) return undefined
  const earlier = Array.from({length: LOOK_BACK}, (_, index) => Number(revision) - 1 - index).filter(
    number => number > 0
  )
  const read = () => Promise.all(earlier.map(number => findRevision(`${family}:${number}`, aws, signal)))
  const found = await ifAllowed(log, 'ecs:DescribeTaskDefinition', read)
  return found?.find(described => described !== undefined && isOf(described, repository))
}

function isOf({tags}: DescribedDefinition, repository: string): boolean {
  return tags.some(({key, value}) => key === ORIGIN_TAGS.repository && value === repository)
}

/** A release puts back what the file says; what somebody else changed since is gone then. */
export const drift: Check = {
  name: 'drift',
  finds: 'changes that were made to the running revision elsewhere and that the release undoes',
  level: 'warning',
  needs: ['ecs:DescribeTaskDefinition'],
  run: ({service, definition, running, released}) => {
    if (running === undefined || released === undefined) return []
    const undone = undoneBy(definition.json, running, released)
    if (undone.length === 0) return []
    const fields = listed(
      undone.map(change => `\`${change.field}\` (${values(change)})`),
      MOST_FIELDS
    )
    return [
      {
        message:
          `The revision ${familyAndRevision(running.arn)}, which ${service?.serviceName ?? 'the service'} runs, was registered elsewhere and not by a release of this repository, ` +
          `and this release undoes what it changed since ${familyAndRevision(released.arn)}${commitOf(released)}: ${fields}: ` +
          `put what shall stay into ${definition.name}.`
      }
    ]
  }
}

/** The fields that were changed elsewhere and that are changed again, as the release changes them. */
function undoneBy(
  rendered: Situation['definition']['json'],
  running: DescribedDefinition,
  released: DescribedDefinition
): Change[] {
  const elsewhere = new Set(difference(released.json, running.json).map(({field}) => field))
  return difference(running.json, rendered).filter(({field}) => elsewhere.has(field))
}

function values({from, to}: Change): string {
  return `${from ?? 'none'} → ${to ?? 'none'}`
}

function commitOf({tags}: DescribedDefinition): string {
  const commit = textOf(tags.find(({key}) => key === ORIGIN_TAGS.commit)?.['value'])
  return /^[0-9a-f]{7,40}$/.test(commit) ? ` of commit ${commit.slice(0, 7)}` : ''
}
