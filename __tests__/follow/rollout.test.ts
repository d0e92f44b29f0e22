import type {DeploymentConfiguration} from '@aws-sdk/client-ecs'
import {describe, expect, test} from '@jest/globals'
import {isWell, isWorthReading} from '../../src/follow/phases.ts'
import {rolloutOf} from '../../src/follow/rollout.ts'
import {after, ours, task} from './examples.ts'

describe('how a service rolls', () => {
  test('is what ECS does by itself, where nothing is set', () => {
    expect(rolloutOf({})).toEqual({
      minimumHealthyPercent: 100,
      maximumPercent: 200,
      gracePeriodSeconds: 0,
      targetGroups: [],
      bakeMinutes: 0,
      alarms: false,
      shift: undefined,
      earlySuccess: undefined,
      isDaemon: false
    })
  })

  test('is what is set', () => {
    const rollout = rolloutOf({
      deploymentConfiguration: {
        minimumHealthyPercent: 50,
        maximumPercent: 150,
        alarms: {alarmNames: ['a'], enable: true, rollback: true},
        bakeTimeInMinutes: 5,
        strategy: 'BLUE_GREEN',
        lifecycleHooks: [
          {targetType: 'PAUSE', lifecycleStages: ['POST_TEST_TRAFFIC_SHIFT']},
          {hookTargetArn: 'arn:aws:lambda:eu-west-1:111122223333:function:smoke', lifecycleStages: ['PRE_SCALE_UP']}
        ]
      },
      healthCheckGracePeriodSeconds: 60,
      loadBalancers: [
        {targetGroupArn: 'blue', advancedConfiguration: {alternateTargetGroupArn: 'green'}},
        {targetGroupArn: 'api'},
        {loadBalancerName: 'classic'}
      ]
    })
    expect(rollout).toEqual({
      minimumHealthyPercent: 50,
      maximumPercent: 150,
      gracePeriodSeconds: 60,
      targetGroups: [['blue', 'green'], ['api']],
      bakeMinutes: 5,
      alarms: true,
      shift: {waits: 0, waitMinutes: 0, percent: 100, pausesAt: ['POST_TEST_TRAFFIC_SHIFT'], functionCalls: 1},
      earlySuccess: undefined,
      isDaemon: false
    })
  })

  test.each<[DeploymentConfiguration, number, number, number]>([
    [{strategy: 'CANARY', canaryConfiguration: {canaryPercent: 10, canaryBakeTimeInMinutes: 15}}, 1, 15, 10],
    [{strategy: 'CANARY'}, 1, 10, 5],
    [{strategy: 'LINEAR', linearConfiguration: {stepPercent: 25, stepBakeTimeInMinutes: 5}}, 3, 5, 25],
    [{strategy: 'LINEAR', linearConfiguration: {stepPercent: 30}}, 3, 6, 30],
    [{strategy: 'LINEAR'}, 9, 6, 10]
  ])('goes step by step: %j', (deploymentConfiguration, waits, waitMinutes, percent) => {
    expect(rolloutOf({deploymentConfiguration}).shift).toMatchObject({waits, waitMinutes, percent, functionCalls: 0})
  })

  test('can be a success before all tasks are up', () => {
    const early = (sourceServiceRevisionCleanup: 'BLOCKING' | 'DEFERRED', enable = true) =>
      rolloutOf({
        deploymentConfiguration: {earlySuccessCriteria: {enable, healthyPercent: 80, sourceServiceRevisionCleanup}}
      }).earlySuccess
    expect(early('BLOCKING')).toEqual({healthyPercent: 80, isDeferred: false})
    expect(early('DEFERRED')).toEqual({healthyPercent: 80, isDeferred: true})
    expect(early('DEFERRED', false)).toBeUndefined()
  })

  test('is another one for daemons, where nothing is set', () => {
    expect(rolloutOf({schedulingStrategy: 'DAEMON'})).toMatchObject({
      minimumHealthyPercent: 0,
      maximumPercent: 100,
      isDaemon: true
    })
  })
})

describe('tasks are read again', () => {
  const two = ours({running: 2})

  test.each([
    ['when they were never read', two, undefined, true],
    ['when there are more or fewer', two, [task()], true],
    ['while one does not run yet', two, [task({phase: 'healthy'}), task({phase: 'pulling'})], true],
    ['while one is to become healthy', two, [task({phase: 'healthy'}), task()], true],
    ['while one is unhealthy', two, [task({phase: 'healthy'}), task({phase: 'unhealthy'})], true],
    ['but not once all are healthy', two, [task({phase: 'healthy'}), task({phase: 'healthy'})], false],
    ['nor where nothing checks them', two, [task({isChecked: false}), task({isChecked: undefined})], false]
  ])('%s', (_, deployment, known, expected) => {
    expect(isWorthReading(deployment, 2, known)).toBe(expected)
  })

  test('unless there are more than one call answers', () => {
    expect(isWorthReading(ours({running: 50, pending: 51}), 101, undefined)).toBe(false)
  })
})

test('an unchecked task counts as healthy after 40 s', () => {
  const unchecked = task({isChecked: false})
  expect([39, 40].map(seconds => isWell(unchecked, after(seconds)))).toEqual([false, true])
  expect(isWell(task(), after(900))).toBe(false)
  expect(isWell(task({phase: 'healthy'}), after(0))).toBe(true)
  expect(isWell(task({phase: 'starting', isChecked: false, runningSince: undefined}), after(900))).toBe(false)
})
