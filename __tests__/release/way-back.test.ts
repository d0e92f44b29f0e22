import {DeregisterTaskDefinitionCommand} from '@aws-sdk/client-ecs'
import {expect, test} from '@jest/globals'
import {Account} from './account.ts'
import {breaker, cancelAt, primaryOf, sent, WAY_BACK} from './way-back-support.ts'

const ARN = 'arn:aws:ecs:eu-central-1:111122223333:task-definition'

test('a deployment that fails and is not rolled back is red, and the revision from before runs again', async () => {
  await using account = await Account.open(breaker(false))
  const step = await account.release({image: account.uri('v2-crash'), 'rollback-on-failure': 'failure'})
  const restored = /Restored web:1 on web in prod: 2 of 2 tasks run it, [\d a-z]+\.$/
  expect(step.annotations.map(({message}) => message)).toEqual([expect.stringMatching(/^Failed because the circuit/)])
  expect(step.annotations[0]?.message).toMatch(restored)
  expect(step.outputs).toMatchObject({
    status: 'failed',
    'task-definition': 'web:2',
    'rollback-status': 'restored',
    'rollback-deployment-id': (await primaryOf(account)).id
  })
  expect(step.outputs['deployment-id']).not.toBe(step.outputs['rollback-deployment-id'])
  expect(await primaryOf(account)).toMatchObject({taskDefinition: `${ARN}/web:1`, rolloutState: 'COMPLETED'})
  expect(account.changes()).toEqual(['RegisterTaskDefinition', 'UpdateService', 'UpdateService'])
  const where = {cluster: 'arn:aws:ecs:eu-central-1:111122223333:cluster/prod', service: 'web'}
  expect(sent(account, 'UpdateService')).toEqual([
    {...where, taskDefinition: `${ARN}/web:2`},
    {...where, taskDefinition: `${ARN}/web:1`}
  ])
  const {services} = JSON.parse(step.outputs['result'] ?? '') as {services: unknown[]}
  expect(services).toMatchObject([
    {status: 'failed', rollback: {status: 'restored', taskDefinitionArn: `${ARN}/web:1`}}
  ])
  expect(step.summary).toContain('Restored web:1')
})

test('without being asked to, nothing goes back, and the last lines name the step that does', async () => {
  await using account = await Account.open(breaker(false))
  const step = await account.release({image: account.uri('v2-crash')})
  expect(step.outputs).toMatchObject({status: 'failed'})
  expect(step.outputs).not.toHaveProperty('rollback-status')
  expect(sent(account, 'UpdateService')).toHaveLength(1)
  expect(step.log).toContain(
    [
      'To go back to web:1, which ran before, use this step or the command below it:',
      '  - uses: OWNER/ecs-release/rollback@v1',
      '    with:',
      '      aws-region: eu-central-1',
      '      cluster: prod',
      '      service: web',
      '      to: web:1'
    ].join('\n')
  )
})

test('a deployment that takes too long is rolled back by ECS itself, at one request', async () => {
  await using account = await Account.open({deploymentConfiguration: {}})
  account.plus(WAY_BACK)
  const step = await account.release({
    image: account.uri('v2-crash'),
    'wait-for-minutes': '5',
    'rollback-on-failure': 'failure-or-timeout'
  })
  expect(step.outputs).toMatchObject({status: 'timed-out', 'rollback-status': 'restored'})
  expect(account.changes()).toEqual(['RegisterTaskDefinition', 'UpdateService', 'StopServiceDeployment'])
  expect(await primaryOf(account)).toMatchObject({taskDefinition: `${ARN}/web:1`, rolloutState: 'COMPLETED'})
  expect(step.annotations[0]?.message).toMatch(/^Timed out: .* Restored web:1 on web in prod: 2 of 2 tasks run it/)
})

test('where ECS may not be asked to, the revision from before is deployed', async () => {
  await using account = await Account.open({deploymentConfiguration: {}})
  const step = await account.release({
    image: account.uri('v2-crash'),
    'wait-for-minutes': '5',
    'rollback-on-failure': 'failure-or-timeout'
  })
  expect(step.outputs).toMatchObject({status: 'timed-out', 'rollback-status': 'restored'})
  expect(account.changes()).toEqual(['RegisterTaskDefinition', 'UpdateService', 'UpdateService'])
  expect(step.log).toContain('deployment of web not stopped: missing ecs:StopServiceDeployment')
})

test('time that is over is no failure, unless it is said to be one', async () => {
  await using account = await Account.open({deploymentConfiguration: {}})
  const inputs = {image: account.uri('v2-crash'), 'wait-for-minutes': '5', 'rollback-on-failure': 'failure'}
  const step = await account.release(inputs)
  expect(step.outputs).toMatchObject({status: 'timed-out'})
  expect(account.changes()).toEqual(['RegisterTaskDefinition', 'UpdateService'])
})

test('a revision that cannot run any more is not gone back to', async () => {
  await using account = await Account.open(breaker(false))
  await account.client.send(new DeregisterTaskDefinitionCommand({taskDefinition: 'web:1'}))
  account.forget()
  await account.file('task-definition.json', account.definition('v1'))
  const step = await account.release({image: account.uri('v2-crash'), 'rollback-on-failure': 'failure'})
  expect(step.outputs).toMatchObject({status: 'failed', 'rollback-status': 'error'})
  expect(step.annotations.find(({level}) => level === 'error')?.message).toMatch(
    /Not rolled back: web:1 is INACTIVE, so ECS does not deploy it: /
  )
  expect(sent(account, 'UpdateService')).toHaveLength(1)
})

test('a cancelled job has its deployment rolled back, where that is wanted', async () => {
  await using account = await Account.open()
  account.plus(WAY_BACK)
  const step = await account.release({'on-cancel': 'rollback'}, cancelAt('has started 2 tasks'))
  expect(step.annotations.map(({message}) => message)).toEqual([
    'Cancelled: ECS was asked to roll web back from web:2, and does so by itself.'
  ])
  expect(step).toMatchObject({exitCode: 1, outputs: {status: 'cancelled', 'rollback-status': 'requested'}})
  expect(step.summary).toContain('ECS was asked to roll web back from web:2')
  expect(account.changes()).toEqual(['RegisterTaskDefinition', 'UpdateService', 'StopServiceDeployment'])
  account.advance(600)
  expect(await primaryOf(account)).toMatchObject({taskDefinition: `${ARN}/web:1`, rolloutState: 'COMPLETED'})
})

test('a role that may not stop deployments is named, and what ECS goes on with', async () => {
  await using account = await Account.open()
  const step = await account.release({'on-cancel': 'rollback'}, cancelAt('has started 2 tasks'))
  expect(step.annotations[0]?.message).toBe(
    'Cancelled: ECS goes on deploying web:2 to web in prod. It was not rolled back: the role may not ecs:StopServiceDeployment.'
  )
  expect(step.outputs).toMatchObject({status: 'cancelled', 'rollback-status': 'error'})
})

test('a job that is run again follows the deployment that is on its way, and starts none', async () => {
  await using account = await Account.open()
  const first = await account.release({}, cancelAt('has started 2 tasks'))
  expect(first.outputs).toMatchObject({status: 'cancelled'})
  const again = await account.release({}, {attempt: 2})
  expect(again.outputs).toMatchObject({status: 'deployed', 'deployment-id': first.outputs['deployment-id']})
  expect(sent(account, 'UpdateService')).toHaveLength(1)
  expect(account.changes()).toEqual(['RegisterTaskDefinition', 'UpdateService'])
})
