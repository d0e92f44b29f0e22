import {expect, test} from '@jest/globals'
import {refuseStageOfRolling} from '../../src/check/stage.ts'

const service = (name: string, strategy: string) => ({name, cluster: {name: 'prod', arn: ''}, strategy})

test('a stage can be waited for where each service shifts traffic, and only there', () => {
  const shifting = [service('web', 'BLUE_GREEN'), service('api', 'CANARY')]
  expect(() => {
    refuseStageOfRolling(shifting, 'BAKE_TIME')
  }).not.toThrow()
  const rolling = [...shifting, service('worker', 'ROLLING')]
  expect(() => {
    refuseStageOfRolling(rolling, 'deployed')
  }).not.toThrow()
  expect(() => {
    refuseStageOfRolling(rolling, 'BAKE_TIME')
  }).toThrow(
    'The input `wait-for` is the lifecycle stage BAKE_TIME, but the service worker in prod has the deployment strategy ROLLING'
  )
})
