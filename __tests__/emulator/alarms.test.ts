import type {DeploymentConfiguration} from '@aws-sdk/client-ecs'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {EcsStage} from './ecs-support.ts'

let stage: EcsStage

beforeEach(async () => {
  stage = await EcsStage.open()
})

afterEach(async () => {
  await stage.close()
})

const watched = (rollback = true, more: DeploymentConfiguration = {}): DeploymentConfiguration => ({
  alarms: {alarmNames: ['web-5xx', 'web-latency'], enable: true, rollback},
  ...more
})

const setAlarm = (state: string, name = 'web-5xx'): Promise<number> => stage.control('alarm', {name, state})

/** Updates a service that has run for ten minutes, with alarms. */
async function update(deploymentConfiguration: DeploymentConfiguration): Promise<void> {
  await stage.create(await stage.define('ok'), {...stage.balanced, deploymentConfiguration})
  stage.pass(600)
  await stage.update({taskDefinition: await stage.define('next')})
}

async function newest() {
  const [{status, statusReason, alarms} = {}] = await stage.serviceDeployments()
  return {status, statusReason, alarms}
}

describe('a deployment with alarms', () => {
  test('succeeds when they were watched for the bake time after the old tasks are gone', async () => {
    await update(watched())
    stage.pass(150)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 2/2/0 IN_PROGRESS'])
    expect((await newest()).alarms).toEqual({status: 'MONITORING', alarmNames: ['web-5xx', 'web-latency']})
    stage.pass(200)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 2/2/0 COMPLETED'])
    expect((await stage.events()).slice(-2)).toEqual([
      '320.000 (web) (deployment #2) deployment completed.',
      '320.001 (web) has reached a steady state.'
    ])
    expect(await newest()).toMatchObject({status: 'SUCCESSFUL', alarms: {status: 'MONITORING_COMPLETE'}})
  })

  test('bakes as long as the service says', async () => {
    await update(watched(true, {bakeTimeInMinutes: 10}))
    stage.pass(139 + 600)
    expect((await newest()).status).toBe('IN_PROGRESS')
    stage.pass(2)
    expect((await newest()).status).toBe('SUCCESSFUL')
  })

  test('is rolled back when one goes off', async () => {
    await update(watched())
    stage.pass(45)
    await setAlarm('ALARM', 'web-latency')
    stage.pass(6)
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 2/2/0 IN_PROGRESS', '#2 ACTIVE 0/0/0 FAILED'])
    expect((await stage.events()).slice(-3)).toEqual([
      '50.000 (web) (deployment #2) deployment failed: alarm detected.',
      '50.001 (web) rolling back to deployment #1.',
      '50.002 (web) has stopped 2 running tasks: (task T) (task T).'
    ])
    stage.pass(200)
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 2/2/0 COMPLETED'])
    expect(await newest()).toEqual({
      status: 'ROLLBACK_SUCCESSFUL',
      statusReason: 'Service deployment rolled back because of one or more active alarms.',
      alarms: {status: 'TRIGGERED', alarmNames: ['web-5xx', 'web-latency'], triggeredAlarmNames: ['web-latency']}
    })
  })

  test('is rolled back while it bakes, too', async () => {
    await update(watched())
    stage.pass(200)
    await setAlarm('ALARM')
    stage.pass(300)
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 2/2/0 COMPLETED'])
    expect((await newest()).status).toBe('ROLLBACK_SUCCESSFUL')
  })

  test('fails and stays where it is without rollback', async () => {
    await update(watched(false))
    stage.pass(45)
    await setAlarm('ALARM')
    stage.pass(20)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 2/2/0 FAILED', '#1 ACTIVE 2/2/0 COMPLETED'])
    expect(await newest()).toMatchObject({status: 'STOPPED', alarms: {status: 'TRIGGERED'}})
  })

  test('has nothing to go back to when it is the first one', async () => {
    await stage.create(await stage.define('ok'), {deploymentConfiguration: watched()})
    await setAlarm('ALARM')
    stage.pass(60)
    expect(await newest()).toMatchObject({
      status: 'ROLLBACK_FAILED',
      statusReason: 'No rollback candidate was found to run the rollback.'
    })
  })

  test('ignores them all when one is in ALARM at its start', async () => {
    await setAlarm('ALARM')
    await update(watched())
    await setAlarm('ALARM', 'web-latency')
    stage.pass(150)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 2/2/0 COMPLETED'])
    expect((await newest()).status).toBe('SUCCESSFUL')
  })

  test('takes no notice of alarms that are not its own, of those that are over, or after its end', async () => {
    await update(watched())
    await setAlarm('ALARM', 'other')
    stage.pass(55)
    await setAlarm('ALARM')
    await setAlarm('OK')
    stage.pass(400)
    await setAlarm('ALARM')
    stage.pass(60)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 2/2/0 COMPLETED'])
  })
})

test('takes no notice of alarms that are not enabled', async () => {
  await update({alarms: {alarmNames: ['web-5xx'], enable: false, rollback: true}})
  await setAlarm('ALARM')
  stage.pass(150)
  expect(await newest()).toMatchObject({status: 'SUCCESSFUL', alarms: {status: 'DISABLED'}})
})

test('the control API refuses what is no alarm', async () => {
  expect(await setAlarm('RINGING')).toBe(400)
  expect(await stage.control('alarm', {})).toBe(400)
})

describe('tasks that cannot be placed', () => {
  const closest = (problem: string): string =>
    'was unable to place a task because no container instance met all of its requirements. ' +
    `The closest matching (container-instance T) ${problem}. ` +
    'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.'

  test.each([
    ['no-cpu', closest('has insufficient CPU units available')],
    ['no-memory', closest('has insufficient memory available')],
    ['port-taken', closest('is already using a port required by your task')],
    ['agent-down', closest("doesn't have the agent connected")],
    ['agent-error', closest('encountered error "AGENT"')],
    ['constraint-unmet', closest('encountered error "MemberOf placement constraint unsatisfied."')],
    ['attribute-missing', closest('is missing an attribute required by your task')],
    [
      'agent-not-started',
      'Timed out waiting for Amazon ECS Agent to start. Please check logs at /var/log/ecs/ecs-agent.log".'
    ],
    [
      'no-capacity',
      'was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone.'
    ],
    [
      'task-quota',
      "was unable to place a task. Reason: You've reached the limit on the number of tasks you can run concurrently."
    ],
    [
      'vcpu-quota',
      "was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can run concurrently."
    ],
    ['cpu-limit', 'was unable to place a task. Reason: The requested CPU configuration is above your limit.'],
    ['memory-limit', 'was unable to place a task. Reason: The requested MEMORY configuration is above your limit.']
  ])('are told by the tag %s', async (tag, text) => {
    await stage.create(await stage.define('ok'))
    stage.pass(600)
    await stage.update({taskDefinition: await stage.define(tag)})
    stage.pass(11)
    expect(await stage.events()).toEqual([`10.000 (web) ${text}`])
  })
})

test.each([
  ['efs-mount', /^ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: /],
  [
    'wrong-platform',
    /^CannotPullContainerError: .* image Manifest does not contain descriptor matching platform 'linux\/amd64'$/
  ]
])('a task stops as the tag %s says', async (tag, reason) => {
  await stage.create(await stage.define(tag), {desiredCount: 1})
  stage.pass(40)
  const [task] = await stage.tasks('STOPPED')
  expect(task).toMatchObject({stopCode: 'TaskFailedToStart', stoppedReason: expect.stringMatching(reason)})
})
