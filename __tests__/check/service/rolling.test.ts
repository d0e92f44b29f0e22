import type {Service} from '@aws-sdk/client-ecs'
import {describe, expect, test} from '@jest/globals'
import {daemonSteps, deploymentSteps, desiredCountZero} from '../../../src/check/service/rolling.ts'
import {rollingOf, rollingSteps} from '../../../src/check/service/rolling-steps.ts'
import {messages, situation} from '../situation.ts'

function service(desiredCount: number, minimumHealthyPercent: number, maximumPercent: number): Service {
  return {
    desiredCount,
    runningCount: desiredCount,
    pendingCount: 0,
    deploymentConfiguration: {minimumHealthyPercent, maximumPercent}
  }
}

describe('deployment-steps', () => {
  test('one task that may neither be stopped nor have another beside it', () => {
    expect(deploymentSteps.run(situation({service: service(1, 100, 100)}))).toEqual([
      {
        message:
          'The service web cannot roll: of 1 desired, its minimum of 100 % keeps 1 running and its maximum of 100 % allows 1, ' +
          'so ECS can neither start a new task nor stop an old one, and the deployment would never end: raise the maximum to ' +
          '200 % or more, or lower the minimum to 0 % or less.',
        fix: '"deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 200}'
      }
    ])
  })

  test.each([
    [2, 75, 100, '150 % or more, or lower the minimum to 50 %'],
    [3, 100, 125, '134 % or more, or lower the minimum to 66 %']
  ])('%d tasks within %d and %d %%', (desired, minimum, maximum, advice) => {
    const [message] = messages(deploymentSteps, situation({service: service(desired, minimum, maximum)}))
    expect(message).toContain(advice)
  })

  test('a service that lacks a task gets stuck later', () => {
    const lacking = {...service(2, 100, 100), runningCount: 1}
    expect(messages(deploymentSteps, situation({service: lacking}))[0]).toContain(
      'so ECS gets as far as 1 new and 1 old and can then neither start nor stop one, and the deployment would never end'
    )
  })

  test('nothing while tasks start, of which it is not known what becomes of them, or where the deployment may end early', () => {
    const starting = {...service(1, 100, 100), runningCount: 0, pendingCount: 1}
    expect(messages(deploymentSteps, situation({service: starting}))).toEqual([])
    const early = (tasks: Service): Service => ({
      ...tasks,
      deploymentConfiguration: {
        ...tasks.deploymentConfiguration,
        earlySuccessCriteria: {enable: true, healthyPercent: 50}
      }
    })
    const lacking = {...service(2, 100, 100), runningCount: 1}
    expect(messages(deploymentSteps, situation({service: early(lacking)}))).toEqual([])
    expect(messages(deploymentSteps, situation({service: early(service(2, 100, 100))}))).toHaveLength(1)
  })

  test('what is advised is enough, and no more than that', () => {
    for (let desired = 1; desired <= 50; desired++) {
      const [message = ''] = messages(deploymentSteps, situation({service: service(desired, 100, 100)}))
      const [, most = '', least = ''] = /maximum to (\d+) %.*minimum to (\d+) %/.exec(message) ?? []
      const rolls = (minimum: number, maximum: number) => {
        const rolling = rollingOf(service(desired, minimum, maximum), undefined)
        return rolling && rollingSteps(rolling).isComplete
      }
      expect([rolls(100, Number(most)), rolls(Number(least), 100)]).toEqual([true, true])
      expect([rolls(100, Number(most) - 1), rolls(Number(least) + 1, 100)]).toEqual([false, false])
    }
  })

  test('nothing where it rolls, also with the desired count of the release, or where the percentages do not count', () => {
    const inputs = {'desired-count': '4'}
    const blueGreen = {
      deploymentConfiguration: {...service(1, 100, 100).deploymentConfiguration, strategy: 'BLUE_GREEN'}
    }
    expect(messages(deploymentSteps, situation({service: service(1, 100, 200)}))).toEqual([])
    expect(messages(deploymentSteps, situation({service: service(4, 75, 100), inputs}))).toEqual([])
    expect(messages(deploymentSteps, situation({service: blueGreen as Service}))).toEqual([])
    expect(messages(deploymentSteps, situation({service: service(0, 100, 100)}))).toEqual([])
    expect(messages(deploymentSteps, situation({service: null}))).toEqual([])
  })
})

describe('daemon-steps', () => {
  const daemon = (minimum: number): Service => ({...service(3, minimum, 100), schedulingStrategy: 'DAEMON'})

  test('a daemon that may not stop', () => {
    expect(messages(daemonSteps, situation({service: daemon(100)}))).toHaveLength(1)
    expect(messages(deploymentSteps, situation({service: daemon(100)}))).toEqual([])
  })

  test('nothing where it may, or for a replica service', () => {
    expect(messages(daemonSteps, situation({service: daemon(0)}))).toEqual([])
    expect(messages(daemonSteps, situation({service: service(1, 100, 100)}))).toEqual([])
  })
})

describe('desired-count-zero', () => {
  test('a service of no task', () => {
    expect(desiredCountZero.run(situation({service: {desiredCount: 0}}))).toEqual([
      {
        message:
          'The desired count of the service web is 0: nothing is started, so that the deployment succeeds without proving ' +
          'anything about the image; set `desired-count` to start tasks.',
        fix: 'with:\n  desired-count: 1'
      }
    ])
    expect(messages(desiredCountZero, situation({inputs: {'desired-count': '0'}}))).toHaveLength(1)
  })

  test('nothing where the release starts tasks', () => {
    expect(messages(desiredCountZero, situation())).toEqual([])
    const inputs = {'desired-count': '2'}
    expect(messages(desiredCountZero, situation({service: {desiredCount: 0}, inputs}))).toEqual([])
  })
})
