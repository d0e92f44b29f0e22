import {BatchDeleteImageCommand, ECRClient} from '@aws-sdk/client-ecr'
import {DeregisterTaskDefinitionCommand, UpdateServiceCommand} from '@aws-sdk/client-ecs'
import {expect, test} from '@jest/globals'
import {resolve} from 'node:path'
import {createBlueGreenLoadBalancer} from '../../emulator/blue-green-load-balancer.ts'
import {runJob, runStep, type StepOptions, type StepResult} from '../../emulator/runner.ts'
import {staticCredentials} from '../../emulator/server.ts'
import {Account} from './account.ts'
import {idleResources} from './readme-policy.ts'
import {breaker, cancelAt, primaryOf, sent, WAY_BACK} from './way-back-support.ts'

const ARN = 'arn:aws:ecs:eu-central-1:111122223333:task-definition'

/** Runs `rollback/action.yml` for the service `web`. */
async function rollBack(
  account: Account,
  inputs: Record<string, string> = {},
  options: Partial<StepOptions> = {}
): Promise<StepResult> {
  return runStep(account.step({cluster: 'prod', service: 'web', ...inputs}, {action: resolve('rollback'), ...options}))
}

/** An account where `web:2` has been released and runs. */
async function released(): Promise<Account> {
  const account = await Account.open()
  account.plus(WAY_BACK)
  await account.release()
  account.advance(60)
  account.forget()
  return account
}

test('a service goes back to what ran well before its last deployment, at one request', async () => {
  await using account = await released()
  const step = await rollBack(account)
  expect(step.annotations).toEqual([])
  expect(step).toMatchObject({
    exitCode: 0,
    postExitCode: 0,
    leftovers: [],
    outputs: {
      status: 'restored',
      'task-definition': 'web:1',
      'previous-task-definition-arn': `${ARN}/web:2`,
      'deployment-id': (await primaryOf(account)).id
    }
  })
  expect(step.log).toMatch(/^Restored web:1 on web in prod: 2 of 2 tasks run it, [\d a-z]+\.$/m)
  expect(account.changes()).toEqual(['UpdateService'])
  expect(sent(account, 'UpdateService')).toEqual([
    {cluster: 'arn:aws:ecs:eu-central-1:111122223333:cluster/prod', service: 'web', taskDefinition: `${ARN}/web:1`}
  ])
  expect(step.summary).not.toContain('Commit')

  // Nothing ran before that.
  account.advance(60)
  const again = await rollBack(account)
  expect(again).toMatchObject({exitCode: 1, outputs: {status: 'error'}})
  expect(again.annotations).toMatchObject([
    {
      message:
        'ECS knows of no revision that web in prod ran before web:1: name the one to go back to in the input `to`.',
      properties: {title: 'Rollback failed'}
    }
  ])
})

test('where ECS has rolled the last deployment back, nothing is left to do', async () => {
  await using account = await Account.open()
  account.plus(WAY_BACK)
  const failed = await account.release({image: account.uri('v2-crash')})
  expect(failed.outputs).toMatchObject({status: 'rolled-back'})
  account.forget()
  const step = await rollBack(account)
  expect(step).toMatchObject({exitCode: 0, outputs: {status: 'unchanged', 'task-definition': 'web:1'}})
  expect(account.changes()).toEqual([])
})

test('a deployment that is on its way is left for the revision from before', async () => {
  await using account = await Account.open({deploymentConfiguration: {}})
  account.plus(WAY_BACK)
  await account.release({image: account.uri('v2-crash'), 'wait-for': 'started'})
  account.advance(120)
  account.forget()
  const step = await rollBack(account)
  expect(step).toMatchObject({exitCode: 0, outputs: {status: 'restored'}})
  expect(account.changes()).toEqual(['StopServiceDeployment'])
  expect(idleResources({Statement: [WAY_BACK]}, account)).toEqual([])
  expect(await primaryOf(account)).toMatchObject({taskDefinition: `${ARN}/web:1`, rolloutState: 'COMPLETED'})
})

test('a named revision needs nothing that a release does not', async () => {
  await using account = await Account.open(breaker(false))
  const failed = await account.release({image: account.uri('v2-crash')})
  account.forget()
  const to = failed.outputs['previous-task-definition-arn'] ?? ''
  const step = await rollBack(account, {to})
  expect(step).toMatchObject({exitCode: 0, outputs: {status: 'restored', 'task-definition': 'web:1'}})
  expect(account.changes()).toEqual(['UpdateService'])
})

test('a role that may not look up the history is told what to add, or to name the revision', async () => {
  await using account = await Account.open()
  await account.release()
  account.forget()
  const step = await rollBack(account)
  expect(step.annotations[0]?.message).toMatch(
    /may not ecs:DescribeServiceRevisions .*add this statement to its policy, or name the revision in the input `to`\.$/
  )
  expect(account.changes()).toEqual([])
})

test.each([
  [{service: ''}, 'The input `service` is empty: set it to the name of the ECS service to roll back.'],
  [
    {to: 'web'},
    'The input `to` is `web`, which names no revision: write `family:revision`, such as `web:41`, or its ARN.'
  ],
  [{to: 'web:1,web:2'}, /^The input `to` has 2 entries for 1 services: /],
  [
    {to: 'web:7'},
    'There is no active task definition `web:7` in eu-central-1: name a revision that is there, such as `web:41`.'
  ]
])('inputs that cannot be meant change nothing: %j', async (inputs, message) => {
  await using account = await Account.open()
  const step = await rollBack(account, inputs)
  expect(step.annotations).toMatchObject([{message: expect.stringMatching(message)}])
  expect(account.changes()).toEqual([])
})

test('a revision that could not run is not deployed', async () => {
  await using account = await released()
  const ecr = new ECRClient({
    endpoint: account.aws.emulator.url,
    region: 'eu-central-1',
    credentials: staticCredentials
  })
  await ecr.send(new BatchDeleteImageCommand({repositoryName: 'web', imageIds: [{imageTag: 'v1'}]}))
  ecr.destroy()
  account.forget()
  const gone = await rollBack(account, {to: 'web:1'})
  expect(gone.annotations[0]?.message).toMatch(
    /^The image .*\/web:v1 of web:1 is not in ECR any more, so no task of it/
  )
  await account.client.send(new DeregisterTaskDefinitionCommand({taskDefinition: 'web:1'}))
  account.forget()
  const inactive = await rollBack(account, {to: 'web:1'})
  expect(inactive.annotations[0]?.message).toMatch(/^web:1 is INACTIVE, so ECS does not deploy it: /)
  expect(account.changes()).toEqual([])
})

/** An account whose service shifts its traffic at once, with a pause before the production traffic. */
async function paused(): Promise<Account> {
  const account = await Account.open(({aws: {emulator}}) => ({
    loadBalancers: createBlueGreenLoadBalancer(emulator.targetGroups, 'web', {
      containerName: 'app',
      containerPort: 8080,
      deregistrationDelaySeconds: 30
    }).loadBalancers,
    deploymentConfiguration: {strategy: 'BLUE_GREEN', bakeTimeInMinutes: 1}
  }))
  account.plus(WAY_BACK)
  account.advance(7200)
  const lifecycleHooks = [{targetType: 'PAUSE' as const, lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT' as const]}]
  await account.client.send(
    new UpdateServiceCommand({
      cluster: 'prod',
      service: 'web',
      deploymentConfiguration: {strategy: 'BLUE_GREEN', bakeTimeInMinutes: 1, lifecycleHooks}
    })
  )
  account.forget()
  return account
}

/** The step that deploys up to the pause. */
function upToThePause(account: Account, options: Partial<StepOptions> = {}, more: Record<string, string> = {}) {
  const inputs = {cluster: 'prod', service: 'web', image: account.uri('v2'), 'wait-for': 'POST_TEST_TRAFFIC_SHIFT'}
  return account.step({...inputs, ...more}, options)
}

/** The step that answers the pause of the first one, with the inputs that a workflow gives it. */
function answer(account: Account, more: Record<string, string> = {}, options: Partial<StepOptions> = {}) {
  return ([first = {}]: readonly StepResult['outputs'][]): StepOptions =>
    account.step(
      {
        'service-deployment-arn': first['service-deployment-arn'] ?? '',
        'hook-id': first['hook-id'] ?? '',
        ...more
      },
      {action: resolve('continue'), ...options}
    )
}

test('a workflow deploys up to the pause, tests, and continues', async () => {
  await using account = await paused()
  const tested: unknown[] = []
  const [deploy, goOn] = await runJob([
    upToThePause(account),
    async outputs => {
      tested.push((await account.serviceDeployments())[0]?.status)
      return answer(account)(outputs)
    }
  ])
  expect(deploy).toMatchObject({exitCode: 0, outputs: {status: 'paused'}})
  expect(tested).toEqual(['IN_PROGRESS'])
  expect(goOn?.annotations).toEqual([])
  expect(goOn).toMatchObject({
    exitCode: 0,
    outputs: {
      status: 'deployed',
      'task-definition': 'web:2',
      'previous-task-definition-arn': `${ARN}/web:1`,
      'deployment-id': deploy?.outputs['deployment-id']
    }
  })
  expect(account.changes()).toEqual(['RegisterTaskDefinition', 'UpdateService'])
  expect(sent(account, 'ContinueServiceDeployment')).toEqual([
    {
      serviceDeploymentArn: deploy?.outputs['service-deployment-arn'],
      hookId: deploy?.outputs['hook-id'],
      action: 'CONTINUE'
    }
  ])
})

test('a workflow whose tests fail has ECS go back', async () => {
  await using account = await paused()
  const [, back] = await runJob([upToThePause(account), answer(account, {action: 'rollback', 'hook-id': ''})])
  expect(back).toMatchObject({exitCode: 0, outputs: {status: 'restored'}})
  expect(back?.log).toMatch(/^Restored web:1 on web in prod: 2 of 2 tasks run it, /m)
  expect(sent(account, 'ContinueServiceDeployment')).toMatchObject([{action: 'ROLLBACK'}])
  expect(await primaryOf(account)).toMatchObject({taskDefinition: `${ARN}/web:1`, rolloutState: 'COMPLETED'})
})

test('a deployment is rolled back before its pause, too, and one that was is left alone', async () => {
  await using account = await paused()
  const [, back, again] = await runJob([
    upToThePause(account, cancelAt('stage SCALE_UP')),
    answer(account, {action: 'rollback', 'hook-id': ''}),
    answer(account, {action: 'rollback', 'hook-id': ''})
  ])
  expect(back).toMatchObject({exitCode: 0, outputs: {status: 'restored'}})
  expect(again).toMatchObject({exitCode: 0, outputs: {status: 'unchanged'}})
  expect(account.changes()).toEqual(['RegisterTaskDefinition', 'UpdateService', 'StopServiceDeployment'])
})

test('what has succeeded cannot be rolled back by this, and is told so', async () => {
  await using account = await paused()
  const [, , late] = await runJob([
    upToThePause(account),
    answer(account),
    answer(account, {action: 'rollback', 'hook-id': ''})
  ])
  expect(late).toMatchObject({exitCode: 1, outputs: {status: 'rollback-failed'}})
  expect(late?.annotations[0]?.message).toBe(
    'Rollback failed: ECS had completed the deployment of web:2 to web in prod before it could be rolled back.'
  )
})

test('what has succeeded and was replaced since is not taken for what came after it', async () => {
  await using account = await paused()
  const [deploy] = await runJob([upToThePause(account), answer(account)])
  const web = {
    cluster: 'prod',
    service: 'web',
    deploymentConfiguration: {strategy: 'BLUE_GREEN' as const, lifecycleHooks: []}
  }
  await account.client.send(new UpdateServiceCommand({...web, taskDefinition: 'web:1'}))
  account.advance(3600)
  account.forget()
  const again = await runStep(answer(account)([deploy?.outputs ?? {}]))
  expect(again.exitCode).toBe(1)
  expect(again.annotations[0]?.message).toMatch(/has succeeded, and another one has replaced it since, of web:1: /)
  expect(sent(account, 'ContinueServiceDeployment')).toEqual([])
})

test('a cancelled job does not ask twice for a rollback', async () => {
  await using account = await paused()
  const [, back] = await runJob([
    upToThePause(account),
    answer(account, {action: 'rollback', 'on-cancel': 'rollback'}, cancelAt('Asked ECS to roll back'))
  ])
  expect(back).toMatchObject({exitCode: 1, outputs: {status: 'cancelled'}})
  expect(back?.outputs).not.toHaveProperty('rollback-status')
  expect(account.changes()).toEqual(['RegisterTaskDefinition', 'UpdateService'])
  expect(sent(account, 'ContinueServiceDeployment')).toHaveLength(1)
})

test.each([
  ['leave', []],
  ['rollback', ['StopServiceDeployment']]
])('cancelled before the pause, it leaves what on-cancel says: %s', async (onCancel, stops) => {
  await using account = await paused()
  const [deploy] = await runJob([upToThePause(account, cancelAt('stage SCALE_UP'), {'on-cancel': onCancel})])
  expect(deploy).toMatchObject({exitCode: 1, outputs: {status: 'cancelled'}})
  expect(account.changes()).toEqual(['RegisterTaskDefinition', 'UpdateService', ...stops])
  account.advance(3600)
  const [last] = await account.serviceDeployments()
  expect(last?.status).toBe(onCancel === 'leave' ? 'IN_PROGRESS' : 'ROLLBACK_SUCCESSFUL')
})

test('cancelled while it continues, it has the deployment rolled back', async () => {
  await using account = await paused()
  const [, goOn] = await runJob([
    upToThePause(account),
    answer(account, {'on-cancel': 'rollback'}, cancelAt('stage BAKE_TIME'))
  ])
  expect(goOn).toMatchObject({exitCode: 1, outputs: {status: 'cancelled', 'rollback-status': 'requested'}})
  expect(goOn?.annotations).toMatchObject([{properties: {title: 'Continuing cancelled'}}])
  account.advance(3600)
  expect((await account.serviceDeployments())[0]?.status).toBe('ROLLBACK_SUCCESSFUL')
})

test('a deployment is found from its service, and one that waits no more is only followed', async () => {
  await using account = await paused()
  await runStep(upToThePause(account))
  const step = {cluster: 'prod', service: 'web', 'wait-for': 'BAKE_TIME'}
  const first = await runStep(account.step(step, {action: resolve('continue')}))
  expect(first).toMatchObject({exitCode: 0, outputs: {status: 'reached'}})
  const none = await runStep(account.step(step, {action: resolve('continue')}))
  expect(none.annotations[0]?.message).toMatch(
    /^The deployment of web in prod is IN_PROGRESS at BAKE_TIME and waits for nobody: run this when it is paused/
  )
  const arn = first.outputs['service-deployment-arn'] ?? ''
  const again = await runStep(
    account.step({'service-deployment-arn': arn, 'hook-id': 'ecs-pause-0'}, {action: resolve('continue')})
  )
  expect(again).toMatchObject({exitCode: 0, outputs: {status: 'deployed'}})
  expect(sent(account, 'ContinueServiceDeployment')).toHaveLength(1)
})
