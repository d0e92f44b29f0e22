import {
  BatchGetApplicationsCommand,
  BatchGetDeploymentGroupsCommand,
  BatchGetDeploymentsCommand,
  BatchGetDeploymentTargetsCommand,
  CodeDeployClient,
  CreateApplicationCommand,
  CreateDeploymentConfigCommand,
  CreateDeploymentGroupCommand,
  type CreateDeploymentInput,
  GetApplicationCommand,
  GetDeploymentConfigCommand,
  GetDeploymentGroupCommand,
  ListApplicationsCommand,
  ListDeploymentConfigsCommand,
  ListDeploymentGroupsCommand,
  ListDeploymentsCommand,
  ListDeploymentTargetsCommand,
  type RevisionLocation
} from '@aws-sdk/client-codedeploy'
import {DeleteServiceCommand} from '@aws-sdk/client-ecs'
import {createHash} from 'node:crypto'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {deploymentGroupFor} from '../../emulator/codedeploy/seed.ts'
import {staticCredentials} from '../../emulator/server.ts'
import {appSpec, application, CodeDeployStage, group} from './codedeploy-support.ts'

let stage: CodeDeployStage

beforeEach(async () => {
  stage = await CodeDeployStage.open()
})

afterEach(async () => {
  await stage.close()
})

const content = (text: string, sha256?: string): Partial<CreateDeploymentInput> => ({
  revision: {revisionType: 'AppSpecContent', appSpecContent: {content: text, ...(sha256 !== undefined && {sha256})}}
})

describe('what is there', () => {
  test('applications and deployment groups', async () => {
    expect((await stage.client.send(new ListApplicationsCommand())).applications).toEqual([application])
    const {application: found} = await stage.client.send(new GetApplicationCommand({applicationName: application}))
    expect(found).toMatchObject({applicationName: application, computePlatform: 'ECS'})
    const batch = await stage.client.send(new BatchGetApplicationsCommand({applicationNames: [application]}))
    expect(batch.applicationsInfo).toEqual([found])
    const listed = await stage.client.send(new ListDeploymentGroupsCommand({applicationName: application}))
    expect(listed).toMatchObject({applicationName: application, deploymentGroups: [group]})
  })

  test('a deployment group, with what its last deployments were', async () => {
    const get = async () =>
      (
        await stage.client.send(
          new GetDeploymentGroupCommand({applicationName: application, deploymentGroupName: group})
        )
      ).deploymentGroupInfo
    expect(await get()).toMatchObject({
      applicationName: application,
      deploymentGroupName: group,
      deploymentConfigName: 'CodeDeployDefault.ECSAllAtOnce',
      computePlatform: 'ECS',
      ecsServices: [{clusterName: 'prod', serviceName: 'web'}],
      blueGreenDeploymentConfiguration: {
        terminateBlueInstancesOnDeploymentSuccess: {action: 'TERMINATE', terminationWaitTimeInMinutes: 5}
      },
      loadBalancerInfo: {
        targetGroupPairInfoList: [{targetGroups: [{name: 'shop-blue'}, {name: 'shop-green'}]}]
      }
    })
    expect((await get())?.lastAttemptedDeployment).toBeUndefined()
    const first = await stage.deploy(await stage.ecs.define('next'))
    expect((await get())?.lastAttemptedDeployment).toMatchObject({deploymentId: first, status: 'Created'})
    stage.ecs.pass(600)
    expect((await get())?.lastSuccessfulDeployment?.deploymentId).toBe(first)
    expect((await get())?.targetRevision?.appSpecContent?.content).toContain('web:2')
    const names = {applicationName: application, deploymentGroupNames: [group, 'other']}
    expect((await stage.client.send(new BatchGetDeploymentGroupsCommand(names))).deploymentGroupsInfo).toEqual([
      await get()
    ])
  })

  test('deployment configurations, predefined and own ones', async () => {
    await stage.client.send(
      new CreateDeploymentConfigCommand({
        deploymentConfigName: 'third',
        computePlatform: 'ECS',
        trafficRoutingConfig: {
          type: 'TimeBasedLinear',
          timeBasedLinear: {linearPercentage: 40, linearInterval: 2}
        }
      })
    )
    const {deploymentConfigsList} = await stage.client.send(new ListDeploymentConfigsCommand())
    expect(deploymentConfigsList).toEqual([
      'CodeDeployDefault.ECSAllAtOnce',
      'CodeDeployDefault.ECSCanary10Percent15Minutes',
      'CodeDeployDefault.ECSCanary10Percent5Minutes',
      'CodeDeployDefault.ECSLinear10PercentEvery1Minutes',
      'CodeDeployDefault.ECSLinear10PercentEvery3Minutes',
      'third'
    ])
    const canary = 'CodeDeployDefault.ECSCanary10Percent15Minutes'
    expect(
      (await stage.client.send(new GetDeploymentConfigCommand({deploymentConfigName: canary}))).deploymentConfigInfo
    ).toEqual({
      deploymentConfigName: canary,
      computePlatform: 'ECS',
      trafficRoutingConfig: {
        type: 'TimeBasedCanary',
        timeBasedCanary: {canaryPercentage: 10, canaryInterval: 15}
      }
    })
    await stage.deploy(await stage.ecs.define('next'), {deploymentConfigName: 'third'})
    const seen: string[] = []
    for (let minutes = 0; minutes < 6; minutes += 2) {
      stage.ecs.pass(120)
      seen.push(stage.weights.production)
    }
    expect(seen).toEqual(['60/40', '20/80', '0/100'])
  })

  test('deployments, newest first, by status and time', async () => {
    const first = await stage.deploy(await stage.ecs.define('next'))
    stage.ecs.pass(600)
    const between = new Date(stage.ecs.clock.now())
    stage.ecs.pass(60)
    const second = await stage.deploy(await stage.ecs.define('third'))
    const list = async (more: object = {}) =>
      (
        await stage.client.send(
          new ListDeploymentsCommand({applicationName: application, deploymentGroupName: group, ...more})
        )
      ).deployments
    expect(await list()).toEqual([second, first])
    expect(await list({includeOnlyStatuses: ['Created', 'Queued', 'InProgress', 'Ready']})).toEqual([second])
    expect(await list({createTimeRange: {end: between}})).toEqual([first])
    expect((await stage.client.send(new ListDeploymentsCommand())).deployments).toEqual([second, first])
    const {deploymentsInfo} = await stage.client.send(
      new BatchGetDeploymentsCommand({deploymentIds: [first, 'd-AAAAAAAAA']})
    )
    expect(deploymentsInfo).toEqual([await stage.deployment(first)])
  })

  test('targets, once a deployment has started', async () => {
    const deploymentId = await stage.deploy(await stage.ecs.define('next'))
    await expect(stage.target(deploymentId)).rejects.toMatchObject({name: 'DeploymentNotStartedException'})
    stage.codeDeploy.variants.targetsBeforeStart = true
    expect(await stage.target(deploymentId)).toMatchObject({status: 'Pending', taskSetsInfo: []})
    stage.ecs.pass(60)
    expect((await stage.client.send(new ListDeploymentTargetsCommand({deploymentId}))).targetIds).toEqual(['prod:web'])
    const {deploymentTargets} = await stage.client.send(
      new BatchGetDeploymentTargetsCommand({deploymentId, targetIds: ['prod:web']})
    )
    expect(deploymentTargets).toEqual([
      {deploymentTargetType: 'ECSTarget', ecsTarget: await stage.target(deploymentId)}
    ])
    const other = new BatchGetDeploymentTargetsCommand({deploymentId, targetIds: ['prod:other']})
    await expect(stage.client.send(other)).rejects.toMatchObject({name: 'DeploymentTargetDoesNotExistException'})
  })
})

describe('CreateDeployment refuses', () => {
  test.each<[name: string, message: string, more: Partial<CreateDeploymentInput>]>([
    ['ApplicationDoesNotExist', 'No application found for name: shop', {applicationName: 'shop'}],
    ['DeploymentGroupNameRequired', 'not specified', {deploymentGroupName: undefined}],
    ['DeploymentGroupDoesNotExist', 'No Deployment Group found for name: shop', {deploymentGroupName: 'shop'}],
    ['DeploymentConfigDoesNotExist', 'ECSAtLast', {deploymentConfigName: 'ECSAtLast'}],
    ['RevisionRequired', 'RevisionLocation must be specified', {revision: undefined}],
    ['DescriptionTooLong', 'too long', {description: 'x'.repeat(513)}],
    ['InvalidInput', 'RESTART', {deploymentMode: 'RESTART'}],
    ['InvalidRevision', 'AppSpecContent only', {revision: {revisionType: 'S3'} satisfies RevisionLocation}],
    ['InvalidRevision', 'sha256', content(appSpec('web:1'), '0'.repeat(64))],
    ['InvalidRevision', 'not well-formed yaml', content('version: "0.0')],
    ['InvalidRevision', 'not well-formed yaml', content('hello')],
    ['InvalidRevision', 'Resources must be a list', content('version: 0.0')],
    ['InvalidRevision', 'exactly one', content('Resources: []')],
    ['InvalidRevision', 'AWS::ECS::Service', content(appSpec('web:1').replace('ECS::', 'Lambda::'))],
    ['InvalidRevision', 'ContainerPort', content(appSpec('web:1').replace('8080', '"http"'))],
    ['InvalidRevision', 'TaskDefinition', content(appSpec(''))],
    ['InvalidRevision', 'no hook', content(appSpec('web:1', {BeforeLunch: 'check'}))]
  ])('%s: %s', async (name, message, more) => {
    const asked = stage.deploy('web:1', more)
    await expect(asked).rejects.toMatchObject({name: `${name}Exception`, message: expect.stringContaining(message)})
  })

  test('a second deployment of the group at the same time', async () => {
    const first = await stage.deploy(await stage.ecs.define('next'))
    await expect(stage.deploy('web:1')).rejects.toMatchObject({
      name: 'DeploymentLimitExceededException',
      message: `The Deployment Group '${group}' already has an active Deployment '${first}'`
    })
  })

  test('a service that is gone', async () => {
    await stage.ecs.client.send(new DeleteServiceCommand({cluster: 'prod', service: 'web', force: true}))
    await expect(stage.deploy('web:1')).rejects.toMatchObject({name: 'InvalidECSServiceException'})
    stage.ecs.pass(200)
    expect(await stage.ecs.service()).toMatchObject({status: 'INACTIVE', runningCount: 0, taskSets: []})
  })

  test('a service that somebody else deploys', async () => {
    await stage.ecs.create('web:1', {serviceName: 'api', ...stage.ecs.balanced})
    const {balancer} = stage
    const ofApi = deploymentGroupFor({cluster: 'prod', service: 'api', balancer}, {applicationName: application})
    await expect(stage.client.send(new CreateDeploymentGroupCommand(ofApi))).rejects.toMatchObject({
      name: 'InvalidECSServiceException',
      message: "Deployment group's ECS service must be configured for a CODE_DEPLOY deployment controller."
    })
  })
})

test('the sha256 of the AppSpec file is checked', async () => {
  const text = appSpec(await stage.ecs.define('next'))
  const sha256 = createHash('sha256').update(text).digest('hex')
  const id = await stage.deploy('', content(text, sha256))
  stage.ecs.pass(600)
  expect((await stage.deployment(id)).status).toBe('Succeeded')
})

test('an AppSpec file may be read in the deployment only', async () => {
  stage.codeDeploy.variants.appSpecChecked = 'in-deployment'
  const id = await stage.deploy('', content('hello'))
  stage.ecs.pass(20)
  const {status, errorInformation} = await stage.deployment(id)
  expect([status, errorInformation?.code]).toEqual(['Failed', 'INVALID_REVISION'])
  expect(errorInformation?.message).toMatch(/ The input AppSpec file is a not well-formed yaml\./)
})

test('a deployment that is not there', async () => {
  await expect(stage.deployment('d-123456789')).rejects.toMatchObject({name: 'DeploymentDoesNotExistException'})
  await expect(stage.deployment('123')).rejects.toMatchObject({name: 'InvalidDeploymentIdException'})
})

test('names can be given once', async () => {
  await expect(
    stage.client.send(new CreateApplicationCommand({applicationName: application, computePlatform: 'ECS'}))
  ).rejects.toMatchObject({name: 'ApplicationAlreadyExistsException'})
})

test('whoever deploys needs the deployment group, its configuration and the application', async () => {
  const {policies} = stage.ecs.emulator
  policies.deploymentConfigOf = each => stage.codeDeploy.deploymentConfigOf(each)
  policies.attach('arn:aws:iam::111122223333:user/deployer', {
    Statement: [{Effect: 'Allow', Action: 'codedeploy:CreateDeployment', Resource: '*'}]
  })
  await expect(stage.deploy('web:1')).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining(
      'codedeploy:GetDeploymentConfig on resource: arn:aws:codedeploy:eu-central-1:111122223333:deploymentconfig:CodeDeployDefault.ECSAllAtOnce'
    )
  })
})

test('an account without a subscription gets nothing', async () => {
  stage.codeDeploy.variants.isSubscribed = false
  await expect(stage.client.send(new ListApplicationsCommand())).rejects.toMatchObject({
    name: 'SubscriptionRequiredException',
    message: 'The AWS Access Key Id needs a subscription for the service'
  })
})

test('another region has other applications', async () => {
  const elsewhere = new CodeDeployClient({
    region: 'eu-west-1',
    endpoint: stage.ecs.emulator.url,
    credentials: staticCredentials
  })
  expect((await elsewhere.send(new ListApplicationsCommand())).applications).toEqual([])
  elsewhere.destroy()
})

test.each([
  [{name: 'check'}, 400],
  [{name: 'check', answer: 'perhaps'}, 400],
  [{name: 'check', answer: 'Failed', afterSeconds: -1}, 400],
  [{name: 'check', answer: 'Failed'}, 200]
])('the control API takes %j', async (body, status) => {
  expect(await stage.ecs.control('lambda', body)).toBe(status)
})
