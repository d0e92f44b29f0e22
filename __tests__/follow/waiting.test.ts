import {expect, test} from '@jest/globals'
import type {StartedDeployment} from '../../src/follow/started.ts'
import type {ServiceSnapshot} from '../../src/follow/snapshot.ts'
import type {Surroundings} from '../../src/follow/surroundings.ts'
import {waitsFor, whyStageIsUnknown} from '../../src/follow/waiting.ts'
import {after, BLUE_GREEN, lookAt, old, ours, service, serviceDeployment, started, task} from './examples.ts'

const NOTHING: Surroundings = {past: undefined, targetGroups: undefined, revision: undefined}
const WEB = {name: 'web', healthySeconds: 150, drainSeconds: 300}
const REVISION = {isChecked: false, stopSeconds: 30}
const full = {deployments: [ours({running: 2}), old()]}
const drains = {deployments: [ours({running: 2}), old({running: 0})]}
const alone = {deployments: [ours({running: 2})]}

function rolling(overrides: Partial<StartedDeployment['rollout']>): StartedDeployment {
  return {...started, rollout: {...started.rollout, ...overrides}}
}

function text(
  overrides: Partial<ServiceSnapshot>,
  known: Partial<Surroundings> = {},
  deployment: StartedDeployment = started
): string | undefined {
  return waitsFor(lookAt([[0, service(overrides)]], deployment).state, {...NOTHING, ...known}, after(10))
}

test('new tasks to become healthy', () => {
  const starting = {...full, tasks: [task(), task()]}
  expect(text(starting, {targetGroups: [WEB]})).toBe(
    'new tasks need good health checks, which takes up to 150 s: target group web'
  )
  expect(text(starting, {targetGroups: [WEB, {...WEB, name: 'api'}]}, rolling({gracePeriodSeconds: 60}))).toBe(
    'new tasks need good health checks, which takes up to 150 s: target groups web and api, failed checks do not count for 60 s'
  )
  expect(text(starting, {revision: {...REVISION, isChecked: true}})).toBe(
    'new tasks need a good health check of their containers'
  )
  const unchecked = {...full, tasks: [task({isChecked: false})]}
  expect(text(unchecked, {revision: REVISION})).toBe(
    'new tasks count as healthy once they have run for 40 s: nothing checks them'
  )
  expect(text({...full, tasks: [task({isChecked: undefined})]})).toBeUndefined()
  expect(text({...full, tasks: [task({phase: 'healthy'})]}, {targetGroups: [WEB]})).toBeUndefined()
})

test('old tasks to go', () => {
  expect(text(drains, {targetGroups: [WEB]})).toBe(
    'old tasks drain up to 300 s: target group web, deregistration delay'
  )
  expect(text(drains, {revision: REVISION})).toBe('old tasks stop, which takes them up to 30 s')
  expect(text(drains)).toBe('old tasks stop')
})

test('the bake time', () => {
  expect(text(alone, {}, rolling({alarms: true}))).toBe('the bake time of the alarms')
  expect(text(alone, {}, rolling({alarms: true, bakeMinutes: 5}))).toBe('the bake time of 5 min of the alarms')
  const baking = {...alone, serviceDeployment: serviceDeployment('IN_PROGRESS', {stage: 'BAKE_TIME'})}
  expect(text(baking, {}, rolling({bakeMinutes: 5}))).toBe('the bake time of 5 min')
  expect(text(alone)).toBeUndefined()
})

test('the next step of traffic', () => {
  const shifting = (stage: string, production: number) => ({
    ...full,
    serviceDeployment: serviceDeployment('IN_PROGRESS', {stage, traffic: {test: 100, production}})
  })
  const canary = rolling({shift: {...BLUE_GREEN, waits: 1, waitMinutes: 10, percent: 5}})
  expect(text(shifting('PRODUCTION_TRAFFIC_SHIFT', 5), {}, canary)).toBe(
    '10 min with 5 % of the production traffic, then the next step'
  )
  expect(text(shifting('PRODUCTION_TRAFFIC_SHIFT', 100), {}, canary)).toBeUndefined()
  expect(text(shifting('POST_TEST_TRAFFIC_SHIFT', 0), {targetGroups: [WEB]}, canary)).toBeUndefined()
})

test('nothing, as long as tasks are missing or another deployment is the primary one', () => {
  expect(text({deployments: [ours({running: 1}), old({running: 0})]})).toBeUndefined()
  expect(text({deployments: [old({status: 'PRIMARY'}), ours({running: 2, status: 'ACTIVE'})]})).toBeUndefined()
  expect(text({deployments: [ours({running: 2, rolloutState: 'COMPLETED'})]})).toBeUndefined()
})

test('the end, where stages and pauses may not be read', () => {
  const why = (deployment: StartedDeployment, isStageWanted = false): string | undefined =>
    whyStageIsUnknown(lookAt([[0, service({serviceDeployment: 'unavailable'})]], deployment).state, isStageWanted)
  const missing = 'the end of the deployment: its stages are told by ecs:DescribeServiceDeployments, which is missing'
  const shift = {...BLUE_GREEN, pausesAt: ['POST_TEST_TRAFFIC_SHIFT']}
  expect(why(rolling({shift}))).toBe(
    `${missing}; it pauses at POST_TEST_TRAFFIC_SHIFT, unseen, until somebody continues it`
  )
  expect(why(rolling({shift: BLUE_GREEN}), true)).toBe(missing)
  expect(why(rolling({shift: BLUE_GREEN}))).toBeUndefined()
  expect(whyStageIsUnknown(lookAt([[0, service()]], rolling({shift})).state, true)).toBeUndefined()
})
