import {describe, expect, test} from '@jest/globals'
import {pace} from '../../src/follow/pace.ts'
import {nextTrouble, type Trouble} from '../../src/follow/trouble.ts'
import {after, lookAt, old, ours, service, serviceDeployment} from './examples.ts'

const awsError = (name: string, message: string): Error => Object.assign(new Error(message), {name, $metadata: {}})

describe('pace', () => {
  const {state} = lookAt([[100, service()]])
  const wait = (seconds: number, trouble?: Trouble, random = 1): number =>
    pace([state], trouble, after(seconds), random)

  test('2 s while something changes, 5 s in silence', () => {
    expect(wait(119)).toBe(2000)
    expect(wait(120)).toBe(5000)
  })

  test('2 s near the end', () => {
    const drained = lookAt([[100, service({deployments: [ours({running: 2})]})]]).state
    const rollingBack = lookAt([[100, service({serviceDeployment: serviceDeployment('ROLLBACK_IN_PROGRESS')})]]).state
    expect(pace([drained], undefined, after(500), 0)).toBe(2000)
    expect(pace([rollingBack], undefined, after(500), 0)).toBe(2000)
    expect(
      pace([lookAt([[100, service({deployments: [ours({running: 2}), old()]})]]).state], undefined, after(500), 0)
    ).toBe(5000)
  })

  test('one lively service is enough', () => {
    expect(pace([state, lookAt([[200, service()]]).state], undefined, after(210), 0)).toBe(2000)
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
