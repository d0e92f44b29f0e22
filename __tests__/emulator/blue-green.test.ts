import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {BlueGreenStage} from './blue-green-support.ts'

let stage: BlueGreenStage

beforeEach(async () => {
  stage = await BlueGreenStage.open()
})

afterEach(async () => {
  await stage.aws.close()
})

const blueGreen = {strategy: 'BLUE_GREEN', bakeTimeInMinutes: 5} as const

describe('a blue/green deployment', () => {
  test('goes through its stages, shifts traffic at once, and bakes', async () => {
    await stage.steady(blueGreen)
    await stage.deploy()
    expect(await stage.course(800)).toEqual([
      '5 IN_PROGRESS - 0/0 100/0',
      '10 IN_PROGRESS PRE_SCALE_UP 0/0 100/0',
      '20 IN_PROGRESS SCALE_UP 0/0 100/0',
      '90 IN_PROGRESS POST_SCALE_UP 0/0 100/0',
      '100 IN_PROGRESS TEST_TRAFFIC_SHIFT 0/100 100/0',
      '110 IN_PROGRESS POST_TEST_TRAFFIC_SHIFT 0/100 100/0',
      '120 IN_PROGRESS PRE_PRODUCTION_TRAFFIC_SHIFT 0/100 100/0',
      '130 IN_PROGRESS PRODUCTION_TRAFFIC_SHIFT 100/100 0/0',
      '140 IN_PROGRESS POST_PRODUCTION_TRAFFIC_SHIFT 100/100 0/0',
      '150 IN_PROGRESS BAKE_TIME 100/100 0/0',
      '460 IN_PROGRESS CLEAN_UP 100/100 0/0',
      '520 SUCCESSFUL CLEAN_UP 100/100 0/0'
    ])
  })
})
