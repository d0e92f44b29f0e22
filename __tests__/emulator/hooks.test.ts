import {
  ContinueServiceDeploymentCommand,
  type DeploymentLifecycleHook,
  type DeploymentLifecycleHookStage,
  StopTaskCommand
} from '@aws-sdk/client-ecs'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import type {HookAnswer} from '../../emulator/ecs/hook-behaviour.ts'
import {BlueGreenStage} from './blue-green-support.ts'
import {account, region} from './ecs-support.ts'

let stage: BlueGreenStage

beforeEach(async () => {
  stage = await BlueGreenStage.open()
})

afterEach(async () => {
  await stage.aws.close()
})

const functionArn = `arn:aws:lambda:${region}:${account}:function:smoke-test`
const roleArn = `arn:aws:iam::${account}:role/hooks`

const pause = (
  lifecycleStages: DeploymentLifecycleHookStage[],
  timeoutConfiguration?: DeploymentLifecycleHook['timeoutConfiguration']
): DeploymentLifecycleHook => ({targetType: 'PAUSE', lifecycleStages, timeoutConfiguration})

const lambda = (...lifecycleStages: DeploymentLifecycleHookStage[]): DeploymentLifecycleHook => ({
  hookTargetArn: functionArn,
  roleArn,
  lifecycleStages
})

/** A service with these hooks, on its way to its next revision. */
async function deploy(...lifecycleHooks: DeploymentLifecycleHook[]): Promise<void> {
  await stage.steady({strategy: 'BLUE_GREEN', bakeTimeInMinutes: 5, lifecycleHooks})
  await stage.deploy()
}

const answers = (answer: HookAnswer, stageName?: DeploymentLifecycleHookStage): void => {
  stage.aws.ecs.setHooks([{match: {function: 'smoke-test', ...(stageName && {stage: stageName})}, answer}])
}

async function outcome() {
  const {status, statusReason} = await stage.newest()
  return [status, statusReason]
}

async function hookStatuses() {
  return (await stage.newest()).lifecycleHookDetails?.map(({status}) => status)
}

const becauseOf = (name: string, detail: string): string =>
  `Service deployment rolled back because ${name} lifecycle hook(s) failed.${detail === '' ? '' : ` ${detail}`}`

describe('a pause', () => {
  test('holds the deployment until somebody continues it', async () => {
    await deploy(pause(['POST_TEST_TRAFFIC_SHIFT']))
    const {lifecycleHookDetails: [hook] = []} = await stage.reach('POST_TEST_TRAFFIC_SHIFT')
    expect(hook).toEqual({
      hookId: expect.stringMatching(/^ecs-pause-[\w-]{43}$/),
      targetType: 'PAUSE',
      status: 'AWAITING_ACTION',
      expiresAt: expect.any(Date),
      timeoutAction: 'ROLLBACK'
    })
    stage.aws.pass(23 * 3600)
    expect(await stage.where()).toBe('IN_PROGRESS POST_TEST_TRAFFIC_SHIFT 0/100 100/0')
    await stage.answerPause()
    expect((await stage.newest()).lifecycleHookDetails?.[0]?.status).toBe('SUCCEEDED')
    await stage.reach('BAKE_TIME')
    stage.aws.pass(600)
    expect(await outcome()).toEqual(['SUCCESSFUL', undefined])
  })

  test('is rolled back by whom it asks', async () => {
    await deploy(pause(['POST_TEST_TRAFFIC_SHIFT']))
    await stage.reach('POST_TEST_TRAFFIC_SHIFT')
    await stage.answerPause('ROLLBACK')
    expect(await stage.course(200)).toEqual([
      '5 IN_PROGRESS POST_TEST_TRAFFIC_SHIFT 0/100 100/0',
      '10 ROLLBACK_IN_PROGRESS TEST_TRAFFIC_SHIFT 0/0 100/100',
      '20 ROLLBACK_IN_PROGRESS CLEAN_UP 0/0 100/100',
      '80 ROLLBACK_SUCCESSFUL CLEAN_UP 0/0 100/100'
    ])
    expect(await outcome()).toEqual(['ROLLBACK_SUCCESSFUL', becauseOf('POST_TEST_TRAFFIC_SHIFT', '')])
    expect(await hookStatuses()).toEqual(['FAILED'])
    expect(stage.rules()).toBe('100:0 100:0')
  })

  test('is rolled back without a reason, where ECS says none', async () => {
    stage.aws.ecs.variants.pauseReason = 'absent'
    await deploy(pause(['PRE_SCALE_UP']))
    await stage.reach('PRE_SCALE_UP')
    await stage.answerPause('ROLLBACK')
    stage.aws.pass(200)
    expect(await outcome()).toEqual(['ROLLBACK_SUCCESSFUL', undefined])
  })

  test.each([
    ['is rolled back when nobody answers in time', undefined, 'ROLLBACK_SUCCESSFUL'],
    ['goes on when nobody answers in time and it says so', 'CONTINUE' as const, 'SUCCESSFUL']
  ])('%s', async (_, action, status) => {
    await deploy(pause(['POST_TEST_TRAFFIC_SHIFT'], {timeoutInMinutes: 10, action}))
    const {lifecycleHookDetails: [hook] = []} = await stage.reach('POST_TEST_TRAFFIC_SHIFT')
    expect(hook?.timeoutAction).toBe(action ?? 'ROLLBACK')
    stage.aws.clock.advance((hook?.expiresAt?.getTime() ?? 0) - 1)
    expect(await hookStatuses()).toEqual(['AWAITING_ACTION'])
    stage.aws.clock.advance(stage.aws.clock.now() + 1)
    expect(await hookStatuses()).toEqual(['TIMED_OUT'])
    stage.aws.pass(900)
    expect((await outcome())[0]).toBe(status)
  })

  test('may be longer than other stages can', async () => {
    await deploy(pause(['POST_SCALE_UP'], {timeoutInMinutes: 20_160}))
    await stage.reach('POST_SCALE_UP')
    stage.aws.pass(13 * 86_400)
    expect((await outcome())[0]).toBe('IN_PROGRESS')
  })

  test('comes before each shift of a canary deployment, with an id of its own', async () => {
    await stage.steady({
      strategy: 'CANARY',
      canaryConfiguration: {canaryPercent: 10, canaryBakeTimeInMinutes: 1},
      lifecycleHooks: [pause(['PRE_PRODUCTION_TRAFFIC_SHIFT'])]
    })
    await stage.deploy()
    const ids: (string | undefined)[] = []
    for (const weight of [0, 10]) {
      const {lifecycleHookDetails, targetServiceRevision} = await stage.reach('PRE_PRODUCTION_TRAFFIC_SHIFT')
      expect(targetServiceRevision?.requestedProductionTrafficWeight).toBe(weight)
      ids.push(lifecycleHookDetails?.[0]?.hookId)
      await stage.answerPause()
      stage.aws.pass(15)
    }
    expect(new Set(ids).size).toBe(2)
    await stage.reach('BAKE_TIME')
  })

  test('waits for all that are configured at the stage', async () => {
    await deploy(pause(['POST_SCALE_UP']), pause(['POST_SCALE_UP']), lambda('POST_SCALE_UP'))
    await stage.reach('POST_SCALE_UP')
    stage.aws.pass(60)
    expect(await hookStatuses()).toEqual(['AWAITING_ACTION', 'AWAITING_ACTION', 'SUCCEEDED'])
    await stage.answerPause()
    stage.aws.pass(60)
    expect((await stage.newest()).lifecycleStage).toBe('POST_SCALE_UP')
    await stage.answerPause()
    await stage.reach('TEST_TRAFFIC_SHIFT')
  })

  test('replaces tasks that fail meanwhile', async () => {
    await deploy(pause(['POST_TEST_TRAFFIC_SHIFT']))
    await stage.reach('POST_TEST_TRAFFIC_SHIFT')
    stage.aws.pass(3600)
    for (const {taskArn} of await stage.aws.tasks('RUNNING')) {
      await stage.aws.client.send(new StopTaskCommand({cluster: 'prod', task: taskArn}))
    }
    stage.aws.pass(120)
    expect(await stage.aws.deployments()).toEqual(['#2 PRIMARY 2/2/0 IN_PROGRESS', '#1 ACTIVE 2/2/0 COMPLETED'])
  })
})

describe('ContinueServiceDeployment refuses', () => {
  const refused = (name: string, message: string): object => ({name, message})

  test('a deployment that is not there', async () => {
    await expect(
      stage.aws.client.send(
        new ContinueServiceDeploymentCommand({serviceDeploymentArn: `${functionArn}/none`, hookId: 'ecs-pause-a'})
      )
    ).rejects.toMatchObject(refused('ServiceDeploymentNotFoundException', 'Service deployment not found.'))
  })

  test('a hook that is not there, and one that was answered', async () => {
    await deploy(pause(['POST_SCALE_UP']))
    const {serviceDeploymentArn, lifecycleHookDetails} = await stage.reach('POST_SCALE_UP')
    const answer = (hookId?: string) =>
      stage.aws.client.send(new ContinueServiceDeploymentCommand({serviceDeploymentArn, hookId}))
    await expect(answer('ecs-pause-other')).rejects.toMatchObject(
      refused('InvalidParameterException', 'The lifecycle hook was not found.')
    )
    const hookId = lifecycleHookDetails?.[0]?.hookId
    await answer(hookId)
    const again = refused('InvalidParameterException', 'The lifecycle hook is not awaiting an action.')
    await expect(answer(hookId)).rejects.toMatchObject(again)
    await stage.reach('BAKE_TIME')
    await expect(answer(hookId)).rejects.toMatchObject(again)
  })

  test('a pause of a deployment that was superseded', async () => {
    await deploy(pause(['POST_SCALE_UP']))
    const {serviceDeploymentArn, lifecycleHookDetails} = await stage.reach('POST_SCALE_UP')
    await stage.deploy('third')
    const hookId = lifecycleHookDetails?.[0]?.hookId
    await expect(
      stage.aws.client.send(new ContinueServiceDeploymentCommand({serviceDeploymentArn, hookId}))
    ).rejects.toMatchObject(refused('InvalidParameterException', 'The lifecycle hook is not awaiting an action.'))
    stage.aws.pass(10)
    const [, stopped] = await stage.aws.serviceDeployments()
    expect(stopped).toMatchObject({status: 'STOPPED', lifecycleHookDetails: []})
  })
})

describe('a Lambda hook', () => {
  test('is called in its stages and lets the deployment go on', async () => {
    await deploy(lambda('POST_SCALE_UP', 'POST_TEST_TRAFFIC_SHIFT'))
    answers({status: 'SUCCEEDED', afterSeconds: 300})
    const {lifecycleHookDetails: [hook] = []} = await stage.reach('POST_SCALE_UP')
    expect(hook).toMatchObject({targetType: 'AWS_LAMBDA', targetArn: functionArn, status: 'IN_PROGRESS'})
    stage.aws.pass(290)
    expect(await hookStatuses()).toEqual(['IN_PROGRESS'])
    stage.aws.pass(10)
    expect(await hookStatuses()).toEqual(['SUCCEEDED'])
    await stage.reach('POST_TEST_TRAFFIC_SHIFT')
    expect(await hookStatuses()).toEqual(['IN_PROGRESS'])
    stage.aws.pass(1000)
    expect((await outcome())[0]).toBe('SUCCESSFUL')
  })

  test('shows the hooks of former stages too, where ECS keeps them', async () => {
    stage.aws.ecs.variants.hooksShown = 'all'
    await deploy(lambda('PRE_SCALE_UP', 'POST_SCALE_UP'))
    await stage.reach('POST_SCALE_UP')
    stage.aws.pass(5)
    expect(await hookStatuses()).toEqual(['SUCCEEDED', 'SUCCEEDED'])
  })

  test.each<[string, HookAnswer, string]>([
    ['says so', {status: 'FAILED'}, `Lifecycle hook target ${functionArn} returned FAILED status.`],
    [
      'says nothing that can be read',
      {status: 'INVALID'},
      `ECS was unable to parse the response from ${functionArn} due to HookStatus must not be null`
    ]
  ])('rolls the deployment back when it %s', async (_, answer, detail) => {
    await deploy(lambda('POST_TEST_TRAFFIC_SHIFT'))
    answers(answer)
    stage.aws.pass(600)
    const reason = becauseOf('POST_TEST_TRAFFIC_SHIFT', detail)
    expect(await outcome()).toEqual(['ROLLBACK_SUCCESSFUL', reason])
    expect((await stage.newest()).rollback?.reason).toBe(reason)
    const texts = (await stage.aws.events()).map(event => event.replace(/^\S+ \(web\) /, ''))
    expect(texts).toEqual(
      expect.arrayContaining([`(deployment #2) deployment failed: ${reason}`, 'rolling back to deployment #1.'])
    )
  })

  test('that never ends is timed out', async () => {
    await deploy({...lambda('PRE_SCALE_UP'), timeoutConfiguration: {timeoutInMinutes: 5}})
    answers({status: 'IN_PROGRESS'})
    stage.aws.pass(200)
    expect((await outcome())[0]).toBe('IN_PROGRESS')
    stage.aws.pass(300)
    expect(await outcome()).toEqual(['ROLLBACK_SUCCESSFUL', becauseOf('PRE_SCALE_UP', '')])
  })

  test.each([
    ['trust', `ECS was unable to assume role ${roleArn}`],
    [
      'permissions',
      `ECS was unable to invoke hook target ${functionArn} due to User: arn:aws:sts::${account}:assumed-role/hooks/ECS-Lambda-Execution ` +
        `is not authorized to perform: lambda:InvokeFunction on resource: ${functionArn} ` +
        'because no identity-based policy allows the lambda:InvokeFunction action'
    ]
  ])('cannot be called by a role without %s', async (fault, detail) => {
    await deploy(lambda('PRE_SCALE_UP'))
    expect(await stage.aws.control('role', {arn: roleArn, fault})).toBe(200)
    stage.aws.pass(200)
    expect(await outcome()).toEqual(['ROLLBACK_SUCCESSFUL', becauseOf('PRE_SCALE_UP', detail)])
  })

  test('is called again on the way back, and traffic goes back whatever it answers', async () => {
    await deploy(lambda('PRODUCTION_TRAFFIC_SHIFT', 'TEST_TRAFFIC_SHIFT', 'POST_PRODUCTION_TRAFFIC_SHIFT'))
    answers({status: 'FAILED'}, 'POST_PRODUCTION_TRAFFIC_SHIFT')
    await stage.reach('POST_PRODUCTION_TRAFFIC_SHIFT')
    await stage.reach('PRODUCTION_TRAFFIC_SHIFT')
    expect(await hookStatuses()).toEqual(['FAILED', 'SUCCEEDED'])
    answers({status: 'FAILED', afterSeconds: 30})
    expect((await stage.course(300)).map(where => where.replace(/^\d+ /, ''))).toEqual([
      'ROLLBACK_IN_PROGRESS PRODUCTION_TRAFFIC_SHIFT 0/100 100/0',
      'ROLLBACK_IN_PROGRESS TEST_TRAFFIC_SHIFT 0/0 100/100',
      'ROLLBACK_IN_PROGRESS CLEAN_UP 0/0 100/100',
      'ROLLBACK_SUCCESSFUL CLEAN_UP 0/0 100/100'
    ])
  })

  test('the control API sets its answers, and refuses what is none', async () => {
    await deploy(lambda('PRE_SCALE_UP'))
    const rules = [{match: {service: 'web', first: 1}, answer: {status: 'FAILED'}}]
    expect(await stage.aws.control('hooks', {rules})).toBe(200)
    stage.aws.pass(100)
    expect((await outcome())[0]).toBe('ROLLBACK_SUCCESSFUL')
    expect(await stage.aws.control('hooks', {rules: [{match: {}, answer: {status: 'MAYBE'}}]})).toBe(400)
    expect(await stage.aws.control('hooks', {})).toBe(400)
    const soon = {status: 'FAILED', afterSeconds: 'soon'}
    expect(await stage.aws.control('hooks', {rules: [{match: {}, answer: soon}]})).toBe(400)
    expect(await stage.aws.control('role', {arn: roleArn, fault: 'lost'})).toBe(400)
  })
})
