import {describe, expect, test} from '@jest/globals'
import {ec2Capacity} from '../../../src/check/capacity/ec2-capacity.ts'
import type {Situation} from '../../../src/check/situation.ts'
import {container, messages} from '../situation.ts'
import {instance, onInstances, provider, seen, tasksOn} from './support.ts'

const found = (situation: Situation): string[] => messages(ec2Capacity, situation)

const percent = (minimumHealthyPercent: number, maximumPercent: number) => ({
  deploymentConfiguration: {minimumHealthyPercent, maximumPercent}
})

describe('nothing is found', () => {
  test.each([
    ['with room for all', seen({instances: [instance('a')], tasks: tasksOn('a', 'a')})],
    ['with room on several', seen({instances: [instance('a', {cpu: 512}), instance('b', {memory: 1024})]})],
    [
      'where old tasks may go first',
      seen({instances: [instance('a', {memory: 0})], tasks: tasksOn('a', 'a')}, {service: percent(50, 200)})
    ],
    [
      'where they have to, one by one',
      seen({instances: [instance('a', {memory: 0})], tasks: tasksOn('a', 'a')}, {service: percent(50, 100)})
    ],
    [
      'where the percentages alone are in the way',
      seen({instances: [instance('a', {memory: 0})], tasks: tasksOn('a', 'a')}, {service: percent(100, 100)})
    ],
    ['without tasks to run', seen({}, {service: {desiredCount: 0}})],
    ['on Fargate', {...seen({}), capacity: undefined}],
    ['without a service', {...seen({}), service: undefined}],
    [
      'of a constraint that is not understood',
      seen(
        {instances: [instance('a', {memory: 0})]},
        {service: {placementConstraints: [{type: 'memberOf', expression: 'task:group == service:db'}]}}
      )
    ],
    [
      'of a constraint whose outcome is open',
      seen(
        {instances: [instance('a', {memory: 0})]},
        {service: {placementConstraints: [{type: 'memberOf', expression: 'attribute:disk != ssd'}]}}
      )
    ],
    [
      'of shares of GPUs',
      seen(
        {instances: []},
        {
          definition: onInstances({
            containerDefinitions: [
              container({resourceRequirements: [{type: 'GPU', sharingStrategy: {nvidiaMps: {memoryInMiB: 1}}}]})
            ]
          })
        }
      )
    ],
    [
      'of GPUs that are not told apart',
      seen(
        {
          instances: [
            instance('a', {}, {registeredResources: [{name: 'GPU', type: 'STRINGSET', stringSetValue: ['GPU-1']}]})
          ]
        },
        {
          definition: onInstances({
            containerDefinitions: [container({resourceRequirements: [{type: 'GPU', value: '1'}]})]
          })
        }
      )
    ]
  ])('%s', (_, situation) => {
    expect(found(situation)).toEqual([])
  })
})

const ADD = 'so add container instances'
const FIRST = ', or lower the minimum healthy percent to 50, so that old tasks go first'
const SLOWER =
  'ECS goes on as old tasks make room, which takes longer, and each task that finds none counts as failed for the ' +
  `circuit breaker, ${ADD}${FIRST}.`
const ENDLESS = `without room the deployment does not come to its end, ${ADD}`

describe('rolling', () => {
  test('with room for one of two', () => {
    const [a, b] = [instance('a', {memory: 1024 + 712}), instance('b', {memory: 500})]
    expect(found(seen({instances: [a, b], tasks: tasksOn('a', 'b')}))).toEqual([
      'The deployment of web needs 2 × (512 CPU, 1,024 MiB) beyond what runs, 1 fits, and the closest instance, i-a, lacks ' +
        `312 MiB: ${SLOWER}`
    ])
  })

  test('with room for none', () => {
    const a = instance('a', {cpu: 500, memory: 1000, empty: {cpu: 2048, memory: 4096}})
    expect(found(seen({instances: [a], tasks: tasksOn('a', 'a')}))).toEqual([
      'The deployment of web needs 2 × (512 CPU, 1,024 MiB) beyond what runs, none fits, and the only instance, i-a, lacks ' +
        `12 CPU and 24 MiB: ${ENDLESS}${FIRST}.`
    ])
  })

  test('one task, which may go first only if none has to stay', () => {
    const a = instance('a', {memory: 0, empty: {cpu: 2048, memory: 4096}})
    expect(found(seen({instances: [a], tasks: tasksOn('a')}, {service: {desiredCount: 1}}))).toEqual([
      'The deployment of web needs 1 × (512 CPU, 1,024 MiB) beyond what runs, none fits, and the only instance, i-a, lacks ' +
        `1,024 MiB: ${ENDLESS}, or lower the minimum healthy percent to 0, so that old tasks go first.`
    ])
  })

  test('a fixed port on as many instances as tasks', () => {
    const definition = onInstances({
      containerDefinitions: [container({portMappings: [{containerPort: 80, hostPort: 80}]})]
    })
    const instances = [instance('a', {ports: ['22', '80']}), instance('b', {ports: ['22', '80']})]
    expect(found(seen({instances, tasks: tasksOn('a', 'b')}, {definition}))).toEqual([
      'The deployment of web needs 2 × (512 CPU, 1,024 MiB, port 80/tcp) beyond what runs, none fits, and the closest ' +
        `instance, i-a, has the port 80/tcp taken: ${ENDLESS}${FIRST}.`
    ])
    expect(found(seen({instances, tasks: tasksOn('a', 'b')}, {definition, service: percent(50, 100)}))).toEqual([])
    expect(found(seen({instances: [instance('a', {udp: ['80']})]}, {definition, service: {desiredCount: 1}}))).toEqual(
      []
    )
  })

  test('a new revision that asks for more than old tasks leave', () => {
    const a = instance('a', {memory: 0, empty: {cpu: 2048, memory: 4096}})
    const bigger = {definition: onInstances({memory: '3000'}), running: onInstances(), service: percent(50, 100)}
    expect(found(seen({instances: [a], tasks: tasksOn('a', 'a')}, bigger))).toEqual([
      'The deployment of web needs 2 × (512 CPU, 3,000 MiB) in place of what runs, none fits, and the only instance, i-a, ' +
        `lacks 3,000 MiB: ${ENDLESS}, or let the task ask for less.`
    ])
  })

  test('a task that no instance holds', () => {
    const a = instance('a', {memory: 3000, empty: {cpu: 2048, memory: 3884}})
    expect(found(seen({instances: [a], tasks: tasksOn('a')}, {definition: onInstances({memory: '8 GB'})}))).toEqual([
      'The deployment of web needs 2 × (512 CPU, 8,192 MiB) beyond what runs, none fits, and the only instance, i-a, lacks ' +
        '5,192 MiB: no instance that there is takes the task even when it is empty, so take larger ones or let the task ' +
        'ask for less.'
    ])
  })

  test('as many tasks as the input asks for', () => {
    const a = instance('a', {memory: 1024})
    const [sentence] = found(seen({instances: [a]}, {inputs: {'desired-count': '3'}}))
    expect(sentence).toContain('needs 3 × (512 CPU, 1,024 MiB) beyond what runs, 1 fits')
  })

  test('the memory of containers without one of the task', () => {
    const definition = onInstances({
      cpu: undefined as never,
      memory: undefined as never,
      containerDefinitions: [
        container({memoryReservation: 300, memory: 900}),
        container({name: 'proxy', cpu: 10, memory: 100})
      ]
    })
    expect(found(seen({instances: [instance('a', {memory: 450})]}, {definition}))[0]).toContain('2 × (10 CPU, 400 MiB)')
  })

  test('GPUs', () => {
    const containers = [container({resourceRequirements: [{type: 'GPU', value: '1'}]})]
    const definition = onInstances({containerDefinitions: containers})
    const situation = seen({instances: [instance('a', {gpus: 2, freeGpus: 1})]}, {definition})
    expect(found(situation)[0]).toContain(
      'needs 2 × (512 CPU, 1,024 MiB, 1 GPU) beyond what runs, 1 fits, and the only instance, i-a, lacks 1 GPU:'
    )
  })
})

test('blue/green needs as many tasks again, all at once', () => {
  const service = {deploymentConfiguration: {strategy: 'BLUE_GREEN' as const, minimumHealthyPercent: 50}}
  const of = (memory: number) => seen({instances: [instance('a', {memory})], tasks: tasksOn('a', 'a')}, {service})
  expect(found(of(2048))).toEqual([])
  expect(found(of(2000))).toEqual([
    'The deployment of web needs 2 × (512 CPU, 1,024 MiB) beyond what runs, 1 fits, and the only instance, i-a, lacks ' +
      `48 MiB: ${ENDLESS}, or let the task ask for less.`
  ])
})

describe('instances that take no task', () => {
  const open = instance('a', {memory: 1024})
  const one = (situation: Situation) => found(situation)[0]

  test.each([
    ['without a connected agent', instance('b', {}, {agentConnected: false}), {}],
    ['impaired', instance('b', {}, {healthStatus: {overallStatus: 'IMPAIRED'}}), {}],
    [
      'not within `attribute:ecs.instance-type =~ t3.*`',
      instance('b'),
      {
        service: {
          placementConstraints: [{type: 'memberOf' as const, expression: 'attribute:ecs.instance-type =~ t3.*'}]
        }
      }
    ],
    [
      'not within `attribute:disk == ssd`',
      instance('b'),
      {definition: onInstances({placementConstraints: [{type: 'memberOf', expression: 'attribute:disk == ssd'}]})}
    ],
    [
      'without the attribute ecs.capability.task-eni',
      instance('b'),
      {definition: onInstances({networkMode: 'awsvpc'})}
    ],
    [
      'without the attribute com.amazonaws.ecs.capability.logging-driver.awslogs',
      instance('b'),
      {definition: onInstances({containerDefinitions: [container({logConfiguration: {logDriver: 'awslogs'}})]})}
    ]
  ])('%s', (why, other, more) => {
    expect(one(seen({instances: [other]}, more))).toContain(
      `none fits, as no container instance of demo takes them (1 ${why}): ${ENDLESS}`
    )
  })

  test('several, each for its reason', () => {
    const instances = [
      instance('b', {}, {agentConnected: false}),
      instance('c', {}, {agentConnected: false}),
      instance('d', {}, {healthStatus: {overallStatus: 'IMPAIRED'}})
    ]
    expect(one(seen({instances}))).toContain('(2 without a connected agent and 1 impaired)')
  })

  test('beside one that does', () => {
    expect(one(seen({instances: [instance('b', {}, {agentConnected: false}), open]}))).toContain(
      'the closest instance, i-a,'
    )
  })

  test('none at all', () => {
    expect(one(seen({instances: []}))).toBe(
      `The deployment of web needs 2 × (512 CPU, 1,024 MiB) beyond what runs, none fits, as demo has no active container instance: ${ENDLESS}.`
    )
    expect(one(seen({instances: [instance('b', {}, {status: 'DRAINING'})]}))).toContain('demo has no active container')
  })

  test('attributes of the running revision count as far as the new one asks for the same', () => {
    const requiresAttributes = [
      {name: 'com.amazonaws.ecs.capability.logging-driver.splunk'},
      {name: 'com.amazonaws.ecs.capability.task-iam-role'},
      {name: 'ecs.capability.task-eni'}
    ]
    expect(found(seen({instances: [instance('b')], requiresAttributes}))).toEqual([])
    const health = [{name: 'ecs.capability.container-health-check'}]
    expect(one(seen({instances: [instance('b')], requiresAttributes: health}))).toContain('container-health-check')
  })

  test('external ones are for services of the launch type EXTERNAL', () => {
    const external = instance('b', {}, {attributes: [{name: 'ecs.capability.external'}]})
    expect(one(seen({instances: [external]}))).toContain('no active container instance')
    expect(found(seen({instances: [external]}, {service: {launchType: 'EXTERNAL'}}))).toEqual([])
    expect(one(seen({instances: [instance('a')]}, {service: {launchType: 'EXTERNAL'}}))).toContain('no active')
  })

  test('one task of the service each, with distinctInstance', () => {
    const service = {placementConstraints: [{type: 'distinctInstance' as const}]}
    const instances = [instance('a'), instance('b'), instance('c')]
    expect(found(seen({instances, tasks: tasksOn('a', 'b')}, {service}))).toEqual([
      'The deployment of web needs 2 × (512 CPU, 1,024 MiB) beyond what runs, 1 fits, and the closest instance, i-a, runs a ' +
        `task of the service already (distinctInstance): ${SLOWER}`
    ])
  })

  test('in other zones than the subnets, where these are known', () => {
    const networkConfiguration = {awsvpcConfiguration: {subnets: ['subnet-1']}}
    const attributes = (zone: string, subnet: string) => [
      {name: 'ecs.availability-zone', value: `eu-central-1${zone}`},
      {name: 'ecs.subnet-id', value: subnet},
      {name: 'ecs.capability.task-eni'}
    ]
    const [a, b] = [
      instance('a', {memory: 1024}, {attributes: attributes('a', 'subnet-1')}),
      instance('b', {}, {attributes: attributes('b', 'subnet-2')})
    ]
    const situation = (instances: (typeof a)[]) =>
      seen({instances}, {definition: onInstances({networkMode: 'awsvpc'}), service: {networkConfiguration}})
    expect(one(situation([a, b]))).toContain('1 fits, and the closest instance, i-a, lacks 1,024 MiB')
    expect(found(situation([b]))).toEqual([])
  })
})

describe('capacity providers', () => {
  const service = {launchType: undefined, capacityProviderStrategy: [{capacityProvider: 'cp', weight: 1}]}
  const own = (id: string, memory: number) =>
    instance(id, {memory, empty: {cpu: 2048, memory: 3884}}, {capacityProviderName: 'cp'})
  const scaled = (instances: number, scaling = {}, rest = provider(scaling)) =>
    found(
      seen(
        {
          instances: [own('a', 100), own('b', 100), instance('c')].slice(2 - instances),
          providers: [rest],
          tasks: tasksOn('a', 'b')
        },
        {service}
      )
    )[0]

  test('have their own instances only, and start others', () => {
    expect(scaled(2)).toBe(
      'The deployment of web needs 2 × (512 CPU, 1,024 MiB) beyond what runs, none fits, and the closest instance, i-a, ' +
        'lacks 924 MiB: the managed scaling of cp starts 1 instance for the tasks that wait, if the maximum of its Auto ' +
        'Scaling group allows that, and the deployment takes some minutes longer.'
    )
  })

  test('start two instances from none, and as many as their steps say', () => {
    expect(scaled(0)).toContain(
      'as cp in demo has no active container instance: the managed scaling of cp starts 2 instances'
    )
    expect(scaled(1, {minimumScalingStepSize: 3})).toContain('starts 3 instances')
    expect(scaled(1, {minimumScalingStepSize: 3, maximumScalingStepSize: 2})).toContain('starts 2 instances')
  })

  test('start none without managed scaling, or when they are not active', () => {
    expect(scaled(1, {status: 'DISABLED'})).toContain(ENDLESS)
    expect(scaled(1, {}, provider({}, {status: 'INACTIVE'}))).toContain(ENDLESS)
  })

  test('several count together', () => {
    const strategy = [
      {capacityProvider: 'cp', weight: 1},
      {capacityProvider: 'spot', weight: 3},
      {capacityProvider: 'unused', weight: 0}
    ]
    const providers = ['cp', 'spot', 'unused'].map(name => provider({}, {name}))
    const of = (...names: string[]) =>
      found(
        seen(
          {instances: names.map(name => instance(name, {memory: 1024}, {capacityProviderName: name})), providers},
          {service: {launchType: undefined, capacityProviderStrategy: strategy}}
        )
      )
    expect(of('cp', 'spot')).toEqual([])
    expect(of('cp', 'unused')).toEqual([
      'The deployment of web needs 2 × (512 CPU, 1,024 MiB) beyond what runs, 1 fits, and the only instance, i-cp, lacks ' +
        '1,024 MiB: the managed scaling of cp and spot starts instances for the tasks that wait, if the maximum of their ' +
        'Auto Scaling groups allows that, and the deployment takes some minutes longer.'
    ])
  })
})

test('the annotation stands at what is lacking', () => {
  const paths = (situation: Situation) => ec2Capacity.run(situation).map(({path}) => path)
  expect(paths(seen({instances: [instance('a', {memory: 0})]}))).toEqual([['memory']])
  expect(paths(seen({instances: [instance('a', {cpu: 0})]}))).toEqual([['cpu']])
  expect(paths(seen({instances: []}))).toEqual([undefined])
})
