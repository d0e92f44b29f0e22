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
      shiftsTraffic: false
    })
  })

  test('is what is set', () => {
    const rollout = rolloutOf({
      deploymentConfiguration: {
        minimumHealthyPercent: 50,
        maximumPercent: 150,
        alarms: {alarmNames: ['a'], enable: true, rollback: true},
        bakeTimeInMinutes: 5,
        strategy: 'BLUE_GREEN'
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
      shiftsTraffic: true
    })
  })

  test.each([
    [{canaryConfiguration: {canaryPercent: 10, canaryBakeTimeInMinutes: 10}, bakeTimeInMinutes: 5}, 15],
    [{linearConfiguration: {stepPercent: 25, stepBakeTimeInMinutes: 6}, bakeTimeInMinutes: 5}, 23],
    [{linearConfiguration: {stepPercent: 30, stepBakeTimeInMinutes: 6}}, 18]
  ])('bakes in steps: %j', (deploymentConfiguration, minutes) => {
    expect(rolloutOf({deploymentConfiguration}).bakeMinutes).toBe(minutes)
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
