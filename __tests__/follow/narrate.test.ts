import {describe, expect, test} from '@jest/globals'
import {narrate} from '../../src/follow/narrate.ts'
import type {Change} from '../../src/follow/changes.ts'
import {initialState, reduce} from '../../src/follow/reduce.ts'
import type {TaskFailure} from '../../src/why/index.ts'
import type {HookSnapshot, ServiceEvent} from '../../src/follow/snapshot.ts'
import {
  after,
  crash,
  event,
  type Look,
  NEWER,
  newer,
  OLD,
  old,
  ours,
  OURS,
  service,
  serviceDeployment,
  START,
  started
} from './examples.ts'

/** The log of looks, as a reader sees it. */
function logOf(looks: readonly Look[], several = false): string[] {
  let state = initialState(started, START)
  return looks.flatMap(([seconds, snapshot]) => {
    const next = reduce(state, snapshot, after(seconds))
    state = next.state
    return next.changes.flatMap(change => narrate(change, started, after(seconds), several))
  })
}

const say = (change: Change, seconds = 42): string => narrate(change, started, after(seconds), false).join('\n')

/** The events up to and with the n-th. */
function upTo(count: number, events: readonly ServiceEvent[]): ServiceEvent[] {
  return events.slice(0, count)
}

test('a release that goes well', () => {
  const events = [
    event(14, 'has started 2 tasks: (task 21479dca) (task 2243bac3).'),
    event(44, 'registered 2 targets in (target-group arn:web)'),
    event(85, 'has stopped 2 running tasks: (task 0f1e2d3c) (task 4b5a6978).'),
    event(87, 'has begun draining connections on 2 tasks.'),
    event(149, `(deployment ${OURS}) deployment completed.`),
    event(149, 'has reached a steady state.')
  ]
  const completed = ours({running: 2, rolloutState: 'COMPLETED', reason: `ECS deployment ${OURS} completed.`})
  expect(
    logOf([
      [0, service()],
      [16, service({deployments: [ours({pending: 2}), old()], events: upTo(1, events)})],
      [32, service({deployments: [ours({running: 1, pending: 1}), old()], events: upTo(1, events)})],
      [46, service({deployments: [ours({running: 2}), old()], events: upTo(2, events)})],
      [88, service({deployments: [ours({running: 2}), old({running: 0})], events: upTo(4, events)})],
      [150, service({deployments: [completed], events, serviceDeployment: serviceDeployment('SUCCESSFUL')})]
    ])
  ).toEqual([
    '  0:00  web:42: 0 of 2 tasks running; web:41: 2 running',
    '  0:14  has started 2 tasks: (task 21479dca) (task 2243bac3).',
    '  0:16  web:42: 0 of 2 tasks running, 2 pending; web:41: 2 running',
    '  0:32  web:42: 1 of 2 tasks running, 1 pending; web:41: 2 running',
    '  0:44  registered 2 targets in (target-group arn:web)',
    '  0:46  web:42: 2 of 2 tasks running; web:41: 2 running',
    '  1:25  has stopped 2 running tasks: (task 0f1e2d3c) (task 4b5a6978).',
    '  1:27  has begun draining connections on 2 tasks.',
    '  1:28  web:42: 2 of 2 tasks running; web:41: draining',
    '  2:29  (deployment ecs-svc/1571272475813219068) deployment completed.',
    '  2:29  has reached a steady state.',
    '  2:30  web:42: 2 of 2 tasks running'
  ])
})

test('a release whose tasks crash, and that ECS rolls back', () => {
  const events = [
    event(14, 'has started 2 tasks: (task 21479dca) (task 2243bac3).'),
    event(193, `(deployment ${OURS}) deployment failed: tasks failed to start.`),
    event(193, `rolling back to deployment ${OLD}.`)
  ]
  const breaker = (status: string, failureCount: number) => ({circuitBreaker: {status, failureCount, threshold: 3}})
  const failing = (seconds: number, failed: number): Look => [
    seconds,
    service({
      deployments: [ours({failed}), old()],
      events: upTo(1, events),
      serviceDeployment: serviceDeployment('IN_PROGRESS', breaker('MONITORING', failed))
    })
  ]
  const back = old({
    status: 'PRIMARY',
    rolloutState: 'IN_PROGRESS',
    reason: `ECS deployment circuit breaker: rolling back to deploymentId ${OLD}.`
  })
  const turning = service({
    deployments: [
      back,
      ours({
        status: 'ACTIVE',
        failed: 3,
        rolloutState: 'FAILED',
        reason: 'ECS deployment circuit breaker: tasks failed to start.'
      })
    ],
    events,
    serviceDeployment: serviceDeployment('ROLLBACK_IN_PROGRESS', {
      ...breaker('TRIGGERED', 3),
      reason: 'Service deployment rolled back because the circuit breaker threshold was exceeded.'
    })
  })
  const over = service({
    deployments: [old({status: 'PRIMARY'})],
    events,
    serviceDeployment: serviceDeployment('ROLLBACK_SUCCESSFUL', breaker('TRIGGERED', 3))
  })
  expect(logOf([[0, service()], failing(16, 0), failing(61, 1), failing(128, 2), [194, turning], [230, over]])).toEqual(
    [
      '  0:00  web:42: 0 of 2 tasks running; web:41: 2 running',
      '  0:14  has started 2 tasks: (task 21479dca) (task 2243bac3).',
      '  1:01  failed tasks: 1 of 3 before the circuit breaker trips',
      '  2:08  failed tasks: 2 of 3 before the circuit breaker trips',
      '  3:13  (deployment ecs-svc/1571272475813219068) deployment failed: tasks failed to start.',
      '  3:13  rolling back to deployment ecs-svc/1675294001379389663.',
      '  3:14  web:42: failed; web:41: 2 of 2 tasks running',
      '  3:14  failed tasks: 3 of 3, the circuit breaker has tripped',
      '  3:14  ECS is rolling back: Service deployment rolled back because the circuit breaker threshold was exceeded.',
      '  3:50  web:41: 2 of 2 tasks running'
    ]
  )
})

test('what no event says is told by what the deployments show', () => {
  const failed = ours({status: 'ACTIVE', rolloutState: 'FAILED', reason: 'tasks failed to start.'})
  const turning = service({deployments: [old({status: 'PRIMARY'}), failed]})
  expect(
    logOf([
      [0, service()],
      [90, turning]
    ]).slice(1)
  ).toEqual([
    '  1:30  web:42: failed; web:41: 2 of 2 tasks running',
    '  1:30  the deployment failed: tasks failed to start.',
    '  1:30  web:41 is the primary deployment again'
  ])
})

test('failed tasks stay as many as they were once our deployment is not listed any more', () => {
  const failing = service({deployments: [ours({failed: 3}), old()], serviceDeployment: 'unavailable'})
  const back = old({status: 'PRIMARY', reason: `rolling back to deploymentId ${OLD}.`})
  const gone = service({deployments: [back], serviceDeployment: 'unavailable'})
  expect(logOf([[0, failing], ...[10, 20, 30, 40].map((at): Look => [at, gone])]).join('\n')).not.toContain(
    'failed tasks: 0'
  )
})

test('deployments that have the same revision are told apart', () => {
  const newest = old({id: NEWER, status: 'PRIMARY', running: 0, createdAt: after(5)})
  const superseded = service({deployments: [newest, ours({status: 'ACTIVE'}), old()]})
  expect(logOf([[6, superseded]])[0]).toBe(
    `  0:06  web:42: draining; web:41 (${NEWER}): 0 of 2 tasks running; web:41 (${OLD}): 2 running`
  )
})

test('several services are told apart, what concerns all of them is not', () => {
  expect(logOf([[0, service({events: [event(0, 'has started 1 tasks: (task 1).')]})]], true)).toEqual([
    '  0:00  web: has started 1 tasks: (task 1).',
    '  0:00  web: web:42: 0 of 2 tasks running; web:41: 2 running'
  ])
  const since = after(90)
  const trouble = {since, reads: 2, alike: {since, reads: 2}, kind: 'throttled', problem: 'Rate exceeded'} as const
  expect(narrate({kind: 'unknown', trouble}, started, after(94), true)).toEqual([
    '  1:34  state unknown since 1:30, asking again; AWS says: Rate exceeded'
  ])
  expect(narrate({kind: 'known-again', trouble}, started, after(100), true)).toEqual([
    '  1:40  state known again, it was unknown since 1:30'
  ])
})

describe('single lines', () => {
  test.each<[Change, string]>([
    [
      {kind: 'heartbeat', text: 'web:42: 0 of 1 task running; about 3 min left, by the last deployment'},
      'no change for a minute; web:42: 0 of 1 task running; about 3 min left, by the last deployment'
    ],
    [
      {kind: 'budget', budget: {minutes: 25, from: 'targets drain 300 s'}},
      'following for up to 25 min (targets drain 300 s)'
    ],
    [{kind: 'budget', budget: {minutes: 30, from: ''}}, 'following for up to 30 min'],
    [{kind: 'waiting', text: 'old tasks stop'}, 'waiting: old tasks stop'],
    [{kind: 'desired-count', from: 2, to: 0}, 'the desired count of the service changed from 2 to 0'],
    [{kind: 'failed-tasks', failed: 7, threshold: undefined}, 'failed tasks: 7'],
    [{kind: 'stage', stage: 'BAKE_TIME', before: undefined}, 'stage BAKE_TIME'],
    [
      {kind: 'service-deployment', from: 'IN_PROGRESS', to: serviceDeployment('STOP_REQUESTED')},
      'ECS is stopping the deployment'
    ],
    [
      {kind: 'replaced', by: newer(), newer: true},
      'a newer deployment has taken over: web:43 (ecs-svc/2222222222222222222)'
    ],
    [{kind: 'service-status', status: 'DRAINING'}, 'the service is DRAINING now']
  ])('%j', (change, text) => {
    expect(say(change)).toBe(`  0:42  ${text}`)
  })

  const task = '(task 21479dca).'
  test.each([
    'is not AZ balanced with 3 tasks in az-a, 1 tasks in az-b. AZ Rebalancing in progress.',
    `has started 1 tasks in az-b to AZ Rebalance: ${task}`,
    `has stopped 1 running tasks in az-a due to AZ rebalancing: ${task}`,
    'is AZ balanced with 2 tasks in az-a, 2 tasks in az-b.'
  ])('what balances zones is no part of the deployment: %s', text => {
    expect(say({kind: 'event', event: event(42, text)})).toBe(
      `  0:42  balancing Availability Zones, apart from the deployment: ${text}`
    )
  })

  test('the desired count of a daemon is how many container instances there are', () => {
    const daemon = {...started, rollout: {...started.rollout, isDaemon: true}}
    expect(narrate({kind: 'desired-count', from: 2, to: 3}, daemon, after(42), false)).toEqual([
      '  0:42  the number of container instances for this daemon changed from 2 to 3'
    ])
  })

  test('a hook has the name of its function, and what ECS does when it does not answer', () => {
    const hook = (status: string, overrides: Partial<HookSnapshot> = {}): Change => ({
      kind: 'hook',
      hook: {
        id: 'ecs-lambda-1',
        isPause: false,
        target: 'arn:aws:lambda:eu-west-1:111122223333:function:smoke-test:live',
        status,
        expiresAt: undefined,
        timeoutAction: 'ROLLBACK',
        ...overrides
      }
    })
    expect(say(hook('FAILED'))).toBe('  0:42  hook smoke-test:live answered FAILED')
    expect(say(hook('TIMED_OUT'))).toBe('  0:42  hook smoke-test:live did not answer in time: ECS rolls back')
    expect(say(hook('TIMED_OUT', {target: undefined, timeoutAction: 'CONTINUE'}))).toBe(
      '  0:42  hook function did not answer in time: ECS goes on'
    )
    expect(say(hook('SOMETHING_NEW'))).toBe('  0:42  hook smoke-test:live is SOMETHING_NEW')
  })

  test('a failure has several lines, and its log is no workflow command', () => {
    const log = {
      group: '/ecs/web',
      stream: 'ecs/web/1',
      region: 'eu-west-1',
      lines: ['::error::forged'],
      note: undefined
    }
    const failure = {...crash(['t1', 't2']), containers: [{...crash([]).containers[0], log}]} as TaskFailure
    expect(narrate({kind: 'task-failure', failure}, started, after(42), false)).toEqual([
      '  0:42  2 tasks stopped: Essential container in task exited; container app exited with code 3',
      '        last lines of app (log group /ecs/web in eu-west-1, stream ecs/web/1):',
      '            \u200B::error::forged'
    ])
  })

  test('why tasks are not placed is an event, so that only what to do is told', () => {
    const failure: TaskFailure = {
      ...crash([]),
      kind: 'not-placed',
      reason: 'was unable to place a task because no container instance met all of its requirements.',
      containers: []
    }
    const tell = (advice: string | undefined): readonly string[] =>
      narrate({kind: 'task-failure', failure: {...failure, advice}}, started, after(42), false)
    expect(tell('Give the task less memory')).toEqual(['  0:42  → Give the task less memory.'])
    expect(tell(undefined)).toEqual([])
  })

  test('the same revision that is primary again is the earlier deployment of it', () => {
    const same = old({taskDefinitionArn: ours().taskDefinitionArn})
    expect(say({kind: 'replaced', by: same, newer: false})).toBe(
      '  0:42  the earlier deployment of web:42 is the primary deployment again'
    )
  })

  test('long times', () => {
    expect(say({kind: 'stage', stage: 'BAKE_TIME', before: undefined}, 3723)).toBe('1:02:03  stage BAKE_TIME')
    expect(say({kind: 'stage', stage: 'BAKE_TIME', before: undefined}, 725)).toBe(' 12:05  stage BAKE_TIME')
  })

  test('text of AWS stays on its line and is no workflow command', () => {
    expect(say({kind: 'event', event: event(42, 'failed\n::error::forged\r##[group]x')})).toBe(
      '  0:42  failed ::error::forged ##\u200B[group]x'
    )
    expect(say({kind: 'event', event: event(42, 'x'.repeat(5000))})).toHaveLength(1008)
  })
})
