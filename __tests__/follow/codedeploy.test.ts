import {describe, expect, test} from '@jest/globals'
import type {CodeDeployGroup} from '../../src/aws/codedeploy.ts'
import {budgetOf} from '../../src/follow/codedeploy/budget.ts'
import {differences} from '../../src/follow/codedeploy/changes.ts'
import {conclude} from '../../src/follow/codedeploy/conclude.ts'
import type {CodeDeployFacts} from '../../src/follow/codedeploy/facts.ts'
import {hasCome, heldFor, toLifecycle} from '../../src/follow/codedeploy/lifecycle.ts'
import {pace} from '../../src/follow/codedeploy/pace.ts'
import type {CodeDeploySnapshot, DeploymentState, LifecycleEvent} from '../../src/follow/codedeploy/snapshot.ts'
import {NO_EVIDENCE} from '../../src/follow/facts.ts'
import type {StartedDeployment} from '../../src/follow/started.ts'

const T0 = Date.UTC(2026, 10, 2, 9)
const at = (seconds: number): Date => new Date(T0 + seconds * 1000)
const ARN = 'arn:aws:ecs:eu-central-1:111122223333'

const group: CodeDeployGroup = {
  application: 'AppECS-prod-web',
  name: 'DgpECS-prod-web',
  config: 'CodeDeployDefault.ECSAllAtOnce',
  shift: {waits: 0, waitMinutes: 0, percent: 100},
  readyMinutes: undefined,
  terminationMinutes: 5,
  rollsBackOn: ['DEPLOYMENT_FAILURE']
}

const started: StartedDeployment = {
  service: {name: 'web', arn: `${ARN}:service/prod/web`, clusterArn: `${ARN}:cluster/prod`},
  deploymentId: 'd-1',
  taskDefinitionArn: `${ARN}:task-definition/web:2`,
  previousTaskDefinitionArn: `${ARN}:task-definition/web:1`,
  startedAt: at(0),
  desiredCount: 2,
  joined: false,
  scaledTo: undefined,
  image: {reference: 'example.org/web:v2', containers: ['app']},
  rollout: {
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    gracePeriodSeconds: 0,
    targetGroups: [],
    bakeMinutes: 0,
    alarms: false,
    shift: undefined,
    earlySuccess: undefined,
    isDaemon: false
  },
  codeDeploy: {group, id: 'd-1'}
}

const inProgress: DeploymentState = {
  id: 'd-1',
  status: 'InProgress',
  error: undefined,
  rollbackId: undefined,
  isTerminating: false,
  completedAt: undefined,
  rollsBackOn: group.rollsBackOn
}

const taskSet = (number: 1 | 2, status: string) => ({
  id: `ecs-svc/${number}`,
  status,
  taskDefinitionArn: `${ARN}:task-definition/web:${number}`,
  running: 2,
  pending: 0,
  failed: 0,
  createdAt: undefined,
  updatedAt: undefined,
  rolloutState: undefined,
  reason: undefined,
  madeBy: number === 2 ? 'd-1' : undefined,
  desired: 2,
  isSteady: true
})

const event = (name: string, status: string, from?: number, to?: number): LifecycleEvent => ({
  name,
  status,
  from: from === undefined ? undefined : at(from),
  to: to === undefined ? undefined : at(to),
  message: undefined
})

function look(
  deployment: Partial<DeploymentState> = {},
  events: readonly LifecycleEvent[] = [event('Install', 'InProgress', 5)],
  more: Partial<CodeDeploySnapshot> = {}
): CodeDeploySnapshot {
  return {
    deployment: {...inProgress, ...deployment},
    rollback: undefined,
    events,
    production: 0,
    service: {
      arn: started.service.arn,
      status: 'ACTIVE',
      desiredCount: 2,
      deployments: [taskSet(1, 'PRIMARY'), taskSet(2, 'ACTIVE')],
      events: [],
      rollsBack: {onFailure: false, onAlarm: false},
      serviceDeployment: 'unavailable',
      tasks: undefined
    },
    ...more
  }
}

function facts(seen: CodeDeploySnapshot, more: Partial<CodeDeployFacts> = {}): CodeDeployFacts {
  const moment = {
    now: at(60),
    until: at(1800),
    minutes: 30,
    trouble: undefined,
    cancelled: false,
    waitFor: 'deployed' as const,
    evidence: NO_EVIDENCE
  }
  return {started, seen, endedLooks: 1, moment, ...more}
}

describe('the end of a deployment', () => {
  const failed = (message: string, code = 'HOOK_EXECUTION_FAILURE'): Partial<DeploymentState> => ({
    status: 'Failed',
    error: {code, message}
  })

  test('that failed waits for the rollback that is due', () => {
    const seen = look(failed('no'), [event('Install', 'Succeeded', 1, 2), event('AfterInstall', 'Failed', 3, 4)])
    expect(conclude(facts(seen, {endedLooks: 14}))).toBeUndefined()
    expect(conclude(facts(seen, {endedLooks: 15}))).toMatchObject({
      status: 'failed',
      cause: 'hook',
      headline: expect.stringMatching(
        /^Failed because the hook of AfterInstall failed: .* Production is on web:1, with/
      )
    })
  })

  test('before there are new tasks has nothing to roll back', () => {
    const seen = look(failed('no'), [event('BeforeInstall', 'Failed', 1, 2), event('Install', 'Skipped')])
    expect(conclude(facts(seen, {endedLooks: 2}))).toBeUndefined()
    expect(conclude(facts(seen, {endedLooks: 3}))?.status).toBe('failed')
  })

  test('with a rollback is the rollback’s', () => {
    const rollback = (status: string): CodeDeploySnapshot =>
      look({...failed('no'), rollbackId: 'd-2'}, [], {rollback: {...inProgress, id: 'd-2', status}})
    expect(conclude(facts(rollback('InProgress'), {endedLooks: 99}))).toBeUndefined()
    expect(conclude(facts(rollback('Succeeded')))?.status).toBe('rolled-back')
    expect(conclude(facts(rollback('Failed')))?.status).toBe('rollback-failed')
  })

  test.each([
    ['MANUAL_STOP', 'stopped', 'request'],
    ['TIMEOUT', 'stopped', 'pause-timed-out'],
    ['ALARM_ACTIVE', 'failed', 'alarm']
  ])('that was Stopped with %s is %s', (code, status, cause) => {
    const seen = look({status: 'Stopped', error: {code, message: 'It ended.'}, rollsBackOn: []})
    expect(conclude(facts(seen, {endedLooks: 3}))).toMatchObject({status, cause})
  })

  test('what CodeDeploy says is told on one line', () => {
    const seen = look({...failed('one\n::error::two', 'ECS_UPDATE_ERROR'), rollsBackOn: []})
    const outcome = conclude(facts(seen, {endedLooks: 3}))
    expect(outcome?.headline).toContain('CodeDeploy is not set up for it')
    expect(outcome?.headline).toContain('CodeDeploy says: one')
    expect(outcome?.headline).not.toMatch(/\n/)
    expect(outcome?.footer?.next).toBe(
      'Put right what ECS refuses; then run the job again: it uses the same image and revision.'
    )
  })
})

describe('what a deployment works towards', () => {
  test('is ours while it is on its way, and what serves production after that', () => {
    const timedOut = facts(look())
    const late = {...timedOut, moment: {...timedOut.moment, now: at(1800)}}
    expect(conclude(late)).toMatchObject({
      status: 'timed-out',
      primary: {id: 'd-1', taskDefinitionArn: started.taskDefinitionArn}
    })
    const stopped = look({status: 'Stopped', error: {code: 'MANUAL_STOP', message: ''}, rollsBackOn: []})
    expect(conclude(facts(stopped, {endedLooks: 3}))?.primary?.id).toBe('ecs-svc/1')
  })
})

describe('the time to follow', () => {
  test('has room for all that the group waits for', () => {
    expect(budgetOf(group, undefined)).toEqual({
      minutes: 35,
      from: 'old tasks are kept 5 min; time in hooks comes on top'
    })
    const shift = {waits: 9, waitMinutes: 3, percent: 10}
    expect(budgetOf({...group, shift, readyMinutes: 60}, undefined)).toEqual({
      minutes: 125,
      from: 'up to 1 h until somebody continues it; 9 waits of 3 min between steps of 10 % of the traffic; old tasks are kept 5 min; time in hooks comes on top'
    })
    expect(budgetOf({...group, terminationMinutes: 2880}, undefined).minutes).toBe(360)
    expect(budgetOf(group, 7)).toMatchObject({minutes: 7, from: expect.stringMatching(/^as `wait-for-minutes` says/)})
  })

  test('leaves out what functions of hooks take', () => {
    const events = [
      event('Install', 'Succeeded', 0, 50),
      event('AfterInstall', 'Succeeded', 50, 80),
      event('BeforeAllowTraffic', 'InProgress', 90)
    ]
    expect(heldFor(look({}, events), at(100))).toBe(40_000)
  })

  test('is spent with looks that are quick where something is about to happen', () => {
    const trouble = undefined
    const quiet = {seen: look(), group, changedAt: at(0), trouble}
    expect(pace(quiet, at(10))).toBe(2000)
    expect(pace(quiet, at(100))).toBe(4000)
    const kept = {...quiet, seen: look({isTerminating: true}, [event('AfterAllowTraffic', 'Succeeded', 10, 11)])}
    expect(pace(kept, at(100))).toBe(4000)
    expect(pace(kept, at(11 + 290))).toBe(2000)
    expect(pace({...quiet, seen: look({status: 'Failed'})}, at(100))).toBe(1000)
  })
})

describe('lifecycle events', () => {
  test('stand for the stages of ECS', () => {
    const seen = look({}, [event('BeforeInstall', 'Succeeded', 1, 2), event('Install', 'InProgress', 3)])
    expect(hasCome(seen, 'RECONCILE_SERVICE')).toBe(true)
    expect(hasCome(seen, 'SCALE_UP')).toBe(true)
    expect(hasCome(seen, 'POST_SCALE_UP')).toBe(false)
    expect(hasCome(look({isTerminating: true}, []), 'BAKE_TIME')).toBe(true)
  })

  test('that passed between two looks are told in one line', () => {
    const before = look({}, [event('BeforeInstall', 'InProgress', 5), event('Install', 'Pending')])
    const now = look({}, [event('BeforeInstall', 'Succeeded', 5, 6), event('Install', 'InProgress', 6)])
    expect(differences(started, before, now, [])).toEqual([
      {kind: 'note', text: 'BeforeInstall took 1 s; lifecycle event Install'}
    ])
  })

  test('and the waits between them are the parts of the report', () => {
    const ready = {...started, codeDeploy: {id: 'd-1', group: {...group, readyMinutes: 10}}}
    const seen = look({isTerminating: true, completedAt: at(400)}, [
      event('AfterInstall', 'Succeeded', 50, 51),
      event('BeforeAllowTraffic', 'Succeeded', 90, 91),
      event('AllowTraffic', 'Skipped')
    ])
    expect(toLifecycle(seen, ready).stages).toEqual([
      {stage: 'AfterInstall', from: at(50), to: at(51)},
      {stage: 'ReadyWait', from: at(51), to: at(90)},
      {stage: 'BeforeAllowTraffic', from: at(90), to: at(91)},
      {stage: 'TerminationWait', from: at(91), to: at(400)}
    ])
  })
})
