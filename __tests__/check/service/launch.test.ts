import {describe, expect, test} from '@jest/globals'
import type {Situation} from '../../../src/check/situation.ts'
import {capacityProvider} from '../../../src/check/service/capacity-provider.ts'
import {isOnFargate} from '../../../src/check/definition/parts.ts'
import {compatibility, fargateSpot} from '../../../src/check/service/launch.ts'
import {fargate, messages, situation} from '../situation.ts'

test.each([
  [{launchType: 'FARGATE' as const}, true],
  [{launchType: 'EC2' as const}, false],
  [{capacityProviderStrategy: [{capacityProvider: 'FARGATE_SPOT'}]}, true],
  [{capacityProviderStrategy: [{capacityProvider: 'instances'}]}, false],
  [{}, false]
])('%j is on Fargate: %s', (service, expected) => {
  expect(isOnFargate(service)).toBe(expected)
})

describe('compatibility', () => {
  const ec2 = fargate({requiresCompatibilities: ['EC2', 'EXTERNAL']})

  test('a definition for others than Fargate in a service on Fargate', () => {
    const [found] = compatibility.run(situation({definition: ec2}))
    expect(found?.message).toBe(
      '`requiresCompatibilities` (task-definition.json, line 3) names only `EC2` and `EXTERNAL`, but the service web runs on ' +
        'Fargate: ECS may refuse the definition there, so add `FARGATE`, with which it is checked when it is registered.'
    )
    expect(found?.fix).toBe('"requiresCompatibilities": ["EC2", "EXTERNAL", "FARGATE"]')
  })

  test('nothing where Fargate is named, nothing is named, or the service is elsewhere', () => {
    expect(messages(compatibility, situation())).toEqual([])
    expect(messages(compatibility, situation({definition: fargate({requiresCompatibilities: []})}))).toEqual([])
    expect(messages(compatibility, situation({definition: ec2, service: {launchType: 'EC2'}}))).toEqual([])
    expect(messages(compatibility, situation({definition: ec2, service: null}))).toEqual([])
    // What ECS computes for a definition for Fargate includes EC2.
    expect(messages(compatibility, situation({service: {launchType: 'EC2'}}))).toEqual([])
  })
})

describe('fargate-spot', () => {
  const windows = fargate({runtimePlatform: {operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE'}})
  const spot = {capacityProviderStrategy: [{capacityProvider: 'FARGATE_SPOT'}]}

  test('Windows on Fargate Spot', () => {
    expect(messages(fargateSpot, situation({definition: windows, service: spot}))).toEqual([
      '`runtimePlatform.operatingSystemFamily` (task-definition.json, line 22) is `WINDOWS_SERVER_2022_CORE`, but the service ' +
        'web uses the capacity provider FARGATE_SPOT, which runs Linux only: use FARGATE for it.'
    ])
  })

  test('nothing for Linux, or for Windows on Fargate', () => {
    expect(messages(fargateSpot, situation({service: spot}))).toEqual([])
    expect(messages(fargateSpot, situation({definition: windows}))).toEqual([])
  })
})

describe('capacity-provider', () => {
  const service = {capacityProviderStrategy: [{capacityProvider: 'instances', weight: 1}]}
  const capacity = (...providers: {name: string; status: 'ACTIVE' | 'INACTIVE' | 'DEPROVISIONING'}[]) =>
    ({instances: [], tasks: [], requiresAttributes: [], providers}) satisfies Situation['capacity']

  test('one that is gone, one that goes', () => {
    expect(messages(capacityProvider, situation({service, capacity: capacity()}))).toEqual([
      'The capacity provider instances, which the service web places its tasks with, does not exist: ECS may not place any; ' +
        'create it again, or change the strategy of the service.'
    ])
    const going = capacity({name: 'instances', status: 'DEPROVISIONING'})
    expect(messages(capacityProvider, situation({service, capacity: going}))[0]).toContain('is DEPROVISIONING: ')
  })

  test('nothing for an active one, by name or ARN, nor where it could not be read', () => {
    const active = capacity({name: 'instances', status: 'ACTIVE'})
    const arn = 'arn:aws:ecs:eu-central-1:111122223333:capacity-provider/instances'
    const byArn = {capacityProviderStrategy: [{capacityProvider: arn}]}
    expect(messages(capacityProvider, situation({service, capacity: active}))).toEqual([])
    expect(messages(capacityProvider, situation({service: byArn, capacity: active}))).toEqual([])
    expect(messages(capacityProvider, situation({service}))).toEqual([])
  })
})
