import {type DeploymentEarlySuccessCriteria, StopServiceDeploymentCommand, StopTaskCommand} from '@aws-sdk/client-ecs'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {EcsStage} from './ecs-support.ts'

let stage: EcsStage

beforeEach(async () => {
  stage = await EcsStage.open()
})

afterEach(async () => {
  await stage.close()
})

/** Updates a service of four tasks, of whose new ones the last two never become healthy, with these criteria. */
async function update(
  cleanup: DeploymentEarlySuccessCriteria['sourceServiceRevisionCleanup'],
  healthyPercent = 50
): Promise<void> {
  await stage.create(await stage.define('ok'), {
    ...stage.balanced,
    desiredCount: 4,
    deploymentConfiguration: {
      minimumHealthyPercent: 50,
      earlySuccessCriteria: {enable: true, healthyPercent, sourceServiceRevisionCleanup: cleanup},
      deploymentCircuitBreaker: {enable: true, rollback: true}
    }
  })
  stage.pass(600)
  stage.ecs.setRules([
    {match: {revision: 2, first: 2}, behaviour: {}},
    {match: {revision: 2}, behaviour: {health: 'never', target: {afterSeconds: 3600}}}
  ])
  await stage.update({taskDefinition: await stage.define('next')})
}

async function newest() {
  const [deployment] = await stage.serviceDeployments()
  const counts = [deployment?.targetServiceRevision, ...(deployment?.sourceServiceRevisions ?? [])].map(
    revision => `${revision?.requestedTaskCount ?? ''}/${revision?.runningTaskCount ?? ''}`
  )
  return [deployment?.status, ...counts]
}

describe('with early success criteria', () => {
  test('DEFERRED, a deployment succeeds while old tasks are still there, and its counts stay as they were then', async () => {
    await update('DEFERRED')
    stage.pass(85)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 4/4/0 COMPLETED', '#1 ACTIVE 0/0/0 COMPLETED'])
    expect(await newest()).toEqual(['SUCCESSFUL', '4/4', '0/0'])
    stage.ecs.scale('prod', 'web', 5)
    stage.pass(100)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 5/5/0 COMPLETED'])
    expect(await newest()).toEqual(['SUCCESSFUL', '4/4', '0/0'])
    expect((await stage.events()).some(event => event.includes('steady state'))).toBe(false)
    stage.pass(3600)
    expect((await stage.events()).at(-1)).toMatch(/has reached a steady state\.$/)
  })

  test('BLOCKING, it succeeds when the old tasks are gone, whatever the last new ones do', async () => {
    await update('BLOCKING')
    stage.pass(100)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 4/4/0 IN_PROGRESS', '#1 ACTIVE 0/0/0 COMPLETED'])
    expect((await newest())[0]).toBe('IN_PROGRESS')
    stage.pass(100)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 4/4/0 COMPLETED'])
    expect(await newest()).toEqual(['SUCCESSFUL', '4/4', '0/0'])
  })

  test('with alarms, the old tasks that are left stay until these were watched', async () => {
    await stage.create(await stage.define('ok'), {
      desiredCount: 4,
      deploymentConfiguration: {
        minimumHealthyPercent: 50,
        bakeTimeInMinutes: 10,
        alarms: {alarmNames: ['web-5xx'], enable: true, rollback: true},
        earlySuccessCriteria: {enable: true, healthyPercent: 50, sourceServiceRevisionCleanup: 'BLOCKING'}
      }
    })
    stage.pass(1200)
    await stage.update({taskDefinition: await stage.define('next')})
    stage.pass(600)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 4/4/0 IN_PROGRESS', '#1 ACTIVE 2/2/0 COMPLETED'])
    stage.pass(200)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 4/4/0 COMPLETED'])
    expect((await newest())[0]).toBe('SUCCESSFUL')
  })

  test('the healthy percentage is rounded up', async () => {
    await update('DEFERRED', 51)
    stage.pass(3000)
    expect((await newest())[0]).toBe('IN_PROGRESS')
  })

  test('nothing rolls back or stops a deployment that has succeeded', async () => {
    await update('DEFERRED')
    stage.pass(85)
    stage.ecs.setRules([{match: {revision: 2}, behaviour: {exit: {code: 1, afterSeconds: 1}}}])
    for (const {taskArn} of await stage.tasks('RUNNING')) {
      await stage.client.send(new StopTaskCommand({cluster: 'prod', task: taskArn}))
    }
    stage.pass(3600)
    expect((await stage.deployments())[0]).toMatch(/^#2 PRIMARY .* COMPLETED$/)
    const [deployment] = await stage.serviceDeployments()
    expect(deployment?.status).toBe('SUCCESSFUL')
    const {serviceDeploymentArn} = deployment ?? {}
    await expect(
      stage.client.send(new StopServiceDeploymentCommand({serviceDeploymentArn, stopType: 'ROLLBACK'}))
    ).rejects.toMatchObject({name: 'ConflictException'})
  })

  test.each([
    ['healthyPercent and sourceServiceRevisionCleanup must be specified for earlySuccessCriteria.', {enable: true}],
    [
      'healthyPercent must be between minimumHealthyPercent and 100.',
      {enable: true, healthyPercent: 90, sourceServiceRevisionCleanup: 'BLOCKING'} as const
    ]
  ])('is refused: %s', async (message, earlySuccessCriteria) => {
    await expect(
      stage.create(await stage.define('ok'), {deploymentConfiguration: {earlySuccessCriteria}})
    ).rejects.toMatchObject({name: 'InvalidParameterException', message})
  })
})
