import {describe, expect, test} from '@jest/globals'
import {Account} from './account.ts'
import {alsoFor, readmePolicy} from './readme-policy.ts'

describe('a release of an image that exists', () => {
  test('registers, updates, follows and says what happened', async () => {
    await using account = await Account.open()
    await account.file('task-definition.json', account.definition('v1'))
    const digest = account.image('v2')
    const step = await account.release()

    expect(step.annotations).toEqual([])
    expect(step.exitCode).toBe(0)
    expect(step.log.split('\n').at(-1)).toMatch(
      /^Deployed web:2 to web in prod: 2 of 2 tasks run it, \d+ min( \d+ s)?\.$/
    )
    expect(step.outputs).toMatchObject({
      status: 'deployed',
      image: `${account.uri('v2')}@${digest}`,
      'image-tag': 'v2',
      'image-digest': digest,
      'task-definition': 'web:2',
      'task-definition-arn': 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:2',
      'previous-task-definition-arn': 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:1',
      'deployment-id': expect.stringMatching(/^ecs-svc\/\d+$/),
      'service-deployment-arn': expect.stringContaining(':service-deployment/prod/web/')
    })
    const {deployments = []} = await account.described()
    expect(deployments.find(({status}) => status === 'PRIMARY')?.id).toBe(step.outputs['deployment-id'])
    expect(account.changes()).toEqual(['RegisterTaskDefinition', 'UpdateService'])
    expect(JSON.parse(account.requests().find(({operation}) => operation === 'UpdateService')?.body ?? '')).toEqual({
      cluster: 'arn:aws:ecs:eu-central-1:111122223333:cluster/prod',
      service: 'web',
      taskDefinition: step.outputs['task-definition-arn']
    })
  })

  test('leaves nothing behind but outputs and the summary', async () => {
    await using account = await Account.open()
    const step = await account.release()
    expect(step).toMatchObject({postExitCode: 0, leftovers: [], orphans: false, exported: {env: {}, path: []}})
  })

  test('tells each event once, in order, with the time since the start', async () => {
    await using account = await Account.open()
    const step = await account.release()
    const told = step.log
      .split('\n')
      .filter(line => /^ +\d+:\d\d {2}(has |registered|deregistered|\(deployment)/.test(line))
    expect(told.map(line => line.replace(/^ +\d+:\d\d {2}/, '').replace(/\(task \w+\)|ecs-svc\/\d+/g, '…'))).toEqual([
      'has started 2 tasks: … ….',
      'has stopped 2 running tasks: … ….',
      '(deployment …) deployment completed.',
      'has reached a steady state.'
    ])
  })

  test('has no more than the change of the image in the revision, and tags that say where it is from', async () => {
    await using account = await Account.open()
    account.plus({
      Effect: 'Allow',
      Action: 'ecs:TagResource',
      Resource: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:*'
    })
    const definition = account.definition('v1', {tags: [{key: 'team', value: 'shop'}]})
    await account.file('.aws/task-definition.json', definition)
    await account.release()
    const sent = account.requests().find(({operation}) => operation === 'RegisterTaskDefinition')?.body ?? ''
    const expected = structuredClone(definition) as {containerDefinitions: {image: string}[]; tags: unknown[]}
    const [container] = expected.containerDefinitions
    if (container) container.image = `${account.uri('v2')}@${account.image('v2')}`
    expected.tags.push(
      {key: 'ecs-release:repository', value: 'octo-org/web'},
      {key: 'ecs-release:commit', value: '6dcb09b5b57875f334f61aebed695e2e4193db5e'},
      {key: 'ecs-release:run', value: 'https://github.com/octo-org/web/actions/runs/1658821493/attempts/1'}
    )
    expect(JSON.parse(sent)).toEqual(expected)
  })

  test('starts from what the service runs when the repository has no definition', async () => {
    await using account = await Account.open()
    const step = await account.release()
    expect(step.outputs['status']).toBe('deployed')
    const {containerDefinitions = []} = await account.revision(step.outputs['task-definition-arn'] ?? '')
    expect(containerDefinitions[0]).toMatchObject({name: 'app', image: step.outputs['image']})
  })

  test('uses an identical revision and starts nothing when the service runs it already', async () => {
    await using account = await Account.open()
    await account.release()
    account.forget()
    const again = await account.release()
    expect(again).toMatchObject({exitCode: 0, outputs: {status: 'unchanged', 'task-definition': 'web:2'}})
    expect(account.changes()).toEqual([])
    expect(again.log.split('\n').at(-1)).toBe('Nothing to deploy: web in prod has web:2 already, 2 of 2 tasks run it.')

    const forced = await account.release({'force-new-deployment': 'true'})
    expect(forced).toMatchObject({exitCode: 0, outputs: {status: 'deployed', 'task-definition': 'web:2'}})
    expect(account.changes()).toEqual(['UpdateService'])
  })

  test('deploys a tag anew, because it may be another image by now', async () => {
    await using account = await Account.open()
    const image = 'public.ecr.aws/nginx/nginx:1.29'
    await account.release({image})
    account.forget()
    const again = await account.release({image})
    expect(again).toMatchObject({exitCode: 0, outputs: {status: 'deployed', 'task-definition': 'web:2'}})
    expect(again.log).toContain(
      `web has web:2 already, but ${image} may be another image by now: deploying anew, so that ECS looks`
    )
    expect(account.changes()).toEqual(['UpdateService'])
  })

  test('sets the desired count only when asked to', async () => {
    await using account = await Account.open()
    const step = await account.release({'desired-count': '3'})
    expect(step.outputs['status']).toBe('deployed')
    expect((await account.described()).desiredCount).toBe(3)
  })

  test('an image that is not in ECR is not checked', async () => {
    await using account = await Account.open()
    const step = await account.release({image: 'public.ecr.aws/nginx/nginx:1.29'})
    expect(step.log).toContain('image public.ecr.aws/nginx/nginx:1.29 is not in ECR: not checked')
    expect(step.outputs).toMatchObject({status: 'deployed', image: 'public.ecr.aws/nginx/nginx:1.29'})
  })

  test('several services share a definition, are updated and followed together', async () => {
    await using account = await Account.open()
    account.under(alsoFor('worker', readmePolicy()))
    await account.service({serviceName: 'worker', desiredCount: 1})
    account.advance(600)
    account.forget()
    await account.file('task-definition.json', account.definition('v1'))
    const step = await account.release({service: 'web\nworker'})
    expect(step.annotations).toEqual([])
    expect(account.changes()).toEqual(['RegisterTaskDefinition', 'UpdateService', 'UpdateService'])
    const result = JSON.parse(step.outputs['result'] ?? '') as {services: {name: string; status: string}[]}
    expect(result.services.map(({name, status}) => [name, status])).toEqual([
      ['web', 'deployed'],
      ['worker', 'deployed']
    ])
  })
})

describe('a deployment that goes wrong', () => {
  test('is red after a rollback, with the reason and what production runs', async () => {
    await using account = await Account.open()
    const step = await account.release({image: account.uri('v2-crash')})
    expect(step.exitCode).toBe(1)
    expect(step.outputs['status']).toBe('rolled-back')
    expect(step.annotations).toHaveLength(1)
    expect(step.annotations[0]?.message).toBe(
      'Rolled back by the circuit breaker: container app exited with code 1 in 4 tasks of web:2; web in prod runs web:1 again, with 2 of 2 tasks.'
    )
    expect(step.log).toContain('4 tasks stopped: Essential container in task exited; container app exited with code 1')
    expect(step.summary).toContain('<code>web:2</code>')
  })

  test('is red when ECS goes on but the time is up', async () => {
    await using account = await Account.open({deploymentConfiguration: {}})
    const step = await account.release({image: account.uri('v2-crash'), 'wait-for-minutes': '5'})
    expect(step).toMatchObject({exitCode: 1, outputs: {status: 'timed-out'}})
  })
})

describe('what AWS does on a bad day', () => {
  test('throttling and broken connections while following are ridden out', async () => {
    await using account = await Account.open()
    account.aws.emulator.faults.set([
      {service: 'ecs', operation: 'DescribeServices', from: 4, to: 9, fault: {kind: 'throttling'}},
      {service: 'ecs', operation: 'DescribeServices', from: 14, to: 16, fault: {kind: 'reset'}},
      {service: 'ecs', operation: 'DescribeServices', from: 20, to: 21, fault: {kind: 'server-error', status: 503}}
    ])
    expect(await account.release()).toMatchObject({exitCode: 0, outputs: {status: 'deployed'}})
  })

  test.each([
    ['answer-lost', 1],
    ['truncated', 1],
    ['reset', 2],
    ['throttling', 2],
    ['server-error', 2]
  ] as const)('one revision and one update, whatever happens to the first answer: %s', async (kind, requests) => {
    await using account = await Account.open()
    account.aws.emulator.faults.set([
      {service: 'ecs', operation: 'RegisterTaskDefinition', call: 1, fault: {kind}},
      {service: 'ecs', operation: 'UpdateService', call: 1, fault: {kind}}
    ])
    const step = await account.release()
    expect(step).toMatchObject({exitCode: 0, outputs: {status: 'deployed', 'task-definition': 'web:2'}})
    const asked = account.requests().map(({operation}) => operation)
    for (const operation of ['RegisterTaskDefinition', 'UpdateService']) {
      expect(asked.filter(other => other === operation)).toHaveLength(requests)
    }
    expect(await account.serviceDeployments()).toHaveLength(2)

    account.forget()
    account.aws.emulator.faults.set([{service: 'ecs', operation: 'UpdateService', call: 1, fault: {kind}}])
    const forced = await account.release({'force-new-deployment': 'true'})
    expect(forced).toMatchObject({exitCode: 0, outputs: {status: 'deployed', 'task-definition': 'web:2'}})
    expect(account.requests().filter(({operation}) => operation === 'UpdateService')).toHaveLength(requests)
    expect(await account.serviceDeployments()).toHaveLength(3)
  })

  test('a denied call that only helps fails nothing', async () => {
    await using account = await Account.open()
    const helpful = ['ListServiceDeployments', 'DescribeServiceDeployments', 'ListTasks', 'DescribeTasks']
    account.aws.emulator.faults.set([
      ...helpful.map(operation => ({service: 'ecs', operation, fault: {kind: 'access-denied'}}) as const),
      {service: 'ecr', fault: {kind: 'access-denied'}}
    ])
    const step = await account.release({image: account.uri('v2')})
    expect(step).toMatchObject({exitCode: 0, outputs: {status: 'deployed'}})
    expect(step.log).toContain('not checked: missing ecs:ListServiceDeployments')
  })
})
