import {
  ContinueServiceDeploymentCommand,
  type Deployment,
  DeploymentLifecycleHookAction,
  DescribeServiceDeploymentsCommand,
  type Service
} from '@aws-sdk/client-ecs'
import {familyAndRevision, lastPart} from '../aws/arn.ts'
import {change} from '../aws/change.ts'
import type {Aws} from '../aws/clients.ts'
import {explain} from '../aws/explain.ts'
import {deploymentOf, type PausedDeployment} from '../check/pause.ts'
import {readRevision} from '../check/revision.ts'
import type {StartedDeployment} from '../follow/started.ts'
import {Failure} from '../workflow/failure.ts'
import type {World} from '../world.ts'
import {joined} from './join.ts'
import {readService} from './read-service.ts'
import {withdraw} from './withdraw.ts'

/**
 * Says how a paused deployment goes on: each pause that waits is continued, or the deployment is rolled back. One that does
 * not wait any more, or was rolled back, is only followed, so that a step can be run again.
 * @returns the deployment to follow
 * @throws Failure in ECS's words when it refuses
 */
export async function answerPauses(
  paused: PausedDeployment,
  action: 'continue' | 'rollback',
  aws: Aws,
  world: World
): Promise<StartedDeployment> {
  const {service, number, isRolledBack} = paused
  const doing = action === 'continue' ? 'continuing' : 'rolling back'
  if (isRolledBack) world.log.info(`ECS has rolled the deployment of ${service.name} back already`)
  else
    await answer(paused, action, aws, world).catch((error: unknown) => {
      throw explain(error, `${doing} the deployment of ${service.name}`)
    })
  const current = await readService(service, aws, world.signal).catch((error: unknown) => {
    throw explain(error, `reading the service ${service.name}`)
  })
  const deployment = deploymentOf(current.deployments ?? [], number)
  if (deployment === undefined) throw new Failure(`${service.name} in ${service.cluster.name} has no deployment.`)
  if (paused.isDone && isReplaced(current, number)) throw replaced(paused, deployment, action)
  const {image} = await readRevision(deployment.taskDefinition ?? '', aws, world)
  const started = joined(current, deployment, image, world.clock.now())
  const isBack = isRolledBack || (isReplaced(current, number) && deployment.rolloutState === 'COMPLETED')
  return action === 'continue' || isBack ? started : {...started, wayBack: 'withdrawn'}
}

/** Whether the service has nothing any more of the deployment that made the service revision of this number. */
function isReplaced({currentServiceRevisions = []}: Service, number: string): boolean {
  return currentServiceRevisions.length > 0 && !currentServiceRevisions.some(({arn = ''}) => lastPart(arn) === number)
}

function replaced(
  {service}: PausedDeployment,
  {taskDefinition = ''}: Deployment,
  action: 'continue' | 'rollback'
): Failure {
  const done = action === 'continue' ? 'continued' : 'rolled back'
  return new Failure(
    `The deployment of ${service.name} that was to be ${done} has succeeded, and another one has replaced it since, of ${familyAndRevision(taskDefinition)}: nothing was changed.`
  )
}

async function answer(
  {service: {name, taskDefinitionArn}, serviceDeploymentArn, waiting}: PausedDeployment,
  action: 'continue' | 'rollback',
  aws: Aws,
  world: World
): Promise<void> {
  const what = `the deployment of ${familyAndRevision(taskDefinitionArn)} to ${name}`
  const [first] = waiting
  if (action === 'continue') {
    if (first === undefined) world.log.info(`${what} does not wait any more: following it`)
    for (const hookId of waiting) {
      await send({serviceDeploymentArn, hookId, action: DeploymentLifecycleHookAction.CONTINUE}, name, aws, world)
      world.log.info(`Continued ${what}`)
    }
    return
  }
  if (first === undefined) {
    const became = await withdraw(name, serviceDeploymentArn, aws, world)
    if (became !== 'requested') world.log.info(`${what} is over: nothing to roll back`)
    return
  }
  await send({serviceDeploymentArn, hookId: first, action: DeploymentLifecycleHookAction.ROLLBACK}, name, aws, world)
  world.log.info(`Asked ECS to roll back ${what}`)
}

interface Answer {
  readonly serviceDeploymentArn: string
  readonly hookId: string
  readonly action: DeploymentLifecycleHookAction
}

async function send(answer: Answer, service: string, aws: Aws, world: World): Promise<void> {
  const {serviceDeploymentArn, hookId} = answer
  await change(
    {
      what: `the answer to the pause of ${service}`,
      make: async () => {
        await aws.ecsOnce.send(new ContinueServiceDeploymentCommand(answer))
        return true
      },
      readBack: async () => {
        const command = new DescribeServiceDeploymentsCommand({serviceDeploymentArns: [serviceDeploymentArn]})
        const {serviceDeployments: [found] = []} = await aws.ecs.send(command)
        const hook = found?.lifecycleHookDetails?.find(one => one.hookId === hookId)
        return found !== undefined && hook?.status !== 'AWAITING_ACTION' ? true : undefined
      },
      ifUnknown: 'look at the deployment'
    },
    world
  )
}
