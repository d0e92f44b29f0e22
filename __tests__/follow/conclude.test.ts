import {describe, expect, test} from '@jest/globals'
import {conclude, type Outcome} from '../../src/follow/conclude.ts'
import type {Moment} from '../../src/follow/facts.ts'
import type {ServiceSnapshot} from '../../src/follow/snapshot.ts'
import type {StartedDeployment} from '../../src/follow/started.ts'
import {
  event,
  type Look,
  lookAt,
  moment,
  newer,
  OLD,
  old,
  ours,
  service,
  serviceDeployment,
  started,
  after
} from './examples.ts'

const COMPLETED = service({
  deployments: [ours({running: 2, rolloutState: 'COMPLETED'})],
  serviceDeployment: serviceDeployment('SUCCESSFUL')
})
const BROKEN = {rolloutState: 'FAILED', reason: 'ECS deployment circuit breaker: tasks failed to start.'}
const NO_ROLLBACK = {onFailure: false, onAlarm: false}
const BREAKER = 'Service deployment rolled back because the circuit breaker threshold was exceeded.'
const primaryAgain = old({
  status: 'PRIMARY',
  reason: `ECS deployment circuit breaker: rolling back to deploymentId ${OLD}.`
})
const alarmed = {alarms: {status: 'TRIGGERED', triggered: ['too-many-5xx']}}

function looks(times: number, snapshot: ServiceSnapshot): Look[] {
  return Array.from({length: times}, (_, index) => [10 + 2 * index, snapshot])
}

function concluded(
  snapshots: readonly Look[],
  at: Moment = moment(133),
  deployment: StartedDeployment = started
): Outcome | undefined {
  return conclude(lookAt(snapshots, deployment).state, at)
}

/** The status, with the headline below it. */
function verdict(snapshots: readonly Look[], at?: Moment, deployment?: StartedDeployment): string[] {
  const outcome = concluded(snapshots, at, deployment)
  return outcome === undefined ? [] : [outcome.status, outcome.headline]
}

describe('deployed', () => {
  test('our service deployment succeeded and is what runs', () => {
    expect(verdict(looks(1, COMPLETED))).toEqual([
      'deployed',
      'Deployed web:42 to web in prod: 2 of 2 tasks run it, 2 min 13 s.'
    ])
  })

  test('it succeeded while old tasks are still cleaned up', () => {
    const early = service({
      deployments: [ours({running: 2}), old()],
      serviceDeployment: serviceDeployment('SUCCESSFUL')
    })
    expect(concluded(looks(2, early))).toBeUndefined()
    expect(concluded(looks(3, early))?.status).toBe('deployed')
  })

  test('counts that are equal prove nothing', () => {
    expect(concluded(looks(9, service({deployments: [ours({running: 2})]})))).toBeUndefined()
    expect(concluded(looks(9, service({deployments: [ours({desired: 0}), old()]})))).toBeUndefined()
  })

  test('completed by its rollout state alone is not enough while the service deployment is known to go on', () => {
    const baking = service({deployments: [ours({running: 2, rolloutState: 'COMPLETED'})]})
    expect(concluded(looks(9, baking))).toBeUndefined()
  })

  test('by its rollout state where service deployments cannot be read', () => {
    const unavailable = {...COMPLETED, serviceDeployment: 'unavailable'} as const
    expect(concluded(looks(1, unavailable))?.status).toBe('deployed')
  })

  test('by its rollout state when the service deployment is not found for a while', () => {
    const unjoined = {...COMPLETED, serviceDeployment: undefined}
    expect(concluded(looks(4, unjoined))).toBeUndefined()
    expect(concluded(looks(5, unjoined))?.status).toBe('deployed')
  })

  test('with a Classic Load Balancer, once ours is the only deployment and runs in full', () => {
    const classic = (...deployments: ServiceSnapshot['deployments']): Look[] =>
      looks(1, service({deployments, serviceDeployment: 'unavailable'}))
    const without = {rolloutState: undefined}
    expect(concluded(classic(ours({...without, running: 2}), old(without)))).toBeUndefined()
    expect(concluded(classic(ours({...without, running: 1})))).toBeUndefined()
    expect(concluded(classic(ours({...without, running: 2, pending: 1})))).toBeUndefined()
    expect(concluded(classic(ours({...without, running: 2})))?.status).toBe('deployed')
  })

  test('a desired count of 0 proves nothing, and the headline says so', () => {
    const none = {...COMPLETED, desiredCount: 0, deployments: [ours({desired: 0, rolloutState: 'COMPLETED'})]}
    expect(verdict(looks(1, none))).toEqual([
      'deployed',
      'Deployed web:42 to web in prod in 2 min 13 s, but its desired count is 0: no task has run it, so this proves nothing.'
    ])
  })
})

describe('unchanged', () => {
  const joined = {...started, joined: true}

  test('the service ran the revision already', () => {
    expect(verdict(looks(1, {...COMPLETED, serviceDeployment: undefined}), moment(1), joined)).toEqual([
      'unchanged',
      'Nothing to deploy: web in prod has web:42 already, 2 of 2 tasks run it.'
    ])
  })

  test('a deployment that was joined on its way is deployed', () => {
    expect(
      concluded(
        [
          [0, service()],
          [10, COMPLETED]
        ],
        moment(10),
        joined
      )?.status
    ).toBe('deployed')
  })

  test('ECS coming back to a deployment that succeeded earlier is waited for', () => {
    const comingBack = service({deployments: [ours({running: 2})], serviceDeployment: serviceDeployment('SUCCESSFUL')})
    expect(concluded(looks(3, comingBack), moment(10), joined)).toBeUndefined()
  })
})

describe('rolled-back', () => {
  const over = service({
    deployments: [old({status: 'PRIMARY'})],
    serviceDeployment: serviceDeployment('ROLLBACK_SUCCESSFUL', {reason: BREAKER})
  })

  test('by the service deployment', () => {
    expect(
      concluded([
        [10, service()],
        [200, over]
      ])
    ).toMatchObject({
      status: 'rolled-back',
      headline: `Rolled back: web in prod runs web:41 again, with 2 of 2 tasks, not web:42. ECS says: ${BREAKER}`,
      reason: BREAKER,
      primary: {id: OLD}
    })
  })

  test.each(['ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS'])('%s is not the end', status => {
    expect(
      concluded(
        looks(9, service({deployments: [primaryAgain, ours(BROKEN)], serviceDeployment: serviceDeployment(status)}))
      )
    ).toBeUndefined()
  })

  test('a stale read of the service does not name the wrong revision', () => {
    const stale = {...over, deployments: [ours(BROKEN), old()]}
    expect(concluded(looks(1, stale))).toBeUndefined()
    expect(concluded(looks(3, stale))?.headline).toContain('web in prod runs web:41 again, not web:42')
  })

  test('without service deployments: the older deployment is primary again and has settled', () => {
    const settled = service({
      deployments: [old({status: 'PRIMARY'})],
      events: [
        event(190, `(deployment ${started.deploymentId}) deployment failed: tasks failed to start.`),
        event(190, `rolling back to deployment ${OLD}.`)
      ],
      serviceDeployment: 'unavailable'
    })
    const unsettled = {...settled, deployments: [{...primaryAgain, rolloutState: 'IN_PROGRESS'}, ours(BROKEN)]}
    const first: Look = [10, service({serviceDeployment: 'unavailable'})]
    expect(concluded([first, [190, unsettled]])).toBeUndefined()
    expect(verdict([first, [190, unsettled], [240, settled]])).toEqual([
      'rolled-back',
      'Rolled back: web in prod runs web:41 again, with 2 of 2 tasks, not web:42. ECS says: deployment failed: tasks failed to start.'
    ])
  })

  test('without any explanation, ours has to be gone three times in a row', () => {
    const gone = service({deployments: [old({status: 'PRIMARY'})], serviceDeployment: 'unavailable'})
    const first: Look = [8, service({serviceDeployment: 'unavailable'})]
    expect(concluded([first, ...looks(2, gone)])).toBeUndefined()
    expect(concluded([first, ...looks(3, gone)])?.status).toBe('rolled-back')
  })

  test('also after a success: what does not run is not deployed', () => {
    const gone = {...COMPLETED, deployments: [old({status: 'PRIMARY'})]}
    expect(concluded([[8, service()], ...looks(4, gone)])).toBeUndefined()
    expect(concluded([[8, service()], ...looks(5, gone)])?.status).toBe('rolled-back')
  })

  test('reads from before the update, right after it, are no rollback', () => {
    const before = service({deployments: [old({status: 'PRIMARY'})], serviceDeployment: 'unavailable'})
    expect(concluded(looks(9, before))).toBeUndefined()
  })
})

describe('rollback-failed', () => {
  const reason = 'No rollback candidate was found to run the rollback.'

  test('by the service deployment', () => {
    const none = service({
      deployments: [ours(BROKEN)],
      serviceDeployment: serviceDeployment('ROLLBACK_FAILED', {reason})
    })
    expect(verdict(looks(1, none))).toEqual([
      'rollback-failed',
      `Rollback failed: ECS gave up deploying web:42 to web in prod and could not roll back. ECS says: ${reason} No other task runs.`
    ])
  })

  test('without service deployments: ours failed and stays the primary one', () => {
    const stuck = service({deployments: [ours(BROKEN)], serviceDeployment: 'unavailable'})
    expect(concluded(looks(2, stuck))).toBeUndefined()
    expect(concluded(looks(3, stuck))?.status).toBe('rollback-failed')
  })

  test('a rollback that has not begun yet is waited for', () => {
    expect(concluded(looks(9, service({deployments: [ours(BROKEN), old()]})))).toBeUndefined()
  })
})

describe('failed', () => {
  test.each(['unavailable', serviceDeployment('IN_PROGRESS')] as const)(
    'at once when ECS does not roll back (%#)',
    known => {
      const broken = service({deployments: [ours(BROKEN), old()], rollsBack: NO_ROLLBACK, serviceDeployment: known})
      expect(verdict(looks(1, broken))).toEqual([
        'failed',
        'Failed: ECS gave up deploying web:42 to web in prod and does not roll back. ' +
          'ECS says: ECS deployment circuit breaker: tasks failed to start. Still running: 2 tasks of web:41.'
      ])
    }
  )

  test.each(['STOP_REQUESTED', 'STOPPED'])('%s after the circuit breaker has tripped', status => {
    const circuitBreaker = {status: 'TRIGGERED', failureCount: 3, threshold: 3}
    const stopping = service({serviceDeployment: serviceDeployment(status, {circuitBreaker})})
    expect(concluded(looks(1, stopping))?.status).toBe('failed')
  })

  test('an alarm rolls back only if alarms are told to', () => {
    const withAlarm = (onAlarm: boolean): ServiceSnapshot =>
      service({rollsBack: {onFailure: !onAlarm, onAlarm}, serviceDeployment: serviceDeployment('IN_PROGRESS', alarmed)})
    expect(concluded(looks(9, withAlarm(true)))).toBeUndefined()
    expect(concluded(looks(1, withAlarm(false)))?.status).toBe('failed')
  })
})

describe('stopped', () => {
  const stopping = service({serviceDeployment: serviceDeployment('STOPPED')})

  test('by hand, once no newer deployment shows', () => {
    expect(concluded(looks(1, stopping))).toBeUndefined()
    expect(verdict(looks(2, stopping))).toEqual([
      'stopped',
      'Stopped: the deployment of web:42 to web in prod was stopped before it was done. Still running: 2 tasks of web:41.'
    ])
  })

  test('stopping is not the end', () => {
    expect(concluded(looks(9, service({serviceDeployment: serviceDeployment('STOP_REQUESTED')})))).toBeUndefined()
  })
})

describe('superseded', () => {
  test('by a newer deployment, before or while ours is stopped for it', () => {
    for (const status of ['IN_PROGRESS', 'STOP_REQUESTED', 'STOPPED']) {
      const taken = service({
        deployments: [newer(), ours({status: 'ACTIVE'})],
        serviceDeployment: serviceDeployment(status)
      })
      expect(verdict(looks(1, taken))).toEqual([
        'superseded',
        'Superseded: a newer deployment of web:43 (ecs-svc/2222222222222222222) replaced web:42 on web in prod before it was done.'
      ])
    }
  })

  test('a success that no longer runs is none', () => {
    const taken = {...COMPLETED, deployments: [newer()]}
    expect(verdict(looks(1, taken))).toEqual([
      'superseded',
      'Superseded: a newer deployment of web:43 (ecs-svc/2222222222222222222) replaced web:42 on web in prod right after it was done.'
    ])
  })
})

describe('service-gone', () => {
  test.each([
    ['DRAINING', 'is being deleted'],
    ['INACTIVE', 'was deleted']
  ] as const)('%s', (status, words) => {
    expect(verdict(looks(1, service({status, deployments: []})))).toEqual([
      'service-gone',
      `Service gone: web in prod ${words}, so web:42 was not deployed.`
    ])
  })

  test('missing three times in a row', () => {
    const missing = service({status: 'MISSING', deployments: [], serviceDeployment: undefined})
    const first: Look = [8, service()]
    expect(concluded([first, ...looks(2, missing)])).toBeUndefined()
    expect(concluded([first, ...looks(3, missing)])?.headline).toContain('does not exist any more')
  })
})

describe('access-lost', () => {
  const problem = 'User: x is not authorized to perform: ecs:DescribeServices'
  const trouble = {since: after(60), reads: 3, kind: 'denied', problem} as const

  test('after three denied reads', () => {
    expect(concluded(looks(1, service()), moment(70, {trouble: {...trouble, reads: 2}}))).toBeUndefined()
    expect(verdict(looks(1, service()), moment(70, {trouble}))).toEqual([
      'access-lost',
      `Access lost: how web in prod is doing cannot be read any more, ECS goes on deploying web:42 to web in prod. AWS says: ${problem}.`
    ])
  })

  test('when credentials have been expired for two minutes', () => {
    const expired = {...trouble, kind: 'expired', reads: 50} as const
    expect(concluded(looks(1, service()), moment(179, {trouble: expired}))).toBeUndefined()
    expect(concluded(looks(1, service()), moment(180, {trouble: expired}))?.status).toBe('access-lost')
  })

  test.each(['throttled', 'other'] as const)('never when reads are %s', kind => {
    expect(concluded(looks(1, service()), moment(1700, {trouble: {...trouble, kind, reads: 500}}))).toBeUndefined()
  })
})

describe('cancelled', () => {
  test('says what ECS goes on with', () => {
    expect(verdict(looks(1, service()), moment(20, {cancelled: true}))).toEqual([
      'cancelled',
      'Cancelled: ECS goes on deploying web:42 to web in prod.'
    ])
    const rollingBack = service({
      deployments: [primaryAgain, ours(BROKEN)],
      serviceDeployment: serviceDeployment('ROLLBACK_IN_PROGRESS')
    })
    expect(verdict(looks(1, rollingBack), moment(20, {cancelled: true}))).toEqual([
      'cancelled',
      'Cancelled: ECS goes on rolling web in prod back from web:42.'
    ])
    expect(concluded([], moment(0, {cancelled: true}))?.status).toBe('cancelled')
  })

  test('an outcome that is there already is not taken back', () => {
    expect(concluded(looks(1, COMPLETED), moment(20, {cancelled: true}))?.status).toBe('deployed')
  })
})

describe('timed-out', () => {
  test('when the time is over, and not before', () => {
    expect(concluded(looks(1, service()), moment(1799))).toBeUndefined()
    expect(verdict(looks(1, service({deployments: [ours({running: 1}), old()]})), moment(1800))).toEqual([
      'timed-out',
      'Timed out: after 30 minutes ECS is still deploying web:42 to web in prod: 1 of 2 tasks run it.'
    ])
  })

  test('while ECS rolls back', () => {
    const rollingBack = service({
      deployments: [primaryAgain, ours(BROKEN)],
      serviceDeployment: serviceDeployment('ROLLBACK_IN_PROGRESS')
    })
    expect(concluded(looks(1, rollingBack), moment(1800))?.headline).toBe(
      'Timed out: after 30 minutes ECS is still rolling web in prod back from web:42.'
    )
  })

  test('while the state is unknown', () => {
    const trouble = {since: after(60), reads: 300, kind: 'throttled', problem: 'Rate exceeded'} as const
    expect(concluded([], moment(1800, {trouble}))?.headline).toBe(
      'Timed out: after 30 minutes ECS is still deploying web:42 to web in prod. How it is doing is unknown; AWS says: Rate exceeded.'
    )
  })
})
