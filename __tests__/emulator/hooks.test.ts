import {
  ContinueServiceDeploymentCommand,
  type DeploymentLifecycleHook,
  type DeploymentLifecycleHookStage
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

  test('is rolled back', async () => {
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
    expect(stage.rules()).toBe('100:0 100:0')
  })
})
