import type {CodeDeploy} from '@aws-sdk/client-codedeploy'
import {DescribeServicesCommand} from '@aws-sdk/client-ecs'
import {lastPart} from '../../aws/arn.ts'
import {fromAws, unlessUnreadable} from '../../aws/reading.ts'
import type {Source} from '../source.ts'
import type {StartedDeployment} from '../started.ts'
import {
  type CodeDeploySnapshot,
  type DeploymentState,
  type LifecycleEvent,
  productionWeight,
  toDeployment,
  toEvents,
  toTaskSetService
} from './snapshot.ts'

/** What could be read of a deployment; `undefined` with the problem where the state is not known this time. */
export interface CodeDeployReading {
  readonly snapshot: CodeDeploySnapshot | undefined
  readonly problem: unknown
}

/** Looks at a deployment and its service once. What AWS does not answer is never thrown. */
export async function readCodeDeploy(
  started: StartedDeployment,
  before: CodeDeploySnapshot | undefined,
  client: CodeDeploy,
  source: Source,
  abortSignal: AbortSignal
): Promise<CodeDeployReading> {
  const problems: unknown[] = []
  const keep = (cause: unknown): void => {
    problems.push(cause)
  }
  const id = started.codeDeploy?.id
  const [deployment, target, service] = await Promise.all([
    id === undefined ? undefined : unlessUnreadable(readDeployment(id, client, abortSignal), keep),
    // Only helps: the deployment alone says how it ends.
    id === undefined
      ? undefined
      : unlessUnreadable(readTarget(id, started, client, source, abortSignal), () => undefined),
    unlessUnreadable(readService(started, source, abortSignal), keep)
  ])
  const rollbackId = deployment?.rollbackId
  const rollback = rollbackId && (await unlessUnreadable(readDeployment(rollbackId, client, abortSignal), keep))
  if (problems.length > 0 || service === undefined) return {snapshot: undefined, problem: problems[0]}
  return {
    snapshot: {
      deployment,
      rollback: rollback || undefined,
      events: target?.events ?? before?.events ?? [],
      production: target?.production ?? before?.production,
      service: toTaskSetService(started.service.arn, service.found)
    },
    problem: undefined
  }
}

async function readDeployment(
  deploymentId: string,
  client: CodeDeploy,
  abortSignal: AbortSignal
): Promise<DeploymentState> {
  const {deploymentInfo} = await fromAws(client.getDeployment({deploymentId}, {abortSignal}))
  return toDeployment(deploymentInfo ?? {})
}

/** A deployment has one target, its service; before it has started, it has none to tell of. */
async function readTarget(
  deploymentId: string,
  {service}: StartedDeployment,
  client: CodeDeploy,
  {ifAllowed}: Source,
  abortSignal: AbortSignal
): Promise<{readonly events: readonly LifecycleEvent[]; readonly production: number | undefined} | undefined> {
  const targetId = `${lastPart(service.clusterArn)}:${service.name}`
  const answer = await fromAws(
    ifAllowed('codedeploy:GetDeploymentTarget', () =>
      client.getDeploymentTarget({deploymentId, targetId}, {abortSignal})
    )
  )
  const target = answer?.deploymentTarget?.ecsTarget
  return target && {events: toEvents(target), production: productionWeight(target)}
}

/** Without `found`, the service does not exist. */
async function readService({service}: StartedDeployment, {ecs}: Source, abortSignal: AbortSignal) {
  const command = new DescribeServicesCommand({cluster: service.clusterArn, services: [service.arn]})
  const {services = []} = await fromAws(ecs.send(command, {abortSignal}))
  return {found: services.find(({serviceArn}) => serviceArn === service.arn)}
}
