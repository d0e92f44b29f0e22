import {afterEach, describe, expect, test} from '@jest/globals'
import type {CreateDeploymentGroupInput} from '@aws-sdk/client-codedeploy'
import {CodeDeployStage, lifecycle} from './codedeploy-support.ts'

let stage: CodeDeployStage

/** Opens the stage, with what is different in the deployment group. */
async function open(more: Partial<CreateDeploymentGroupInput> = {}): Promise<void> {
  stage = await CodeDeployStage.open(more)
}

afterEach(async () => {
  await stage.close()
})

const deploy = async (...more: [options?: object, hooks?: object]): Promise<string> =>
  stage.deploy(await stage.ecs.define('next'), ...more)

const times = (count: number, status: string): string[] => Array.from({length: count}, () => status)

describe('hooks', () => {
  test('are Lambda functions that take their time', async () => {
    await open()
    await stage.ecs.control('lambda', {name: 'check', answer: 'Succeeded', afterSeconds: 120})
    const id = await deploy({}, {AfterAllowTestTraffic: 'check'})
    stage.ecs.pass(150)
    expect(await stage.events(id)).toEqual(lifecycle(...times(4, 'Succeeded'), 'InProgress', 'Pending'))
    stage.ecs.pass(120)
    expect(await stage.events(id)).toEqual(lifecycle('Succeeded'))
  })

  test('that fail, fail the deployment, which is rolled back by another one', async () => {
    await open()
    stage.codeDeploy.setLambda('check', {answer: 'Failed'})
    const id = await deploy({}, {AfterAllowTraffic: 'arn:aws:lambda:eu-central-1:111122223333:function:check'})
    stage.ecs.pass(110)
    expect(stage.weights.production).toBe('100/0')
    const {status, errorInformation, rollbackInfo} = await stage.deployment(id)
    expect([status, errorInformation]).toEqual([
      'Failed',
      {
        code: 'HOOK_EXECUTION_FAILURE',
        message: 'The deployment failed because one or more of the lifecycle event validation functions failed.'
      }
    ])
    expect(await stage.events(id)).toEqual(lifecycle(...times(7, 'Succeeded'), 'Failed'))
    const {rollbackDeploymentId = '', rollbackMessage} = rollbackInfo ?? {}
    expect(rollbackMessage).toBe(
      `Deployment ${id} terminated. Automatic rollback is triggered with a DeploymentId ${rollbackDeploymentId}.`
    )
    stage.ecs.pass(120)
    expect(await stage.deployment(rollbackDeploymentId)).toMatchObject({
      status: 'Succeeded',
      creator: 'codeDeployRollback',
      deploymentConfigName: 'CodeDeployDefault.ECSAllAtOnce',
      rollbackInfo: {
        rollbackTriggeringDeploymentId: id,
        rollbackMessage: `Deployment ${rollbackDeploymentId} is triggered to roll back deployment ${id}.`
      }
    })
    expect(await stage.taskSets()).toEqual(['PRIMARY web:1 100% 2/2 STEADY_STATE'])
  })

  test('before the installation cannot be rolled back', async () => {
    await open()
    stage.codeDeploy.setLambda('check', {answer: 'Failed'})
    const id = await deploy({}, {BeforeInstall: 'check'})
    stage.ecs.pass(60)
    expect(await stage.events(id)).toEqual(lifecycle('Failed', 'Skipped'))
    expect((await stage.deployment(id)).rollbackInfo).toBeUndefined()
    expect(await stage.taskSets()).toHaveLength(1)
  })

  test.each([
    ['never', 'The deployment timed out while waiting for a status callback.'],
    ['denied', 'The IAM role arn:aws:iam::111122223333:role/ecsCodeDeployRole does not give you permission']
  ] as const)('may %s answer', async (answer, message) => {
    await open()
    stage.codeDeploy.setLambda('check', {answer})
    const id = await deploy({}, {AfterInstall: 'check'})
    stage.ecs.pass(65 * 60)
    expect((await stage.deployment(id)).errorInformation?.message).toContain(message)
    expect(await stage.events(id)).toEqual(lifecycle('Succeeded', 'Succeeded', 'Failed', 'Skipped'))
  })
})

describe('a deployment fails', () => {
  test('when its tasks do not become healthy in an hour', async () => {
    await open()
    const id = await stage.deploy(await stage.ecs.define('crash'))
    stage.ecs.pass(59 * 60)
    expect((await stage.deployment(id)).status).toBe('InProgress')
    stage.ecs.pass(2 * 60)
    expect(await stage.deployment(id)).toMatchObject({
      status: 'Failed',
      errorInformation: {
        code: 'TIMEOUT',
        message:
          'The deployment timed out while waiting for the replacement task set to become healthy. This time out period is 60 minutes.'
      }
    })
    stage.ecs.pass(120)
    expect(await stage.taskSets()).toEqual(['PRIMARY web:1 100% 2/2 STEADY_STATE'])
  })

  test('when ECS does not take the task set', async () => {
    await open()
    const containerDefinitions = [{name: 'other', image: 'example.org/web:ok'}]
    const id = await stage.deploy(await stage.ecs.define('next', {containerDefinitions}))
    stage.ecs.pass(30)
    const {status, errorInformation} = await stage.deployment(id)
    expect([status, errorInformation?.code]).toEqual(['Failed', 'ECS_UPDATE_ERROR'])
    expect(errorInformation?.message).toMatch(
      /^The ECS service cannot be updated due to an unexpected error: The container app does not exist in the task definition\. \(Service: AmazonECS; Status Code: 400; Error Code: InvalidParameterException; Request ID: [0-9a-f-]{36}; Proxy: null\)\. Check your ECS service status\.$/
    )
  })

  test('when production traffic does not go to the original task set', async () => {
    await open()
    const {production, green} = stage.balancer
    production.forwards = [{targetGroupArn: green.arn, weight: 100}]
    const id = await deploy()
    stage.ecs.pass(30)
    expect((await stage.deployment(id)).errorInformation?.message).toBe(
      `The ELB could not be updated due to the following error: Primary taskset target group must be behind listener ${production.listenerArn}`
    )
  })

  test('and stays where it is without automatic rollback', async () => {
    await open({autoRollbackConfiguration: {enabled: false}})
    stage.codeDeploy.setLambda('check', {answer: 'Failed'})
    const id = await deploy({}, {AfterAllowTraffic: 'check'})
    stage.ecs.pass(300)
    expect((await stage.deployment(id)).rollbackInfo).toBeUndefined()
    expect(stage.weights.production).toBe('0/100')
    expect(await stage.taskSets()).toHaveLength(2)
  })
})

describe('a deployment is stopped', () => {
  const alarms = {
    alarmConfiguration: {enabled: true, alarms: [{name: 'web-5xx'}, {name: 'web-latency'}]},
    deploymentConfigName: 'CodeDeployDefault.ECSLinear10PercentEvery1Minutes'
  }

  test('by an alarm, and rolled back where the group says so', async () => {
    await open({
      ...alarms,
      autoRollbackConfiguration: {enabled: true, events: ['DEPLOYMENT_STOP_ON_ALARM']}
    })
    const id = await deploy()
    stage.ecs.pass(130)
    expect(stage.weights.production).toBe('90/10')
    stage.ecs.ecs.setAlarm('web-5xx', 'ALARM')
    stage.ecs.pass(20)
    const {status, errorInformation, rollbackInfo} = await stage.deployment(id)
    expect([status, errorInformation]).toEqual([
      'Stopped',
      {
        code: 'ALARM_ACTIVE',
        message:
          'One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. Activated alarms: <web-5xx>'
      }
    ])
    expect(await stage.events(id)).toEqual(lifecycle(...times(6, 'Succeeded'), 'Failed', 'Skipped'))
    expect(stage.weights).toEqual({production: '100/0', test: '100/0'})
    stage.ecs.pass(200)
    expect((await stage.deployment(rollbackInfo?.rollbackDeploymentId ?? '')).status).toBe('Succeeded')
    expect(await stage.taskSets()).toEqual(['PRIMARY web:1 100% 2/2 STEADY_STATE'])
  })

  test('by an alarm that was active before it, too', async () => {
    await open(alarms)
    stage.ecs.ecs.setAlarm('web-latency', 'ALARM')
    const id = await deploy()
    stage.ecs.pass(20)
    expect((await stage.deployment(id)).status).toBe('Stopped')
    expect(await stage.events(id)).toEqual(lifecycle('Succeeded', 'Failed', 'Skipped'))
    expect((await stage.deployment(id)).rollbackInfo).toBeUndefined()
  })

  test.each([
    ['as the group says', undefined, true],
    ['because that is asked for', true, true],
    ['without a rollback', false, false]
  ])('by hand, %s', async (_, autoRollbackEnabled, rollsBack) => {
    await open()
    const id = await deploy()
    stage.ecs.pass(200)
    expect(stage.weights.production).toBe('0/100')
    await stage.stop(id, autoRollbackEnabled)
    stage.ecs.pass(120)
    expect(await stage.deployment(id)).toMatchObject({status: 'Stopped', errorInformation: {code: 'MANUAL_STOP'}})
    expect((await stage.deployment(id)).rollbackInfo !== undefined).toBe(rollsBack)
    expect(stage.weights.production).toBe(rollsBack ? '100/0' : '0/100')
    expect(await stage.taskSets()).toEqual(
      rollsBack
        ? ['PRIMARY web:1 100% 2/2 STEADY_STATE']
        : ['PRIMARY web:2 100% 2/2 STEADY_STATE', 'ACTIVE web:1 100% 2/2 STEADY_STATE']
    )
    await expect(stage.stop(id)).rejects.toMatchObject({name: 'DeploymentAlreadyCompletedException'})
  })
})
