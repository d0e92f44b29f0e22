import {describe, expect, test} from '@jest/globals'
import {areTasksDue, pace} from '../../src/follow/pace.ts'
import type {Surroundings} from '../../src/follow/surroundings.ts'
import {nextTrouble, type Trouble} from '../../src/follow/trouble.ts'
import {after, type Look, lookAt, old, ours, service, serviceDeployment, started} from './examples.ts'

const awsError = (name: string, message: string): Error => Object.assign(new Error(message), {name, $metadata: {}})

/** So many of three failures that the circuit breaker allows. */
function failures(failureCount: number) {
  return {circuitBreaker: {status: 'MONITORING', failureCount, threshold: 3}}
}

const NOTHING: Surroundings = {past: undefined, targetGroups: undefined, revision: undefined}
const REVISION = {isChecked: false, stopSeconds: 30}
const balanced = {...started, rollout: {...started.rollout, targetGroups: [['web']]}}
const drains = (seconds: number): Surroundings => ({
  ...NOTHING,
  targetGroups: [{name: 'web', healthySeconds: 30, drainSeconds: seconds}],
  revision: REVISION
})
const replaced = service({deployments: [ours({running: 2}), old({running: 0})]})

/** The waits, so many seconds after the start. */
function waits(looks: readonly Look[], seconds: readonly number[], known = NOTHING, deployment = started): number[] {
  const {state} = lookAt(looks, deployment)
  return seconds.map(at => pace([{state, surroundings: known}], undefined, after(at), 0))
}

describe('pace', () => {
  const throttled = (reads: number, kind: Trouble['kind'] = 'throttled'): Trouble => ({
    since: after(100),
    reads,
    alike: {since: after(100), reads},
    kind,
    problem: 'x'
  })

  test('1 s while a deployment that was stopped is looked at again', () => {
    expect(waits([[100, service({serviceDeployment: serviceDeployment('STOPPED')})]], [101])).toEqual([1000])
  })

  test('2 s while something changes, 5 s in silence', () => {
    expect(waits([[100, service()]], [119, 120])).toEqual([2000, 5000])
  })

  test.each<[string, Look]>([
    ['ECS rolls back', [100, service({serviceDeployment: serviceDeployment('ROLLBACK_IN_PROGRESS')})]],
    ['the next failure is the last', [100, service({serviceDeployment: serviceDeployment('IN_PROGRESS', failures(2))})]]
  ])('2 s for a while near the end: %s', (_, look) => {
    expect(waits([look], [219, 220])).toEqual([2000, 5000])
  })

  test('5 s while the end is not near', () => {
    expect(waits([[100, service({deployments: [ours({running: 2}), old()]})]], [500])).toEqual([5000])
    const failed = service({serviceDeployment: serviceDeployment('IN_PROGRESS', failures(1))})
    expect(waits([[100, failed]], [130])).toEqual([5000])
  })

  test('2 s when the time of old tasks to drain and to stop is over, not before', () => {
    expect(waits([[100, replaced]], [119, 300, 689, 690, 790, 791], drains(600), balanced)).toEqual([
      2000, 5000, 5000, 2000, 2000, 5000
    ])
    expect(waits([[100, replaced]], [150, 190, 191], {...NOTHING, revision: REVISION})).toEqual([2000, 2000, 5000])
    expect(waits([[100, replaced]], [150, 490, 491], NOTHING, balanced)).toEqual([2000, 2000, 5000])
    expect(waits([[100, service({deployments: [ours({running: 2})]})]], [150])).toEqual([2000])
  })

  test('5 s when the new tasks are gone again after they replaced the old ones', () => {
    const crashed = service({deployments: [ours({running: 0}), old({running: 0})]})
    const looks: Look[] = [
      [100, replaced],
      [110, crashed]
    ]
    expect(waits(looks, [150], {...NOTHING, revision: REVISION})).toEqual([5000])
  })

  test('2 s around the time when those before were over', () => {
    const known = {...NOTHING, past: [400_000]}
    expect(waits([[100, service()]], [339, 340, 460, 461], known)).toEqual([5000, 2000, 2000, 5000])
  })

  test('one lively service is enough', () => {
    const both = [100, 200].map(at => ({state: lookAt([[at, service()]]).state, surroundings: NOTHING}))
    expect(pace(both, undefined, after(210), 0)).toBe(2000)
  })

  test('throttling only ever makes it slower', () => {
    const {state} = lookAt([[100, service()]])
    const wait = (trouble: Trouble, seconds: number, random = 1): number =>
      pace([{state, surroundings: NOTHING}], trouble, after(seconds), random)
    expect([1, 2, 3, 4, 50].map(reads => wait(throttled(reads), 110))).toEqual([2000, 2000, 4000, 8000, 8000])
    expect([1, 3, 4, 50].map(reads => wait(throttled(reads), 500))).toEqual([5000, 5000, 8000, 8000])
    expect([1, 3, 4].map(reads => wait(throttled(reads), 110, 0))).toEqual([2000, 2000, 4000])
    expect([1, 3, 4].map(reads => wait(throttled(reads), 500, 0))).toEqual([5000, 5000, 5000])
    expect(wait(throttled(50, 'other'), 500)).toBe(5000)
    expect(wait(throttled(1, 'denied'), 500)).toBe(2000)
  })

  test('near the end throttling makes it hardly slower', () => {
    const {state} = lookAt([[100, service({serviceDeployment: serviceDeployment('ROLLBACK_IN_PROGRESS')})]])
    expect(pace([{state, surroundings: NOTHING}], throttled(50), after(150), 1)).toBe(2500)
  })
})

describe('the tasks are read', () => {
  const due = (seconds: number, isChanged: boolean, services: number): boolean =>
    areTasksDue(after(0), isChanged, services, after(seconds))

  test('at once, then every 4 s, or 2 s after a change', () => {
    expect(areTasksDue(undefined, false, 1, after(0))).toBe(true)
    expect([2, 3.9, 4].map(seconds => due(seconds, false, 1))).toEqual([false, false, true])
    expect([1.9, 2].map(seconds => due(seconds, true, 5))).toEqual([false, true])
  })

  test('less often with many services', () => {
    expect([15.9, 16].map(seconds => due(seconds, false, 20))).toEqual([false, true])
    expect([7.9, 8].map(seconds => due(seconds, true, 20))).toEqual([false, true])
  })
})

describe('trouble', () => {
  test.each([
    ['denied', awsError('AccessDeniedException', 'User: x is not authorized')],
    ['expired', awsError('ExpiredTokenException', 'The security token included in the request is expired')],
    ['throttled', awsError('ThrottlingException', 'Rate exceeded')],
    ['other', awsError('ServerException', 'Service Unavailable')],
    ['other', Object.assign(new Error('connect ECONNREFUSED'), {code: 'ECONNREFUSED'})]
  ] as const)('%s: %s', (kind, error) => {
    expect(nextTrouble(undefined, error, after(5))).toEqual({
      since: after(5),
      reads: 1,
      alike: {since: after(5), reads: 1},
      kind,
      problem: error.message
    })
  })

  test('lasts until a read succeeds', () => {
    const first = nextTrouble(undefined, awsError('ServerException', ''), after(5))
    expect(nextTrouble(first, awsError('ThrottlingException', 'Rate exceeded'), after(7))).toEqual({
      since: after(5),
      reads: 2,
      alike: {since: after(7), reads: 1},
      kind: 'throttled',
      problem: 'Rate exceeded'
    })
    expect(first?.problem).toBe('ServerException')
    expect(nextTrouble(first, undefined, after(9))).toBeUndefined()
  })
})
