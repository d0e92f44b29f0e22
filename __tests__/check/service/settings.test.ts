import type {Service} from '@aws-sdk/client-ecs'
import {describe, expect, test} from '@jest/globals'
import {
  executeCommandRole,
  unusedVolumeConfiguration,
  volumeConfiguration
} from '../../../src/check/service/settings.ts'
import {fargate, messages, situation} from '../situation.ts'

const role = 'arn:aws:iam::111122223333:role/web'

describe('execute-command-role', () => {
  const service = {enableExecuteCommand: true}

  test('no task role for ECS Exec', () => {
    const running = {arn: '', status: 'ACTIVE', tags: [], json: {taskRoleArn: role}}
    const [found] = executeCommandRole.run(situation({service, running}))
    expect(found?.message).toBe(
      'The definition task-definition.json has no `taskRoleArn`, but the service web has ECS Exec switched on ' +
        '(`enableExecuteCommand`), which needs a task role: ECS refuses the update, so name one.'
    )
    expect(found?.fix).toBe(`"taskRoleArn": "${role}"`)
  })

  test('nothing with a role, or without ECS Exec', () => {
    expect(messages(executeCommandRole, situation({service, definition: fargate({taskRoleArn: role})}))).toEqual([])
    expect(messages(executeCommandRole, situation())).toEqual([])
  })
})

describe('volumes that are configured at launch', () => {
  const definition = fargate({volumes: [{name: 'data', configuredAtLaunch: true}, {name: 'scratch'}]})
  const configured = (name: string): Service => ({
    deployments: [{status: 'PRIMARY', volumeConfigurations: [{name, managedEBSVolume: {roleArn: role}}]}]
  })

  test('one that the service does not configure', () => {
    expect(volumeConfiguration.run(situation({definition, service: configured('other')}))).toEqual([
      {
        path: ['volumes', 0],
        message:
          '`volumes[0]` (task-definition.json, line 22) is configured at launch, but the service web has no volume ' +
          'configuration for `data`: ECS refuses the update, so configure it in the service, or take the name that the ' +
          'service has.'
      }
    ])
  })

  test('a configuration without a volume', () => {
    expect(unusedVolumeConfiguration.run(situation({service: configured('data')}))).toEqual([
      {
        path: ['volumes'],
        message:
          'The service web configures the volume `data`, but the definition task-definition.json has no volume of that name ' +
          'that is configured at launch: ECS may refuse the update, so add it, or take the configuration out of the service.',
        fix: '"volumes": [{"name": "data", "configuredAtLaunch": true}]'
      }
    ])
  })

  test('nothing where they go together', () => {
    const seen = situation({definition, service: configured('data')})
    expect(messages(volumeConfiguration, seen)).toEqual([])
    expect(messages(unusedVolumeConfiguration, seen)).toEqual([])
    expect(messages(volumeConfiguration, situation())).toEqual([])
  })
})
