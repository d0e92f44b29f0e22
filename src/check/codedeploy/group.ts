import type {CodeDeploy, DeploymentGroupInfo, TrafficRoutingConfig} from '@aws-sdk/client-codedeploy'
import type {Service} from '@aws-sdk/client-ecs'
import {ifAllowed} from '../../aws/allowed.ts'
import {type CodeDeployGroup, isGroupOf, toGroup, unsubscribed} from '../../aws/codedeploy.ts'
import type {Aws} from '../../aws/clients.ts'
import {explain} from '../../aws/explain.ts'
import {Failure} from '../../workflow/failure.ts'
import type {CodeDeployInputs} from '../../workflow/inputs.ts'
import {listed} from '../../workflow/text.ts'
import type {World} from '../../world.ts'
import type {ServiceToRelease} from '../services.ts'

interface Names {
  readonly application: string
  readonly group: string
}

/**
 * Finds the deployment group of a service that CodeDeploy deploys: that of the inputs, else the one that made the task set
 * that serves production, else the one with the names that the ECS console gives.
 * @throws Failure where there is none, it is for another service, or CodeDeploy may not be used
 */
export async function findGroup(
  service: ServiceToRelease,
  wanted: CodeDeployInputs,
  aws: Aws,
  world: World
): Promise<CodeDeployGroup> {
  const client = await aws.codeDeploy()
  const {application, group} = await namesOf(service, wanted, client, world)
  const info = await readGroup({application, group}, service, client, world)
  refuseOther(info, {application, group}, service)
  const config = wanted.deploymentConfig ?? info.deploymentConfigName ?? ''
  return toGroup(info, config, await readRouting(config, wanted, client, world))
}

async function namesOf(
  {name, cluster, described}: ServiceToRelease,
  {application, deploymentGroup}: CodeDeployInputs,
  client: CodeDeploy,
  world: World
): Promise<Names> {
  const isGiven = application !== undefined && deploymentGroup !== undefined
  const last = isGiven ? undefined : await lastUsed(described, client, world)
  return {
    application: application ?? last?.application ?? `AppECS-${cluster.name}-${name}`,
    group: deploymentGroup ?? last?.group ?? `DgpECS-${cluster.name}-${name}`
  }
}

/** CodeDeploy puts the id of its deployment on the task sets that it makes. */
async function lastUsed({taskSets = []}: Service, client: CodeDeploy, {signal}: World): Promise<Names | undefined> {
  const primary = taskSets.find(({status}) => status === 'PRIMARY')
  if (primary?.startedBy !== 'CODE_DEPLOY' || primary.externalId === undefined) return undefined
  const deploymentId = primary.externalId
  // It may be gone, or of a group that may not be read: then the usual names are left.
  const {deploymentInfo} = await client.getDeployment({deploymentId}, {abortSignal: signal}).catch(() => ({
    deploymentInfo: undefined
  }))
  const {applicationName: application, deploymentGroupName: group} = deploymentInfo ?? {}
  return application === undefined || group === undefined ? undefined : {application, group}
}

async function readGroup(
  {application, group}: Names,
  {name, cluster}: ServiceToRelease,
  client: CodeDeploy,
  world: World
): Promise<DeploymentGroupInfo> {
  const input = {applicationName: application, deploymentGroupName: group}
  try {
    const {deploymentGroupInfo} = await client.getDeploymentGroup(input, {abortSignal: world.signal})
    return deploymentGroupInfo ?? {}
  } catch (error) {
    const where = `${name} in ${cluster.name}`
    const missing = await missingNames(error, {application, group}, where, client, world)
    const otherwise =
      'or name others in the inputs `codedeploy-application` and `codedeploy-deployment-group` if they are called otherwise'
    throw (
      unsubscribed(error, where) ??
      missing ??
      explain(error, `reading the deployment group ${group} of the CodeDeploy application ${application}`, otherwise)
    )
  }
}

async function missingNames(
  error: unknown,
  {application, group}: Names,
  where: string,
  client: CodeDeploy,
  {log, signal}: World
): Promise<Failure | undefined> {
  const code = error instanceof Error ? error.name : ''
  const options = {abortSignal: signal}
  if (code === 'ApplicationDoesNotExistException') {
    const list = async () => (await client.listApplications({}, options)).applications ?? []
    const names = await ifAllowed(log, 'codedeploy:ListApplications', list).catch(() => undefined)
    return new Failure(
      `There is no CodeDeploy application ${application}, which is to deploy ${where}: name the right one in the input \`codedeploy-application\`${choice(names)}.`,
      {fix: 'with:\n  codedeploy-application: my-application\n  codedeploy-deployment-group: my-group'}
    )
  }
  if (code !== 'DeploymentGroupDoesNotExistException') return undefined
  const list = async () =>
    (await client.listDeploymentGroups({applicationName: application}, options)).deploymentGroups ?? []
  const names = await ifAllowed(log, 'codedeploy:ListDeploymentGroups', list).catch(() => undefined)
  return new Failure(
    `The CodeDeploy application ${application} has no deployment group ${group}, which is to deploy ${where}: name the right one in the input \`codedeploy-deployment-group\`${choice(names)}.`,
    {fix: 'with:\n  codedeploy-deployment-group: my-group'}
  )
}

function choice(names: readonly string[] | undefined): string {
  return names === undefined || names.length === 0 ? '' : `, there is ${listed(names)}`
}

/** @throws Failure for a group of another service or compute platform */
function refuseOther(info: DeploymentGroupInfo, {application, group}: Names, service: ServiceToRelease): void {
  if (isGroupOf(info, service)) return
  const services = (info.ecsServices ?? []).map(
    ({serviceName = '', clusterName = 'default'}) => `${serviceName} in ${clusterName}`
  )
  const instead = services.length === 0 ? 'no ECS service' : `the service ${listed(services)}`
  throw new Failure(
    `The deployment group ${group} of the CodeDeploy application ${application} is for ${instead}, not for ${service.name} in ${service.cluster.name}: name the service's own in the inputs \`codedeploy-application\` and \`codedeploy-deployment-group\`.`,
    {fix: 'with:\n  codedeploy-application: my-application\n  codedeploy-deployment-group: my-group'}
  )
}

/** How traffic moves only helps; a configuration that the input names has to be there. */
async function readRouting(
  deploymentConfigName: string,
  {deploymentConfig}: CodeDeployInputs,
  client: CodeDeploy,
  {log, signal}: World
): Promise<TrafficRoutingConfig | undefined> {
  const read = () => client.getDeploymentConfig({deploymentConfigName}, {abortSignal: signal})
  const answer = await ifAllowed(log, 'codedeploy:GetDeploymentConfig', read).catch((error: unknown) => {
    if (error instanceof Error && error.name === 'DeploymentConfigDoesNotExistException') {
      throw new Failure(
        `There is no CodeDeploy deployment configuration ${deploymentConfigName}: correct ${deploymentConfig === undefined ? 'the deployment group' : 'the input `codedeploy-deployment-config`'}, for example to CodeDeployDefault.ECSAllAtOnce.`
      )
    }
    throw explain(error, `reading the CodeDeploy deployment configuration ${deploymentConfigName}`)
  })
  return answer?.deploymentConfigInfo?.trafficRoutingConfig
}
