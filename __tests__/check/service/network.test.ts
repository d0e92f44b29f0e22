import {describe, expect, test} from '@jest/globals'
import {externalNetwork, networkConfiguration, publicIp} from '../../../src/check/service/network.ts'
import {fargate, messages, situation} from '../situation.ts'

const bridge = fargate({networkMode: 'bridge', requiresCompatibilities: ['EC2']})
const withoutNetwork = {launchType: 'EC2' as const, networkConfiguration: undefined}

describe('network-configuration', () => {
  test('awsvpc in a service without subnets, which ran another mode', () => {
    const running = {arn: '', status: 'ACTIVE', tags: [], json: {family: 'web'}}
    const [found] = networkConfiguration.run(situation({service: withoutNetwork, running}))
    expect(found?.message).toBe(
      '`networkMode` (task-definition.json, line 6) is `awsvpc`, but the service web has no subnets for the network ' +
        'interfaces of its tasks: ECS refuses the update, so give the service a network configuration, or keep `bridge`, ' +
        'which it runs with.'
    )
    expect(found?.fix).toBe('"networkMode": "bridge"')
    expect(found?.path).toEqual(['networkMode'])
  })

  test('what the service runs is not proposed where it is not known', () => {
    const [found] = networkConfiguration.run(situation({service: withoutNetwork}))
    expect(found?.message).toMatch(/so give the service a network configuration\.$/)
    expect(found?.fix).toBeUndefined()
  })

  test('another mode in a service with subnets', () => {
    const [found] = networkConfiguration.run(situation({definition: bridge, service: {launchType: 'EC2'}}))
    expect(found?.message).toBe(
      '`networkMode` (task-definition.json, line 6) is `bridge`, but the service web has a network configuration with ' +
        'subnets, which ECS takes for `awsvpc` only: it refuses the update, so write `awsvpc`.'
    )
    expect(found?.fix).toBe('"networkMode": "awsvpc"')
  })

  test('nothing where they go together, on Fargate, or without a service', () => {
    expect(messages(networkConfiguration, situation())).toEqual([])
    expect(messages(networkConfiguration, situation({definition: bridge, service: withoutNetwork}))).toEqual([])
    // There the mode itself is wrong, which another check says.
    expect(messages(networkConfiguration, situation({definition: bridge}))).toEqual([])
    expect(messages(networkConfiguration, situation({definition: bridge, service: null}))).toEqual([])
  })
})

describe('external-network', () => {
  test('awsvpc on external instances', () => {
    expect(messages(externalNetwork, situation({service: {launchType: 'EXTERNAL'}}))).toEqual([
      '`networkMode` (task-definition.json, line 6) is `awsvpc`, but the service web runs on external instances, which do ' +
        'not have it: ECS may refuse the update, so write `bridge`, `host` or `none`.'
    ])
  })

  test('nothing for other modes or launch types', () => {
    expect(messages(externalNetwork, situation({definition: bridge, service: {launchType: 'EXTERNAL'}}))).toEqual([])
    expect(messages(externalNetwork, situation({service: {launchType: 'EC2'}}))).toEqual([])
  })
})

describe('public-ip', () => {
  test('public addresses for tasks on EC2', () => {
    expect(messages(publicIp, situation({service: {launchType: 'EC2'}}))).toEqual([
      'The service web has `assignPublicIp` ENABLED, but its launch type is EC2, where tasks get no public IP address: ECS ' +
        'may refuse the update, so disable it; the instances or a NAT gateway give the way to the internet.'
    ])
  })

  test('nothing on Fargate, or where it is off', () => {
    const off = {awsvpcConfiguration: {subnets: ['subnet-1'], assignPublicIp: 'DISABLED' as const}}
    expect(messages(publicIp, situation())).toEqual([])
    expect(messages(publicIp, situation({service: {launchType: 'EC2', networkConfiguration: off}}))).toEqual([])
  })
})
