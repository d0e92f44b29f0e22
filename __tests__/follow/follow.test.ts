import {
  DeleteServiceCommand,
  DescribeServiceDeploymentsCommand,
  StopServiceDeploymentCommand,
  UpdateServiceCommand
} from '@aws-sdk/client-ecs'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import type {Followed} from '../../src/follow/follow.ts'
import {Stage, withoutRollback, withRollback} from './stage.ts'

let stage: Stage

beforeEach(async () => {
  stage = await Stage.open()
})

afterEach(async () => {
  await stage.close()
  expect(stage.emulator.defects).toEqual([])
})

/** Releases an image whose tag says how its tasks behave, and follows that. */
async function followRelease(tag: string, minutes?: number): Promise<Followed> {
  return followed(await stage.follow([await stage.release(tag)], minutes))
}

function followed(all: readonly Followed[]): Followed {
  const [only, ...others] = all
  if (only === undefined || others.length > 0) throw new Error(`followed ${all.length}, not one`)
  return only
}

/** Seconds between the end of the service deployment, as ECS has it, and the end of following it. */
async function lag({serviceDeploymentArn = '', endedAt}: Followed): Promise<number> {
  const {serviceDeployments: [only] = []} = await stage.ecs.send(
    new DescribeServiceDeploymentsCommand({serviceDeploymentArns: [serviceDeploymentArn]})
  )
  return (endedAt.getTime() - (only?.finishedAt?.getTime() ?? 0)) / 1000
}

/** How often each operation was called. */
function calls(): Record<string, number> {
  const made = Object.groupBy(stage.emulator.journal.entries(), ({operation}) => operation)
  return Object.fromEntries(Object.entries(made).map(([operation, entries = []]) => [operation, entries.length]))
}

/** Task and deployment ids are long, and not what a test is about. */
function lines(): string[] {
  return stage.lines.map(line => line.replace(/\(task [0-9a-f]+\)/g, '(task …)').replace(/ecs-svc\/\d+/g, 'ecs-svc/…'))
}

/** What is told besides counts of tasks, without the times: with fewer looks some of it is seen later. */
function turns(): string[] {
  return lines()
    .filter(line => !line.includes(' running'))
    .map(line => line.slice('  0:00  '.length))
}

const reads = (fault: 'throttling' | 'reset' | 'server-error' | 'expired-credentials' | 'access-denied') => ({
  kind: fault
})

describe('a deployment that goes well', () => {
  test('is followed to its success', async () => {
    await stage.service(withRollback)
    const release = await followRelease('ok')
    expect(release.outcome).toMatchObject({
      status: 'deployed',
      headline: 'Deployed web:2 to web in prod: 2 of 2 tasks run it, 1 min 50 s.'
    })
    expect(lines()).toEqual([
      '  0:00  web:2: 0 of 2 tasks running; web:1: 2 running',
      '  0:00  following for up to 20 min (the last deployment took 1 min)',
      '  0:10  has started 2 tasks: (task …) (task …).',
      '  0:10  web:2: 0 of 2 tasks running, 2 placing; web:1: 2 running',
      '  0:22  web:2: 0 of 2 tasks running, 2 pulling; web:1: 2 running',
      '  0:26  web:2: 0 of 2 tasks running, 2 starting; web:1: 2 running',
      '  0:40  web:2: 2 of 2 tasks running; web:1: 2 running',
      '  0:40  waiting: new tasks count as healthy once they have run for 40 s: nothing checks them',
      '  1:20  has stopped 2 running tasks: (task …) (task …).',
      '  1:20  web:2: 2 of 2 tasks running; web:1: draining',
      '  1:20  waiting: old tasks stop, which takes them up to 30 s',
      '  1:50  (deployment ecs-svc/…) deployment completed.',
      '  1:50  has reached a steady state.',
      '  1:50  web:2: 2 of 2 tasks running',
      '        2 of 2 tasks run sha256:2689367b205c, the image that is released'
    ])
    expect(await lag(release)).toBeLessThanOrEqual(2)
    expect(release.events).toHaveLength(4)
    expect(release.taskFailures).toEqual([])
    expect(release.timeline.placed).toBeDefined()
    expect(release.timeline.drained).toBeDefined()
  })

  test('with tasks that take long is told once a minute', async () => {
    await stage.service(withRollback)
    await followRelease('slow')
    const heartbeats = stage.lines.filter(line => line.includes('no change for a minute'))
    expect(heartbeats).toEqual([
      expect.stringMatching(
        /^ {2}1:2\d {2}no change for a minute; web:2: 0 of 2 tasks running, 2 pulling; web:1: 2 running; this takes longer than the last deployment did$/
      )
    ])
  })

  test('several services, each to its own outcome', async () => {
    await stage.service(withRollback)
    await stage.service(withRollback, {serviceName: 'worker'})
    const started = [await stage.release('ok'), await stage.release('crash', {service: 'worker'})]
    const all = await stage.follow(started)
    expect(all.map(({outcome}) => outcome.status)).toEqual(['deployed', 'rolled-back'])
    expect(stage.lines).toContain('  0:00  web: web:2: 0 of 2 tasks running; web:1: 2 running')
    expect(stage.lines).toContain('  0:00  worker: worker:2: 0 of 2 tasks running; worker:1: 2 running')
  })

  test('of a service without tasks proves nothing', async () => {
    await stage.service(withRollback, {desiredCount: 0})
    const {outcome} = await followRelease('crash')
    expect(outcome.status).toBe('deployed')
    expect(outcome.headline).toContain('its desired count is 0: no task has run it')
  })

  test('is unchanged where the revision runs already', async () => {
    await stage.service(withRollback)
    const {outcome} = followed(await stage.follow([await stage.release('', {taskDefinition: 'web:1'})]))
    expect(outcome.status).toBe('unchanged')
    expect(stage.lines).toEqual(['        2 of 2 tasks run sha256:2689367b205c, the image that is released'])
  })

  test('that only changes the number of tasks is followed until they run', async () => {
    await stage.service(withRollback)
    const {outcome} = followed(
      await stage.follow([await stage.release('', {taskDefinition: 'web:1', desiredCount: 5})])
    )
    expect(outcome.status).toBe('deployed')
    expect(outcome.headline).toMatch(/^Scaled web in prod from 2 to 5 tasks: 5 of 5 tasks run web:1, \d+ s\.$/)
    expect(stage.lines[0]).toBe('  0:00  web:1: 2 of 5 tasks running')
  })

  test('on its way since before is joined and followed to its end', async () => {
    await stage.service(withRollback)
    const started = await stage.release('ok')
    expect(followed(await stage.follow([{...started, joined: true}])).outcome.status).toBe('deployed')
  })
})

describe('a deployment whose tasks crash', () => {
  test('is followed until ECS has rolled it back', async () => {
    await stage.service(withRollback)
    const release = await followRelease('crash')
    expect(release.outcome).toMatchObject({
      status: 'rolled-back',
      cause: 'circuit-breaker',
      headline:
        'Rolled back by the circuit breaker: container web exited with code 1 in 4 tasks of web:2; ' +
        'web in prod runs web:1 again, with 2 of 2 tasks.'
    })
    expect(lines()).toEqual([
      '  0:00  web:2: 0 of 2 tasks running; web:1: 2 running',
      '  0:00  following for up to 20 min (the last deployment took 1 min)',
      '  0:10  has started 2 tasks: (task …) (task …).',
      '  0:10  web:2: 0 of 2 tasks running, 2 placing; web:1: 2 running',
      '  0:22  web:2: 0 of 2 tasks running, 2 pulling; web:1: 2 running',
      '  0:26  web:2: 0 of 2 tasks running, 2 starting; web:1: 2 running',
      '  0:36  web:2: 0 of 2 tasks running; web:1: 2 running',
      '  0:36  2 tasks stopped: Essential container in task exited; container web exited with code 1',
      '        container web: the task definition has no logConfiguration for it',
      '  1:02  failed tasks: 2 of 3 before the circuit breaker trips',
      '  1:10  has started 2 tasks: (task …) (task …).',
      '  1:10  web:2: 0 of 2 tasks running, 2 placing; web:1: 2 running',
      '  1:22  web:2: 0 of 2 tasks running, 2 pulling; web:1: 2 running',
      '  1:26  web:2: 0 of 2 tasks running, 2 starting; web:1: 2 running',
      '  1:36  web:2: 0 of 2 tasks running; web:1: 2 running',
      '  2:02  failed tasks: 3 of 3, the circuit breaker has tripped',
      '  2:10  (deployment ecs-svc/…) deployment failed: tasks failed to start.',
      '  2:10  rolling back to deployment ecs-svc/….',
      '  2:10  web:2: failed; web:1: 2 of 2 tasks running',
      '  2:10  ECS is rolling back: Service deployment rolled back because the circuit breaker threshold was exceeded.',
      '  2:20  (deployment ecs-svc/…) deployment completed.',
      '  2:20  has reached a steady state.',
      '  2:20  web:1: 2 of 2 tasks running'
    ])
    expect(release.taskFailures).toMatchObject([
      {reason: 'Essential container in task exited', containers: [{name: 'web', exitCode: 1}], taskIds: {length: 4}}
    ])
    expect(await lag(release)).toBeLessThanOrEqual(2)
  })

  test('is explained with its log when the first task fails, once', async () => {
    stage.logged()
    await stage.service(withRollback)
    const {outcome} = await followRelease('crash')
    const told = stage.lines.findIndex(line => line.includes('2 tasks stopped: Essential container in task exited'))
    expect(
      stage.lines.slice(told).findIndex(line => line.includes('before the circuit breaker trips'))
    ).toBeGreaterThan(0)
    const logged = stage.lines.filter(line => line.includes('Error: cannot connect to the database'))
    expect(logged).toEqual(['            Error: cannot connect to the database'])
    expect(outcome.headline).toContain('container web exited with code 1 in 4 tasks of web:2')
  })

  test('has failed at once where ECS does not roll back', async () => {
    await stage.service(withoutRollback)
    const {outcome} = await followRelease('crash')
    expect(outcome.status).toBe('failed')
    expect(outcome.headline).toContain('Still running: 2 tasks of web:1.')
  })

  test('of the revision that ran before goes back to the earlier deployment', async () => {
    await stage.service(withRollback)
    stage.breaks()
    const {outcome} = followed(
      await stage.follow([await stage.release('', {taskDefinition: 'web:1', forceNewDeployment: true})])
    )
    expect(outcome.status).toBe('rolled-back')
    expect(outcome.headline).toContain(
      '4 tasks of web:1; web in prod runs the earlier deployment of web:1 again, with 2 of 2 tasks.'
    )
  })

  test('cannot be rolled back where nothing ran before', async () => {
    await stage.service(withRollback, {taskDefinition: await stage.register('crash'), desiredCount: 1})
    const {outcome} = await followRelease('crash')
    expect(outcome).toMatchObject({
      status: 'rollback-failed',
      reason: 'No rollback candidate was found to run the rollback.'
    })
  })

  test('goes on for ever without a circuit breaker, until the time is over', async () => {
    await stage.service()
    const release = await followRelease('crash', 10)
    expect(release.outcome).toMatchObject({
      status: 'timed-out',
      headline: expect.stringMatching(
        /^Timed out: after 10 minutes ECS is still deploying web:2 to web in prod: 0 of 2 tasks run it; container web exited with code 1 in \d+ tasks of web:2\.$/
      )
    })
    expect(release.endedAt.getTime() - release.started.startedAt.getTime()).toBe(600_000)
    expect(stage.lines).toContain('  1:02  failed tasks: 2')
  })
})

describe('what others do meanwhile', () => {
  test('a newer deployment supersedes ours', async () => {
    await stage.service(withRollback)
    stage.later(20, () => stage.release('ok-again'))
    const {outcome} = await followRelease('ok')
    expect(outcome.status).toBe('superseded')
    expect(outcome.headline).toMatch(/a newer deployment of web:3 \(ecs-svc\/\d+\) replaced web:2 on web in prod/)
  })

  test('our service deployment is found among many newer ones', async () => {
    await stage.service(withRollback)
    const started = await stage.release('ok')
    const ours = await stage.serviceDeployment()
    for (let times = 0; times < 25; times++)
      await stage.release('', {taskDefinition: 'web:1', forceNewDeployment: true})
    const release = followed(await stage.follow([started]))
    expect(release.outcome.status).toBe('superseded')
    expect(release.serviceDeploymentArn).toBe(ours)
  })

  test('a deployment that is stopped by hand is rolled back', async () => {
    await stage.service(withRollback)
    const started = await stage.release('slow')
    stage.later(60, async () => {
      const serviceDeploymentArn = await stage.serviceDeployment()
      await stage.ecs.send(new StopServiceDeploymentCommand({serviceDeploymentArn, stopType: 'ROLLBACK'}))
    })
    expect(followed(await stage.follow([started])).outcome.status).toBe('rolled-back')
    expect(stage.lines.some(line => line.includes('a rollback was requested'))).toBe(true)
  })

  test('a service that is deleted is gone', async () => {
    await stage.service(withRollback)
    stage.later(20, () => stage.ecs.send(new DeleteServiceCommand({cluster: 'prod', service: 'web', force: true})))
    const {outcome} = await followRelease('ok')
    expect(outcome.status).toBe('service-gone')
    expect(outcome.headline).toMatch(/^Service gone: web in prod (is being|was) deleted/)
  })

  test('scaling is told', async () => {
    await stage.service(withRollback)
    stage.later(20, () => stage.ecs.send(new UpdateServiceCommand({cluster: 'prod', service: 'web', desiredCount: 0})))
    const {outcome} = await followRelease('ok')
    expect(stage.lines).toContain('  0:20  the desired count of the service changed from 2 to 0')
    expect(outcome).toMatchObject({
      status: 'scaled-to-zero',
      headline:
        'Scaled to zero: somebody set the desired count of web in prod from 2 to 0 while web:2 was deployed, so nothing proves it.',
      footer: {command: 'aws ecs update-service --region eu-central-1 --cluster prod --service web --desired-count 2'}
    })
  })

  test('a cancelled job says what ECS goes on with', async () => {
    await stage.service(withRollback)
    stage.later(20, () => {
      stage.cancel.abort(new Error('The job was cancelled'))
    })
    const release = await followRelease('ok')
    expect(release.outcome).toMatchObject({
      status: 'cancelled',
      headline: 'Cancelled: ECS goes on deploying web:2 to web in prod.'
    })
    expect(release.endedAt.getTime() - release.started.startedAt.getTime()).toBeLessThanOrEqual(22_000)
  })
})

describe('reads that fail', () => {
  test('throttled throughout, a third of the one and a half of the other', async () => {
    await stage.service(withRollback)
    stage.emulator.faults.set([
      {service: 'ecs', operation: 'DescribeServices', every: 3, fault: reads('throttling')},
      {service: 'ecs', operation: 'DescribeServiceDeployments', every: 2, fault: reads('throttling')}
    ])
    const release = await followRelease('ok')
    expect(release.outcome.status).toBe('deployed')
    stage.emulator.faults.set([])
    expect(await lag(release)).toBeLessThanOrEqual(5)
  })

  test.each(['ok', 'crash'])('throttled, every third call of all: the verdict is no later (%s)', async tag => {
    await stage.service(withRollback, stage.balanced())
    const started = await stage.release(tag)
    stage.emulator.faults.set([{every: 3, fault: reads('throttling')}])
    const release = followed(await stage.follow([started]))
    stage.emulator.faults.set([])
    expect(release.outcome.status).toBe(tag === 'ok' ? 'deployed' : 'rolled-back')
    expect(await lag(release)).toBeLessThanOrEqual(5)
  })

  test('the service deployment alone, throttled, is no unknown state', async () => {
    await stage.service(withRollback)
    stage.emulator.faults.set([
      {service: 'ecs', operation: 'DescribeServiceDeployments', every: 1, fault: reads('throttling')}
    ])
    const {outcome} = await followRelease('crash')
    expect(outcome.status).toBe('rolled-back')
    expect(stage.lines.filter(line => line.includes('state unknown'))).toEqual([])
  })

  test('every second one leaves nothing unknown', async () => {
    await stage.service()
    stage.emulator.faults.set([{service: 'ecs', operation: 'DescribeServices', every: 2, fault: reads('reset')}])
    for (const minutes of [1.4, 1.5, 1.6, 1.7]) {
      expect((await followRelease('slow', minutes)).outcome.headline).not.toContain('unknown')
    }
    expect(stage.lines.filter(line => line.includes('state unknown'))).toEqual([])
  })

  test.each(['throttling', 'reset', 'server-error', 'expired-credentials'] as const)(
    '%s for a while is ridden out and told',
    async fault => {
      await stage.service(withRollback)
      stage.emulator.faults.set([{service: 'ecs', operation: 'DescribeServices', from: 5, to: 9, fault: reads(fault)}])
      const {outcome} = await followRelease('ok')
      expect(outcome.status).toBe('deployed')
      expect(stage.lines.filter(line => line.includes('state unknown since'))).toHaveLength(1)
      expect(stage.lines.filter(line => line.includes('state known again'))).toHaveLength(1)
    }
  )

  test('credentials that stay expired end it after two minutes', async () => {
    await stage.service(withRollback)
    stage.emulator.faults.set([{service: 'ecs', from: 5, fault: reads('expired-credentials')}])
    const {outcome} = await followRelease('slow')
    expect(outcome.status).toBe('access-lost')
    expect(outcome.headline).toContain('AWS says: The security token included in the request is expired.')
  })

  test('access that is denied ends it after three reads', async () => {
    await stage.service(withRollback)
    stage.emulator.faults.set([{service: 'ecs', operation: 'DescribeServices', fault: reads('access-denied')}])
    const {outcome} = await followRelease('ok')
    expect(outcome.status).toBe('access-lost')
    expect(outcome.headline).toContain('ecs:DescribeServices')
    expect(calls()['DescribeServices']).toBe(3)
  })

  test.each(['ok', 'crash'])('some seconds behind, every second one, changes nothing (%s)', async tag => {
    await stage.service(withRollback)
    const honest = await followRelease(tag)
    const told = turns()
    await stage.close()

    stage = await Stage.open()
    await stage.service(withRollback)
    stage.emulator.faults.set([
      {service: 'ecs', operation: 'DescribeServices', every: 2, fault: {kind: 'stale', seconds: 15}}
    ])
    const stale = await followRelease(tag)
    expect(stale.outcome.status).toBe(honest.outcome.status)
    expect(stale.events).toEqual(honest.events)
    // The service deployment is read fresh, so its turns may be told before those of the service.
    expect(turns().toSorted()).toEqual(told.toSorted())
  })
})

describe('calls that only help', () => {
  test.each(['ok', 'crash'])('without service deployments, `deployments[]` decides (%s)', async tag => {
    await stage.service(withRollback)
    for (const operation of ['ListServiceDeployments', 'DescribeServiceDeployments']) {
      stage.emulator.faults.add({service: 'ecs', operation, fault: reads('access-denied')})
    }
    const {outcome, serviceDeploymentArn} = await followRelease(tag)
    expect(outcome.status).toBe(tag === 'ok' ? 'deployed' : 'rolled-back')
    expect(serviceDeploymentArn).toBeUndefined()
    expect(stage.lines.filter(line => line.includes('not checked: missing ecs:ListServiceDeployments'))).toHaveLength(1)
  })

  test('without listing them, the one that the service names is found', async () => {
    await stage.service(withRollback)
    stage.emulator.faults.set([{service: 'ecs', operation: 'ListServiceDeployments', fault: reads('access-denied')}])
    const {outcome, serviceDeploymentArn} = await followRelease('ok')
    expect(outcome.status).toBe('deployed')
    expect(serviceDeploymentArn).toBeDefined()
    expect(calls()['ListServiceDeployments']).toBe(1)
  })

  test('without a way to roll back, either', async () => {
    await stage.service(withRollback, {taskDefinition: await stage.register('crash'), desiredCount: 1})
    stage.emulator.faults.set([
      {service: 'ecs', operation: 'ListServiceDeployments', fault: reads('access-denied')},
      {service: 'ecs', operation: 'DescribeServiceDeployments', fault: reads('access-denied')}
    ])
    expect((await followRelease('crash')).outcome.status).toBe('rollback-failed')
  })

  test('without stopped tasks the verdict is the same', async () => {
    await stage.service(withRollback)
    stage.emulator.faults.set([{service: 'ecs', operation: 'ListTasks', fault: reads('access-denied')}])
    const {outcome, taskFailures} = await followRelease('crash')
    expect(outcome.status).toBe('rolled-back')
    expect(taskFailures).toEqual([])
    expect(stage.lines.filter(line => line.endsWith('not checked: missing ecs:ListTasks'))).toHaveLength(1)
    expect(calls()['ListTasks']).toBe(1)
  })

  test('tasks that are still stopping at the outcome are told as well', async () => {
    await stage.service()
    const started = await stage.release('crash')
    const {taskFailures} = followed(await stage.follow([started], 0.6))
    expect(taskFailures).toMatchObject([{reason: 'Essential container in task exited', taskIds: {length: 2}}])
  })

  test('tasks of other deployments are not ours', async () => {
    await stage.service()
    const crashing = await followRelease('crash', 1)
    expect(crashing.taskFailures).not.toEqual([])
    expect((await followRelease('ok')).taskFailures).toEqual([])
  })

  test('stopped tasks are only looked for when something may have happened to them', async () => {
    await stage.service(withRollback)
    await followRelease('slow')
    const lists = stage.emulator.journal.entries().filter(({operation}) => operation === 'ListTasks')
    expect(lists.filter(({body = ''}) => body.includes('STOPPED')).length).toBeLessThan(8)
  })
})
