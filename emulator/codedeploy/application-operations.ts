import * as sdk from '@aws-sdk/client-codedeploy'
import {type Operations, operationOf} from '../service.ts'
import {allAtOnce} from './configs.ts'
import {codeDeployError, required} from './errors.ts'
import {applicationOf, batch, groupOf, page} from './find.ts'
import type {Application, DeploymentGroup} from './model.ts'
import {applicationView, groupView} from './views.ts'
import type {CodeDeployWorld} from './world.ts'

/** The operations on applications, deployment groups and deployment configurations. */
export function applicationOperations(world: CodeDeployWorld): Operations {
  return {...operationsOnApplications(world), ...operationsOnGroups(world), ...operationsOnConfigs(world)}
}

function operationsOnApplications(world: CodeDeployWorld): Operations {
  const {applications} = world
  return {
    CreateApplication: operationOf(
      sdk.CreateApplication$,
      (input: sdk.CreateApplicationInput): sdk.CreateApplicationOutput => ({
        applicationId: createApplication(world, input).id
      })
    ),
    GetApplication: operationOf(sdk.GetApplication$, (input: sdk.GetApplicationInput): sdk.GetApplicationOutput => ({
      application: applicationView(applicationOf(world, input.applicationName))
    })),
    ListApplications: operationOf(
      sdk.ListApplications$,
      (input: sdk.ListApplicationsInput): sdk.ListApplicationsOutput => {
        const {items, ...rest} = page([...applications.keys()].sort(), input.nextToken)
        return {applications: items, ...rest}
      }
    ),
    BatchGetApplications: operationOf(
      sdk.BatchGetApplications$,
      (input: sdk.BatchGetApplicationsInput): sdk.BatchGetApplicationsOutput => ({
        applicationsInfo: batch(input.applicationNames, 100).map(name => applicationView(applicationOf(world, name)))
      })
    )
  }
}

/** @throws AwsError for a name that is taken, and for another compute platform than ECS; texts not confirmed */
function createApplication(world: CodeDeployWorld, input: sdk.CreateApplicationInput): Application {
  const name = required(input.applicationName, 'ApplicationNameRequired', 'application name')
  if (world.applications.has(name)) {
    throw codeDeployError('ApplicationAlreadyExists', `Application already exists: ${name}`)
  }
  if (input.computePlatform !== 'ECS') {
    throw codeDeployError('InvalidComputePlatform', 'This emulator has applications of the compute platform ECS only.')
  }
  const application = {id: world.ids.uuid(), name, createdAt: world.clock.now(), groups: new Map()}
  world.applications.set(name, application)
  return application
}

function operationsOnGroups(world: CodeDeployWorld): Operations {
  return {
    CreateDeploymentGroup: operationOf(
      sdk.CreateDeploymentGroup$,
      (input: sdk.CreateDeploymentGroupInput): sdk.CreateDeploymentGroupOutput => ({
        deploymentGroupId: createGroup(world, input).id
      })
    ),
    GetDeploymentGroup: operationOf(
      sdk.GetDeploymentGroup$,
      (input: sdk.GetDeploymentGroupInput): sdk.GetDeploymentGroupOutput => ({
        deploymentGroupInfo: groupView(groupOf(world, input))
      })
    ),
    ListDeploymentGroups: operationOf(
      sdk.ListDeploymentGroups$,
      (input: sdk.ListDeploymentGroupsInput): sdk.ListDeploymentGroupsOutput => {
        const {name, groups} = applicationOf(world, input.applicationName)
        const {items, ...rest} = page([...groups.keys()].sort(), input.nextToken)
        return {applicationName: name, deploymentGroups: items, ...rest}
      }
    ),
    BatchGetDeploymentGroups: operationOf(
      sdk.BatchGetDeploymentGroups$,
      (input: sdk.BatchGetDeploymentGroupsInput): sdk.BatchGetDeploymentGroupsOutput => {
        const {groups} = applicationOf(world, input.applicationName)
        const names = batch(input.deploymentGroupNames, 100)
        const found = names.map(name => groups.get(name)).filter(group => group !== undefined)
        return {deploymentGroupsInfo: found.map(groupView)}
      }
    )
  }
}

function createGroup(world: CodeDeployWorld, input: sdk.CreateDeploymentGroupInput): DeploymentGroup {
  const application = applicationOf(world, input.applicationName)
  const name = required(input.deploymentGroupName, 'DeploymentGroupNameRequired', 'deployment group name')
  if (application.groups.has(name)) {
    throw codeDeployError('DeploymentGroupAlreadyExists', `Deployment group already exists: ${name}`)
  }
  required(input.serviceRoleArn, 'RoleRequired', 'role')
  const config = world.configs.get(input.deploymentConfigName ?? allAtOnce.name)
  checkService(world, input.ecsServices?.[0])
  const group = {id: world.ids.uuid(), name, application, config, settings: input, deployments: []}
  application.groups.set(name, group)
  return group
}

/** The text is observed, also when the controller is another one. @throws AwsError InvalidECSServiceException */
export function checkService({taskSets}: CodeDeployWorld, named: sdk.ECSService = {}): void {
  const {clusterName = 'default', serviceName = ''} = named
  if (taskSets.service(clusterName, serviceName)?.controller === 'CODE_DEPLOY') return
  throw codeDeployError(
    'InvalidECSService',
    "Deployment group's ECS service must be configured for a CODE_DEPLOY deployment controller."
  )
}

function operationsOnConfigs({configs, ids}: CodeDeployWorld): Operations {
  return {
    CreateDeploymentConfig: operationOf(
      sdk.CreateDeploymentConfig$,
      (input: sdk.CreateDeploymentConfigInput): sdk.CreateDeploymentConfigOutput => {
        const name = required(
          input.deploymentConfigName,
          'DeploymentConfigNameRequired',
          'deployment configuration name'
        )
        configs.add({name, routing: input.trafficRoutingConfig ?? allAtOnce.routing})
        return {deploymentConfigId: ids.uuid()}
      }
    ),
    GetDeploymentConfig: operationOf(
      sdk.GetDeploymentConfig$,
      (input: sdk.GetDeploymentConfigInput): sdk.GetDeploymentConfigOutput => {
        const {deploymentConfigName} = input
        const {name, routing} = configs.get(
          required(deploymentConfigName, 'DeploymentConfigNameRequired', 'deployment configuration name')
        )
        return {
          deploymentConfigInfo: {deploymentConfigName: name, computePlatform: 'ECS', trafficRoutingConfig: routing}
        }
      }
    ),
    ListDeploymentConfigs: operationOf(
      sdk.ListDeploymentConfigs$,
      (input: sdk.ListDeploymentConfigsInput): sdk.ListDeploymentConfigsOutput => {
        const {items, ...rest} = page([...configs.names()].sort(), input.nextToken)
        return {deploymentConfigsList: items, ...rest}
      }
    )
  }
}
