import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {EcsStage} from './ecs-support.ts'

let stage: EcsStage

beforeEach(async () => {
  stage = await EcsStage.open()
})

afterEach(async () => {
  await stage.close()
})

/** A steady service all of whose tasks are in zone a, from when on the others can be used as well. */
async function outage(more: Parameters<EcsStage['create']>[1] = {}): Promise<void> {
  await stage.control('zones', {zones: ['a']})
  await stage.create(await stage.define('ok'), {...stage.balanced, desiredCount: 2, ...more})
  stage.pass(600)
  stage.since = stage.clock.now()
  await stage.control('zones', {zones: ['a', 'b']})
}

async function zones(): Promise<(string | undefined)[]> {
  return (await stage.tasks('RUNNING')).map(({availabilityZone}) => availabilityZone).sort()
}

const texts = async (): Promise<string[]> => (await stage.events()).map(event => event.replace(/^\S+ \(web\) /, ''))

describe('availability zone rebalancing', () => {
  test('moves tasks, the new one first, and says so', async () => {
    await outage()
    expect(await zones()).toEqual(['eu-central-1a', 'eu-central-1a'])
    stage.pass(300)
    expect(await zones()).toEqual(['eu-central-1a', 'eu-central-1b'])
    expect((await texts()).filter(text => text.includes('AZ'))).toEqual([
      'is not AZ balanced with 2 tasks in eu-central-1a, 0 tasks in eu-central-1b. AZ Rebalancing in progress.',
      'has started 1 tasks in eu-central-1b to AZ Rebalance: (task T).',
      'has stopped 1 running tasks in eu-central-1a due to AZ rebalancing: (task T).',
      'is AZ balanced with 1 tasks in eu-central-1a, 1 tasks in eu-central-1b.'
    ])
    expect((await texts()).at(-2)).toBe('has reached a steady state.')
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 2/2/0 COMPLETED'])
  })

  test('is left to a deployment that starts meanwhile', async () => {
    await outage()
    stage.pass(15)
    await stage.update({taskDefinition: await stage.define('next')})
    stage.pass(300)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 2/2/0 COMPLETED'])
    expect((await texts()).filter(text => text.includes('AZ'))).toEqual([])
  })

  test.each([
    ['that does not want it', {availabilityZoneRebalancing: 'DISABLED'} as const],
    [
      'that has no room for one more task',
      {deploymentConfiguration: {maximumPercent: 100, minimumHealthyPercent: 50}} as const
    ]
  ])('is not for a service %s', async (_, more) => {
    await outage(more)
    stage.pass(300)
    expect(await stage.events()).toEqual([])
  })

  test('the control API refuses what are no zones', async () => {
    expect(await stage.control('zones', {zones: []})).toBe(400)
    expect(await stage.control('zones', {zones: ['z']})).toBe(400)
  })
})
