import {
  type Deployment,
  DescribeServiceDeploymentsCommand,
  type DeploymentLifecycleHookDetail,
  ListServiceDeploymentsCommand,
  type ServiceDeployment,
  type ServiceDeploymentStatus
} from '@aws-sdk/client-ecs'
import {familyAndRevision, lastPart} from '../aws/arn.ts'
import type {Aws} from '../aws/clients.ts'
import {explain} from '../aws/explain.ts'
import {Failure} from '../workflow/failure.ts'
import {bounded, listed, oneLine} from '../workflow/text.ts'
import type {World} from '../world.ts'
import {findServices, type ServiceToRelease} from './services.ts'

/** Which deployment is meant. */
export interface WantedDeployment {
  readonly cluster: string
  readonly service: string | undefined
  readonly serviceDeploymentArn: string | undefined
  /** Ids of pause hooks; none for those that wait. */
  readonly hookId: readonly string[]
  /** What is to be done with it. */
  readonly action: 'continue' | 'rollback'
}

/** A deployment that is on its way or was, and the pauses of it that wait for somebody. */
export interface PausedDeployment {
  readonly service: ServiceToRelease
  readonly serviceDeploymentArn: string
  /** Number of the deployment in `deployments[]`: the service revision bears it. */
  readonly number: string
  readonly waiting: readonly string[]
  /** It has succeeded, so that neither can be done any more. */
  readonly isDone: boolean
  /** ECS has rolled it back already. */
  readonly isRolledBack: boolean
}

/** In which states that can be done, or was done already; a deployment that succeeded is followed, and that tells. */
const POSSIBLE: Readonly<Record<WantedDeployment['action'], readonly ServiceDeploymentStatus[]>> = {
  continue: ['PENDING', 'IN_PROGRESS', 'SUCCESSFUL'],
  rollback: [
    ...(['PENDING', 'IN_PROGRESS', 'SUCCESSFUL'] as const),
    ...(['ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS', 'ROLLBACK_SUCCESSFUL'] as const)
  ]
}
const LONGEST_REASON = 300

const ARN = /^arn:[\w-]+:ecs:[\w-]+:\d{12}:service-deployment\/([\w-]+)\/([\w-]+)\/[\w-]+$/

/**
 * Finds the deployment that is to be continued or rolled back, and what it waits with.
 * @throws Failure when there is none, when it has ended so that neither can be done, or when it is to be continued, nothing
 * of it waits, and no hook is named
 */
export async function findPaused(wanted: WantedDeployment, aws: Aws, world: World): Promise<PausedDeployment> {
  const [cluster, name] = placeOf(wanted)
  const [service] = await findServices([name], cluster, aws, world)
  if (service === undefined) throw new TypeError('One service was asked for')
  const found = await read(wanted.serviceDeploymentArn, service, aws, world).catch((error: unknown) => {
    throw explain(error, `reading the deployment of ${service.name}`)
  })
  const waiting = waitingHooks(found, wanted, service)
  return {
    service,
    serviceDeploymentArn: found.serviceDeploymentArn ?? '',
    number: lastPart(found.targetServiceRevision?.arn ?? ''),
    waiting,
    isDone: found.status === 'SUCCESSFUL',
    isRolledBack: found.status === 'ROLLBACK_SUCCESSFUL'
  }
}

/** The deployment in `deployments[]` that a service deployment is about: the one of its number, else the primary one. Pure. */
export function deploymentOf(deployments: readonly Deployment[], number: string): Deployment | undefined {
  return (
    deployments.find(({id = ''}) => lastPart(id) === number) ?? deployments.find(({status}) => status === 'PRIMARY')
  )
}

function placeOf({cluster, service, serviceDeploymentArn}: WantedDeployment): [cluster: string, service: string] {
  if (serviceDeploymentArn === undefined) return [cluster, service ?? '']
  const [, itsCluster, itsService] = ARN.exec(serviceDeploymentArn) ?? []
  if (itsCluster === undefined || itsService === undefined) {
    throw new Failure(
      `The input \`service-deployment-arn\` is \`${serviceDeploymentArn}\`, which is no ARN of a service deployment: take it from the output \`service-deployment-arn\` of the step that deployed.`
    )
  }
  return [itsCluster, itsService]
}

async function read(
  arn: string | undefined,
  service: ServiceToRelease,
  aws: Aws,
  {signal}: World
): Promise<ServiceDeployment> {
  const wanted = arn ?? (await newest(service, aws, signal))
  const command = new DescribeServiceDeploymentsCommand({serviceDeploymentArns: [wanted]})
  const {serviceDeployments: [found] = []} = await aws.ecs.send(command, {abortSignal: signal})
  if (found !== undefined) return found
  throw new Failure(
    `ECS has no service deployment ${wanted}: it keeps those of 90 days, and none of a deleted service.`
  )
}

async function newest({name, arn, cluster}: ServiceToRelease, aws: Aws, abortSignal: AbortSignal): Promise<string> {
  const command = new ListServiceDeploymentsCommand({cluster: cluster.arn, service: arn, maxResults: 1})
  const {serviceDeployments: [found] = []} = await aws.ecs.send(command, {abortSignal})
  if (found?.serviceDeploymentArn !== undefined) return found.serviceDeploymentArn
  throw new Failure(`${name} in ${cluster.name} has no deployment that could be continued.`)
}

function waitingHooks(
  {status, statusReason, lifecycleStage, lifecycleHookDetails: hooks = []}: ServiceDeployment,
  {hookId, action}: WantedDeployment,
  {name, cluster, taskDefinitionArn}: ServiceToRelease
): string[] {
  const what = `The deployment of ${name} in ${cluster.name}`
  const waiting = hooks.filter(isWaiting).flatMap(hook => hook.hookId ?? [])
  if (status === undefined || !POSSIBLE[action].includes(status)) {
    const reason = statusReason === undefined ? '' : ` (${bounded(oneLine(statusReason), LONGEST_REASON)})`
    throw new Failure(
      `${what} is ${status ?? 'in an unknown state'}${reason}, so it cannot be ${action === 'continue' ? 'continued' : 'rolled back'}: the service has ${familyAndRevision(taskDefinitionArn)}.`
    )
  }
  if (hookId.length > 0) return waiting.filter(id => hookId.includes(id))
  if (waiting.length > 0 || action === 'rollback') return waiting
  const stage = lifecycleStage === undefined ? '' : ` at ${lifecycleStage}`
  throw new Failure(
    `${what} is ${status}${stage} and waits for nobody: run this when it is paused${hooks.length === 0 ? '' : `; its hooks are ${listed(hooks.map(describeHook))}`}.`
  )
}

function isWaiting({targetType, status}: DeploymentLifecycleHookDetail): boolean {
  return targetType === 'PAUSE' && status === 'AWAITING_ACTION'
}

function describeHook({hookId = '', status}: DeploymentLifecycleHookDetail): string {
  return `${hookId} (${status ?? 'unknown'})`
}
