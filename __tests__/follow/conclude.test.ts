import {describe, expect, test} from '@jest/globals'
import {conclude, type Outcome} from '../../src/follow/conclude.ts'
import {type Evidence, type Moment, NO_EVIDENCE} from '../../src/follow/facts.ts'
import type {ServiceDeploymentSnapshot, ServiceSnapshot, TaskSnapshot} from '../../src/follow/snapshot.ts'
import type {StartedDeployment} from '../../src/follow/started.ts'
import {
  crash,
  digest,
  event,
  BLUE_GREEN,
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
  task,
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
const alarmed = {alarms: {status: 'TRIGGERED', triggered: ['too-many-errors']}}

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

/** What was looked up for the last word. */
function evidence(found: Partial<Evidence>): Pick<Moment, 'evidence'> {
  return {evidence: {...NO_EVIDENCE, ...found}}
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
    expect(concluded(looks(9, service({deployments: [ours(), old()]})))).toBeUndefined()
  })

  test('a success whose tasks do not run is waited for', () => {
    for (const running of [0, 1]) {
      const fewer = {...COMPLETED, deployments: [ours({running, rolloutState: 'COMPLETED'})]}
      expect(concluded(looks(9, fewer))).toBeUndefined()
      expect(concluded([...looks(9, fewer), [60, COMPLETED]])?.status).toBe('deployed')
      expect(concluded(looks(9, fewer), moment(1800))?.status).toBe('timed-out')
    }
  })

  test('by a success right before a newer deployment took over, whenever that is seen', () => {
    const taken = {...COMPLETED, deployments: [newer(), ours({status: 'ACTIVE', running: 1})]}
    for (const look of [taken, {...COMPLETED, deployments: [newer()]}]) {
      expect(verdict(looks(1, look))).toEqual([
        'deployed',
        'Deployed web:42 to web in prod, 2 min 13 s. A newer deployment of web:43 (ecs-svc/2222222222222222222) has taken over since.'
      ])
    }
    const completed = ours({status: 'ACTIVE', running: 1, rolloutState: 'COMPLETED'})
    const unavailable = service({deployments: [newer(), completed], serviceDeployment: 'unavailable'})
    expect(concluded(looks(1, unavailable))?.status).toBe('deployed')
    const proof = {digest: digest('a'), tasks: 1, same: 0, others: [{digest: digest('b'), tasks: 1}]}
    expect(concluded(looks(1, taken), moment(133, evidence({proof})))?.status).toBe('failed')
  })

  test('also when the service lists no deployments', () => {
    const none = {...COMPLETED, deployments: []}
    expect(verdict([[0, service()], ...looks(5, none)])).toEqual([
      'deployed',
      'Deployed web:42 to web in prod, 2 min 13 s.'
    ])
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
    const full = service({deployments: [ours({...without, running: 2})], serviceDeployment: 'unavailable'})
    // Tasks that crash run for some seconds, too.
    expect(concluded(looks(9, full), moment(49))).toBeUndefined()
    expect(concluded(looks(9, full), moment(50))?.status).toBe('deployed')
    const steady = {...full, events: [event(20, 'has reached a steady state.')]}
    expect(concluded(looks(1, steady), moment(20))?.status).toBe('deployed')
  })

  test('a desired count of 0 proves nothing, and the headline says so', () => {
    const none = {...COMPLETED, desiredCount: 0, deployments: [ours({rolloutState: 'COMPLETED'})]}
    expect(verdict(looks(1, none), moment(133), {...started, desiredCount: 0})).toEqual([
      'deployed',
      'Deployed web:42 to web in prod in 2 min 13 s, but its desired count is 0: no task has run it, so this proves nothing.'
    ])
  })
})

describe('healthy', () => {
  const at = (seconds: number): Moment => moment(seconds, {waitFor: 'healthy'})
  const with2 = (...tasks: TaskSnapshot[]): ServiceSnapshot =>
    service({deployments: [ours({running: 2}), old()], tasks})

  test('as soon as all tasks are healthy, while old ones still drain', () => {
    const [starts, good] = [task(), task({phase: 'healthy'})]
    expect(concluded(looks(9, with2(good, starts)), at(300))).toBeUndefined()
    expect(concluded(looks(1, with2(good, good)), moment(80))).toBeUndefined()
    expect(verdict(looks(1, with2(good, good)), at(80))).toEqual([
      'healthy',
      'Healthy: 2 of 2 tasks of web:42 on web in prod are healthy, 1 min 20 s; old tasks may still drain.'
    ])
  })

  test('without any check, once they have run for 40 s, as ECS sees it', () => {
    const unchecked = task({isChecked: false})
    expect(concluded([[39, with2(unchecked, unchecked)]], at(39))).toBeUndefined()
    expect(concluded([[39, with2(unchecked, unchecked)]], at(90))).toBeUndefined()
    expect(verdict([[40, with2(unchecked, unchecked)]], at(40))).toEqual([
      'healthy',
      'Healthy: 2 of 2 tasks of web:42 on web in prod have run for 40 s, which counts as healthy where nothing checks it, 40 s; old tasks may still drain.'
    ])
  })

  test('not when it cannot be known whether something checks them', () => {
    const unknown = task({isChecked: undefined})
    expect(concluded(looks(1, with2(unknown, unknown)), at(900))).toBeUndefined()
    expect(concluded(looks(1, {...with2(), tasks: undefined}), at(900))).toBeUndefined()
  })

  test('not when fewer run than there shall be, or another deployment is the primary one', () => {
    const good = task({phase: 'healthy'})
    expect(concluded(looks(1, {...with2(good, good), desiredCount: 3}), at(80))).toBeUndefined()
    const turned = service({deployments: [primaryAgain, ours({running: 2, status: 'ACTIVE'})], tasks: [good, good]})
    expect(concluded(looks(1, turned), at(80))).toBeUndefined()
  })

  test('not where traffic is shifted once they are healthy: the end of the deployment is waited for', () => {
    const good = task({phase: 'healthy'})
    const staged = (status: string, stage: string): Look[] =>
      looks(9, {...with2(good, good), serviceDeployment: serviceDeployment(status, {stage})})
    expect(concluded(staged('IN_PROGRESS', 'POST_SCALE_UP'), at(80))).toBeUndefined()
    expect(concluded(staged('SUCCESSFUL', 'CLEAN_UP'), at(80))?.status).toBe('deployed')
    const blueGreen = {...started, rollout: {...started.rollout, shift: BLUE_GREEN}}
    expect(concluded(looks(9, with2(good, good)), at(80), blueGreen)).toBeUndefined()
  })

  test('not when ECS gave it up all the same', () => {
    const good = task({phase: 'healthy'})
    const broken = {...with2(good, good), deployments: [ours({...BROKEN, running: 2}), old()]}
    expect(concluded(looks(1, broken), at(80))?.status).toBeUndefined()
  })
})

describe('started', () => {
  const at = (seconds: number): Moment => moment(seconds, {waitFor: 'started'})

  test('at once, and nothing is proven', () => {
    expect(verdict(looks(1, service()), at(1))).toEqual([
      'started',
      'Started: ECS is deploying web:42 to web in prod; nothing is proven yet.'
    ])
    expect(concluded([], at(1))?.status).toBe('started')
  })

  test('what is known to be over is said', () => {
    expect(concluded(looks(1, COMPLETED), at(1), {...started, joined: true})?.status).toBe('unchanged')
    expect(concluded(looks(1, service({deployments: [newer(), ours({status: 'ACTIVE'})]})), at(1))?.status).toBe(
      'superseded'
    )
  })
})

describe('scaled-to-zero', () => {
  const none = {...COMPLETED, desiredCount: 0, deployments: [ours({rolloutState: 'COMPLETED'})]}

  test('a success without tasks, of a service that had some', () => {
    expect(concluded(looks(1, none))).toMatchObject({
      status: 'scaled-to-zero',
      headline:
        'Scaled to zero: somebody set the desired count of web in prod from 2 to 0 while web:42 was deployed, so nothing proves it.'
    })
  })

  test('not before the deployment is over', () => {
    const onItsWay = service({desiredCount: 0, deployments: [ours(), old({running: 0})]})
    expect(concluded(looks(9, onItsWay))).toBeUndefined()
  })

  test('by somebody else while it was scaled', () => {
    const scaling = {...started, joined: true, desiredCount: 5, scaledTo: 5}
    expect(concluded(looks(1, none), moment(90), scaling)?.status).toBe('scaled-to-zero')
  })

  test('is what was asked for with a desired count of 0', () => {
    const toZero = {...started, joined: true, desiredCount: 0, scaledTo: 0}
    expect(concluded(looks(1, none), moment(90), toZero)?.status).toBe('deployed')
  })
})

describe('another image', () => {
  const others = [
    {digest: digest('b'), tasks: 1},
    {digest: digest('c'), tasks: 1}
  ]

  test('is no success', () => {
    const proof = {digest: digest('a'), tasks: 3, same: 1, others}
    expect(concluded(looks(1, COMPLETED), moment(133, evidence({proof})))).toMatchObject({
      status: 'failed',
      headline:
        'Failed: 2 of 3 tasks of web:42 on web in prod run the image sha256:bbbbbbbbbbbb and sha256:cccccccccccc, not sha256:aaaaaaaaaaaa, which is released.'
    })
  })

  test('the same image is one', () => {
    const proof = {digest: digest('a'), tasks: 2, same: 2, others: []}
    expect(concluded(looks(1, COMPLETED), moment(133, evidence({proof})))?.status).toBe('deployed')
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

  test('fewer tasks than there should be are waited for', () => {
    const fewer = {...COMPLETED, deployments: [ours({running: 0, rolloutState: 'COMPLETED'})]}
    expect(concluded(looks(9, fewer), moment(30), joined)).toBeUndefined()
    expect(concluded([...looks(9, fewer), [40, COMPLETED]], moment(40), joined)?.status).toBe('unchanged')
    expect(verdict(looks(9, fewer), moment(1800, evidence({failures: [crash(['t1', 't2'])]})), joined)).toEqual([
      'timed-out',
      'Timed out: after 30 minutes ECS is still starting tasks of web:42 on web in prod, although its deployment is complete: 0 of 2 tasks run it; container app exited with code 3 in 2 tasks of web:42.'
    ])
  })

  test('as many as there were to be when the release looked are enough', () => {
    expect(concluded(looks(1, {...COMPLETED, desiredCount: 5}), moment(1), joined)?.status).toBe('unchanged')
  })

  test('a newer deployment that takes over at once makes no success of it', () => {
    const taken = {
      ...COMPLETED,
      deployments: [newer(), ours({running: 2, status: 'ACTIVE', rolloutState: 'COMPLETED'})]
    }
    expect(verdict(looks(1, taken), moment(1), joined)).toEqual([
      'superseded',
      'Superseded: a newer deployment of web:43 (ecs-svc/2222222222222222222) replaced web:42 on web in prod after it was done.'
    ])
  })

  test('ECS coming back to a deployment that succeeded earlier is waited for', () => {
    const comingBack = (overrides: Partial<ServiceSnapshot>): ServiceSnapshot =>
      service({deployments: [ours({running: 2})], serviceDeployment: serviceDeployment('SUCCESSFUL'), ...overrides})
    const byReason = comingBack({deployments: [ours({reason: primaryAgain.reason}), old()]})
    const byFailure = comingBack({deployments: [ours(), newer({status: 'ACTIVE', rolloutState: 'FAILED'})]})
    const byEvent = comingBack({events: [event(5, `rolling back to deployment ${started.deploymentId}.`)]})
    for (const look of [byReason, byFailure, byEvent]) {
      expect(concluded(looks(9, look), moment(30), joined)).toBeUndefined()
    }
  })

  test('clean-up that goes on after an early success is not waited for', () => {
    const early = service({
      deployments: [ours({running: 2}), old()],
      serviceDeployment: serviceDeployment('SUCCESSFUL')
    })
    expect(concluded(looks(2, early), moment(30), joined)).toBeUndefined()
    expect(concluded(looks(3, early), moment(30), joined)?.status).toBe('deployed')
  })
})

describe('scaled', () => {
  const scaling = {...started, joined: true, desiredCount: 5, scaledTo: 5}
  const at = (desiredCount: number, running: number, pending = 0): ServiceSnapshot => ({
    ...COMPLETED,
    desiredCount,
    deployments: [ours({running, pending, rolloutState: 'COMPLETED'})]
  })

  test('when as many tasks run as were asked for', () => {
    expect(concluded([[0, at(5, 2)]], moment(5), scaling)).toBeUndefined()
    expect(
      concluded(
        [
          [0, at(5, 2)],
          [9, at(5, 4, 1)]
        ],
        moment(9),
        scaling
      )
    ).toBeUndefined()
    expect(
      verdict(
        [
          [0, at(5, 2)],
          [60, at(5, 5)]
        ],
        moment(60),
        scaling
      )
    ).toEqual(['deployed', 'Scaled web in prod from 2 to 5 tasks: 5 of 5 tasks run web:42, 1 min.'])
  })

  test('a look from before the change is no success', () => {
    expect(concluded(looks(3, at(2, 2)), moment(16), scaling)).toBeUndefined()
  })

  test('somebody scaling it again meanwhile is waited for as well', () => {
    const again: Look[] = [
      [0, at(5, 2)],
      [10, at(3, 3)]
    ]
    expect(concluded(again, moment(39), scaling)).toBeUndefined()
    expect(concluded(again, moment(40), scaling)?.headline).toContain('to 3 tasks: 3 of 3 tasks run web:42')
  })

  test('a deployment on its way has to succeed, too', () => {
    const onItsWay = {...at(5, 5), serviceDeployment: serviceDeployment('IN_PROGRESS')}
    expect(concluded(looks(9, onItsWay), moment(60), scaling)).toBeUndefined()
  })

  test('the time is over before', () => {
    expect(concluded([[0, at(5, 2)]], moment(1800), scaling)?.headline).toBe(
      'Timed out: after 30 minutes ECS is still scaling web in prod to 5 tasks: 2 of 5 tasks run it.'
    )
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
      headline: 'Rolled back by the circuit breaker: web in prod runs web:41 again, with 2 of 2 tasks, not web:42.',
      reason: BREAKER,
      cause: 'circuit-breaker',
      primary: {id: OLD}
    })
  })

  const again = 'web in prod runs web:41 again, with 2 of 2 tasks, not web:42.'
  const HOOK =
    'Service deployment rolled back because POST_SCALE_UP lifecycle hook(s) failed. Lifecycle hook target arn:x returned FAILED status.'
  const BY_ALARM = 'Service deployment rolled back because of one or more active alarms.'
  const causes: [string, string, Partial<ServiceDeploymentSnapshot>][] = [
    ['circuit-breaker', `Rolled back by the circuit breaker: ${again}`, {reason: BREAKER}],
    [
      'circuit-breaker',
      `Rolled back by the circuit breaker: ${again}`,
      {circuitBreaker: {status: 'TRIGGERED', failureCount: 3, threshold: 3}}
    ],
    ['alarm', `Rolled back because the alarm too-many-errors went off: ${again}`, {...alarmed, reason: BY_ALARM}],
    ['alarm', `Rolled back because an alarm went off: ${again}`, {reason: BY_ALARM}],
    [
      'alarm',
      `Rolled back because the alarms a and b went off: ${again}`,
      {alarms: {status: 'TRIGGERED', triggered: ['a', 'b']}}
    ],
    ['hook', `Rolled back because a POST_SCALE_UP lifecycle hook failed: ${again} ECS says: ${HOOK}`, {reason: HOOK}]
  ]

  test.each(causes)('because of: %s (%#)', (cause, headline, overrides) => {
    const look = {...over, serviceDeployment: serviceDeployment('ROLLBACK_SUCCESSFUL', overrides)}
    expect(
      concluded([
        [10, service()],
        [200, look]
      ])
    ).toMatchObject({status: 'rolled-back', cause, headline})
  })

  test('because somebody asked for it', () => {
    const asked: Look = [100, service({serviceDeployment: serviceDeployment('ROLLBACK_REQUESTED')})]
    const look = {...over, serviceDeployment: serviceDeployment('ROLLBACK_SUCCESSFUL')}
    expect(concluded([[10, service()], asked, [200, look]])).toMatchObject({
      cause: 'request',
      headline: `Rolled back because somebody asked for it: ${again}`
    })
  })

  test('because ECS may not change the listener, which it calls a failed hook', () => {
    const reason =
      'Service deployment rolled back because PRODUCTION_TRAFFIC_SHIFT lifecycle hook(s) failed. User: arn:role is not authorized to perform: elasticloadbalancing:ModifyListener'
    const back = service({
      deployments: [old({status: 'PRIMARY'})],
      serviceDeployment: serviceDeployment('ROLLBACK_SUCCESSFUL', {reason})
    })
    expect(concluded(looks(3, back))).toMatchObject({
      cause: 'set-up',
      headline: expect.stringMatching(/^Rolled back because the load balancer is not set up for it: .* ECS says: /)
    })
  })

  test('for another reason, in the words of ECS', () => {
    const reason =
      'Service deployment rolled back because of invalid networking configuration. The target group x does not exist.'
    const look = {...over, serviceDeployment: serviceDeployment('ROLLBACK_SUCCESSFUL', {reason})}
    expect(
      concluded([
        [10, service()],
        [200, look]
      ])
    ).toMatchObject({
      cause: 'set-up',
      headline: `Rolled back because the load balancer is not set up for it: ${again} ECS says: ${reason}`
    })
  })

  test('says in short why most tasks failed', () => {
    const failures = [crash(['t1'], 1), crash(['t2', 't3', 't4'])]
    expect(
      concluded(
        [
          [10, service()],
          [200, over]
        ],
        moment(200, evidence({failures}))
      )?.headline
    ).toBe(
      'Rolled back by the circuit breaker: container app exited with code 3 in 3 tasks of web:42; web in prod runs web:41 again, with 2 of 2 tasks.'
    )
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
      'Rolled back by the circuit breaker: web in prod runs web:41 again, with 2 of 2 tasks, not web:42.'
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

  test('looks from before the update do not overrule a service deployment that goes on', () => {
    const before = service({deployments: [old({status: 'PRIMARY'})]})
    for (const status of ['PENDING', 'IN_PROGRESS', 'STOP_REQUESTED']) {
      const stale = {...before, serviceDeployment: serviceDeployment(status)}
      expect(concluded([[8, service()], ...looks(20, stale)])).toBeUndefined()
    }
  })

  test('a rollback is over though its service deployment can no longer be read', () => {
    const rollingBack = service({
      deployments: [primaryAgain, ours(BROKEN)],
      serviceDeployment: serviceDeployment('ROLLBACK_IN_PROGRESS')
    })
    const unread = {...over, serviceDeployment: undefined}
    expect(concluded([[8, rollingBack], ...looks(4, unread)])).toBeUndefined()
    expect(concluded([[8, rollingBack], ...looks(5, unread)])?.status).toBe('rolled-back')
  })

  test('when the service lists no deployments any more', () => {
    expect(concluded([[8, service()], ...looks(5, {...over, deployments: []})])?.status).toBe('rolled-back')
  })

  test('to the revision that was deployed again', () => {
    const again = {...started, previousTaskDefinitionArn: started.taskDefinitionArn}
    const same = old({status: 'PRIMARY', taskDefinitionArn: started.taskDefinitionArn})
    expect(verdict([[200, {...over, deployments: [same]}]], moment(200), again)[1]).toBe(
      'Rolled back by the circuit breaker: web in prod runs the earlier deployment of web:42 again, with 2 of 2 tasks, not the new one.'
    )
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
    expect(concluded(looks(9, stuck), moment(39))).toBeUndefined()
    expect(concluded(looks(1, stuck), moment(40))?.status).toBe('rollback-failed')
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
        'Failed because the circuit breaker tripped: ECS gave up deploying web:42 to web in prod and does not roll back. ' +
          'Still running: 2 tasks of web:41.'
      ])
    }
  )

  test.each(['STOP_REQUESTED', 'STOPPED'])('%s after the circuit breaker has tripped', status => {
    const circuitBreaker = {status: 'TRIGGERED', failureCount: 3, threshold: 3}
    const stopping = service({serviceDeployment: serviceDeployment(status, {circuitBreaker})})
    expect(concluded(looks(1, stopping))?.status).toBe('failed')
  })

  test.each(['ROLLBACK_REQUESTED', 'ROLLBACK_IN_PROGRESS'])('not while ECS rolls back by request: %s', status => {
    const turning = service({
      deployments: [ours(BROKEN), old()],
      rollsBack: NO_ROLLBACK,
      serviceDeployment: serviceDeployment(status)
    })
    expect(concluded(looks(9, turning))).toBeUndefined()
  })

  test('when ECS never lists what it accepted', () => {
    const before = service({deployments: [old({status: 'PRIMARY'})], serviceDeployment: undefined})
    expect(concluded(looks(9, before))).toBeUndefined()
    expect(verdict(looks(10, before))).toEqual([
      'failed',
      'Failed: ECS accepted the deployment of web:42 to web in prod but does not list it. Still running: 2 tasks of web:41.'
    ])
  })

  test('an alarm rolls back only if alarms are told to', () => {
    const withAlarm = (onAlarm: boolean): ServiceSnapshot =>
      service({rollsBack: {onFailure: !onAlarm, onAlarm}, serviceDeployment: serviceDeployment('IN_PROGRESS', alarmed)})
    expect(concluded(looks(9, withAlarm(true)))).toBeUndefined()
    expect(concluded(looks(1, withAlarm(false)))?.status).toBe('failed')
  })
})

describe('failed, where it is not known whether service deployments go on', () => {
  const failedBy = (because: string, overrides: Partial<ServiceSnapshot> = {}): ServiceSnapshot =>
    service({
      deployments: [ours({rolloutState: 'FAILED', reason: undefined}), old()],
      events: [event(9, `(deployment ${started.deploymentId}) deployment failed: ${because}`)],
      rollsBack: NO_ROLLBACK,
      serviceDeployment: 'unavailable',
      ...overrides
    })
  const shifting = {...started, rollout: {...started.rollout, shift: BLUE_GREEN}}

  test('not by an alarm that rolls back, as long as ECS may take to turn back', () => {
    const turning = failedBy('alarm detected.', {rollsBack: {onFailure: false, onAlarm: true}})
    expect(concluded(looks(9, turning), moment(30))).toBeUndefined()
    expect(concluded(looks(9, failedBy('alarm detected.')), moment(30))?.status).toBe('failed')
  })

  test('not by a hook or by how the load balancer is set up, which always roll back', () => {
    const hook = 'Service deployment rolled back because POST_SCALE_UP lifecycle hook(s) failed.'
    expect(concluded(looks(9, failedBy(hook)), moment(30), shifting)).toBeUndefined()
    const unknown = failedBy('', {events: []})
    expect(concluded(looks(9, unknown), moment(30), shifting)).toBeUndefined()
    expect(concluded(looks(9, unknown), moment(30))?.status).toBe('failed')
    expect(concluded(looks(9, failedBy('tasks failed to start.')), moment(30), shifting)?.status).toBe('failed')
  })
})

describe('stopped', () => {
  const stopping = service({serviceDeployment: serviceDeployment('STOPPED')})

  test('by hand, once no newer deployment shows', () => {
    expect(concluded(looks(2, stopping))).toBeUndefined()
    expect(verdict(looks(3, stopping))).toEqual([
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

  test('says whose release it was, where its tags tell', () => {
    const taken = service({deployments: [newer(), ours({status: 'ACTIVE'})]})
    const run = 'https://github.com/shop/web/actions/runs/42/attempts/1'
    const at = moment(133, evidence({origin: {commit: '3c5f1e2a'.repeat(5), run}}))
    expect(verdict(looks(1, taken), at)[1]).toBe(
      `Superseded: a newer deployment of web:43 (ecs-svc/2222222222222222222, commit 3c5f1e2, ${run}) replaced web:42 on web in prod before it was done.`
    )
  })

  const taker = [newer(), ours({status: 'ACTIVE'}), old()]
  const BY = 'A newer deployment of web:43 (ecs-svc/2222222222222222222) has taken over since.'

  test('also by a success without any task', () => {
    const taken = {...COMPLETED, desiredCount: 0, deployments: [newer(), ours({status: 'ACTIVE'})]}
    expect(concluded(looks(1, taken))?.status).toBe('superseded')
  })

  test('tasks that had failed before are told', () => {
    const taken = service({deployments: taker})
    expect(concluded(looks(1, taken), moment(133, evidence({failures: [crash(['t1'])]})))?.headline).toBe(
      'Superseded: container app exited with code 3 in 1 task of web:42; a newer deployment of web:43 (ecs-svc/2222222222222222222) replaced web:42 on web in prod before it was done.'
    )
  })

  test('is not what ECS had given up before: that failed', () => {
    const circuitBreaker = {status: 'TRIGGERED', failureCount: 3, threshold: 3}
    const states = [
      {serviceDeployment: serviceDeployment('ROLLBACK_IN_PROGRESS', {circuitBreaker})},
      {serviceDeployment: serviceDeployment('STOPPED', {circuitBreaker})},
      {serviceDeployment: 'unavailable' as const, deployments: [newer(), ours({...BROKEN, status: 'ACTIVE'}), old()]}
    ]
    for (const state of states) {
      const look = service({deployments: taker, ...state})
      expect(concluded(looks(1, look), moment(133, evidence({failures: [crash(['t1'])]})))).toMatchObject({
        status: 'failed',
        cause: 'circuit-breaker',
        headline: `Failed because the circuit breaker tripped: container app exited with code 3 in 1 task of web:42; ECS gave up deploying web:42 to web in prod. ${BY}`,
        footer: {next: 'A newer deployment has taken over: see how that one ends.', command: undefined}
      })
    }
  })

  test('is not what ECS had rolled back, or failed to', () => {
    const done = serviceDeployment('ROLLBACK_SUCCESSFUL', {reason: BREAKER})
    expect(verdict(looks(1, service({deployments: taker, serviceDeployment: done})))).toEqual([
      'rolled-back',
      `Rolled back by the circuit breaker: web in prod had gone back from web:42. ${BY}`
    ])
    const stuck = service({deployments: taker, serviceDeployment: serviceDeployment('ROLLBACK_FAILED')})
    expect(concluded(looks(1, stuck))?.status).toBe('rollback-failed')
  })

  test('is not what somebody had rolled back before', () => {
    const asked: Look = [10, service({serviceDeployment: serviceDeployment('ROLLBACK_REQUESTED')})]
    const taken: Look = [20, service({deployments: taker, serviceDeployment: serviceDeployment('STOPPED')})]
    expect(verdict([asked, taken])).toEqual([
      'stopped',
      `Stopped: the deployment of web:42 to web in prod was stopped before it was done. ${BY}`
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
  const since = after(60)
  const trouble = {since, reads: 3, alike: {since, reads: 3}, kind: 'denied', problem} as const

  test('after three denied reads', () => {
    expect(
      concluded(looks(1, service()), moment(70, {trouble: {...trouble, alike: {since, reads: 2}}}))
    ).toBeUndefined()
    expect(verdict(looks(1, service()), moment(70, {trouble}))).toEqual([
      'access-lost',
      `Access lost: how web in prod is doing cannot be read any more, ECS goes on deploying web:42 to web in prod. AWS says: ${problem}.`
    ])
  })

  test('only reads of the same kind count', () => {
    const mixed = {...trouble, since: after(0), reads: 90, alike: {since, reads: 1}} as const
    expect(concluded(looks(1, service()), moment(70, {trouble: mixed}))).toBeUndefined()
    expect(concluded(looks(1, service()), moment(130, {trouble: {...mixed, kind: 'expired'}}))).toBeUndefined()
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

  test('says why tasks failed until then', () => {
    const notPlaced = {...crash([]), kind: 'not-placed', reason: 'x', containers: []} as const
    const at = moment(1800, evidence({failures: [notPlaced]}))
    expect(concluded(looks(1, service()), at)?.headline).toBe(
      'Timed out: after 30 minutes ECS is still deploying web:42 to web in prod: 0 of 2 tasks run it; x.'
    )
  })

  test('where a pause may be unseen', () => {
    const pausing = {...started, rollout: {...started.rollout, shift: {...BLUE_GREEN, pausesAt: ['POST_SCALE_UP']}}}
    const late = concluded(looks(1, service({serviceDeployment: 'unavailable'})), moment(1800), pausing)
    expect(late?.headline).toBe(
      'Timed out: after 30 minutes ECS is still deploying web:42 to web in prod: 0 of 2 tasks run it. It may be paused at POST_SCALE_UP: that is told by ecs:DescribeServiceDeployments, which is missing.'
    )
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
    const since = after(60)
    const trouble = {
      since,
      reads: 300,
      alike: {since, reads: 300},
      kind: 'throttled',
      problem: 'Rate exceeded'
    } as const
    expect(concluded([], moment(1800, {trouble}))?.headline).toBe(
      'Timed out: after 30 minutes ECS is still deploying web:42 to web in prod. How it is doing is unknown; AWS says: Rate exceeded.'
    )
  })
})

describe('early success', () => {
  const early = (healthyPercent: number): StartedDeployment => ({
    ...started,
    desiredCount: 4,
    rollout: {...started.rollout, earlySuccess: {healthyPercent, isDeferred: true}}
  })
  const half = service({
    desiredCount: 4,
    deployments: [ours({running: 2, pending: 2, rolloutState: 'COMPLETED'}), old({running: 2})],
    serviceDeployment: serviceDeployment('SUCCESSFUL')
  })

  test('is a success before all tasks are there, and the headline says what ECS still does', () => {
    expect(verdict(looks(1, half), undefined, early(50))).toEqual([
      'deployed',
      'Deployed web:42 to web in prod: 2 of 4 tasks run it, 2 min 13 s. ECS calls that a success with 50 % of the tasks healthy, and starts the others and removes the old tasks by itself.'
    ])
  })

  test('is none while fewer tasks run than it asks for, nor where the service does not ask for it', () => {
    expect(verdict(looks(9, half), undefined, early(75))).toEqual([])
    expect(verdict(looks(9, half), undefined, {...started, desiredCount: 4})).toEqual([])
  })

  test('says no more than that it is deployed, once all tasks are healthy and nothing is left to do', () => {
    const tasks = Array.from({length: 4}, () => task({phase: 'healthy'}))
    const full = {...half, deployments: [ours({running: 4, rolloutState: 'COMPLETED'})], tasks}
    expect(verdict(looks(1, full), undefined, early(50))[1]).toBe(
      'Deployed web:42 to web in prod: 4 of 4 tasks run it, 2 min 13 s.'
    )
  })
})

describe('a daemon', () => {
  const daemon = {...started, rollout: {...started.rollout, isDaemon: true}}

  test('without any container instance is deployed, which proves nothing', () => {
    const none = service({...COMPLETED, desiredCount: 0, deployments: [ours({rolloutState: 'COMPLETED'})]})
    expect(verdict(looks(1, none), undefined, {...daemon, desiredCount: 0})).toEqual([
      'deployed',
      'Deployed web:42 to web in prod in 2 min 13 s, but there is no container instance for it: no task has run it, so this proves nothing.'
    ])
  })

  test('whose container instances are all gone has no proof, and needs some', () => {
    const none = service({...COMPLETED, desiredCount: 0, deployments: [ours({rolloutState: 'COMPLETED'})]})
    const outcome = concluded(looks(1, none), undefined, daemon)
    expect(outcome?.status).toBe('scaled-to-zero')
    expect(outcome?.headline).toMatch(/^Scaled to zero: no container instance is left for web in prod/)
    expect(outcome?.footer).toMatchObject({
      next: 'To see whether it runs, give the cluster container instances that fit, then run the job again.',
      command: undefined
    })
  })
})
