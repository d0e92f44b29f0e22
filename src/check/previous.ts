import {
  DescribeServiceRevisionsCommand,
  ListServiceDeploymentsCommand,
  type ServiceDeploymentBrief
} from '@aws-sdk/client-ecs'
import {familyAndRevision} from '../aws/arn.ts'
import type {Aws} from '../aws/clients.ts'
import {explain} from '../aws/explain.ts'
import {chunksOf} from '../workflow/chunks.ts'
import {Failure} from '../workflow/failure.ts'
import type {World} from '../world.ts'
import type {ServiceToRelease} from './services.ts'

/** A deployment of a service, over or not. */
export interface PastDeployment {
  readonly taskDefinitionArn: string | undefined
  readonly status: string
}

/** One page of ListServiceDeployments at most, and so many of those that succeeded. */
const MOST_DEPLOYMENTS = 100
const MOST_SUCCESSES = 40
/** DescribeServiceRevisions takes twenty revisions a call. */
const REVISIONS_A_CALL = 20

/**
 * ARN of the revision that ran well before the last deployment of a service, by ECS's history of 90 days.
 * @throws Failure when the history tells of none, or may not be read
 */
export async function previousRevision(service: ServiceToRelease, aws: Aws, world: World): Promise<string> {
  const history = await readHistory(service, aws, world).catch((error: unknown) => {
    throw explain(error, `looking up what ${service.name} ran before`, 'or name the revision in the input `to`')
  })
  const previous = previousGood(history, service.taskDefinitionArn)
  if (previous !== undefined) return previous
  throw new Failure(
    `ECS knows of no revision that ${service.name} in ${service.cluster.name} ran before ${familyAndRevision(service.taskDefinitionArn)}: name the one to go back to in the input \`to\`.`
  )
}

/**
 * The revision that ran well before the last deployment. Where ECS has rolled that one back, it is what runs now; to deploy
 * a revision that had run before counts as going back to it, so that going back twice goes back by two. Pure.
 * @param history the newest first
 * @param current ARN of the revision that the service runs or is on its way to
 */
export function previousGood(history: readonly PastDeployment[], current: string): string | undefined {
  const [last] = history
  if (last?.status.startsWith('ROLLBACK_') === true && last.taskDefinitionArn !== current) return current
  const stack: string[] = []
  for (const {taskDefinitionArn, status} of history.toReversed()) {
    if (status !== 'SUCCESSFUL' || taskDefinitionArn === undefined) continue
    const known = stack.indexOf(taskDefinitionArn)
    stack.splice(known < 0 ? stack.length : known, Infinity, taskDefinitionArn)
  }
  const at = stack.indexOf(current)
  return at < 0 ? stack.at(-1) : stack[at - 1]
}

async function readHistory(service: ServiceToRelease, aws: Aws, {signal}: World): Promise<PastDeployment[]> {
  const command = new ListServiceDeploymentsCommand({
    cluster: service.cluster.arn,
    service: service.arn,
    maxResults: MOST_DEPLOYMENTS
  })
  const {serviceDeployments = []} = await aws.ecs.send(command, {abortSignal: signal})
  const [last] = serviceDeployments
  const successes = serviceDeployments.filter(({status}) => status === 'SUCCESSFUL').slice(0, MOST_SUCCESSES)
  const wanted = last === undefined || successes.includes(last) ? successes : [last, ...successes]
  const revisions = await readTargets(wanted, aws, signal)
  return wanted.map(({targetServiceRevisionArn = '', status = ''}) => ({
    taskDefinitionArn: revisions.get(targetServiceRevisionArn),
    status
  }))
}

/** The task definitions of their targets, by the ARN of the service revision. */
async function readTargets(
  deployments: readonly ServiceDeploymentBrief[],
  aws: Aws,
  abortSignal: AbortSignal
): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const arns = new Set(deployments.flatMap(({targetServiceRevisionArn}) => targetServiceRevisionArn ?? []))
  for (const serviceRevisionArns of chunksOf([...arns], REVISIONS_A_CALL)) {
    const command = new DescribeServiceRevisionsCommand({serviceRevisionArns})
    const {serviceRevisions = []} = await aws.ecs.send(command, {abortSignal})
    for (const {serviceRevisionArn = '', taskDefinition = ''} of serviceRevisions) {
      found.set(serviceRevisionArn, taskDefinition)
    }
  }
  return found
}
