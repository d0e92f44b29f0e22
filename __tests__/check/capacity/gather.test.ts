import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {CreateCapacityProviderCommand, type CreateServiceRequest} from '@aws-sdk/client-ecs'
import {ec2Capacity} from '../../../src/check/capacity/ec2-capacity.ts'
import {gatherCapacity} from '../../../src/check/capacity/gather.ts'
import {EcsStage} from '../../emulator/ecs-support.ts'
import {testWorld, type TestWorld} from '../../image/support.ts'
import {situation} from '../situation.ts'

const size = {cpu: '512', memory: '1024'}
let stage: EcsStage
let world: TestWorld

beforeEach(async () => {
  stage = await EcsStage.open()
  world = testWorld()
})

afterEach(() => stage.close())

/** A service of two tasks on instances, some minutes later. */
async function runs(more: Partial<CreateServiceRequest> = {}): Promise<void> {
  const container = {name: 'app', image: 'example.org/web:v1', portMappings: [{containerPort: 8080}]}
  const arn = await stage.define('v1', {
    requiresCompatibilities: ['EC2'],
    networkMode: 'bridge',
    ...size,
    containerDefinitions: [container]
  })
  await stage.create(arn, {launchType: 'EC2', networkConfiguration: undefined, ...more})
  stage.pass(300)
}

async function look() {
  const service = await stage.service()
  const before = stage.emulator.journal.entries().length
  const capacity = await gatherCapacity(service, {ecs: stage.client}, world)
  const asked = stage.emulator.journal
    .entries()
    .slice(before)
    .map(({operation}) => operation)
  const definition = {...size, networkMode: 'bridge', containerDefinitions: []}
  const running = {arn: service.taskDefinition ?? '', status: 'ACTIVE', json: definition, tags: []}
  const found = ec2Capacity.run(situation({definition, service, running, capacity})).map(({message}) => message)
  return {capacity, asked, found}
}

const add = (memory: number, capacityProvider?: string) =>
  stage.ecs.addInstance('prod', {cpu: 2048, memory, ...(capacityProvider && {capacityProvider})})

test('reads the instances and what the service has on them', async () => {
  const a = add(3000)
  add(3000)
  await runs()
  const {capacity, found} = await look()
  expect(capacity?.instances).toHaveLength(2)
  expect(capacity?.tasks).toHaveLength(2)
  expect(capacity?.tasks.map(task => task.containerInstanceArn)).toContain(a.arn)
  expect(capacity?.requiresAttributes.map(({name}) => name)).toContain(
    'com.amazonaws.ecs.capability.docker-remote-api.1.18'
  )
  expect(found).toEqual([])
})

test('ECS then does what was said', async () => {
  const a = add(1600)
  add(2400)
  await runs()
  const {found} = await look()
  expect(found).toEqual([
    'The deployment of web needs 2 × (512 CPU, 1,024 MiB) beyond what runs, 1 fits, and the closest instance, ' +
      `${a.ec2InstanceId}, lacks 448 MiB: ECS goes on as old tasks make room, which takes longer, and each task that ` +
      'finds none counts as failed for the circuit breaker, so add container instances, or lower the minimum healthy ' +
      'percent to 50, so that old tasks go first.'
  ])
  await stage.update({forceNewDeployment: true})
  stage.pass(30)
  expect((await stage.events()).join('\n')).toMatch(/has started 1 tasks[\s\S]*has insufficient memory available/)
  stage.pass(1200)
  expect(await stage.deployments()).toEqual(['#2 PRIMARY 2/2/0 COMPLETED'])
})

test('pages and calls of a hundred are put together', async () => {
  for (let number = 0; number < 103; number += 1) add(3000)
  stage.ecs.variants.largestPage = 60
  await runs()
  const {capacity, asked} = await look()
  expect(capacity?.instances).toHaveLength(103)
  expect(asked.filter(operation => operation === 'ListContainerInstances')).toHaveLength(2)
  expect(asked.filter(operation => operation === 'DescribeContainerInstances')).toHaveLength(2)
})

test('capacity providers are read where there is a strategy', async () => {
  await stage.client.send(
    new CreateCapacityProviderCommand({
      name: 'cp',
      autoScalingGroupProvider: {autoScalingGroupArn: 'web', managedScaling: {status: 'ENABLED'}}
    })
  )
  add(2500, 'cp')
  add(9000)
  await runs({launchType: undefined, capacityProviderStrategy: [{capacityProvider: 'cp', weight: 1}]})
  const {found} = await look()
  expect(found).toEqual([expect.stringContaining('the managed scaling of cp starts 1 instance')])
})

test('a service on Fargate asks nothing', async () => {
  await stage.create(await stage.define('v1'))
  expect((await look()).asked).toEqual([])
})

describe('where something may not be read', () => {
  test.each(['ListContainerInstances', 'DescribeContainerInstances', 'ListTasks', 'DescribeTasks'])(
    'without ecs:%s nothing is known',
    async action => {
      add(1600)
      await runs({desiredCount: 1})
      stage.emulator.faults.set([{operation: action, fault: {kind: 'access-denied'}}])
      const {capacity} = await look()
      expect(capacity).toBeUndefined()
      expect(world.lines.filter(line => line.includes('not checked'))).toEqual([
        expect.stringContaining(`missing ecs:${action}`)
      ])
    }
  )
})
