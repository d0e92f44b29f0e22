import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListClustersCommand,
  ListServiceDeploymentsCommand,
  ListServicesCommand,
  ListTagsForResourceCommand,
  ListTasksCommand,
  type LoadBalancer,
  StopServiceDeploymentCommand,
  StopTaskCommand,
  TagResourceCommand,
  UpdateServiceCommand,
  type UpdateServiceRequest
} from '@aws-sdk/client-ecs'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {staticCredentials} from '../../emulator/server.ts'
import {account, arn, EcsStage} from './ecs-support.ts'

let stage: EcsStage

beforeEach(async () => {
  stage = await EcsStage.open()
})

afterEach(async () => {
  await stage.close()
})

const missing = (path: string) => ({arn: arn(path), reason: 'MISSING'})
const refused = (name: string, message: string) => ({name, message})

describe('clusters', () => {
  test('are created once, described and listed', async () => {
    await stage.client.send(new CreateClusterCommand({clusterName: 'prod'}))
    await stage.client.send(new CreateClusterCommand({}))
    const {clusterArns} = await stage.client.send(new ListClustersCommand({}))
    expect(clusterArns).toEqual([arn('cluster/prod'), arn('cluster/default')])
    const {clusters, failures} = await stage.client.send(new DescribeClustersCommand({clusters: ['prod', 'none']}))
    expect(clusters).toMatchObject([{clusterName: 'prod', status: 'ACTIVE', activeServicesCount: 0}])
    expect(failures).toEqual([{arn: 'none', reason: 'MISSING'}])
  })

  test('that do not exist are refused', async () => {
    await expect(
      stage.client.send(new DescribeServicesCommand({cluster: 'none', services: ['web']}))
    ).rejects.toMatchObject(refused('ClusterNotFoundException', 'Cluster not found.'))
  })
})

describe('DeleteCluster', () => {
  const remove = (): Promise<object> => stage.client.send(new DeleteClusterCommand({cluster: 'prod'}))

  test('takes an empty cluster only', async () => {
    await stage.create(await stage.define('ok'))
    stage.pass(100)
    await expect(remove()).rejects.toMatchObject(
      refused('ClusterContainsServicesException', 'The Cluster cannot be deleted while Services are active.')
    )
    await stage.client.send(new DeleteServiceCommand({cluster: 'prod', service: 'web', force: true}))
    stage.pass(100)
    expect(await remove()).toMatchObject({cluster: {clusterName: 'prod', status: 'INACTIVE'}})
    await expect(remove()).rejects.toMatchObject(refused('ClusterNotFoundException', 'Cluster not found.'))
  })

  test('refuses a cluster with tasks', async () => {
    await stage.define('ok')
    await stage.run()
    await expect(remove()).rejects.toMatchObject(
      refused('ClusterContainsTasksException', 'The Cluster cannot be deleted while Tasks are active.')
    )
  })
})

describe('regions', () => {
  test('have their own resources', async () => {
    const taskDefinition = await stage.define('ok')
    const credentials = staticCredentials
    const elsewhere = new ECSClient({region: 'us-east-1', endpoint: stage.emulator.url, credentials, maxAttempts: 1})
    expect((await elsewhere.send(new ListClustersCommand({}))).clusterArns).toEqual([])
    await expect(elsewhere.send(new DescribeTaskDefinitionCommand({taskDefinition}))).rejects.toMatchObject(
      refused('ClientException', 'Unable to describe task definition.')
    )
    const {cluster} = await elsewhere.send(new CreateClusterCommand({clusterName: 'prod'}))
    expect(cluster?.clusterArn).toBe(`arn:aws:ecs:us-east-1:${account}:cluster/prod`)
    elsewhere.destroy()
  })

  test('ARNs of other regions and accounts are not ours', async () => {
    const ours = await stage.define('ok')
    const foreign = ours.replace(account, '999999999999')
    await expect(stage.create(foreign)).rejects.toMatchObject(refused('ClientException', 'TaskDefinition not found.'))
    await stage.create(ours)
    stage.pass(60)
    const [task] = await stage.tasks('RUNNING')
    const reference = task?.taskArn?.replace('eu-central-1', 'us-east-1') ?? ''
    const {failures} = await stage.client.send(new DescribeTasksCommand({cluster: 'prod', tasks: [reference]}))
    expect(failures).toEqual([{arn: reference, reason: 'MISSING'}])
  })
})

describe('CreateService', () => {
  test('answers what ECS answers', async () => {
    const taskDefinition = await stage.define('ok')
    const service = await stage.create('web', {
      ...stage.balanced,
      deploymentConfiguration: {deploymentCircuitBreaker: {enable: true, rollback: true}}
    })
    const networkConfiguration = {
      awsvpcConfiguration: {subnets: ['subnet-1'], securityGroups: [], assignPublicIp: 'DISABLED'}
    }
    expect(service).toMatchObject({
      serviceArn: arn('service/prod/web'),
      clusterArn: arn('cluster/prod'),
      status: 'ACTIVE',
      desiredCount: 2,
      launchType: 'FARGATE',
      platformVersion: 'LATEST',
      platformFamily: 'Linux',
      taskDefinition,
      deploymentConfiguration: {
        deploymentCircuitBreaker: {enable: true, rollback: true, resetOnHealthyTask: true},
        maximumPercent: 200,
        minimumHealthyPercent: 100,
        alarms: {alarmNames: [], rollback: false, enable: false},
        strategy: 'ROLLING',
        bakeTimeInMinutes: 0
      },
      networkConfiguration,
      healthCheckGracePeriodSeconds: 0,
      schedulingStrategy: 'REPLICA',
      deploymentController: {type: 'ECS'},
      createdBy: `arn:aws:iam::${account}:user/deployer`,
      availabilityZoneRebalancing: 'ENABLED',
      resourceManagementType: 'CUSTOMER',
      events: []
    })
    expect(service.deployments).toMatchObject([
      {status: 'PRIMARY', platformVersion: '1.4.0', desiredCount: 0, failedTasks: 0, networkConfiguration}
    ])
  })

  test('refuses a name that is taken, and takes it again after deletion', async () => {
    await stage.create(await stage.define('ok'))
    await expect(stage.create('web')).rejects.toMatchObject(
      refused('InvalidParameterException', 'Creation of service was not idempotent.')
    )
    await stage.client.send(new DeleteServiceCommand({cluster: 'prod', service: 'web', force: true}))
    await expect(stage.create('web')).rejects.toMatchObject(
      refused('InvalidParameterException', 'Unable to Start a service that is still Draining.')
    )
    stage.pass(60)
    expect((await stage.create('web')).status).toBe('ACTIVE')
  })

  test.each<[string, Parameters<EcsStage['create']>[1]]>([
    [
      "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
      {networkConfiguration: undefined}
    ],
    ['subnets can not be empty.', {networkConfiguration: {awsvpcConfiguration: {subnets: []}}}],
    [
      'Specifying both a launch type and capacity provider strategy is not supported',
      {capacityProviderStrategy: [{capacityProvider: 'FARGATE'}]}
    ],
    ['Task definition does not support launch_type EXTERNAL.', {launchType: 'EXTERNAL'}]
  ])('refuses: %s', async (message, request) => {
    await expect(stage.create(await stage.define('ok'), request)).rejects.toMatchObject(
      refused('InvalidParameterException', message)
    )
  })

  test.each<[string, Parameters<EcsStage['create']>[1]]>([
    [
      'Lifecycle hooks of rolling deployments',
      {deploymentConfiguration: {lifecycleHooks: [{targetType: 'PAUSE', lifecycleStages: ['POST_SCALE_UP']}]}}
    ],
    ['A bake time without alarms', {deploymentConfiguration: {bakeTimeInMinutes: 5}}]
  ])('refuses what it does not play: %s', async (what, request) => {
    await expect(stage.create(await stage.define('ok'), request)).rejects.toMatchObject(
      refused('UnsupportedFeatureException', `${what} is not part of this emulator.`)
    )
  })

  test.each<[string, Parameters<EcsStage['create']>[1]]>([
    ['desiredCount must be between 0 and 5000.', {desiredCount: -3}],
    [
      'minimumHealthyPercent must be between 0 and 100.',
      {deploymentConfiguration: {maximumPercent: 6000, minimumHealthyPercent: 5000}}
    ],
    [
      'maximumPercent must be above 0 and not below minimumHealthyPercent.',
      {deploymentConfiguration: {maximumPercent: 50}}
    ],
    ['healthCheckGracePeriodSeconds must be between 0 and 2147483647.', {healthCheckGracePeriodSeconds: -1}],
    ['serviceName contains invalid characters.', {serviceName: 'a/b c'}],
    [
      'There can be at most 16 subnets and 5 security groups.',
      {networkConfiguration: {awsvpcConfiguration: {subnets: Array<string>(17).fill('subnet-1')}}}
    ]
  ])('refuses what cannot be: %s', async (message, request) => {
    await expect(stage.create(await stage.define('ok'), request)).rejects.toMatchObject(
      refused('InvalidParameterException', message)
    )
  })

  test('refuses an unknown platform version and a cluster name that cannot be', async () => {
    await expect(stage.create(await stage.define('ok'), {platformVersion: '9.9.9'})).rejects.toMatchObject({
      name: 'PlatformUnknownException'
    })
    await expect(stage.client.send(new CreateClusterCommand({clusterName: 'a b!'}))).rejects.toMatchObject(
      refused('InvalidParameterException', 'Cluster name contains invalid characters.')
    )
  })

  test.each<[string, (stage: EcsStage) => LoadBalancer]>([
    [
      'The container other does not exist in the task definition.',
      ({groupArn}) => ({targetGroupArn: groupArn, containerName: 'other', containerPort: 8080})
    ],
    [
      'The container app did not have a container port 80 defined.',
      ({groupArn}) => ({targetGroupArn: groupArn, containerName: 'app', containerPort: 80})
    ]
  ])('refuses a load balancer: %s', async (message, loadBalancer) => {
    const request = {loadBalancers: [loadBalancer(stage)]}
    await expect(stage.create(await stage.define('ok'), request)).rejects.toMatchObject(
      refused('InvalidParameterException', message)
    )
  })

  test('refuses a target group without a load balancer', async () => {
    const {arn: targetGroupArn} = stage.emulator.targetGroups.create({name: 'alone', loadBalancerArns: []})
    const request = {loadBalancers: [{targetGroupArn, containerName: 'app', containerPort: 8080}]}
    await expect(stage.create(await stage.define('ok'), request)).rejects.toMatchObject(
      refused(
        'InvalidParameterException',
        `The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`
      )
    )
  })
})

describe('UpdateService', () => {
  beforeEach(async () => {
    await stage.create(await stage.define('ok'))
    stage.pass(300)
  })

  test.each<[string, Omit<UpdateServiceRequest, 'service'>, boolean]>([
    ['the same revision', {taskDefinition: 'web:1'}, false],
    ['another desired count', {desiredCount: 3}, false],
    ['another deployment configuration', {deploymentConfiguration: {maximumPercent: 150}}, false],
    ['a force', {forceNewDeployment: true}, true],
    ['other subnets', {networkConfiguration: {awsvpcConfiguration: {subnets: ['subnet-2']}}}, true],
    ['the same subnets', {networkConfiguration: {awsvpcConfiguration: {subnets: ['subnet-1']}}}, false],
    ['another platform version', {platformVersion: '1.3.0'}, true]
  ])('with %s', async (_, request, isNew) => {
    const {deployments} = await stage.update(request)
    expect(deployments).toHaveLength(isNew ? 2 : 1)
  })

  test('keeps what is not given', async () => {
    await stage.update({deploymentConfiguration: {maximumPercent: 150}})
    const {deploymentConfiguration, desiredCount} = await stage.update({enableExecuteCommand: true})
    expect([deploymentConfiguration?.maximumPercent, deploymentConfiguration?.minimumHealthyPercent]).toEqual([
      150, 100
    ])
    expect(desiredCount).toBe(2)
  })

  test('scales without a deployment', async () => {
    await stage.update({desiredCount: 4})
    stage.pass(100)
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 4/4/0 COMPLETED'])
    await stage.update({desiredCount: 1})
    stage.pass(100)
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 1/1/0 COMPLETED'])
    expect(await stage.serviceDeployments()).toHaveLength(1)
  })

  test('goes back from a capacity provider to the launch type of the start', async () => {
    const capacityProviderStrategy = [{capacityProvider: 'FARGATE_SPOT', weight: 1}]
    expect((await stage.update({capacityProviderStrategy})).launchType).toBeUndefined()
    const {launchType, platformVersion} = await stage.update({capacityProviderStrategy: []})
    expect([launchType, platformVersion]).toEqual(['FARGATE', 'LATEST'])
  })

  test('refuses an update that names no service', async () => {
    await expect(stage.client.send(new UpdateServiceCommand({cluster: 'prod', service: ''}))).rejects.toMatchObject(
      refused('InvalidParameterException', 'Service can not be blank.')
    )
  })

  test.each(['ClientException', 'InvalidParameterException'] as const)(
    'may take a revision for minutes after it was deregistered, and then refuses it by %s',
    async name => {
      Object.assign(stage.ecs.variants, {inactiveDefinitionUsable: 600_000, inactiveDefinitionError: name})
      await stage.define('next')
      await stage.client.send(new DeregisterTaskDefinitionCommand({taskDefinition: 'web:2'}))
      stage.pass(599)
      expect((await stage.update({taskDefinition: 'web:2'})).taskDefinition).toBe(arn('task-definition/web:2'))
      stage.pass(1)
      await expect(stage.update({taskDefinition: 'web:2'})).rejects.toMatchObject(
        refused(name, 'TaskDefinition is inactive')
      )
    }
  )

  test('refuses revisions that are not there or not active', async () => {
    await expect(stage.update({taskDefinition: 'web:2'})).rejects.toMatchObject(
      refused('ClientException', 'TaskDefinition not found.')
    )
    await stage.define('next')
    await stage.client.send(new DeregisterTaskDefinitionCommand({taskDefinition: 'web:2'}))
    await expect(stage.update({taskDefinition: 'web:2'})).rejects.toMatchObject(
      refused('ClientException', 'TaskDefinition is inactive')
    )
  })

  test('refuses services that are not there or not active', async () => {
    await expect(
      stage.client.send(new UpdateServiceCommand({cluster: 'prod', service: 'other'}))
    ).rejects.toMatchObject(refused('ServiceNotFoundException', 'Service not found.'))
    await stage.client.send(new DeleteServiceCommand({cluster: 'prod', service: 'web', force: true}))
    await expect(stage.update({desiredCount: 1})).rejects.toMatchObject(
      refused('ServiceNotActiveException', 'Service was not ACTIVE.')
    )
  })
})

describe('a service of another deployment controller', () => {
  const codeDeploy =
    'on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment.'

  test.each<[string, Omit<UpdateServiceRequest, 'service'>]>([
    [`Unable to update task definition ${codeDeploy}`, {taskDefinition: 'web:1'}],
    [`Cannot force a new deployment ${codeDeploy}`, {forceNewDeployment: true}]
  ])('CODE_DEPLOY: %s', async (message, request) => {
    await stage.create(await stage.define('ok'), {...stage.balanced, deploymentController: {type: 'CODE_DEPLOY'}})
    await expect(stage.update(request)).rejects.toMatchObject(refused('InvalidParameterException', message))
    expect((await stage.update({desiredCount: 3})).desiredCount).toBe(3)
  })

  test('EXTERNAL refuses more', async () => {
    const service = await stage.create(await stage.define('ok'), {deploymentController: {type: 'EXTERNAL'}})
    expect([service.deployments, service.taskSets]).toEqual([[], []])
    await expect(stage.update({deploymentConfiguration: {maximumPercent: 150}})).rejects.toMatchObject(
      refused(
        'InvalidParameterException',
        'Unable to update deploymentConfiguration on services with a EXTERNAL deployment controller.'
      )
    )
  })

  test('EXTERNAL can be deleted', async () => {
    await stage.create(await stage.define('ok'), {deploymentController: {type: 'EXTERNAL'}})
    await stage.client.send(new DeleteServiceCommand({cluster: 'prod', service: 'web', force: true}))
    expect((await stage.service()).status).toBe('DRAINING')
    stage.pass(60)
    expect((await stage.service()).status).toBe('INACTIVE')
  })
})

describe('services', () => {
  test('are described with what is missing, at most ten', async () => {
    await stage.create(await stage.define('ok'), {tags: [{key: 'team', value: 'a'}]})
    const services = ['web', arn('service/prod/web'), arn('service/web'), 'none']
    const answer = await stage.client.send(new DescribeServicesCommand({cluster: 'prod', services, include: ['TAGS']}))
    expect(answer.services).toHaveLength(3)
    expect(answer.services?.[0]?.tags).toEqual([{key: 'team', value: 'a'}])
    expect(answer.failures).toEqual([missing('service/prod/none')])
    const describeCount = (count: number) =>
      stage.client.send(new DescribeServicesCommand({cluster: 'prod', services: Array<string>(count).fill('web')}))
    await expect(describeCount(11)).rejects.toMatchObject({name: 'InvalidParameterException'})
    await expect(describeCount(0)).rejects.toMatchObject(
      refused('InvalidParameterException', 'Services cannot be empty.')
    )
  })

  test('are listed ten a page', async () => {
    const taskDefinition = await stage.define('ok')
    for (let number = 0; number < 12; number++) {
      await stage.create(taskDefinition, {serviceName: `web-${number}`, desiredCount: 0})
    }
    const first = await stage.client.send(new ListServicesCommand({cluster: 'prod'}))
    const second = await stage.client.send(new ListServicesCommand({cluster: 'prod', nextToken: first.nextToken}))
    expect([first.serviceArns?.length, second.serviceArns?.length, second.nextToken]).toEqual([10, 2, undefined])
    await expect(stage.client.send(new ListServicesCommand({cluster: 'prod', nextToken: 'x'}))).rejects.toMatchObject({
      name: 'InvalidParameterException'
    })
  })

  test('are deleted when scaled to zero or by force, and seen INACTIVE for a while', async () => {
    await stage.create(await stage.define('ok'))
    stage.pass(300)
    const remove = (force: boolean) =>
      stage.client.send(new DeleteServiceCommand({cluster: 'prod', service: 'web', force}))
    await expect(remove(false)).rejects.toMatchObject(
      refused('InvalidParameterException', 'The service cannot be stopped while it is scaled above 0.')
    )
    const {service} = await remove(true)
    expect([service?.status, service?.desiredCount]).toEqual(['DRAINING', 0])
    stage.pass(60)
    expect((await stage.service()).status).toBe('INACTIVE')
    expect(await stage.serviceDeployments()).toEqual([])
    stage.pass(3600)
    const {failures} = await stage.client.send(new DescribeServicesCommand({cluster: 'prod', services: ['web']}))
    expect(failures).toEqual([missing('service/prod/web')])
  })

  test('say every six hours that they are steady, and keep a hundred events', async () => {
    await stage.create(await stage.define('ok'))
    stage.pass(26 * 24 * 3600)
    const {events = []} = await stage.service()
    expect(events).toHaveLength(100)
    expect(new Set(events.map(({id}) => id)).size).toBe(100)
    const [newest, before] = events.map(({createdAt}) => createdAt?.getTime() ?? 0)
    expect((newest ?? 0) - (before ?? 0)).toBe(6 * 3_600_000)
  })
})

describe('tasks', () => {
  test('are listed by their filters', async () => {
    await stage.create(await stage.define('ok'))
    stage.pass(300)
    const list = async (filter: object) =>
      (await stage.client.send(new ListTasksCommand({cluster: 'prod', ...filter}))).taskArns?.length
    expect(await list({})).toBe(2)
    expect(await list({family: 'web', launchType: 'FARGATE'})).toBe(2)
    expect(await list({startedBy: stage.deploymentId(1)})).toBe(2)
    expect(await list({desiredStatus: 'STOPPED'})).toBe(0)
    await expect(list({startedBy: stage.deploymentId(1), serviceName: 'web'})).rejects.toMatchObject({
      name: 'InvalidParameterException'
    })
    await expect(list({serviceName: 'none'})).rejects.toMatchObject({name: 'ServiceNotFoundException'})
  })

  test('are described with what is missing', async () => {
    const id = '0'.repeat(32)
    const {tasks, failures} = await stage.client.send(new DescribeTasksCommand({cluster: 'prod', tasks: [id]}))
    expect([tasks, failures]).toEqual([[], [missing(`task/prod/${id}`)]])
    await expect(stage.client.send(new DescribeTasksCommand({cluster: 'prod', tasks: ['abc']}))).rejects.toMatchObject(
      refused('InvalidParameterException', 'taskId length should be one of [32,36]')
    )
    await expect(stage.client.send(new StopTaskCommand({cluster: 'prod', task: id}))).rejects.toMatchObject({
      name: 'InvalidParameterException'
    })
  })
})

describe('RunTask', () => {
  test('runs tasks that belong to no service, to their end', async () => {
    const taskDefinitionArn = await stage.define('ok')
    stage.ecs.setRules([{match: {family: 'web'}, behaviour: {exit: {code: 0, afterSeconds: 60}}}])
    const {tasks, failures} = await stage.run({count: 2, startedBy: 'migration'})
    expect([tasks?.length, failures]).toEqual([2, []])
    const [started] = tasks ?? []
    expect(started).toMatchObject({
      taskDefinitionArn,
      group: 'family:web',
      startedBy: 'migration',
      launchType: 'FARGATE',
      platformVersion: '1.4.0',
      lastStatus: 'PROVISIONING'
    })
    const describeFirst = async () => {
      const command = new DescribeTasksCommand({cluster: 'prod', tasks: [started?.taskArn ?? '']})
      return (await stage.client.send(command)).tasks?.[0]
    }
    stage.pass(30)
    expect((await describeFirst())?.lastStatus).toBe('RUNNING')
    stage.pass(100)
    const ended = await describeFirst()
    expect([ended?.lastStatus, ended?.stopCode, ended?.containers?.[0]?.exitCode]).toEqual([
      'STOPPED',
      'EssentialContainerExited',
      0
    ])
    stage.pass(3600)
    expect(await describeFirst()).toBeUndefined()
  })

  test('ends by StopTask', async () => {
    await stage.define('ok')
    const {tasks} = await stage.run()
    stage.pass(30)
    await stage.client.send(new StopTaskCommand({cluster: 'prod', task: tasks?.[0]?.taskArn}))
    stage.pass(60)
    const {taskArns} = await stage.client.send(new ListTasksCommand({cluster: 'prod', desiredStatus: 'STOPPED'}))
    expect(taskArns).toEqual([tasks?.[0]?.taskArn])
  })

  test('tells which tasks it could not place', async () => {
    await stage.define('no-capacity')
    const {tasks, failures} = await stage.run()
    expect(tasks).toEqual([])
    expect(failures?.[0]?.reason).toContain('Capacity is unavailable at this time.')
  })

  test.each<[Parameters<EcsStage['run']>[0], string, string]>([
    [{count: 11}, 'InvalidParameterException', 'count must be between 1 and 10.'],
    [{taskDefinition: 'web:7'}, 'ClientException', 'TaskDefinition not found.'],
    [
      {capacityProviderStrategy: [{capacityProvider: 'FARGATE'}]},
      'InvalidParameterException',
      'Specify either Launch Type or Capacity Provider Strategy, but not both.'
    ],
    [
      {networkConfiguration: undefined},
      'InvalidParameterException',
      "Network Configuration must be provided when networkMode 'awsvpc' is specified."
    ]
  ])('refuses %j', async (request, name, message) => {
    await stage.define('ok')
    await expect(stage.run(request)).rejects.toMatchObject(refused(name, message))
  })
})

describe('pages', () => {
  test('may be shorter than asked for', async () => {
    stage.ecs.variants.largestPage = 1
    await stage.create(await stage.define('ok'))
    stage.pass(60)
    const first = await stage.client.send(new ListTasksCommand({cluster: 'prod'}))
    const second = await stage.client.send(new ListTasksCommand({cluster: 'prod', nextToken: first.nextToken}))
    expect([first.taskArns?.length, second.taskArns?.length, second.nextToken]).toEqual([1, 1, undefined])
  })
})

describe('service deployments', () => {
  test('are filtered by status and time', async () => {
    await stage.create(await stage.define('ok'))
    stage.pass(300)
    await stage.update({forceNewDeployment: true})
    stage.pass(5)
    const list = async (filter: object) =>
      (
        await stage.client.send(new ListServiceDeploymentsCommand({cluster: 'prod', service: 'web', ...filter}))
      ).serviceDeployments?.map(({status}) => status)
    expect(await list({})).toEqual(['IN_PROGRESS', 'SUCCESSFUL'])
    expect(await list({status: ['SUCCESSFUL']})).toEqual(['SUCCESSFUL'])
    expect(await list({createdAt: {after: new Date(stage.since)}})).toEqual(['IN_PROGRESS'])
    expect(await list({maxResults: 1})).toEqual(['IN_PROGRESS'])
  })

  test('that do not exist are missing', async () => {
    const deployment = arn('service-deployment/prod/web/NCWGC2ZR-taawPAYrIaU5')
    const revision = arn('service-revision/prod/web/1')
    const described = await stage.client.send(
      new DescribeServiceDeploymentsCommand({serviceDeploymentArns: [deployment]})
    )
    expect(described.failures).toEqual([{arn: deployment, reason: 'MISSING'}])
    const revisions = await stage.client.send(new DescribeServiceRevisionsCommand({serviceRevisionArns: [revision]}))
    expect(revisions.failures).toEqual([{arn: revision, reason: 'MISSING'}])
    await expect(
      stage.client.send(new StopServiceDeploymentCommand({serviceDeploymentArn: deployment}))
    ).rejects.toMatchObject({name: 'ServiceDeploymentNotFoundException'})
  })
})

describe('tags', () => {
  test('are set by key', async () => {
    const resourceArn = arn('cluster/prod')
    const tag = (key: string, value: string) =>
      stage.client.send(new TagResourceCommand({resourceArn, tags: [{key, value}]}))
    await tag('a', '1')
    await tag('b', '2')
    await tag('a', '3')
    const {tags} = await stage.client.send(new ListTagsForResourceCommand({resourceArn}))
    expect(tags).toEqual([
      {key: 'b', value: '2'},
      {key: 'a', value: '3'}
    ])
    await expect(
      stage.client.send(new TagResourceCommand({resourceArn: arn('cluster/none'), tags: []}))
    ).rejects.toMatchObject({name: 'ResourceNotFoundException'})
  })
})

describe('the control API', () => {
  test('sets rules and scales', async () => {
    await stage.create(await stage.define('ok'))
    const rules = [{match: {tag: '^o'}, behaviour: {exit: {code: 9, afterSeconds: 1}}}]
    expect(await stage.control('behaviours', {rules})).toBe(200)
    expect(await stage.control('scale', {cluster: 'prod', service: 'web', desiredCount: 1})).toBe(200)
    stage.pass(35)
    expect((await stage.tasks('STOPPED')).map(task => task.containers?.[0]?.exitCode)).toEqual([9])
  })

  test.each<[string, unknown]>([
    ['behaviours', {}],
    ['behaviours', {rules: [{match: {tag: '('}, behaviour: {}}]}],
    ['behaviours', {rules: [{match: {}}]}],
    ['behaviours', {rules: [{match: {}, behaviour: {exit: {code: 1, afterSeconds: 'soon'}}}]}],
    ['behaviours', {rules: [{match: {}, behaviour: {log: 'a line'}}]}],
    ['behaviours', {rules: [{match: {}, behaviour: {halth: 'never'}}]}],
    ['scale', {cluster: 'prod', service: 'web', desiredCount: '2'}],
    ['scale', {cluster: 'prod', service: 'none', desiredCount: 2}]
  ])('refuses for %s: %j', async (operation, body) => {
    expect(await stage.control(operation, body)).toBe(400)
  })

  test('the service is refused in another cluster', async () => {
    const create = new CreateServiceCommand({cluster: 'none', serviceName: 'web', taskDefinition: 'web'})
    await expect(stage.client.send(create)).rejects.toMatchObject({name: 'ClusterNotFoundException'})
  })
})
