import {DeploymentLifecycleHookStage, ServiceDeploymentLifecycleStage} from '@aws-sdk/client-ecs'
import {describe, expect, test} from '@jest/globals'
import {type Lifecycle, nextLifecycle, NO_LIFECYCLE, openPauses, pausedFor} from '../../src/follow/lifecycle.ts'
import type {HookSnapshot, ServiceDeploymentSnapshot} from '../../src/follow/snapshot.ts'
import {STAGES} from '../../src/workflow/wait-for.ts'
import {after, serviceDeployment} from './examples.ts'

const PAUSE: HookSnapshot = {
  id: 'ecs-pause-1',
  isPause: true,
  target: undefined,
  status: 'AWAITING_ACTION',
  expiresAt: after(600),
  timeoutAction: 'ROLLBACK'
}
const FUNCTION: HookSnapshot = {...PAUSE, id: 'ecs-lambda-1', isPause: false, target: 'f', status: 'IN_PROGRESS'}

type Look = readonly [seconds: number, status: string, overrides: Partial<ServiceDeploymentSnapshot>]

function lifecycleOf(looks: readonly Look[]): Lifecycle {
  return looks.reduce(
    (lifecycle, [seconds, status, overrides]) =>
      nextLifecycle(lifecycle, serviceDeployment(status, overrides), after(seconds)),
    NO_LIFECYCLE
  )
}

const paused: Look = [10, 'IN_PROGRESS', {stage: 'POST_TEST_TRAFFIC_SHIFT', hooks: [PAUSE]}]

test('every stage that AWS has is known', () => {
  const known: readonly string[] = STAGES
  const all = [...Object.values(ServiceDeploymentLifecycleStage), ...Object.values(DeploymentLifecycleHookStage)]
  expect(all.filter(stage => !known.includes(stage))).toEqual([])
})

describe('stages', () => {
  test('have their times, also those that come again, and the last one ends with the deployment', () => {
    const {stages} = lifecycleOf([
      [0, 'PENDING', {}],
      [5, 'IN_PROGRESS', {stage: 'PRODUCTION_TRAFFIC_SHIFT'}],
      [9, 'IN_PROGRESS', {stage: 'PRODUCTION_TRAFFIC_SHIFT'}],
      [14, 'IN_PROGRESS', {stage: 'PRE_PRODUCTION_TRAFFIC_SHIFT'}],
      [19, 'IN_PROGRESS', {stage: 'PRODUCTION_TRAFFIC_SHIFT'}],
      [30, 'SUCCESSFUL', {stage: 'PRODUCTION_TRAFFIC_SHIFT'}],
      [35, 'SUCCESSFUL', {stage: 'PRODUCTION_TRAFFIC_SHIFT'}]
    ])
    expect(stages).toEqual([
      {stage: 'PRODUCTION_TRAFFIC_SHIFT', from: after(5), to: after(14)},
      {stage: 'PRE_PRODUCTION_TRAFFIC_SHIFT', from: after(14), to: after(19)},
      {stage: 'PRODUCTION_TRAFFIC_SHIFT', from: after(19), to: after(30)}
    ])
  })

  test('stay as they were while the service deployment cannot be read', () => {
    const known = lifecycleOf([paused])
    expect(nextLifecycle(known, undefined, after(90))).toBe(known)
  })
})

describe('a pause ends', () => {
  const answered = {...PAUSE, status: 'SUCCEEDED'}
  const alarm = {status: 'TRIGGERED', triggered: ['web-5xx']}
  test.each<[string, Look, object | undefined]>([
    [
      'when ECS says that it succeeded',
      [60, 'IN_PROGRESS', {hooks: [answered]}],
      {action: 'CONTINUE', timedOut: false}
    ],
    ['when it is not told of any more', [60, 'IN_PROGRESS', {hooks: []}], {action: 'CONTINUE', timedOut: false}],
    [
      'when ECS says that it failed',
      [60, 'IN_PROGRESS', {hooks: [{...PAUSE, status: 'FAILED'}]}],
      {action: 'ROLLBACK', timedOut: false}
    ],
    ['when the deployment goes back', [60, 'ROLLBACK_IN_PROGRESS', {}], {action: 'ROLLBACK', timedOut: false}],
    [
      'when ECS says that its time is over',
      [60, 'IN_PROGRESS', {hooks: [{...PAUSE, status: 'TIMED_OUT'}]}],
      {action: 'ROLLBACK', timedOut: true}
    ],
    [
      'when its time is over, by the clock of ECS',
      [590, 'ROLLBACK_IN_PROGRESS', {updatedAt: after(601)}],
      {action: 'ROLLBACK', timedOut: true}
    ],
    ['with a newer deployment, which is no answer', [60, 'STOP_REQUESTED', {}], undefined],
    [
      'as always beside a function that did not answer in time, where ECS goes on then',
      [60, 'IN_PROGRESS', {hooks: [{...FUNCTION, status: 'TIMED_OUT', timeoutAction: 'CONTINUE'}]}],
      {action: 'CONTINUE', timedOut: false}
    ],
    [
      'with a function that failed, which is none either',
      [
        60,
        'ROLLBACK_IN_PROGRESS',
        {reason: 'POST_SCALE_UP lifecycle hook(s) failed. Lifecycle hook target f returned FAILED status.'}
      ],
      undefined
    ],
    [
      'with a load balancer that is not set up, which is none either',
      [60, 'ROLLBACK_IN_PROGRESS', {reason: 'rolled back because of invalid networking configuration.'}],
      undefined
    ],
    [
      'with a hook of a later stage that failed, which is none either',
      [60, 'ROLLBACK_IN_PROGRESS', {reason: 'because BAKE_TIME lifecycle hook(s) failed.'}],
      undefined
    ],
    [
      'with an answer that ECS calls a failed hook of its stage',
      [60, 'ROLLBACK_IN_PROGRESS', {reason: 'because POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed.'}],
      {action: 'ROLLBACK', timedOut: false}
    ],
    ['with an alarm, which is none either', [60, 'ROLLBACK_IN_PROGRESS', {alarms: alarm}], undefined]
  ])('%s', (_, end, answer) => {
    const {pauses} = lifecycleOf([paused, end])
    expect(pauses).toEqual([
      {hook: PAUSE, stage: 'POST_TEST_TRAFFIC_SHIFT', from: after(10), to: after(end[0]), answer}
    ])
  })

  test('but not while it waits, and the next one counts by itself', () => {
    const again = {...PAUSE, id: 'ecs-pause-2'}
    const both = lifecycleOf([
      paused,
      [20, 'IN_PROGRESS', {stage: 'POST_TEST_TRAFFIC_SHIFT', hooks: [PAUSE]}],
      [60, 'IN_PROGRESS', {stage: 'PRE_PRODUCTION_TRAFFIC_SHIFT', hooks: [again]}]
    ])
    expect(both.pauses).toHaveLength(2)
    expect(openPauses(both).map(({hook}) => hook.id)).toEqual(['ecs-pause-2'])
  })
})

test('time in pauses is counted once, also where two last side by side', () => {
  const other = {...PAUSE, id: 'ecs-pause-2'}
  const looks: Look[] = [
    [10, 'IN_PROGRESS', {hooks: [PAUSE]}],
    [20, 'IN_PROGRESS', {hooks: [PAUSE, other, FUNCTION]}],
    [40, 'IN_PROGRESS', {hooks: [other]}],
    [50, 'IN_PROGRESS', {hooks: [FUNCTION]}],
    [70, 'IN_PROGRESS', {hooks: [{...PAUSE, id: 'ecs-pause-3'}]}]
  ]
  expect(pausedFor(lifecycleOf(looks.slice(0, 1)), after(15))).toBe(5_000)
  expect(pausedFor(lifecycleOf(looks.slice(0, 4)), after(60))).toBe(40_000)
  expect(pausedFor(lifecycleOf(looks), after(75))).toBe(45_000)
})
