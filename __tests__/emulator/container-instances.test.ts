import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {
  CreateCapacityProviderCommand,
  type CreateServiceRequest,
  DescribeCapacityProvidersCommand,
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  ListContainerInstancesCommand,
  ListTasksCommand,
  type ContainerInstance,
  type RegisterTaskDefinitionRequest
} from '@aws-sdk/client-ecs'
import type {InstanceSeed} from '../../emulator/ecs/container-instances.ts'
import {EcsStage, region} from './ecs-support.ts'

let stage: EcsStage

beforeEach(async () => {
  stage = await EcsStage.open()
})

afterEach(() => stage.close())

const size = {cpu: '512', memory: '1024'}

async function onInstances(
  definition: Partial<RegisterTaskDefinitionRequest> = {},
  service: Partial<CreateServiceRequest> = {}
): Promise<void> {
  const container = {name: 'app', image: 'example.org/web:v1', portMappings: [{containerPort: 8080}]}
  const arn = await stage.define('v1', {
    requiresCompatibilities: ['EC2'],
    networkMode: 'bridge',
    ...size,
    containerDefinitions: [container],
    ...definition
  })
  await stage.create(arn, {launchType: 'EC2', networkConfiguration: undefined, ...service})
}

const add = (seed: Partial<InstanceSeed> = {}) => stage.ecs.addInstance('prod', {cpu: 2048, memory: 3884, ...seed})

async function instances(): Promise<ContainerInstance[]> {
  const {containerInstanceArns} = await stage.client.send(new ListContainerInstancesCommand({cluster: 'prod'}))
  const command = new DescribeContainerInstancesCommand({
    cluster: 'prod',
    containerInstances: containerInstanceArns
  })
  return (await stage.client.send(command)).containerInstances ?? []
}

async function remaining(): Promise<string[]> {
  return (await instances()).map(({remainingResources = []}) =>
    remainingResources
      .map(({name = '', integerValue, stringSetValue}) => `${name} ${stringSetValue?.join(',') ?? integerValue ?? ''}`)
      .join(' ')
  )
}

/** The reason of the newest placement event. */
async function reason(): Promise<string | undefined> {
  const {events = []} = await stage.service()
  const found = events.map(({message = ''}) => message).find(message => message.includes('unable to place'))
  return found?.replace(/.*all of its requirements\. /, '').replace(/ For more information.*/, '')
}

const reserved = '22,2375,2376,51678,51679,51680'

describe('container instances', () => {
  test('are listed and described with what their tasks leave of them', async () => {
    add()
    add({memory: 1900, availabilityZone: `${region}b`})
    expect(await remaining()).toEqual([
      `CPU 2048 MEMORY 3884 PORTS ${reserved} PORTS_UDP `,
      `CPU 2048 MEMORY 1900 PORTS ${reserved} PORTS_UDP `
    ])
    const ports = [
      {containerPort: 80, hostPort: 80},
      {containerPort: 53, hostPort: 53, protocol: 'udp' as const}
    ]
    await onInstances({containerDefinitions: [{name: 'app', image: 'example.org/web:v1', portMappings: ports}]})
    stage.pass(120)
    expect(await remaining()).toEqual([
      `CPU 1536 MEMORY 2860 PORTS ${reserved},80 PORTS_UDP 53`,
      `CPU 1536 MEMORY 876 PORTS ${reserved},80 PORTS_UDP 53`
    ])
    const [first] = await instances()
    expect(first).toMatchObject({status: 'ACTIVE', agentConnected: true, runningTasksCount: 1, pendingTasksCount: 0})
    const [task] = await stage.tasks('RUNNING')
    expect(task).toMatchObject({containerInstanceArn: first?.containerInstanceArn, availabilityZone: `${region}a`})
    const {clusters} = await stage.client.send(new DescribeClustersCommand({clusters: ['prod']}))
    expect(clusters?.[0]?.registeredContainerInstancesCount).toBe(2)
    const on = {cluster: 'prod', containerInstance: first?.containerInstanceArn}
    expect((await stage.client.send(new ListTasksCommand(on))).taskArns).toEqual([task?.taskArn])
  })

  test('are listed by their status, and page by page', async () => {
    add().status = 'DRAINING'
    add()
    add()
    const list = async (more: object) =>
      (await stage.client.send(new ListContainerInstancesCommand({cluster: 'prod', ...more}))).containerInstanceArns
    expect(await list({status: 'DRAINING'})).toHaveLength(1)
    expect(await list({})).toHaveLength(2)
    stage.ecs.variants.largestPage = 1
    expect(await list({})).toHaveLength(1)
  })

  test('one that is not there is among the failures', async () => {
    const answer = await stage.client.send(
      new DescribeContainerInstancesCommand({cluster: 'prod', containerInstances: ['gone']})
    )
    expect(answer.failures).toEqual([{arn: 'gone', reason: 'MISSING'}])
  })

  test('those of the variant have endless room', async () => {
    stage.ecs.variants.containerInstances = 2
    expect(await remaining()).toHaveLength(2)
  })

  test('take back what stopped tasks held', async () => {
    add()
    await onInstances()
    stage.pass(120)
    await stage.update({desiredCount: 0})
    stage.pass(120)
    expect(await remaining()).toEqual([`CPU 2048 MEMORY 3884 PORTS ${reserved} PORTS_UDP `])
  })

  test('take tasks zone by zone, then where there are fewest of the service', async () => {
    const [a1, a2, b] = [add(), add(), add({availabilityZone: `${region}b`})]
    await onInstances({}, {desiredCount: 4})
    stage.pass(120)
    const placed = (await stage.tasks('RUNNING')).map(({containerInstanceArn}) => containerInstanceArn)
    expect([a1, a2, b].map(({arn}) => placed.filter(other => other === arn).length)).toEqual([1, 1, 2])
  })
})

describe('a task that no instance takes', () => {
  test.each<
    [string, Partial<InstanceSeed>, Partial<RegisterTaskDefinitionRequest>, Partial<CreateServiceRequest>, string]
  >([
    ['CPU', {cpu: 256}, {}, {}, 'has insufficient CPU units available.'],
    ['memory', {memory: 900}, {}, {}, 'has insufficient memory available.'],
    [
      'the memory of its containers',
      {memory: 900},
      {
        memory: undefined,
        containerDefinitions: [{name: 'app', image: 'example.org/web:v1', memory: 2000, memoryReservation: 901}]
      },
      {},
      'has insufficient memory available.'
    ],
    [
      'a port',
      {},
      {
        containerDefinitions: [
          {name: 'app', image: 'example.org/web:v1', portMappings: [{containerPort: 22, hostPort: 22}]}
        ]
      },
      {},
      'is already using a port required by your task.'
    ],
    [
      'a GPU',
      {gpus: 1},
      {
        containerDefinitions: [
          {name: 'app', image: 'example.org/web:v1', resourceRequirements: [{type: 'GPU', value: '2'}]}
        ]
      },
      {},
      'encountered error "RESOURCE:GPU".'
    ],
    ['an attribute', {capabilities: []}, {}, {}, 'is missing an attribute required by your task.'],
    [
      "an attribute that the service's constraint asks for",
      {attributes: {disk: 'hdd'}},
      {},
      {placementConstraints: [{type: 'memberOf', expression: 'attribute:disk == ssd'}]},
      'encountered error "MemberOf placement constraint unsatisfied.".'
    ],
    [
      'an attribute that the definition asks for',
      {instanceType: 'm5.large'},
      {placementConstraints: [{type: 'memberOf', expression: 'attribute:ecs.instance-type =~ t3.*'}]},
      {},
      'encountered error "MemberOf placement constraint unsatisfied.".'
    ]
  ])('for want of %s', async (_, seed, definition, service, expected) => {
    const instance = add(seed)
    await onInstances(definition, service)
    stage.pass(30)
    expect(await reason()).toBe(`The closest matching (container-instance ${instance.id}) ${expected}`)
    expect(await stage.tasks('RUNNING')).toEqual([])
  })

  test('because its agent is away', async () => {
    add().agentConnected = false
    await onInstances()
    stage.pass(30)
    expect(await reason()).toContain("doesn't have the agent connected.")
  })

  test('because it has one of the service already', async () => {
    add()
    await onInstances({}, {placementConstraints: [{type: 'distinctInstance'}]})
    stage.pass(60)
    expect(await stage.tasks('RUNNING')).toHaveLength(1)
    expect(await reason()).toContain('DistinctInstance')
  })

  test('is placed when there is room', async () => {
    add({memory: 1500})
    await onInstances()
    stage.pass(60)
    expect(await stage.tasks('RUNNING')).toHaveLength(1)
    add()
    stage.pass(600)
    expect(await stage.tasks('RUNNING')).toHaveLength(2)
  })

  test('meets constraints where they are met', async () => {
    add({attributes: {disk: 'ssd'}})
    const expression = `attribute:disk != hdd and attribute:ecs.availability-zone in [${region}a, ${region}b]`
    await onInstances({}, {placementConstraints: [{type: 'memberOf', expression}]})
    stage.pass(60)
    expect(await stage.tasks('RUNNING')).toHaveLength(2)
  })

  test('expressions that are not played are refused', async () => {
    const placementConstraints = [{type: 'memberOf' as const, expression: 'task:group == service:db'}]
    await expect(onInstances({}, {placementConstraints})).rejects.toThrow('task:group')
    await expect(onInstances({placementConstraints})).rejects.toThrow('task:group')
  })
})

test('what is taken of GPUs is told of each', async () => {
  add({gpus: 2})
  const resourceRequirements = [{type: 'GPU' as const, value: '1'}]
  await onInstances(
    {containerDefinitions: [{name: 'app', image: 'example.org/web:v1', resourceRequirements}]},
    {desiredCount: 1}
  )
  stage.pass(60)
  const [instance] = await instances()
  expect(instance?.gpuDevices?.map(({sharingMode}) => sharingMode)).toEqual(['DEDICATED', 'IDLE'])
})

describe('capacity providers', () => {
  const group = 'arn:aws:autoscaling:eu-central-1:111122223333:autoScalingGroup:1:autoScalingGroupName/web'
  const provide = (status: 'ENABLED' | 'DISABLED') =>
    stage.client.send(
      new CreateCapacityProviderCommand({
        name: 'cp',
        autoScalingGroupProvider: {autoScalingGroupArn: group, managedScaling: {status}}
      })
    )
  const strategy = {launchType: undefined, capacityProviderStrategy: [{capacityProvider: 'cp', weight: 1}]}

  test('are described, with Fargate and with those that are missing', async () => {
    await provide('ENABLED')
    const describe = (names: string[]) =>
      stage.client.send(new DescribeCapacityProvidersCommand({capacityProviders: names}))
    const {capacityProviders = [], failures} = await describe(['FARGATE', 'cp', 'other'])
    expect(capacityProviders.map(({name, type, status}) => [name, type, status])).toEqual([
      ['FARGATE', 'FARGATE', 'ACTIVE'],
      ['cp', 'EC2_AUTOSCALING', 'ACTIVE']
    ])
    expect(capacityProviders[1]?.autoScalingGroupProvider?.managedScaling).toMatchObject({
      status: 'ENABLED',
      targetCapacity: 100,
      instanceWarmupPeriod: 300
    })
    expect(failures).toMatchObject([{reason: 'MISSING'}])
    await expect(provide('ENABLED')).rejects.toThrow('exists')
  })

  test('have their own instances', async () => {
    await provide('DISABLED')
    add()
    await onInstances({}, strategy)
    stage.pass(30)
    const {events = []} = await stage.service()
    expect(events[0]?.message).toContain('No Container Instances were found in your capacity provider.')
    const own = add({capacityProvider: 'cp'})
    stage.pass(600)
    const tasks = await stage.tasks('RUNNING')
    expect(tasks.map(({containerInstanceArn}) => containerInstanceArn)).toEqual([own.arn, own.arn])
  })

  test('with managed scaling let tasks wait in PROVISIONING until there is an instance', async () => {
    await provide('ENABLED')
    await onInstances({}, strategy)
    stage.pass(300)
    const statuses = async () => (await stage.tasks('RUNNING')).map(({lastStatus}) => lastStatus)
    expect(await statuses()).toEqual(['PROVISIONING', 'PROVISIONING'])
    expect(await reason()).toBeUndefined()
    add({capacityProvider: 'cp', memory: 1500})
    stage.pass(60)
    expect(await statuses()).toEqual(['RUNNING', 'PROVISIONING'])
    await stage.update({desiredCount: 0})
    stage.pass(120)
    expect(await statuses()).toEqual([])
  })
})
