import {
  type CreateServiceRequest,
  DeleteServiceCommand,
  ListServicesCommand,
  type RegisterTaskDefinitionRequest,
  UpdateServiceCommand
} from '@aws-sdk/client-ecs'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {EcsStage} from './ecs-support.ts'

let stage: EcsStage

beforeEach(async () => {
  stage = await EcsStage.open()
  stage.ecs.variants.containerInstances = 3
})

afterEach(async () => {
  await stage.close()
})

const onInstances: Partial<RegisterTaskDefinitionRequest> = {
  requiresCompatibilities: ['EC2'],
  networkMode: 'bridge',
  cpu: undefined,
  executionRoleArn: undefined
}

const daemon: Partial<CreateServiceRequest> = {
  schedulingStrategy: 'DAEMON',
  launchType: 'EC2',
  desiredCount: undefined,
  networkConfiguration: undefined
}

const create = async (more: Partial<CreateServiceRequest> = {}) =>
  stage.create(await stage.define('ok', onInstances), {...daemon, ...more})

const update = async (tag: string) => stage.update({taskDefinition: await stage.define(tag, onInstances)})

describe('a daemon service', () => {
  test('runs one task on each container instance', async () => {
    await create()
    stage.pass(120)
    const {desiredCount, runningCount, schedulingStrategy, deploymentConfiguration} = await stage.service()
    expect([desiredCount, runningCount, schedulingStrategy]).toEqual([3, 3, 'DAEMON'])
    expect(deploymentConfiguration).toMatchObject({maximumPercent: 100, minimumHealthyPercent: 0})
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 3/3/0 COMPLETED'])
  })

  test('is updated by stopping the old tasks first', async () => {
    await create()
    stage.pass(120)
    await update('next')
    stage.pass(15)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 0/0/0 IN_PROGRESS', '#1 ACTIVE 0/0/0 COMPLETED'])
    stage.pass(150)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 3/3/0 COMPLETED'])
    expect((await stage.events()).map(event => event.replace(/^[\d.]+ /, ''))).toEqual([
      '(web) has stopped 3 running tasks: (task T) (task T) (task T).',
      '(web) has started 3 tasks: (task T) (task T) (task T).',
      '(web) (deployment #2) deployment completed.',
      '(web) has reached a steady state.'
    ])
  })

  test('keeps as many healthy ones as it is told to', async () => {
    await create({deploymentConfiguration: {minimumHealthyPercent: 50}})
    stage.pass(120)
    await update('next')
    const running: number[] = []
    for (let second = 0; second < 400; second += 5) {
      stage.pass(5)
      running.push((await stage.service()).runningCount ?? 0)
    }
    expect(Math.min(...running)).toBe(2)
    expect(Math.max(...running)).toBe(3)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 3/3/0 COMPLETED'])
  })

  test('follows container instances that come and go', async () => {
    await create()
    stage.pass(120)
    stage.ecs.variants.containerInstances = 5
    stage.pass(120)
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 5/5/0 COMPLETED'])
    stage.ecs.variants.containerInstances = 2
    stage.pass(120)
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 2/2/0 COMPLETED'])
  })

  test('is stable at once without any container instance', async () => {
    stage.ecs.variants.containerInstances = 0
    await create()
    stage.pass(20)
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 0/0/0 COMPLETED'])
    expect((await stage.service()).desiredCount).toBe(0)
  })

  test('is rolled back by the circuit breaker as any other', async () => {
    await create({deploymentConfiguration: {deploymentCircuitBreaker: {enable: true, rollback: true}}})
    stage.pass(120)
    await update('crash')
    stage.pass(900)
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 3/3/0 COMPLETED'])
    expect((await stage.serviceDeployments())[0]?.status).toBe('ROLLBACK_SUCCESSFUL')
  })

  test('can be deleted', async () => {
    await create()
    stage.pass(120)
    await stage.client.send(new DeleteServiceCommand({cluster: 'prod', service: 'web', force: true}))
    stage.pass(120)
    expect(await stage.service()).toMatchObject({status: 'INACTIVE', runningCount: 0})
  })

  test('is listed by its scheduling strategy', async () => {
    await create()
    const list = async (schedulingStrategy?: 'DAEMON' | 'REPLICA') =>
      (await stage.client.send(new ListServicesCommand({cluster: 'prod', schedulingStrategy}))).serviceArns?.length
    expect([await list(), await list('DAEMON'), await list('REPLICA')]).toEqual([1, 1, 0])
  })

  test.each<[string, Partial<CreateServiceRequest>]>([
    [
      'The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again',
      {desiredCount: 1}
    ],
    [
      'The daemon scheduling strategy does not support values above 100 for maximumPercent on a deployment configuration. Change the maximumPercent value to 100, and try again',
      {deploymentConfiguration: {maximumPercent: 200}}
    ],
    [
      'Specifying a capacity provider strategy is not supported when you create a service using the DAEMON scheduling strategy.',
      {launchType: undefined, capacityProviderStrategy: [{capacityProvider: 'ours'}]}
    ],
    [
      'The daemon scheduling strategy does not support placement strategies.',
      {placementStrategy: [{type: 'spread', field: 'instanceId'}]}
    ],
    ['The daemon scheduling strategy does not support the FARGATE launch type.', {launchType: 'FARGATE'}],
    [
      'The daemon scheduling strategy does not support the EXTERNAL deployment controller.',
      {deploymentController: {type: 'EXTERNAL'}}
    ]
  ])('is refused: %s', async (message, more) => {
    await expect(create(more)).rejects.toMatchObject({name: 'InvalidParameterException', message})
  })

  test('takes no desired count later either', async () => {
    await create()
    const scaled = stage.client.send(new UpdateServiceCommand({cluster: 'prod', service: 'web', desiredCount: 1}))
    await expect(scaled).rejects.toThrow('does not support a desired count')
  })
})

test('instances that were added count by themselves: one task on each that is active, also after an update', async () => {
  stage.ecs.variants.containerInstances = 0
  const instances = [1, 2].map(() => stage.ecs.addInstance('prod', {cpu: 2048, memory: 3884}))
  await create()
  stage.pass(120)
  expect(await stage.deployments()).toEqual(['#1 PRIMARY 2/2/0 COMPLETED'])
  const [first] = instances
  if (first !== undefined) first.status = 'DRAINING'
  stage.ecs.addInstance('prod', {cpu: 2048, memory: 3884})
  await update('next')
  stage.pass(300)
  expect(await stage.deployments()).toEqual(['#2 PRIMARY 2/2/0 COMPLETED'])
})
