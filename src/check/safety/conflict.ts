import type {Deployment, Service, TaskSet} from '@aws-sdk/client-ecs'
import {familyAndRevision} from '../../aws/arn.ts'
import {describeRun, originRun, type OriginRun} from '../../aws/origin-tags.ts'
import type {DescribedDefinition} from '../../definition/describe.ts'
import type {WorkflowRun} from '../../workflow/event.ts'
import type {Check, Found} from '../check.ts'
import type {Situation} from '../situation.ts'

/** What is known of a deployment that is on its way: one of ECS, or one of CodeDeploy by its task set. */
export type InFlight = Pick<Deployment, 'id' | 'taskDefinition' | 'createdAt'>

/**
 * The deployment of a service that is on its way, `undefined` when there is none. A service behind a Classic Load Balancer
 * has no rollout state: there it is one that others are being replaced by. Pure.
 */
export function deploymentInFlight({
  deployments = [],
  taskSets = []
}: Pick<Service, 'deployments' | 'taskSets'>): InFlight | undefined {
  if (deployments.length === 0) return replacedTaskSet(taskSets)
  const primary = deployments.find(({status}) => status === 'PRIMARY')
  if (primary?.rolloutState !== undefined) return primary.rolloutState === 'IN_PROGRESS' ? primary : undefined
  return deployments.length > 1 ? primary : undefined
}

/**
 * Until CodeDeploy has moved the traffic, the newer of two task sets is that of its deployment. From then on the older one
 * waits to be terminated or is kept for good, which looks alike: that is no conflict here, and CodeDeploy says it itself.
 */
function replacedTaskSet(taskSets: readonly TaskSet[]): InFlight | undefined {
  if (taskSets.length < 2) return undefined
  const time = ({createdAt}: TaskSet): number => createdAt?.getTime() ?? 0
  const [newest] = taskSets.toSorted((one, other) => time(other) - time(one))
  if (newest === undefined || newest.status === 'PRIMARY') return undefined
  return {...newest, id: newest.externalId ?? newest.id}
}

/** `a deployment of web:42 by commit 3c5f1e2, https://…, which began at 10:32:05 UTC (ecs-svc/1)`. Pure. */
export function describeInFlight(
  {id = '', taskDefinition = '', createdAt}: InFlight,
  revision: Pick<DescribedDefinition, 'arn' | 'tags'> | undefined
): string {
  const origin = originOf(taskDefinition, revision)
  const by = origin === undefined ? '' : ` by ${describeRun(origin)}`
  const since = createdAt === undefined ? '' : `, which began at ${createdAt.toISOString().slice(11, 19)} UTC`
  return `a deployment of ${familyAndRevision(taskDefinition)}${by}${since} (${id})`
}

/** Whether a deployment is of an earlier attempt of this run, which a re-run goes on with. Pure. */
export function isOfThisRun(
  {taskDefinition}: InFlight,
  revision: Pick<DescribedDefinition, 'arn' | 'tags'> | undefined,
  run: WorkflowRun
): boolean {
  const origin = originOf(taskDefinition, revision)
  return origin?.repository === run.repository && origin.runId === Number(run.runId)
}

function originOf(
  taskDefinition: string | undefined,
  revision: Pick<DescribedDefinition, 'arn' | 'tags'> | undefined
): OriginRun | undefined {
  return revision === undefined || revision.arn !== taskDefinition ? undefined : originRun(revision.tags)
}

/** `on-conflict: supersede`, said aloud. */
export const conflictSuperseded: Check = {
  name: 'deployment-superseded',
  finds:
    'a deployment of the service that is on its way, with `on-conflict: supersede`: this release ends it, except where CodeDeploy deploys, which makes one at a time',
  level: 'warning',
  needs: [],
  run: seen => {
    if (seen.inputs.onConflict !== 'supersede') return []
    return seen.service?.deploymentController?.type === 'CODE_DEPLOY'
      ? found(
          seen,
          'CodeDeploy makes one at a time, so this release fails after the build unless it is of the same revision; write `on-conflict: wait` to let that one end first, or `fail` to stop here'
        )
      : found(seen, 'this release supersedes it; write `on-conflict: wait` to let it end first, or `fail` to stop here')
  }
}

/** `on-conflict: fail`. */
export const conflictRefused: Check = {
  name: 'deployment-in-flight',
  finds: 'a deployment of the service that is on its way, with `on-conflict: fail`',
  level: 'error',
  needs: [],
  run: seen =>
    seen.inputs.onConflict !== 'fail'
      ? []
      : found(seen, '`on-conflict: fail` stops this release; run the job again when that deployment has ended')
}

function found({service, running, run}: Situation, consequence: string): Found[] {
  const inFlight = service && deploymentInFlight(service)
  if (inFlight === undefined || isOfThisRun(inFlight, running, run)) return []
  const what = describeInFlight(inFlight, running)
  return [{message: `${service?.serviceName ?? 'The service'} has ${what} on its way: ${consequence}.`}]
}
