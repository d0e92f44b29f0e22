import {DeleteServiceCommand, ListTasksCommand, StopTaskCommand, UpdateServiceCommand} from '@aws-sdk/client-ecs'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import type {Followed} from '../../src/follow/follow.ts'
import {Stage, withRollback} from './stage.ts'

let stage: Stage

beforeEach(async () => {
  stage = await Stage.open()
  await stage.service(withRollback, stage.balanced())
})

afterEach(async () => {
  await stage.close()
  expect(stage.emulator.defects).toEqual([])
})

/** What is done so many seconds after the start, while a release that goes well otherwise is in this phase. */
const PHASES: readonly (readonly [string, number])[] = [
  ['right after the update', 1],
  ['placing', 14],
  ['pulling', 22],
  ['starting', 30],
  ['becoming healthy', 45],
  ['draining', 90]
]

async function release(tag = 'ok'): Promise<Followed> {
  const [only] = await stage.follow([await stage.release(tag)])
  if (only === undefined) throw new Error('Nothing was followed')
  return only
}

const scale = (desiredCount: number): Promise<unknown> =>
  stage.ecs.send(new UpdateServiceCommand({cluster: 'prod', service: 'web', desiredCount}))

/** Seconds from an act at that time to the end of following. */
const lag = ({started, endedAt}: Followed, acted: number): number =>
  (endedAt.getTime() - started.startedAt.getTime()) / 1000 - acted

test('tasks that somebody stopped are waited for, although the service has the revision already', async () => {
  const joined = await stage.release('ok', {taskDefinition: 'web:1'})
  const {taskArns = []} = await stage.ecs.send(new ListTasksCommand({cluster: 'prod', serviceName: 'web'}))
  for (const task of taskArns) await stage.ecs.send(new StopTaskCommand({cluster: 'prod', task}))
  const [followed] = await stage.follow([joined])
  expect(followed).toMatchObject({outcome: {status: 'unchanged'}, proof: {tasks: 2, same: 2}})
  expect(followed?.outcome.headline).toContain('2 of 2 tasks run it')
  expect(followed?.timeline.placed).not.toEqual(followed?.endedAt)
})

describe('a newer deployment', () => {
  test.each(PHASES)('supersedes ours, %s', async (_, seconds) => {
    stage.later(seconds, () => stage.release('ok-again'))
    const followed = await release()
    expect(followed.outcome.status).toBe('superseded')
    expect(followed.outcome.headline).toContain('a newer deployment of web:3')
    expect(lag(followed, seconds)).toBeLessThanOrEqual(5)
  })

  test('is said to be of whom its revision is', async () => {
    const run = 'https://github.com/shop/web/actions/runs/42/attempts/1'
    const tags = [
      {key: 'ecs-release:commit', value: '3c5f1e2a'.repeat(5)},
      {key: 'ecs-release:run', value: run}
    ]
    stage.later(20, async () => {
      await stage.release('', {taskDefinition: await stage.register('ok-again', 'web', {tags})})
    })
    const {outcome} = await release()
    expect(outcome.headline).toContain(`, commit 3c5f1e2, ${run}) replaced web:2 on web in prod`)
    expect(outcome.footer?.now).toContain('web:1')
  })

  test('where the tags may not be read, it is told all the same', async () => {
    stage.emulator.faults.set([{service: 'ecs', operation: 'DescribeTaskDefinition', fault: {kind: 'access-denied'}}])
    stage.later(20, () => stage.release('ok-again'))
    expect((await release()).outcome.headline).toMatch(/a newer deployment of web:3 \(ecs-svc\/\d+\) replaced/)
  })
})

describe('a service that is deleted', () => {
  test.each(PHASES)('is gone, %s', async (_, seconds) => {
    const command = new DeleteServiceCommand({cluster: 'prod', service: 'web', force: true})
    stage.later(seconds, () => stage.ecs.send(command))
    const followed = await release()
    expect(followed.outcome.status).toBe('service-gone')
    expect(lag(followed, seconds)).toBeLessThanOrEqual(5)
  })
})

describe('scaling', () => {
  test.each(PHASES)('to more tasks is followed to the end, %s', async (_, seconds) => {
    stage.later(seconds, () => scale(4))
    const {outcome} = await release()
    expect(outcome.headline).toMatch(/^Deployed web:2 to web in prod: 4 of 4 tasks run it, /)
  })

  test.each(PHASES)('to fewer tasks as well, %s', async (_, seconds) => {
    stage.later(seconds, () => scale(1))
    const {outcome} = await release()
    expect(outcome.headline).toMatch(/^Deployed web:2 to web in prod: 1 of 1 task runs it, /)
  })

  test.each(PHASES)('to none proves nothing, %s', async (_, seconds) => {
    stage.later(seconds, () => scale(0))
    const {outcome} = await release()
    expect(outcome.status).toBe('scaled-to-zero')
    expect(stage.lines.join('\n')).toContain('the desired count of the service changed from 2 to 0')
  })
})

describe('an alarm', () => {
  const alarms = {alarmNames: ['web-5xx', 'web-latency'], enable: true, rollback: true}
  const watched = (rollback: boolean): Promise<unknown> =>
    stage.ecs.send(
      new UpdateServiceCommand({
        cluster: 'prod',
        service: 'web',
        deploymentConfiguration: {...withRollback, alarms: {...alarms, rollback}}
      })
    )

  test.each([30, 90, 200])('rolls back, after %d s', async seconds => {
    await watched(true)
    stage.later(seconds, () => {
      stage.alarm('web-5xx', 'ALARM')
    })
    const {outcome} = await release()
    expect(outcome).toMatchObject({status: 'rolled-back', cause: 'alarm'})
    expect(outcome.headline).toMatch(/^Rolled back because the alarm web-5xx went off: web in prod runs web:1 again/)
  })

  test('fails the deployment where it does not roll back', async () => {
    await watched(false)
    stage.later(60, () => {
      stage.alarm('web-latency', 'ALARM')
    })
    const {outcome} = await release()
    expect(outcome).toMatchObject({status: 'failed', cause: 'alarm'})
    expect(outcome.headline).toMatch(/^Failed because the alarm web-latency went off: /)
    expect(outcome.footer?.command).toBe(
      'aws ecs update-service --region eu-central-1 --cluster prod --service web --task-definition web:1'
    )
  })

  test('is watched for some minutes after the last task, and that is said', async () => {
    await watched(true)
    const {outcome} = await release()
    expect(outcome.status).toBe('deployed')
    expect(stage.lines.filter(line => line.endsWith('waiting: the bake time of the alarms'))).toHaveLength(1)
  })

  test('without service deployments, it is the cause as well', async () => {
    await watched(true)
    for (const operation of ['ListServiceDeployments', 'DescribeServiceDeployments']) {
      stage.emulator.faults.add({service: 'ecs', operation, fault: {kind: 'access-denied'}})
    }
    stage.later(60, () => {
      stage.alarm('web-5xx', 'ALARM')
    })
    expect((await release()).outcome).toMatchObject({status: 'rolled-back', cause: 'alarm'})
  })
})

describe('what AWS answers late, or not at all', () => {
  test.each([5, 15, 30])('reads of %d s ago, at first, change nothing', async seconds => {
    await stage.look()
    stage.emulator.faults.set([{service: 'ecs', operation: 'DescribeServices', to: 6, fault: {kind: 'stale', seconds}}])
    const {outcome} = await release()
    expect(outcome.status).toBe('deployed')
    expect(stage.emulator.faults.list()[0]?.injected).toBe(6)
    expect(stage.lines.join('\n')).not.toContain('is the primary deployment again')
  })

  test('an answer that takes half a minute is waited for', async () => {
    stage.emulator.faults.set([
      {service: 'ecs', operation: 'DescribeServices', call: 9, fault: {kind: 'delay', milliseconds: 30_000}}
    ])
    expect((await release()).outcome.status).toBe('deployed')
  })

  test.each(['ListTasks', 'DescribeTasks'])('tasks that cannot be read change nothing (%s)', async operation => {
    stage.emulator.faults.set([{service: 'ecs', operation, every: 2, fault: {kind: 'throttling'}}])
    expect((await release()).outcome.status).toBe('deployed')
  })
})
