import {describe, expect, test} from '@jest/globals'
import {budgetOf, endOf, estimate, expectedEnd} from '../../src/follow/budget.ts'
import type {StartedDeployment} from '../../src/follow/started.ts'
import {lastDurations, type Surroundings} from '../../src/follow/surroundings.ts'
import {after, BLUE_GREEN, started} from './examples.ts'

const MINUTE = 60_000
const NOTHING: Surroundings = {past: undefined, targetGroups: undefined, revision: undefined}
const WEB = {name: 'web', healthySeconds: 150, drainSeconds: 300}
const REVISION = {isChecked: false, stopSeconds: 30}

function rolling(overrides: Partial<StartedDeployment['rollout']>, desiredCount = 2): StartedDeployment {
  return {...started, desiredCount, rollout: {...started.rollout, ...overrides}}
}

describe('the time to follow a deployment', () => {
  test.each<[string, Partial<Surroundings>, StartedDeployment, number, string]>([
    ['nothing could be read', {}, started, 30, ''],
    ['a first deployment', {past: []}, started, 30, 'no earlier deployment to go by'],
    ['quick ones before', {past: [2 * MINUTE]}, started, 20, 'the last deployment took 2 min'],
    [
      'three times the longest',
      {past: [4 * MINUTE, 9 * MINUTE]},
      started,
      30,
      'the last 2 deployments took 4 to 9 min'
    ],
    [
      'what tasks wait for',
      {past: [4 * MINUTE, 6 * MINUTE, 5 * MINUTE], targetGroups: [WEB], revision: REVISION},
      started,
      25,
      'the last 3 deployments took 4 to 6 min; targets take up to 150 s to be healthy; targets drain 300 s'
    ],
    [
      'a long grace period',
      {past: [MINUTE], targetGroups: [], revision: REVISION},
      rolling({gracePeriodSeconds: 900}),
      40,
      'the last deployment took 1 min; grace period 900 s'
    ],
    [
      'task by task',
      {past: [MINUTE], targetGroups: [WEB], revision: REVISION},
      rolling({minimumHealthyPercent: 100, maximumPercent: 125}, 8),
      90,
      'the last deployment took 1 min; targets take up to 150 s to be healthy; targets drain 300 s; 4 waves of tasks'
    ],
    ['no more than two hours for quicker ones', {past: [55 * MINUTE]}, started, 120, 'the last deployment took 55 min'],
    ['twice the longest in any case', {past: [155 * MINUTE]}, started, 310, 'the last deployment took 155 min'],
    ['six hours at most', {past: [300 * MINUTE]}, started, 360, 'the last deployment took 300 min'],
    [
      'what is only reckoned, no more than two hours',
      {past: [MINUTE], targetGroups: [WEB], revision: REVISION},
      rolling({minimumHealthyPercent: 100, maximumPercent: 101}, 100),
      120,
      'the last deployment took 1 min; targets take up to 150 s to be healthy; targets drain 300 s; 100 waves of tasks'
    ],
    [
      'a bake time comes on top',
      {past: [40 * MINUTE]},
      rolling({bakeMinutes: 60, alarms: true}),
      180,
      'the last deployment took 40 min; bake time 1 h'
    ],
    ['alarms', {past: [MINUTE]}, rolling({alarms: true}), 25, 'the last deployment took 1 min; bake time 5 min'],
    [
      'steps of traffic',
      {past: [MINUTE]},
      rolling({shift: {...BLUE_GREEN, waits: 9, waitMinutes: 6, percent: 10}, bakeMinutes: 10}),
      85,
      'the last deployment took 1 min; 9 waits of 6 min between steps of 10 % of the traffic; bake time 10 min'
    ],
    [
      'a canary whose hooks take their time',
      {past: [MINUTE]},
      rolling({shift: {...BLUE_GREEN, waits: 1, waitMinutes: 10, percent: 5, functionCalls: 2}}),
      60,
      'the last deployment took 1 min; 10 min with 5 % of the traffic; 2 hook calls, up to 15 min each'
    ],
    [
      'pauses before, which say nothing of this one',
      {past: [155 * MINUTE]},
      rolling({shift: {...BLUE_GREEN, pausesAt: ['POST_SCALE_UP']}}),
      20,
      'the last deployment took 155 min; a pause at POST_SCALE_UP until somebody continues it, which comes on top'
    ],
    [
      'all new tasks at once where traffic is shifted',
      {past: [MINUTE], targetGroups: [WEB], revision: REVISION},
      rolling({shift: BLUE_GREEN, minimumHealthyPercent: 100, maximumPercent: 101}, 100),
      25,
      'the last deployment took 1 min; targets take up to 150 s to be healthy; targets drain 300 s'
    ],
    [
      'a bake time of a day',
      {past: [MINUTE]},
      rolling({bakeMinutes: 1440}),
      360,
      'the last deployment took 1 min; bake time 24 h'
    ]
  ])('%s', (_, known, deployment, minutes, from) => {
    expect(budgetOf(deployment, {...NOTHING, ...known}, undefined)).toEqual({minutes, from})
  })

  test('is what the user gives', () => {
    expect(budgetOf(started, {...NOTHING, past: [90 * MINUTE]}, 10)).toEqual({
      minutes: 10,
      from: 'as `wait-for-minutes` says; the last deployment took 90 min'
    })
  })

  test('counts pauses where the user gives it', () => {
    const pausing = rolling({shift: {...BLUE_GREEN, pausesAt: ['POST_SCALE_UP']}})
    expect(budgetOf(pausing, NOTHING, 10).from).toBe(
      'as `wait-for-minutes` says; a pause at POST_SCALE_UP until somebody continues it, which counts'
    )
  })
})

test('what pauses took comes on top, up to six hours', () => {
  expect([0, 45, 2000].map(paused => endOf(after(0), 30, paused * MINUTE))).toEqual(
    [30, 75, 360].map(minutes => after(minutes * 60))
  )
})

describe('the estimate', () => {
  const past = {...NOTHING, past: [4 * MINUTE, 12 * MINUTE, 5 * MINUTE]}

  test('is the time that half of those before took', () => {
    expect(expectedEnd(started, past)).toEqual(after(300))
    expect(expectedEnd(started, {...NOTHING, past: []})).toBeUndefined()
    expect(expectedEnd(started, NOTHING)).toBeUndefined()
    expect(expectedEnd({...started, scaledTo: 5}, past)).toBeUndefined()
    expect(expectedEnd(rolling({shift: {...BLUE_GREEN, pausesAt: ['POST_SCALE_UP']}}), past)).toBeUndefined()
  })

  test.each([
    [60, 'about 4 min left, by the last 3 deployments'],
    [241, 'about a minute left, by the last 3 deployments'],
    [300, 'this takes longer than the last 3 deployments mostly did']
  ])('after %d s: %s', (seconds, text) => {
    expect(estimate(started, past, after(seconds))).toBe(text)
  })
})

test('only the last five that succeeded count', () => {
  const listed = Array.from({length: 8}, (_, index) => ({
    status: index === 6 ? ('ROLLBACK_SUCCESSFUL' as const) : ('SUCCESSFUL' as const),
    createdAt: after(1000 * index),
    startedAt: index === 5 ? undefined : after(1000 * index + 2),
    finishedAt: index === 4 ? undefined : after(1000 * index + 100)
  }))
  expect(lastDurations(listed)).toEqual([98_000, 100_000, 98_000, 98_000, 98_000])
})
