import {describe, expect, test} from '@jest/globals'
import {platformFamily, platformVersion} from '../../../src/check/service/platform.ts'
import {container, fargate, messages, situation} from '../situation.ts'

const windows = fargate({runtimePlatform: {operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE'}})

describe('platform-family', () => {
  test('Windows in a service on Linux, and the other way round', () => {
    const [found] = platformFamily.run(situation({definition: windows, service: {platformFamily: 'Linux'}}))
    expect(found?.message).toBe(
      'The definition (task-definition.json, line 22) is for `WINDOWS_SERVER_2022_CORE`, but the service web runs on Linux: ' +
        'by its documentation all tasks of a service on Fargate have the same platform family, so that ECS may refuse the update; ' +
        'correct it, or create another service.'
    )
    expect(found?.fix).toBe('"runtimePlatform": {"operatingSystemFamily": "LINUX"}')
    const service = {platformFamily: 'WINDOWS_SERVER_2022_CORE'}
    expect(messages(platformFamily, situation({service}))[0]).toMatch(
      /^The definition \(.*\) is for `LINUX`, but the service web runs on WINDOWS_SERVER_2022_CORE: /
    )
  })

  test('nothing for the same, where it is not known, or on EC2', () => {
    expect(messages(platformFamily, situation({service: {platformFamily: 'Linux'}}))).toEqual([])
    expect(messages(platformFamily, situation({definition: windows}))).toEqual([])
    expect(messages(platformFamily, situation({definition: windows, service: {platformFamily: 'Windows'}}))).toEqual([])
    const onInstances = {launchType: 'EC2' as const, platformFamily: 'Linux'}
    expect(messages(platformFamily, situation({definition: windows, service: onInstances}))).toEqual([])
  })
})

describe('platform-version', () => {
  const all = fargate({
    cpu: '8192',
    memory: '16384',
    pidMode: 'task',
    ephemeralStorage: {sizeInGiB: 50},
    containerDefinitions: [
      container({
        environmentFiles: [{type: 's3', value: 'arn:aws:s3:::web/env.env'}],
        systemControls: [{namespace: 'net.core.somaxconn', value: '1024'}],
        linuxParameters: {capabilities: {add: ['SYS_PTRACE']}},
        dependsOn: [{containerName: 'other', condition: 'START'}],
        startTimeout: 30,
        stopTimeout: 30
      })
    ]
  })
  const paths = (version: string, definition = all) =>
    platformVersion
      .run(situation({definition, service: {platformVersion: version}}))
      .map(({path = []}) => path.filter(step => typeof step === 'string').at(-1))

  test('what an older platform version does not have', () => {
    expect(paths('1.3.0')).toEqual(['ephemeralStorage', 'pidMode', 'cpu', 'environmentFiles', 'systemControls', 'add'])
    expect(paths('1.2.0').slice(6)).toEqual(['dependsOn', 'startTimeout', 'stopTimeout'])
    expect(messages(platformVersion, situation({definition: all, service: {platformVersion: '1.3.0'}}))[0]).toBe(
      '`ephemeralStorage` (task-definition.json, line 49) needs the Fargate platform version 1.4.0, but the service web is ' +
        'pinned to 1.3.0: ECS refuses the update, so set the platform version of the service to LATEST.'
    )
  })

  test('nothing for a version that has it, the latest, what needs none, or Windows', () => {
    expect(paths('1.4.0')).toEqual([])
    expect(paths('1.10.0')).toEqual([])
    expect(paths('LATEST')).toEqual([])
    expect(paths('1.1.0', fargate())).toEqual([])
    expect(paths('1.0.0', {...windows, ephemeralStorage: {sizeInGiB: 50}})).toEqual([])
  })
})
