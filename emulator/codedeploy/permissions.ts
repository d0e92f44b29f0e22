import type * as sdk from '@aws-sdk/client-codedeploy'
import type {Needed, Place, Rule} from '../iam/permissions.ts'

/** What each operation needs. Source: the Service Authorization Reference for CodeDeploy, as far as the facts go. */
export const codeDeployRules: Readonly<Record<string, Rule>> = {
  CreateApplication: ofApplication,
  GetApplication: ofApplication,
  ListApplications: () => [{resource: '*'}],
  BatchGetApplications: ({applicationNames}: sdk.BatchGetApplicationsInput, place) =>
    (applicationNames ?? []).map(name => ({resource: arn(`application:${name}`, place)})),
  CreateDeploymentGroup: ofGroup,
  GetDeploymentGroup: ofGroup,
  ListDeploymentGroups: ofApplication,
  BatchGetDeploymentGroups: (input: sdk.BatchGetDeploymentGroupsInput, place) =>
    (input.deploymentGroupNames ?? []).flatMap(deploymentGroupName =>
      ofGroup({applicationName: input.applicationName, deploymentGroupName}, place)
    ),
  CreateDeploymentConfig: ofConfig,
  GetDeploymentConfig: ofConfig,
  ListDeploymentConfigs: () => [{resource: '*'}],
  CreateDeployment: createDeployment,
  GetDeployment: ofDeployment,
  BatchGetDeployments: ({deploymentIds}: sdk.BatchGetDeploymentsInput, place) =>
    (deploymentIds ?? []).flatMap(deploymentId => ofDeployment({deploymentId}, place)),
  ListDeployments: ofGroup,
  StopDeployment: ofDeployment,
  ContinueDeployment: ofDeployment,
  ListDeploymentTargets: ofDeployment,
  GetDeploymentTarget: ofDeployment,
  BatchGetDeploymentTargets: ofDeployment
}

function arn(resource: string, {region, account}: Place): string {
  return `arn:aws:codedeploy:${region}:${account}:${resource}`
}

function ofApplication({applicationName = ''}: {applicationName?: string | undefined}, place: Place): Needed[] {
  return [{resource: arn(`application:${applicationName}`, place)}]
}

interface GroupNamed {
  readonly applicationName?: string | undefined
  readonly deploymentGroupName?: string | undefined
}

function ofGroup({applicationName = '', deploymentGroupName = ''}: GroupNamed, place: Place): Needed[] {
  return [{resource: arn(`deploymentgroup:${applicationName}/${deploymentGroupName}`, place)}]
}

function ofConfig({deploymentConfigName = ''}: {deploymentConfigName?: string | undefined}, place: Place): Needed[] {
  return [{resource: arn(`deploymentconfig:${deploymentConfigName}`, place)}]
}

/** The group of a deployment, as `application/group`. */
function ofDeployment({deploymentId = ''}: {deploymentId?: string | undefined}, place: Place): Needed[] {
  const group = place.deploymentGroupOf(deploymentId)
  return [{resource: group === undefined ? '*' : arn(`deploymentgroup:${group}`, place)}]
}

/** It also reads the deployment configuration, and registers the revision with the application. */
function createDeployment(input: sdk.CreateDeploymentInput, place: Place): Needed[] {
  const {applicationName = '', deploymentGroupName = ''} = input
  const config = input.deploymentConfigName ?? place.deploymentConfigOf(`${applicationName}/${deploymentGroupName}`)
  return [
    ...ofGroup(input, place),
    {action: 'codedeploy:GetDeploymentConfig', resource: arn(`deploymentconfig:${config ?? '*'}`, place)},
    {
      action: 'codedeploy:RegisterApplicationRevision',
      resource: arn(`application:${applicationName}`, place)
    }
  ]
}
