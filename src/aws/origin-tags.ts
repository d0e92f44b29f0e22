/** Keys of the tags that say where a revision of a task definition is from. */
export const ORIGIN_TAGS = {
  repository: 'ecs-release:repository',
  commit: 'ecs-release:commit',
  run: 'ecs-release:run'
} as const

/** The run of a workflow that registered a revision, as far as its tags tell. */
export interface OriginRun {
  /** `owner/name`. */
  readonly repository: string
  /** GitHub counts runs upwards, in the order in which they were created; a re-run keeps its id. */
  readonly runId: number
  readonly url: string
  /** Seven digits of the commit or more, if they are told. */
  readonly commit: string | undefined
}

/** The form in which this action writes addresses of runs, `https://github.com/octo/web/actions/runs/1/attempts/1`. */
const RUN = /^https:\/\/[\w.:-]+\/([\w.-]+\/[\w.-]+)\/actions\/runs\/(\d{1,15})(?:\/attempts\/\d+)?$/
const COMMIT = /^[0-9a-f]{7,40}$/

/** A tag as AWS answers it or as a definition has it. */
interface Tag {
  readonly key?: unknown
  readonly value?: unknown
}

/**
 * The run that a revision is from. Pure.
 * @param tags can be written by others: those that do not look as this action writes them do not count
 */
export function originRun(tags: readonly Tag[]): OriginRun | undefined {
  const valueOf = (key: string): string => {
    const value = tags.find(tag => tag.key === key)?.value
    return typeof value === 'string' ? value : ''
  }
  const url = valueOf(ORIGIN_TAGS.run)
  const repository = valueOf(ORIGIN_TAGS.repository)
  const [, inUrl, runId] = RUN.exec(url) ?? []
  if (inUrl !== repository) return undefined
  const commit = valueOf(ORIGIN_TAGS.commit)
  return {repository, runId: Number(runId), url, commit: COMMIT.test(commit) ? commit : undefined}
}

/** `commit 3c5f1e2, https://github.com/…/actions/runs/1`. Pure. */
export function describeRun({commit, url}: Pick<OriginRun, 'commit' | 'url'>): string {
  return [...(commit === undefined ? [] : [`commit ${commit.slice(0, 7)}`]), url].join(', ')
}
