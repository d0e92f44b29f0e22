import {describe, expect, test} from '@jest/globals'
import type {Change} from '../../src/follow/changes.ts'
import type {DeploymentSnapshot, Phase, ServiceSnapshot} from '../../src/follow/snapshot.ts'
import {after, event, type Look, lookAt, newer, OLD, old, ours, service, serviceDeployment, task} from './examples.ts'

/** The changes of the last look. */
function last(...looks: Look[]): readonly Change[] {
  return lookAt(looks).changes.slice(lookAt(looks.slice(0, -1)).changes.length)
}

const kinds = (changes: readonly Change[]): string[] => changes.map(({kind}) => kind)

describe('events', () => {
  test('each once, oldest first, and only those since the start', () => {
    const [before, one, two, three] = [event(-30, 'before'), event(5, 'one'), event(10, 'two'), event(15, 'three')]
    const {changes, state} = lookAt([
      [6, service({events: [before, one]})],
      [11, service({events: [before, one, two]})],
      [16, service({events: [before, one, two, three]})],
      [21, service({events: [before, one, two, three]})]
    ])
    expect(changes.filter(({kind}) => kind === 'event')).toEqual([
      {kind: 'event', event: one},
      {kind: 'event', event: two},
      {kind: 'event', event: three}
    ])
    expect(state.events).toEqual([one, two, three])
  })
})

describe('counts', () => {
  test('are told when they change, ours first', () => {
    const turned = service({deployments: [old({status: 'PRIMARY'}), ours({status: 'ACTIVE', running: 1})]})
    expect(last([0, service()], [5, turned])).toContainEqual({
      kind: 'counts',
      text: 'web:42: 1 running; web:41: 2 of 2 tasks running'
    })
    expect(last([0, service()], [5, service()])).toEqual([])
  })

  test('tell how far the tasks of ours are, where that is known', () => {
    const at = (...phases: Phase[]): ServiceSnapshot =>
      service({deployments: [ours({pending: 5})], tasks: phases.map(phase => task({phase}))})
    expect(last([0, at('pulling', 'placing')])).toContainEqual({
      kind: 'counts',
      text: 'web:42: 0 of 2 tasks running, 1 pulling, 1 placing'
    })
    expect(last([0, at('running', 'starting', 'unhealthy', 'healthy', 'healthy')])).toContainEqual({
      kind: 'counts',
      text: 'web:42: 4 of 2 tasks running, 2 healthy, 1 unhealthy, 1 starting'
    })
    expect(last([0, at('pulling')], [5, at('pulling')])).toEqual([])
  })

  test('of other deployments: they drain, or have failed', () => {
    const text = (others: DeploymentSnapshot): unknown =>
      last([0, service({deployments: [ours({running: 2}), others]})])[0]
    expect(text(old({running: 0}))).toEqual({kind: 'counts', text: 'web:42: 2 of 2 tasks running; web:41: draining'})
    expect(text(old({running: 0, rolloutState: 'FAILED'}))).toEqual({
      kind: 'counts',
      text: 'web:42: 2 of 2 tasks running; web:41: failed'
    })
  })

  test('of the same revision twice, as after a forced deployment, are told apart by the id', () => {
    const same = old({taskDefinitionArn: ours().taskDefinitionArn})
    expect(last([0, service({deployments: [ours(), same]})])).toContainEqual({
      kind: 'counts',
      text: `web:42: 0 of 2 tasks running; web:42 (${OLD}): 2 running`
    })
  })

  test('scaling meanwhile is told, also to zero', () => {
    expect(last([0, service({desiredCount: 0})])).toContainEqual({kind: 'desired-count', from: 2, to: 0})
    expect(kinds(last([0, service()], [5, service({desiredCount: 3})]))).toEqual(['desired-count', 'counts'])
  })
})

describe('failed tasks', () => {
  const breaker = (failureCount: number, status = 'MONITORING') =>
    service({
      serviceDeployment: serviceDeployment('IN_PROGRESS', {circuitBreaker: {status, failureCount, threshold: 3}})
    })

  test('as the circuit breaker counts them', () => {
    expect(last([0, breaker(0)], [5, breaker(2)])).toEqual([{kind: 'failed-tasks', failed: 2, threshold: 3}])
    expect(last([0, breaker(2)], [5, breaker(0)])).toEqual([{kind: 'failed-tasks', failed: 0, threshold: 3}])
  })

  test('as the deployment counts them without a circuit breaker', () => {
    const failing = service({
      deployments: [ours({failed: 1}), old()],
      serviceDeployment: breaker(0, 'DISABLED').serviceDeployment
    })
    expect(last([0, service()], [5, failing])).toEqual([{kind: 'failed-tasks', failed: 1, threshold: undefined}])
  })
})

describe('our service deployment', () => {
  test('is told when it is found, and each of its states', () => {
    const running = serviceDeployment('IN_PROGRESS')
    const back = serviceDeployment('ROLLBACK_IN_PROGRESS')
    const {changes} = lookAt([
      [0, service({serviceDeployment: undefined})],
      [2, service({serviceDeployment: running})],
      [4, service({serviceDeployment: undefined})],
      [6, service({serviceDeployment: back})]
    ])
    expect(changes.slice(1)).toEqual([
      {kind: 'found', serviceDeploymentArn: running.arn},
      {kind: 'service-deployment', from: 'PENDING', to: running},
      {kind: 'service-deployment', from: 'IN_PROGRESS', to: back}
    ])
  })

  test('stages of blue/green deployments', () => {
    const at = (stage: string) => service({serviceDeployment: serviceDeployment('IN_PROGRESS', {stage})})
    expect(last([0, at('SCALE_UP')], [5, at('BAKE_TIME')])).toEqual([
      {kind: 'stage', stage: 'BAKE_TIME', before: {stage: 'SCALE_UP', from: after(0), to: after(5)}}
    ])
  })
})

describe('turns', () => {
  test('our deployment fails', () => {
    const broken = service({deployments: [ours({rolloutState: 'FAILED', reason: 'because'}), old()]})
    expect(last([0, service()], [5, broken])).toEqual([
      {kind: 'rollout', from: 'IN_PROGRESS', to: 'FAILED', reason: 'because'}
    ])
  })

  test('a newer deployment takes over', () => {
    const taken = service({deployments: [newer(), ours({status: 'ACTIVE'})]})
    expect(last([0, service()], [65, taken])).toContainEqual({kind: 'replaced', by: newer(), newer: true})
  })

  test('the older deployment comes back', () => {
    const primary = old({
      status: 'PRIMARY',
      rolloutState: 'IN_PROGRESS',
      reason: `rolling back to deploymentId ${OLD}.`
    })
    const back = service({deployments: [primary, ours({status: 'ACTIVE'})]})
    expect(last([0, service()], [65, back])).toContainEqual({kind: 'replaced', by: primary, newer: false})
    expect(kinds(last([0, service()], [65, back], [70, back]))).toEqual([])
  })

  test('the service is deleted', () => {
    expect(last([0, service()], [5, service({status: 'INACTIVE', deployments: []})])).toEqual([
      {kind: 'service-status', status: 'INACTIVE'}
    ])
  })
})

describe('reads that are behind', () => {
  test('before our deployment shows, nothing of the old state is told', () => {
    const before = service({deployments: [old({status: 'PRIMARY'})], serviceDeployment: undefined})
    expect(
      lookAt([
        [0, before],
        [2, before]
      ]).changes
    ).toEqual([])
    expect(kinds(last([0, before], [2, before], [4, service()]))).toEqual(['counts', 'found', 'service-deployment'])
  })

  test('a look without our deployment, with nothing to explain it, is not believed until the third time', () => {
    const gone = service({deployments: [old({status: 'PRIMARY'})]})
    const looks: Look[] = [
      [0, service()],
      [2, gone],
      [4, gone],
      [6, gone]
    ]
    expect(lookAt(looks.slice(0, 3)).state.latest?.deployments).toEqual([ours(), old()])
    expect(kinds(last(...looks))).toEqual(['counts', 'replaced'])
    expect(
      kinds(lookAt([looks[0] ?? [0, service()], [2, gone], [4, service()], [6, gone], [8, gone]]).changes)
    ).toEqual(['counts', 'found', 'service-deployment'])
  })

  test('events that are missing again give an older read away', () => {
    const one = event(5, 'one')
    const now = service({deployments: [ours({running: 1}), old()], events: [one]})
    expect(last([6, now], [8, service()])).toEqual([])
    expect(last([6, now], [8, service()], [10, now])).toEqual([])
  })

  test('so does an earlier time of a deployment', () => {
    const at = (seconds: number, running: number) =>
      service({deployments: [ours({running, updatedAt: after(seconds)}), old()]})
    expect(last([6, at(5, 1)], [8, at(3, 0)])).toEqual([])
    expect(kinds(last([6, at(5, 1)], [8, at(7, 2)]))).toEqual(['counts'])
  })

  test('events of the same moment come in any order', () => {
    const [one, two] = [event(5, 'one'), event(6, 'two')]
    const before = service({events: [one, two]})
    const after = service({deployments: [ours({running: 1}), old()], events: [two, one]})
    expect(kinds(last([6, before], [8, after]))).toEqual(['counts'])
  })

  test('what seems older five times in a row is what ECS says now', () => {
    const at = (seconds: number, running: number) =>
      service({deployments: [ours({running, updatedAt: after(seconds)}), old()]})
    const looks: Look[] = [
      [0, at(9, 0)],
      [2, at(3, 1)],
      [4, at(3, 1)],
      [6, at(3, 1)],
      [8, at(3, 1)]
    ]
    expect(lookAt(looks).state.latest?.deployments[0]?.running).toBe(0)
    expect(kinds(last(...looks, [10, at(3, 1)]))).toEqual(['counts'])
  })

  test('the service deployment counts by its own time', () => {
    const finished = serviceDeployment('SUCCESSFUL', {updatedAt: after(8)})
    const earlier = serviceDeployment('IN_PROGRESS', {updatedAt: after(4)})
    const one = event(5, 'one')
    const older = service({serviceDeployment: finished})
    expect(kinds(last([6, service({events: [one], serviceDeployment: earlier})], [8, older]))).toEqual([
      'service-deployment'
    ])
    expect(last([6, service({serviceDeployment: finished})], [8, service({serviceDeployment: earlier})])).toEqual([])
  })
})

test('the timeline has the first time of each part', () => {
  const {state} = lookAt([
    [0, service()],
    [15, service({deployments: [ours({pending: 2}), old()]})],
    [40, service({deployments: [ours({running: 1, pending: 1}), old()]})],
    [50, service({deployments: [ours({running: 2}), old()]})],
    [60, service({deployments: [ours({running: 1}), old({running: 1})]})],
    [65, service({deployments: [ours({running: 2}), old()], tasks: [task(), task({phase: 'healthy'})]})],
    [
      68,
      service({deployments: [ours({running: 2}), old()], tasks: [task({phase: 'healthy'}), task({phase: 'healthy'})]})
    ],
    [70, service({deployments: [ours({running: 2}), old({running: 0})]})],
    [90, service({deployments: [ours({running: 2})]})]
  ])
  expect(state.timeline).toEqual({
    placed: after(15),
    running: after(40),
    full: after(50),
    healthy: after(68),
    replaced: after(70),
    drained: after(90)
  })
})
