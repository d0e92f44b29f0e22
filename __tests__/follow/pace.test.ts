import {describe, expect, test} from '@jest/globals'
import {pace, type Paced} from '../../src/follow/pace.ts'
import {nextTrouble, type Trouble} from '../../src/follow/trouble.ts'
import {after, type Look, lookAt, old, ours, service, serviceDeployment} from './examples.ts'

const awsError = (name: string, message: string): Error => Object.assign(new Error(message), {name, $metadata: {}})

/** So many of three failures that the circuit breaker allows. */
function failures(failureCount: number) {
  return {circuitBreaker: {status: 'MONITORING', failureCount, threshold: 3}}
}

describe('pace', () => {
  const {state} = lookAt([[100, service()]])
  const alone = (...looks: readonly Look[]): Paced[] => [{state: lookAt(looks).state, expectedEnd: undefined}]
  const wait = (seconds: number, trouble?: Trouble, random = 1): number =>
    pace([{state, expectedEnd: undefined}], trouble, after(seconds), random)

  test('2 s while something changes, 5 s in silence', () => {
    expect(wait(119)).toBe(2000)
    expect(wait(120)).toBe(5000)
  })

  test.each<[string, Look]>([
    ['only old tasks are left to go', [100, service({deployments: [ours({running: 2}), old({running: 0})]})]],
    ['nothing else is left', [100, service({deployments: [ours({running: 2})]})]],
    ['ECS rolls back', [100, service({serviceDeployment: serviceDeployment('ROLLBACK_IN_PROGRESS')})]],
    ['the next failure is the last', [100, service({serviceDeployment: serviceDeployment('IN_PROGRESS', failures(2))})]]
  ])('2 s near the end: %s', (_, look) => {
    expect(pace(alone(look), undefined, after(500), 0)).toBe(2000)
  })

  test('5 s while the end is not near', () => {
    expect(pace(alone([100, service({deployments: [ours({running: 2}), old()]})]), undefined, after(500), 0)).toBe(5000)
    const failed = service({serviceDeployment: serviceDeployment('IN_PROGRESS', failures(1))})
    expect(pace(alone([100, failed]), undefined, after(500), 0)).toBe(5000)
  })

  test('2 s around the time when those before were over', () => {
    const wait = (seconds: number): number => pace([{state, expectedEnd: after(400)}], undefined, after(seconds), 0)
    expect([339, 340, 460, 461].map(wait)).toEqual([5000, 2000, 2000, 5000])
  })

  test('one lively service is enough', () => {
    const both = [...alone([100, service()]), ...alone([200, service()])]
    expect(pace(both, undefined, after(210), 0)).toBe(2000)
  })

  test('only throttling makes it slower', () => {
    const trouble = (kind: Trouble['kind'], reads: number): Trouble => ({
      since: after(100),
      reads,
      alike: {since: after(100), reads},
      kind,
      problem: 'x'
    })
    expect([1, 2, 3, 4, 50].map(reads => wait(500, trouble('throttled', reads)))).toEqual([
      2000, 2000, 4000, 8000, 8000
    ])
    expect(wait(500, trouble('throttled', 4), 0)).toBe(4000)
    expect(wait(500, trouble('other', 50))).toBe(5000)
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
