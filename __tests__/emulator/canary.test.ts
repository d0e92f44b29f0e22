import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {nextStage, rollbackStages, shiftsOf} from '../../emulator/ecs/strategy.ts'
import {BlueGreenStage} from './blue-green-support.ts'

let stage: BlueGreenStage

beforeEach(async () => {
  stage = await BlueGreenStage.open()
})

afterEach(async () => {
  await stage.aws.close()
})

const canary = {
  strategy: 'CANARY',
  bakeTimeInMinutes: 2,
  canaryConfiguration: {canaryPercent: 10, canaryBakeTimeInMinutes: 5}
} as const

const linear = {
  strategy: 'LINEAR',
  bakeTimeInMinutes: 0,
  linearConfiguration: {stepPercent: 40, stepBakeTimeInMinutes: 1}
} as const

test('a canary deployment shifts a share first, bakes, and then the rest', async () => {
  await stage.steady(canary)
  await stage.deploy()
  await stage.reach('POST_TEST_TRAFFIC_SHIFT')
  expect(await stage.course(660)).toEqual([
    '5 IN_PROGRESS POST_TEST_TRAFFIC_SHIFT 0/100 100/0',
    '10 IN_PROGRESS PRE_PRODUCTION_TRAFFIC_SHIFT 0/100 100/0',
    '20 IN_PROGRESS PRODUCTION_TRAFFIC_SHIFT 10/100 90/0',
    '330 IN_PROGRESS PRE_PRODUCTION_TRAFFIC_SHIFT 10/100 90/0',
    '340 IN_PROGRESS PRODUCTION_TRAFFIC_SHIFT 100/100 0/0',
    '350 IN_PROGRESS POST_PRODUCTION_TRAFFIC_SHIFT 100/100 0/0',
    '360 IN_PROGRESS BAKE_TIME 100/100 0/0',
    '490 IN_PROGRESS CLEAN_UP 100/100 0/0',
    '550 SUCCESSFUL CLEAN_UP 100/100 0/0'
  ])
})

test('a linear deployment shifts in equal steps', async () => {
  await stage.steady(linear)
  await stage.deploy()
  await stage.reach('POST_TEST_TRAFFIC_SHIFT')
  expect((await stage.course(400)).slice(1)).toEqual([
    '10 IN_PROGRESS PRE_PRODUCTION_TRAFFIC_SHIFT 0/100 100/0',
    '20 IN_PROGRESS PRODUCTION_TRAFFIC_SHIFT 40/100 60/0',
    '90 IN_PROGRESS PRE_PRODUCTION_TRAFFIC_SHIFT 40/100 60/0',
    '100 IN_PROGRESS PRODUCTION_TRAFFIC_SHIFT 80/100 20/0',
    '170 IN_PROGRESS PRE_PRODUCTION_TRAFFIC_SHIFT 80/100 20/0',
    '180 IN_PROGRESS PRODUCTION_TRAFFIC_SHIFT 100/100 0/0',
    '190 IN_PROGRESS POST_PRODUCTION_TRAFFIC_SHIFT 100/100 0/0',
    '200 IN_PROGRESS BAKE_TIME 100/100 0/0',
    '210 IN_PROGRESS CLEAN_UP 100/100 0/0',
    '270 SUCCESSFUL CLEAN_UP 100/100 0/0'
  ])
})

describe('in the middle of its shifts', () => {
  test('a canary deployment is rolled back by an alarm at once', async () => {
    await stage.steady({...canary, alarms: {alarmNames: ['web-5xx'], enable: true, rollback: true}})
    await stage.deploy()
    await stage.reach('PRODUCTION_TRAFFIC_SHIFT')
    expect(stage.rules()).toBe('90:10 0:100')
    stage.aws.ecs.setAlarm('web-5xx', 'ALARM')
    stage.aws.pass(10)
    expect(stage.rules()).toBe('100:0 0:100')
    stage.aws.pass(120)
    expect(await stage.where()).toBe('ROLLBACK_SUCCESSFUL CLEAN_UP 0/0 100/100')
    expect((await stage.newest()).statusReason).toBe(
      'Service deployment rolled back because of one or more active alarms.'
    )
  })

  test('a linear deployment is stopped by hand', async () => {
    await stage.steady(linear)
    await stage.deploy()
    await stage.reach('PRODUCTION_TRAFFIC_SHIFT')
    stage.aws.pass(90)
    expect(stage.rules()).toBe('20:80 0:100')
    await stage.stop()
    stage.aws.pass(120)
    expect(await stage.where()).toBe('ROLLBACK_SUCCESSFUL CLEAN_UP 0/0 100/100')
    expect(stage.rules()).toBe('100:0 100:0')
  })

  test('one is superseded: traffic goes back to the complete revision before the next one starts', async () => {
    await stage.steady(canary)
    await stage.deploy()
    await stage.reach('PRODUCTION_TRAFFIC_SHIFT')
    await stage.deploy('third')
    stage.aws.pass(15)
    expect(await stage.where()).toBe('IN_PROGRESS RECONCILE_SERVICE 0/0 0/0 100/0')
    expect(stage.rules()).toBe('100:0 100:0')
    await stage.reach('PRE_SCALE_UP')
    expect(await stage.aws.deployments()).toEqual(['#3 PRIMARY 0/0/0 IN_PROGRESS', '#1 ACTIVE 2/2/0 COMPLETED'])
  })
})

test('a tenth of a percent is a share', async () => {
  await stage.steady({...canary, canaryConfiguration: {canaryPercent: 2.5, canaryBakeTimeInMinutes: 0}})
  await stage.deploy()
  await stage.reach('PRODUCTION_TRAFFIC_SHIFT')
  expect(await stage.where()).toBe('IN_PROGRESS PRODUCTION_TRAFFIC_SHIFT 2.5/100 97.5/0')
})

test('what belongs to another strategy is dropped', async () => {
  await stage.steady({...canary, strategy: 'BLUE_GREEN'})
  const {deploymentConfiguration} = await stage.aws.service()
  expect(deploymentConfiguration).toMatchObject({strategy: 'BLUE_GREEN'})
  expect(deploymentConfiguration).not.toHaveProperty('canaryConfiguration')
})

test.each([
  [{strategy: 'LINEAR'} as const, 10, {weight: 10, bake: 360_000}],
  [{strategy: 'CANARY'} as const, 2, {weight: 5, bake: 600_000}],
  [{strategy: 'BLUE_GREEN'} as const, 1, {weight: 100, bake: 0}],
  [{strategy: 'LINEAR', linearConfiguration: {stepPercent: 33.3}} as const, 4, {weight: 33.3, bake: 360_000}],
  [{strategy: 'LINEAR', linearConfiguration: {stepPercent: 100}} as const, 1, {weight: 100, bake: 0}],
  [{strategy: 'CANARY', canaryConfiguration: {canaryPercent: 100}} as const, 1, {weight: 100, bake: 0}]
])('the shifts of %j', (configuration, count, first) => {
  const shifts = shiftsOf(configuration)
  expect(shifts).toHaveLength(count)
  expect(shifts[0]).toEqual(first)
  expect(shifts.at(-1)).toEqual({weight: 100, bake: 0})
})

test('the stages end with CLEAN_UP, and a rollback goes back only as far as it went', () => {
  expect(nextStage('CLEAN_UP', 0)).toBeUndefined()
  expect(nextStage('PRODUCTION_TRAFFIC_SHIFT', 0)).toBe('POST_PRODUCTION_TRAFFIC_SHIFT')
  expect(rollbackStages({test: false, production: true})).toEqual(['PRODUCTION_TRAFFIC_SHIFT', 'CLEAN_UP'])
})
