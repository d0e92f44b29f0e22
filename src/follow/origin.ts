import {DescribeTaskDefinitionCommand, type TaskDefinition} from '@aws-sdk/client-ecs'
import {fromAws, unlessUnreadable} from '../aws/reading.ts'
import {ORIGIN_TAGS} from '../aws/origin-tags.ts'
import type {Source} from './source.ts'

/** Where a revision is from, as far as its tags and its image's tag tell. */
export interface Origin {
  readonly commit: string | undefined
  /** Address of the workflow run that registered it. */
  readonly run: string | undefined
}

const COMMIT = /^[0-9a-f]{7,40}$/
const RUN = /^https:\/\/[\w.-]+(?:\/[\w.-]+){2,4}\/actions\/runs\/\d+(?:\/attempts\/\d+)?$/
/** The end of a tag that a release makes: commit, run and fingerprint. */
const OF_RELEASE = /(?:^|[-:])([0-9a-f]{7})-\d+-[0-9a-f]{8}(?:@|$)/

/** @returns `undefined` when the revision cannot be read, or nothing tells */
export async function readOrigin(
  taskDefinition: string,
  {ecs, ifAllowed, log}: Source,
  abortSignal: AbortSignal
): Promise<Origin | undefined> {
  const command = new DescribeTaskDefinitionCommand({taskDefinition, include: ['TAGS']})
  const read = fromAws(ifAllowed('ecs:DescribeTaskDefinition', () => ecs.send(command, {abortSignal})))
  const answer = await unlessUnreadable(read, cause => {
    log.debug(`Where ${taskDefinition} is from could not be read: ${String(cause)}`)
  })
  return answer && originOf(answer.taskDefinition ?? {}, answer.tags ?? [])
}

/** Tags can be written by others: one that does not look as this action writes it does not count. Pure. */
export function originOf(
  {containerDefinitions = []}: Pick<TaskDefinition, 'containerDefinitions'>,
  tags: readonly {readonly key?: string | undefined; readonly value?: string | undefined}[]
): Origin | undefined {
  const tagged = (key: string, form: RegExp): string | undefined => {
    const value = tags.find(tag => tag.key === key)?.value
    return value !== undefined && form.test(value) ? value : undefined
  }
  const inImage = containerDefinitions
    .map(({image = ''}) => OF_RELEASE.exec(image)?.[1])
    .find(found => found !== undefined)
  const commit = tagged(ORIGIN_TAGS.commit, COMMIT) ?? inImage
  const run = tagged(ORIGIN_TAGS.run, RUN)
  return commit === undefined && run === undefined ? undefined : {commit, run}
}

/** `commit 3c5f1e2, https://github.com/…/actions/runs/1`. Pure. */
export function describeOrigin(origin: Origin | undefined): string | undefined {
  if (origin === undefined) return undefined
  const {commit, run} = origin
  return [...(commit === undefined ? [] : [`commit ${commit.slice(0, 7)}`]), ...(run === undefined ? [] : [run])].join(
    ', '
  )
}
