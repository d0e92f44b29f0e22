import {originRun, type OriginRun} from '../../aws/origin-tags.ts'
import {familyAndRevision} from '../../aws/arn.ts'
import type {DescribedDefinition} from '../../definition/describe.ts'
import type {WorkflowRun} from '../../workflow/event.ts'
import type {Check, Found} from '../check.ts'
import type {Situation} from '../situation.ts'

/**
 * The run that a service was released by after this one had been created, in the same repository: its code is newer. Pure.
 * @param running the revision that the service runs or is on its way to
 */
export function newerRun(
  {tags}: Pick<DescribedDefinition, 'tags'>,
  {repository, runId, serverUrl}: WorkflowRun
): OriginRun | undefined {
  const origin = originRun(tags)
  const isComparable = origin?.repository === repository && origin.url.startsWith(`${serverUrl}/`)
  return isComparable && origin.runId > Number(runId) ? origin : undefined
}

/** What to say of a release that would put older code in the place of newer. Pure. */
export function olderThan(newer: OriginRun, service: string, revision: string): string {
  const commit = newer.commit === undefined ? '' : ` with commit ${newer.commit.slice(0, 7)}`
  return `${service} runs ${revision}, which a newer run of this repository released${commit} (${newer.url})`
}

/** The first attempt of an older run is late, which nobody decided. */
export const olderRun: Check = {
  name: 'older-run',
  finds:
    'a first attempt of a run that is older than the one whose release the service runs: it would put older code in the place of newer',
  level: 'error',
  needs: ['ecs:DescribeTaskDefinition'],
  run: seen =>
    found(
      seen,
      seen.run.attempt === 1,
      'this run is older and would undo that, so it stops here; re-run this job if going back is what you want'
    )
}

/** Who re-runs a job has decided so. */
export const olderReRun: Check = {
  name: 'older-re-run',
  finds: 'a re-run of a run that is older than the one whose release the service runs: it goes back to older code',
  level: 'warning',
  needs: ['ecs:DescribeTaskDefinition'],
  run: seen => found(seen, seen.run.attempt > 1, 'this re-run of an older run goes back behind that')
}

function found({service, running, run}: Situation, applies: boolean, consequence: string): Found[] {
  const newer = running && newerRun(running, run)
  if (!applies || running === undefined || newer === undefined) return []
  return [
    {
      message: `${olderThan(newer, service?.serviceName ?? 'The service', familyAndRevision(running.arn))}: ${consequence}.`
    }
  ]
}
