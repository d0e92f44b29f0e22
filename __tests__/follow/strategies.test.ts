import type {DeploymentConfiguration, DeploymentLifecycleHook, DeploymentLifecycleHookStage} from '@aws-sdk/client-ecs'
import {StopServiceDeploymentCommand} from '@aws-sdk/client-ecs'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import type {Followed, FollowWishes} from '../../src/follow/follow.ts'
import {openPauses} from '../../src/follow/lifecycle.ts'
import {Stage} from './stage.ts'

const blueGreen: DeploymentConfiguration = {strategy: 'BLUE_GREEN', bakeTimeInMinutes: 2}
const canary: DeploymentConfiguration = {
  strategy: 'CANARY',
  canaryConfiguration: {canaryPercent: 10, canaryBakeTimeInMinutes: 3}
}
const FUNCTION = 'arn:aws:lambda:eu-central-1:111122223333:function:smoke-test'

let stage: Stage

beforeEach(async () => {
  stage = await Stage.open()
})

afterEach(async () => {
  await stage.close()
  expect(stage.emulator.defects).toEqual([])
})

function pause(
  at: DeploymentLifecycleHookStage,
  timeoutConfiguration?: DeploymentLifecycleHook['timeoutConfiguration']
): DeploymentLifecycleHook {
  return {targetType: 'PAUSE', lifecycleStages: [at], timeoutConfiguration}
}

function lambda(at: DeploymentLifecycleHookStage): DeploymentLifecycleHook {
  return {hookTargetArn: FUNCTION, roleArn: 'arn:aws:iam::111122223333:role/hooks', lifecycleStages: [at]}
}

/** Follows the next release of a service that shifts traffic so. */
async function release(
  configuration: DeploymentConfiguration,
  wishes: Partial<FollowWishes> = {},
  meanwhile: (stage: Stage) => void = () => undefined
): Promise<Followed> {
  await stage.shifting(configuration)
  const started = await stage.release('next')
  meanwhile(stage)
  const [only] = await stage.follow([started], wishes)
  if (only === undefined) throw new Error('Nothing was followed')
  return only
}

/** What the log says of stages, traffic, hooks and pauses. */
function course(): string[] {
  const told = /stage|traffic|hook|paus|continued|rolled back|rolling back/i
  return stage.lines
    .map(line => line.slice(7).trimStart())
    .filter(line => told.test(line) && !line.startsWith('following'))
}

describe('a deployment that shifts traffic', () => {
  test('blue/green: the log has the stages in order, the time in each, and the traffic', async () => {
    const {outcome, lifecycle} = await release(blueGreen)
    expect(outcome.headline).toMatch(/^Deployed web:2 to web in prod: 2 of 2 tasks run it, /)
    expect(course().filter(line => !line.startsWith('no change'))).toEqual([
      'stage PRE_SCALE_UP',
      'stage SCALE_UP; PRE_SCALE_UP took 10 s',
      'stage POST_SCALE_UP; SCALE_UP took 50 s',
      'stage TEST_TRAFFIC_SHIFT; POST_SCALE_UP took 10 s',
      '100 % of the test traffic on web:2',
      'stage POST_TEST_TRAFFIC_SHIFT; TEST_TRAFFIC_SHIFT took 10 s',
      'stage PRE_PRODUCTION_TRAFFIC_SHIFT; POST_TEST_TRAFFIC_SHIFT took 10 s',
      'stage PRODUCTION_TRAFFIC_SHIFT; PRE_PRODUCTION_TRAFFIC_SHIFT took 10 s',
      '100 % of the production traffic on web:2',
      'stage POST_PRODUCTION_TRAFFIC_SHIFT; PRODUCTION_TRAFFIC_SHIFT took 10 s',
      'stage BAKE_TIME; POST_PRODUCTION_TRAFFIC_SHIFT took 10 s',
      'stage CLEAN_UP; BAKE_TIME took 2 min 10 s'
    ])
    expect(stage.lines.map(line => line.slice(8))).toContain('waiting: the bake time of 2 min')
    expect(lifecycle.stages.every(({to}) => to !== undefined)).toBe(true)
  })

  test('canary: the log says how much traffic is where, and for how long', async () => {
    expect((await release(canary)).outcome.status).toBe('deployed')
    expect(course()).toEqual(
      expect.arrayContaining([
        '10 % of the production traffic on web:2',
        'waiting: 3 min with 10 % of the production traffic, then the next step',
        '100 % of the production traffic on web:2'
      ])
    )
  })

  test('goes back when an alarm goes off, and the log says where the traffic is then', async () => {
    const alarms = {alarmNames: ['web-5xx'], enable: true, rollback: true}
    const {outcome} = await release({...canary, alarms}, {}, () => {
      stage.later(150, () => {
        stage.alarm('web-5xx', 'ALARM')
      })
    })
    expect(outcome).toMatchObject({status: 'rolled-back', cause: 'alarm'})
    expect(course()).toContain('0 % of the production traffic on web:2')
  })

  test('goes back when somebody stops it', async () => {
    const {outcome} = await release(blueGreen, {}, () => {
      stage.later(100, async () => {
        const serviceDeploymentArn = await stage.serviceDeployment()
        await stage.ecs.send(new StopServiceDeploymentCommand({serviceDeploymentArn, stopType: 'ROLLBACK'}))
      })
    })
    expect(outcome).toMatchObject({status: 'rolled-back', cause: 'request'})
  })
})

describe('a pause', () => {
  const paused = {...blueGreen, lifecycleHooks: [pause('POST_TEST_TRAFFIC_SHIFT')]}

  test('that is waited for ends the step well, and says how to go on', async () => {
    const followed = await release(paused, {waitFor: 'POST_TEST_TRAFFIC_SHIFT'})
    const [open] = openPauses(followed.lifecycle)
    expect(followed.outcome.status).toBe('paused')
    expect(followed.outcome.headline).toMatch(
      /^Paused at POST_TEST_TRAFFIC_SHIFT: web:2 on web in prod has 100 % of the test traffic and 0 % of the production traffic after 1 min 30 s; ECS waits until 2026-11-03 12:11 UTC for somebody to continue/
    )
    expect(followed.outcome.footer?.step?.with).toEqual({
      'aws-region': 'eu-central-1',
      'service-deployment-arn': followed.serviceDeploymentArn,
      'hook-id': open?.hook.id
    })
    expect(followed.proof).toMatchObject({tasks: 2, same: 2})
  })

  test('that nobody asked to wait for is told, and the deployment is followed when it goes on', async () => {
    const {outcome, lifecycle} = await release(paused, {}, () => {
      stage.later(2700, () => stage.answer('CONTINUE'))
    })
    expect(outcome.status).toBe('deployed')
    expect(lifecycle.pauses).toMatchObject([{answer: {action: 'CONTINUE', timedOut: false}}])
    expect(course()).toEqual(
      expect.arrayContaining([
        'somebody continued the deployment at POST_TEST_TRAFFIC_SHIFT',
        'stage BAKE_TIME; POST_PRODUCTION_TRAFFIC_SHIFT took 10 s'
      ])
    )
    expect(course().filter(line => line.startsWith('waiting: paused at')).length).toBeLessThanOrEqual(6)
  })

  test('that is rolled back was somebody’s wish', async () => {
    const {outcome} = await release(paused, {}, () => {
      stage.later(600, () => stage.answer('ROLLBACK'))
    })
    expect(outcome).toMatchObject({status: 'rolled-back', cause: 'request'})
    expect(outcome.headline).toMatch(/^Rolled back because somebody asked for it at POST_TEST_TRAFFIC_SHIFT: /)
    const said = course()
    const answer = said.indexOf('somebody had the deployment rolled back at POST_TEST_TRAFFIC_SHIFT')
    expect(answer).toBeGreaterThan(0)
    expect(said.findIndex(line => line.startsWith('ECS is rolling back'))).toBeGreaterThan(answer)
  })

  test.each(['ROLLBACK', 'CONTINUE'] as const)('that times out ends in %s, and is told as such', async action => {
    const hook = pause('POST_TEST_TRAFFIC_SHIFT', {timeoutInMinutes: 10, action})
    const {outcome} = await release({...blueGreen, lifecycleHooks: [hook]})
    const goesOn = action === 'CONTINUE'
    expect(outcome.status).toBe(goesOn ? 'deployed' : 'rolled-back')
    expect(outcome.cause).toBe(goesOn ? undefined : 'pause-timed-out')
    expect(course()).toContain(
      `nobody continued the deployment at POST_TEST_TRAFFIC_SHIFT in time: ECS ${goesOn ? 'goes on' : 'rolls back'}`
    )
  })

  test.each(['CONTINUE', 'ROLLBACK'] as const)('ends in %s also where its hook stays visible', async action => {
    stage.keepsHooks()
    const hooks = {...blueGreen, lifecycleHooks: [lambda('POST_SCALE_UP'), pause('POST_TEST_TRAFFIC_SHIFT')]}
    const {outcome, lifecycle} = await release(hooks, {}, () => {
      stage.later(300, () => stage.answer(action))
    })
    expect(outcome).toMatchObject(
      action === 'CONTINUE' ? {status: 'deployed'} : {status: 'rolled-back', cause: 'request'}
    )
    expect(lifecycle.pauses).toMatchObject([{answer: {action, timedOut: false}}])
    expect(course().filter(line => line.startsWith('hook '))).toEqual([
      'hook smoke-test runs',
      'hook smoke-test answered SUCCEEDED'
    ])
  })

  test('beside a function that fails is not what rolled back', async () => {
    stage.hooks({status: 'FAILED', afterSeconds: 30})
    const lifecycleHooks = [lambda('POST_TEST_TRAFFIC_SHIFT'), pause('POST_TEST_TRAFFIC_SHIFT')]
    const {outcome} = await release({...blueGreen, lifecycleHooks})
    expect(outcome).toMatchObject({status: 'rolled-back', cause: 'hook'})
    expect(course().join()).not.toContain('somebody had the deployment rolled back')
  })

  test('counts where the user says how long to follow, and the last words say how to go on', async () => {
    const {outcome} = await release(paused, {waitForMinutes: 10})
    expect(outcome.headline).toMatch(
      /^Timed out: after 10 minutes ECS is still deploying web:2 to web in prod, paused at POST_TEST_TRAFFIC_SHIFT/
    )
    expect(outcome.footer?.step?.uses).toBe('continue')
  })

  test('before the stage that is waited for has to be continued first', async () => {
    const {outcome} = await release(paused, {waitFor: 'BAKE_TIME'}, () => {
      stage.later(300, () => stage.answer('CONTINUE'))
    })
    expect(outcome).toMatchObject({status: 'reached', footer: undefined})
    expect(outcome.headline).toMatch(
      /^Reached BAKE_TIME: web:2 on web in prod has 100 % of the test traffic and 100 % of the production traffic after/
    )
  })
})

describe('a stage that is waited for', () => {
  test('is reached where nothing pauses there', async () => {
    expect((await release(blueGreen, {waitFor: 'POST_SCALE_UP'})).outcome.status).toBe('reached')
  })

  test('is not reached by a deployment that goes back before', async () => {
    stage.hooks({status: 'FAILED'})
    const hooks = {...blueGreen, lifecycleHooks: [lambda('POST_SCALE_UP')]}
    expect((await release(hooks, {waitFor: 'BAKE_TIME'})).outcome.status).toBe('rolled-back')
  })

  test('is the end of the deployment where stages may not be read, and the log says so', async () => {
    await stage.shifting(blueGreen)
    const started = await stage.release('next')
    stage.emulator.faults.set([
      {service: 'ecs', operation: 'DescribeServiceDeployments', fault: {kind: 'access-denied'}}
    ])
    const [followed] = await stage.follow([started], {waitFor: 'BAKE_TIME'})
    expect(followed?.outcome.status).toBe('deployed')
    expect(stage.lines.join('\n')).toContain('its stages are told by ecs:DescribeServiceDeployments, which is missing')
  })
})

describe('a hook', () => {
  test('is told when it runs and when it answers, and has its time', async () => {
    stage.hooks({status: 'SUCCEEDED', afterSeconds: 1500})
    const {outcome} = await release({...blueGreen, lifecycleHooks: [lambda('POST_SCALE_UP')]})
    expect(outcome.status).toBe('deployed')
    expect(course()).toEqual(expect.arrayContaining(['hook smoke-test runs', 'hook smoke-test answered SUCCEEDED']))
  })

  test('that fails is why the deployment goes back, with what to do', async () => {
    stage.hooks({status: 'FAILED', afterSeconds: 30})
    const {outcome} = await release({...blueGreen, lifecycleHooks: [lambda('POST_TEST_TRAFFIC_SHIFT')]})
    expect(outcome).toMatchObject({status: 'rolled-back', cause: 'hook'})
    expect(outcome.headline).toContain('because a POST_TEST_TRAFFIC_SHIFT lifecycle hook failed')
    expect(outcome.footer?.next).toBe(
      'See why the function smoke-test answered FAILED: its log group is /aws/lambda/smoke-test; then run the job again: it uses the same image and revision.'
    )
  })
})
