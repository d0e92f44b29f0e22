import type {Service} from '@aws-sdk/client-ecs'
import {describe, expect, test} from '@jest/globals'
import {outlookOf} from '../../src/check/outlook.ts'
import type {JsonObject} from '../../src/definition/json.ts'
import {container, fargate, situation} from './situation.ts'

function running(json: JsonObject) {
  return {arn: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:1', status: 'ACTIVE', json, tags: []}
}

describe('what changes', () => {
  test('is the difference to what the service runs', () => {
    const definition = fargate({cpu: '512', memory: '1024'})
    expect(outlookOf(situation({definition, running: running(fargate())}))).toMatchObject({
      service: 'web',
      cluster: 'demo',
      running: 'web:1',
      changes: [
        {field: 'cpu', from: '256', to: '512'},
        {field: 'memory', from: '512', to: '1024'}
      ]
    })
  })

  test('is unknown where the running revision could not be read', () => {
    expect(outlookOf(situation({running: undefined}))?.changes).toBeUndefined()
  })

  test('is not told of a service that is missing', () => {
    expect(outlookOf(situation({service: null}))).toBeUndefined()
  })

  test.each([
    ['a digest that is not known yet', 'h/web:v2', `h/web:v2@sha256:${'a'.repeat(64)}`, []],
    ['another tag', 'h/web:v2', `h/web:v1@sha256:${'a'.repeat(64)}`, ['containerDefinitions[app].image']]
  ])('%s', (_, planned, runs, fields) => {
    const definition = fargate({containerDefinitions: [container({image: planned})]})
    const before = running(fargate({containerDefinitions: [container({image: runs})]}))
    expect(outlookOf(situation({definition, running: before}))?.changes?.map(({field}) => field)).toEqual(fields)
  })
})

describe('how the service rolls', () => {
  function courseOf(service: Service, more: Parameters<typeof situation>[0] = {}): readonly string[] {
    return (
      outlookOf(situation({...more, service: {runningCount: service.desiredCount ?? 2, pendingCount: 0, ...service}}))
        ?.course ?? []
    )
  }
  const rolling = (minimumHealthyPercent: number, maximumPercent: number): Service => ({
    deploymentConfiguration: {minimumHealthyPercent, maximumPercent}
  })

  test.each<[string, Service, readonly string[]]>([
    [
      'all at once',
      rolling(100, 200),
      [
        'Starts 2 new tasks: 2 new, 2 old.',
        'Stops 2 old tasks: 2 new, 0 old.',
        'At most 4 tasks at a time of 256 CPU units and 512 MiB each; at least 2 carry the service.'
      ]
    ],
    [
      'the old ones first',
      {desiredCount: 1, ...rolling(0, 100)},
      [
        'Stops 1 old task: 0 new, 0 old.',
        'Starts 1 new task: 1 new, 0 old.',
        'At most 1 task at a time of 256 CPU units and 512 MiB each; at least 0 carry the service.'
      ]
    ],
    [
      'not at all',
      {desiredCount: 1, ...rolling(100, 100)},
      [
        'Then ECS can neither start nor stop a task.',
        'At most 1 task at a time of 256 CPU units and 512 MiB each; at least 1 carries the service.'
      ]
    ],
    [
      'without any task',
      {desiredCount: 0, ...rolling(100, 200)},
      ['Nothing is started: the service has no task to run.']
    ],
    [
      'blue/green, with hooks, alarms and a bake time',
      {
        deploymentConfiguration: {
          strategy: 'BLUE_GREEN',
          bakeTimeInMinutes: 5,
          lifecycleHooks: [{hookTargetArn: 'a', lifecycleStages: ['POST_SCALE_UP']}],
          alarms: {alarmNames: ['a', 'b'], enable: true, rollback: true}
        }
      },
      [
        'Starts 2 new tasks beside the old ones: 2 new, 2 old.',
        'Moves all traffic to the new tasks at once.',
        'Waits for 1 lifecycle hook on the way.',
        'Watches 2 alarms meanwhile: one of them rolls it back.',
        'Keeps the old tasks for 5 min, to go back to.',
        'Stops 2 old tasks.',
        'At most 4 tasks at a time of 256 CPU units and 512 MiB each.'
      ]
    ]
  ])('%s', (_, service, expected) => {
    expect(courseOf(service)).toEqual(expected)
  })

  test.each<[string, Service['deploymentConfiguration'], string]>([
    [
      'linear',
      {strategy: 'LINEAR', linearConfiguration: {stepPercent: 20, stepBakeTimeInMinutes: 2}},
      'Moves the traffic in steps of 20 %, each watched for 2 min.'
    ],
    [
      'linear, as ECS does by itself',
      {strategy: 'LINEAR'},
      'Moves the traffic in steps of 10 %, each watched for 6 min.'
    ],
    [
      'canary',
      {strategy: 'CANARY', canaryConfiguration: {canaryPercent: 1, canaryBakeTimeInMinutes: 3}},
      'Moves 1 % of the traffic, watches that for 3 min, then moves the rest.'
    ],
    [
      'canary, as ECS does by itself',
      {strategy: 'CANARY'},
      'Moves 5 % of the traffic, watches that for 10 min, then moves the rest.'
    ]
  ])('%s', (_, deploymentConfiguration, expected) => {
    expect(courseOf({deploymentConfiguration})[1]).toBe(expected)
  })

  test.each<[string, Record<string, string>, string]>([
    ['not where it runs this already', {}, 'Nothing is started: the service runs this already.'],
    ['where that is to be deployed again', {'force-new-deployment': 'true'}, 'Starts 2 new tasks: 2 new, 2 old.'],
    [
      'but scales where only its number of tasks changes',
      {'desired-count': '3'},
      'Scales from 2 to 3 tasks; none is replaced, because the service runs this already.'
    ]
  ])('%s', (_, inputs, expected) => {
    expect(courseOf(rolling(100, 200), {inputs, running: running(fargate())})[0]).toBe(expected)
  })

  test('in many steps is abridged', () => {
    const course = courseOf({desiredCount: 100, ...rolling(100, 101)})
    expect(course[0]).toBe('Starts 1 new task: 1 new, 100 old.')
    expect(course[7]).toMatch(/^… \d+ more of this kind …$/)
    expect(course[8]).toBe('Stops 1 old task: 100 new, 0 old.')
    expect(course).toHaveLength(10)
  })

  test('to the number of tasks that the release sets', () => {
    const course = courseOf(rolling(100, 200), {inputs: {'desired-count': '3'}})
    expect(course[0]).toBe('Starts 3 new tasks: 3 new, 2 old.')
  })
})
