import type {Service} from '@aws-sdk/client-ecs'
import type {CodeDeployGroup} from '../../aws/codedeploy.ts'
import type {Aws} from '../../aws/clients.ts'
import type {WorkflowRun} from '../../workflow/event.ts'
import {Failure} from '../../workflow/failure.ts'
import type {CodeDeployInputs, Inputs} from '../../workflow/inputs.ts'
import {bounded, duration, listed} from '../../workflow/text.ts'
import {together} from '../../workflow/together.ts'
import type {World} from '../../world.ts'
import type {ServiceToRelease} from '../services.ts'
import {appSpecFor, type AppSpecFile, type LoadBalancerInfo, readAppSpec} from './app-spec.ts'
import {findGroup} from './group.ts'

export {appSpecFor, taskDefinitionIn} from './app-spec.ts'

/** With what CodeDeploy deploys a service. */
export interface CodeDeployTarget {
  readonly group: CodeDeployGroup
  /** The input `codedeploy-deployment-config`. */
  readonly deploymentConfig: string | undefined
  /** `undefined` where the repository has none. */
  readonly appSpec: AppSpecFile | undefined
  readonly loadBalancer: LoadBalancerInfo | undefined
  /** What the deployment is to say of where it is from. */
  readonly description: string
}

/** CodeDeploy takes no longer description. */
const LONGEST_DESCRIPTION = 512

type Wanted = Pick<Inputs, 'codeDeploy' | 'desiredCount'>

/**
 * Finds what CodeDeploy deploys services with, where that is their deployment controller.
 * @returns all services, in their order
 * @throws Failure where CodeDeploy cannot deploy one, and for inputs that no service has a use for
 */
export async function withCodeDeploy(
  services: readonly ServiceToRelease[],
  wanted: Wanted,
  run: WorkflowRun,
  aws: Aws,
  world: World
): Promise<ServiceToRelease[]> {
  refuseIdleInputs(services, wanted)
  return together(services.map(service => withTarget(service, wanted, run, aws, world)))
}

const INPUTS: Readonly<Record<keyof CodeDeployInputs, string>> = {
  application: 'codedeploy-application',
  deploymentGroup: 'codedeploy-deployment-group',
  deploymentConfig: 'codedeploy-deployment-config',
  appSpec: 'codedeploy-appspec'
}

/** An input that would be ignored in silence is refused. */
function refuseIdleInputs(services: readonly ServiceToRelease[], {codeDeploy}: Wanted): void {
  const [first] = services
  const names = Object.keys(INPUTS) as (keyof CodeDeployInputs)[]
  const given = names.find(name => codeDeploy[name] !== undefined)
  if (given === undefined || first === undefined || services.some(isDeployedByCodeDeploy)) return
  throw new Failure(
    `The input \`${INPUTS[given]}\` is for services with the deployment controller CODE_DEPLOY, but ${first.name} in ${first.cluster.name} has ECS: take the input away.`
  )
}

function isDeployedByCodeDeploy({described}: ServiceToRelease): boolean {
  return described.deploymentController?.type === 'CODE_DEPLOY'
}

async function withTarget(
  service: ServiceToRelease,
  {codeDeploy: wanted, desiredCount}: Wanted,
  run: WorkflowRun,
  aws: Aws,
  world: World
): Promise<ServiceToRelease> {
  if (!isDeployedByCodeDeploy(service)) return service
  refuseDesiredCount(service, desiredCount)
  const [group, appSpec] = await together([findGroup(service, wanted, aws, world), readAppSpec(wanted.appSpec, run)])
  const loadBalancer = loadBalancerOf(service.described)
  const description = bounded(`commit ${run.commit.slice(0, 7)}, ${run.url}`, LONGEST_DESCRIPTION)
  const target = {group, deploymentConfig: wanted.deploymentConfig, appSpec, loadBalancer, description}
  // What is wrong with it is said before anything is changed.
  appSpecFor(service.taskDefinitionArn, appSpec, loadBalancer)
  return {...service, rolls: describeGroup(group, appSpec), codeDeploy: target}
}

/** A release makes one change. */
function refuseDesiredCount({name, cluster}: ServiceToRelease, desiredCount: number | undefined): void {
  if (desiredCount === undefined) return
  throw new Failure(
    `The input \`desired-count\` cannot be used for ${name} in ${cluster.name}: CodeDeploy deploys as many tasks as the service has, so take the input away and scale the service apart from releases.`,
    {fix: `aws ecs update-service --cluster ${cluster.name} --service ${name} --desired-count ${desiredCount}`}
  )
}

/** Of the task set that serves production, which has what the last deployment gave it. */
function loadBalancerOf({taskSets = [], loadBalancers = []}: Service): LoadBalancerInfo | undefined {
  const primary = taskSets.find(({status}) => status === 'PRIMARY')
  const {containerName, containerPort} = primary?.loadBalancers?.[0] ?? loadBalancers[0] ?? {}
  return containerName === undefined || containerPort === undefined ? undefined : {containerName, containerPort}
}

const REASONS: Readonly<Record<string, string>> = {
  DEPLOYMENT_FAILURE: 'failure',
  DEPLOYMENT_STOP_ON_ALARM: 'alarm',
  DEPLOYMENT_STOP_ON_REQUEST: 'request'
}

/** `blue/green by CodeDeploy: application A, deployment group G, …)`. */
function describeGroup(group: CodeDeployGroup, appSpec: AppSpecFile | undefined): string {
  const {application, name, config, readyMinutes, terminationMinutes, rollsBackOn} = group
  const parts = [
    `application ${application}`,
    `deployment group ${name}`,
    config,
    appSpec === undefined ? 'AppSpec file written by this action' : `AppSpec file ${appSpec.shown}`,
    ...(readyMinutes === undefined ? [] : [`waits ${duration(readyMinutes * 60_000)} to be continued`]),
    terminationMinutes === undefined
      ? 'keeps the old tasks'
      : `keeps the old tasks for ${duration(terminationMinutes * 60_000)}`,
    rollsBackOn.length === 0
      ? 'no rollback'
      : `rolls back on ${listed(rollsBackOn.map(event => REASONS[event] ?? event))}`
  ]
  return `blue/green by CodeDeploy: ${parts.join(', ')}`
}
