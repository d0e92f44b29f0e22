import {ListTasksCommand, StopTaskCommand} from '@aws-sdk/client-ecs'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import type {Followed, FollowWishes} from '../../src/follow/follow.ts'
import {BLUE_GREEN} from './examples.ts'
import {imageOf, Stage, withRollback} from './stage.ts'

let stage: Stage

beforeEach(async () => {
  stage = await Stage.open()
})

afterEach(async () => {
  await stage.close()
  expect(stage.emulator.defects).toEqual([])
})

async function release(tag: string, wishes: Partial<FollowWishes> = {}): Promise<Followed> {
  const [only] = await stage.follow([await stage.release(tag)], wishes)
  if (only === undefined) throw new Error('Nothing was followed')
  return only
}

/** The log without ids. */
function lines(): string[] {
  return stage.lines.map(line =>
    line
      .replace(/\(task [0-9a-f]+\)/g, '(task …)')
      .replace(/ecs-svc\/\d+/g, 'ecs-svc/…')
      .replace(/arn:\S+:targetgroup\/(\w+)\/\w+/, '$1')
  )
}

const seconds = ({started, endedAt}: Followed): number => (endedAt.getTime() - started.startedAt.getTime()) / 1000

describe('the log of a service behind a load balancer', () => {
  test('shows each phase once, what is waited for, and the proof', async () => {
    await stage.service(withRollback, stage.balanced())
    const {outcome, proof, timeline} = await release('ok')
    expect(outcome.status).toBe('deployed')
    expect(proof).toMatchObject({tasks: 2, same: 2, others: []})
    expect(lines()).toEqual([
      '  0:00  web:2: 0 of 2 tasks running; web:1: 2 running',
      '  0:00  following for up to 20 min (the last deployment took 1 min; targets take up to 30 s to be healthy; targets drain 60 s)',
      '  0:10  has started 2 tasks: (task …) (task …).',
      '  0:10  web:2: 0 of 2 tasks running, 2 placing; web:1: 2 running',
      '  0:22  web:2: 0 of 2 tasks running, 2 pulling; web:1: 2 running',
      '  0:26  web:2: 0 of 2 tasks running, 2 starting; web:1: 2 running',
      '  0:40  registered 2 targets in (target-group web)',
      '  0:40  web:2: 2 of 2 tasks running; web:1: 2 running',
      '  0:40  waiting: new tasks need good health checks, which takes up to 30 s: target group web',
      '  0:56  web:2: 2 of 2 tasks running, 2 healthy; web:1: 2 running',
      '  1:00  has stopped 2 running tasks: (task …) (task …).',
      '  1:00  web:2: 2 of 2 tasks running, 2 healthy; web:1: draining',
      '  1:00  waiting: old tasks drain up to 60 s: target group web, deregistration delay; then they stop, which takes up to 30 s',
      '  1:01  deregistered 2 targets in (target-group web)',
      '  1:01  (service web, taskSet ecs-svc/…) has begun draining connections on 2 tasks.',
      '  2:02  no change for a minute; web:2: 2 of 2 tasks running, 2 healthy; web:1: draining; this takes longer than the last deployment did',
      '  2:30  (deployment ecs-svc/…) deployment completed.',
      '  2:30  has reached a steady state.',
      '  2:30  web:2: 2 of 2 tasks running, 2 healthy',
      '        2 of 2 tasks run sha256:2689367b205c, the image that is released'
    ])
    expect(timeline.healthy).toBeDefined()
  })

  test('no line is told twice', async () => {
    await stage.service({...withRollback, minimumHealthyPercent: 100, maximumPercent: 150}, stage.balanced())
    await release('slow')
    expect(stage.lines).toEqual([...new Set(stage.lines)])
  })

  test('estimates from the deployments before', async () => {
    await stage.service(withRollback)
    await release('slow')
    await release('slow')
    stage.lines.length = 0
    await release('slow')
    expect(stage.lines).toContain('  0:00  following for up to 20 min (the last 3 deployments took 1 to 3 min)')
    expect(stage.lines.filter(line => line.includes('left, by the last 3 deployments'))).toHaveLength(1)
  })
})

describe('what helps to say how long it takes', () => {
  test.each(['DescribeTargetGroups', 'DescribeTargetGroupAttributes', 'DescribeTargetHealth'])(
    'may be denied: %s',
    async operation => {
      await stage.service(withRollback, stage.balanced())
      stage.emulator.faults.set([{service: 'elasticloadbalancing', operation, fault: {kind: 'access-denied'}}])
      const {outcome} = await release('ok')
      expect(outcome.status).toBe('deployed')
      const missing = stage.lines.filter(line =>
        line.endsWith(`not checked: missing elasticloadbalancing:${operation}`)
      )
      expect(missing).toHaveLength(1)
    }
  )

  test('may fail', async () => {
    await stage.service(withRollback, stage.balanced())
    stage.emulator.faults.set([
      {service: 'elasticloadbalancing', fault: {kind: 'server-error'}},
      {service: 'ecs', operation: 'ListServiceDeployments', fault: {kind: 'throttling'}},
      {service: 'ecs', operation: 'DescribeTaskDefinition', fault: {kind: 'reset'}}
    ])
    expect((await release('ok')).outcome.status).toBe('deployed')
    expect(stage.lines[1]).toBe('  0:00  following for up to 30 min')
  })
})

describe('what could not be read at first', () => {
  const times = (operation: string, from: number, to: number) =>
    ({operation, from, to, fault: {kind: 'throttling'}}) as const

  test('is read again, and the time is told again', async () => {
    await stage.service(withRollback, stage.balanced())
    stage.emulator.faults.set([
      times('ListServiceDeployments', 1, 2),
      times('DescribeTargetGroups', 1, 2),
      times('DescribeTaskDefinition', 1, 2)
    ])
    expect((await release('ok')).outcome.status).toBe('deployed')
    expect(stage.lines.filter(line => line.includes('following for'))).toEqual([
      '  0:00  following for up to 30 min',
      '  0:06  following for up to 20 min (the last deployment took 1 min)',
      '  0:16  following for up to 20 min (the last deployment took 1 min; targets take up to 30 s to be healthy; targets drain 60 s)'
    ])
    expect(stage.lines.some(line => line.includes('old tasks drain up to 60 s'))).toBe(true)
  })

  test('does not make `healthy` unreachable', async () => {
    stage.checked()
    await stage.service(withRollback)
    stage.emulator.faults.set([times('DescribeTaskDefinition', 1, 1)])
    expect((await release('ok', {waitFor: 'healthy'})).outcome.status).toBe('healthy')
  })

  test('is given up after some times', async () => {
    await stage.service(withRollback)
    stage.emulator.faults.set([{operation: 'DescribeTaskDefinition', fault: {kind: 'server-error'}}])
    await release('slow')
    const reads = stage.emulator.journal.entries().filter(({operation}) => operation === 'DescribeTaskDefinition')
    expect(reads).toHaveLength(6)
  })
})

describe('load balancers that do not answer', () => {
  const unreachable = {
    service: 'elasticloadbalancing',
    operation: 'DescribeTargetHealth',
    fault: {kind: 'reset'}
  } as const
  const asked = () =>
    stage.emulator.journal.entries().filter(({operation}) => operation === 'DescribeTargetHealth').length

  test('are asked three times, then once a minute, and that is said once', async () => {
    await stage.service(withRollback, stage.balanced({deregistrationDelaySeconds: 300}))
    stage.emulator.faults.set([unreachable])
    const {outcome, started, endedAt} = await release('ok')
    expect(outcome.status).toBe('deployed')
    expect(stage.lines.filter(line => line.startsWith('health of targets not checked: AWS says: '))).toHaveLength(1)
    expect(asked()).toBeLessThanOrEqual(3 + Math.ceil((endedAt.getTime() - started.startedAt.getTime()) / 60_000))
  })

  test('are asked again later, so that `healthy` is still seen', async () => {
    await stage.service(withRollback, stage.balanced({deregistrationDelaySeconds: 600}))
    stage.emulator.faults.set([{...unreachable, to: 4}])
    expect((await release('ok', {waitFor: 'healthy'})).outcome.status).toBe('healthy')
  })
})

test('the tasks are not asked once the service says how it ended', async () => {
  await stage.service(withRollback, stage.balanced())
  // So no task is ever known to be healthy, and all are asked for to the end.
  stage.emulator.faults.set([{operation: 'DescribeTaskDefinition', fault: {kind: 'access-denied'}}])
  expect((await release('ok')).outcome.status).toBe('deployed')
  const operations = stage.emulator.journal.entries().map(({operation}) => operation)
  expect(operations.slice(operations.lastIndexOf('DescribeServices'))).not.toContain('DescribeTargetHealth')
})

describe('calls', () => {
  test('are few while old tasks drain for long', async () => {
    await stage.service(withRollback, stage.balanced({deregistrationDelaySeconds: 900}))
    const {outcome} = await release('ok')
    expect(outcome.status).toBe('deployed')
    const reads = stage.emulator.journal.entries().filter(({operation}) => operation === 'DescribeServices')
    // Every 2 s for as long it would be 500.
    expect(reads.length).toBeLessThan(300)
  })

  test('for tasks stay as many with twenty services', async () => {
    const names = Array.from({length: 20}, (_, index) => `web-${index}`)
    for (const serviceName of names) await stage.service(withRollback, {serviceName})
    const started = []
    for (const service of names) started.push(await stage.release('ok', {service}))
    const all = await stage.follow(started)
    expect(new Set(all.map(({outcome}) => outcome.status))).toEqual(new Set(['deployed']))
    const end = Math.max(...all.map(({endedAt}) => endedAt.getTime()))
    const start = Math.max(...started.map(({startedAt}) => startedAt.getTime()))
    const lists = stage.emulator.journal.entries().filter(({operation}) => operation === 'ListTasks')
    expect(lists.length / ((end - start) / 1000)).toBeLessThan(4)
  })
})

describe('wait-for: started', () => {
  test('ends at once', async () => {
    await stage.service(withRollback)
    const followed = await release('crash', {waitFor: 'started'})
    expect(followed.outcome).toMatchObject({
      status: 'started',
      headline: 'Started: ECS is deploying web:2 to web in prod; nothing is proven yet.'
    })
    expect(seconds(followed)).toBe(0)
  })
})

describe('wait-for: healthy', () => {
  const wishes = {waitFor: 'healthy'} as const

  test('ends while old tasks still drain, behind a load balancer', async () => {
    await stage.service(withRollback, stage.balanced({deregistrationDelaySeconds: 300}))
    const followed = await release('ok', wishes)
    expect(followed.outcome.status).toBe('healthy')
    expect(followed.proof).toMatchObject({tasks: 2, same: 2})
    expect(seconds(followed)).toBeLessThan(100)
    const [group] = stage.emulator.targetGroups.all()
    const healthy = stage.emulator.targetGroups
      .health(group?.arn ?? '')
      .filter(({health}) => health.state === 'healthy')
    expect(healthy.length).toBeGreaterThanOrEqual(2)
  })

  test('by the health check of containers', async () => {
    stage.checked()
    await stage.service(withRollback)
    const followed = await release('ok', wishes)
    expect(followed.outcome.headline).toMatch(/^Healthy: 2 of 2 tasks of web:2 on web in prod are healthy, /)
  })

  test('unchecked, after they have run for 40 s', async () => {
    await stage.service(withRollback)
    const followed = await release('ok', wishes)
    expect(followed.outcome.headline).toMatch(/have run for 40 s, which counts as healthy where nothing checks it/)
  })

  test('is not reached by tasks that were replaced while nobody could look', async () => {
    await stage.service(withRollback)
    stage.later(45, async () => {
      stage.emulator.faults.set([{operation: 'DescribeServices', fault: {kind: 'server-error'}}])
      const {taskArns = []} = await stage.ecs.send(new ListTasksCommand({cluster: 'prod', serviceName: 'web'}))
      for (const task of taskArns) await stage.ecs.send(new StopTaskCommand({cluster: 'prod', task}))
    })
    stage.later(120, () => {
      stage.emulator.faults.set([])
    })
    const followed = await release('ok', wishes)
    expect(followed.outcome.status).toBe('healthy')
    expect(seconds(followed)).toBeGreaterThanOrEqual(160)
  })

  test('unchecked, after they have run for 40 s, although the clock of the machine is ahead', async () => {
    await stage.service(withRollback)
    stage.aheadSeconds = 60
    const {outcome, timeline, endedAt} = await release('ok', wishes)
    expect(outcome.status).toBe('healthy')
    expect(endedAt.getTime() - (timeline.full?.getTime() ?? 0)).toBeGreaterThanOrEqual(40_000)
  })

  test.each(['crash', 'never-healthy'])('is not reached by tasks that fail: %s', async tag => {
    stage.checked()
    await stage.service(withRollback)
    expect((await release(tag, wishes)).outcome.status).toBe('rolled-back')
  })

  test('where traffic is shifted afterwards, is the end of the deployment, and the log says so', async () => {
    await stage.service(withRollback)
    const deployment = await stage.release('ok')
    const shifted = {...deployment, rollout: {...deployment.rollout, shift: BLUE_GREEN}}
    expect((await stage.follow([shifted], wishes))[0]?.outcome.status).toBe('deployed')
    const told = stage.lines.filter(line => line.endsWith('this service shifts its traffic to them afterwards'))
    expect(told).toHaveLength(1)
  })

  test('where the tasks may not be read, is the end of the deployment, and the log says so', async () => {
    await stage.service(withRollback)
    stage.emulator.faults.set([{service: 'ecs', operation: 'ListTasks', fault: {kind: 'access-denied'}}])
    expect((await release('ok', wishes)).outcome.status).toBe('deployed')
    const told = stage.lines.filter(line =>
      line.endsWith(
        'waiting: the end of the deployment, unless tasks are seen to be healthy before: missing ecs:ListTasks'
      )
    )
    expect(told).toHaveLength(1)
  })
})

describe('the proof', () => {
  const other = `sha256:${'b'.repeat(64)}`

  test('another digest, where those of the platforms cannot be known, proves nothing', async () => {
    await stage.service(withRollback)
    stage.images.set(imageOf('ok-2'), other)
    const {outcome, proof} = await release('ok-2')
    expect(outcome.status).toBe('deployed')
    expect(proof).toBeUndefined()
    // Why it is not known is told by what looks for them.
    expect(stage.lines.filter(line => line.includes('not checked'))).toEqual([])
  })

  test.each(['throttling', 'server-error', 'reset'] as const)('is tried again after a failed read: %s', async kind => {
    await stage.service(withRollback)
    const unchanged = await stage.release('ok', {taskDefinition: 'web:1'})
    stage.emulator.faults.set([{operation: 'ListTasks', from: 1, to: 3, fault: {kind}}])
    const [followed] = await stage.follow([unchanged])
    expect(followed).toMatchObject({outcome: {status: 'unchanged'}, proof: {tasks: 2, same: 2}})
    expect(stage.lines.filter(line => line.includes('not checked'))).toEqual([])
  })

  test('is given up after some, and the log says so once', async () => {
    await stage.service(withRollback)
    const unchanged = await stage.release('ok', {taskDefinition: 'web:1'})
    stage.emulator.faults.set([{operation: 'ListTasks', fault: {kind: 'throttling'}}])
    expect((await stage.follow([unchanged]))[0]).toMatchObject({outcome: {status: 'unchanged'}, proof: undefined})
    expect(stage.lines.filter(line => line.includes('image that the tasks run not checked: '))).toHaveLength(1)
  })

  test('tasks that run another image than that of any platform are no success', async () => {
    await stage.service(withRollback)
    stage.images.set(imageOf('ok-2'), other)
    const {outcome} = await release('ok-2', {digestsOf: digest => Promise.resolve([digest])})
    expect(outcome.status).toBe('failed')
    expect(outcome.headline).toMatch(
      /^Failed: 2 of 2 tasks of web:2 on web in prod run the image sha256:bbbbbbbbbbbb, not /
    )
  })

  test('tasks that run the image of their platform run what is released', async () => {
    await stage.service(withRollback)
    stage.images.set(imageOf('ok-2'), other)
    const {outcome, proof} = await release('ok-2', {digestsOf: digest => Promise.resolve([digest, other])})
    expect(outcome.status).toBe('deployed')
    expect(proof).toMatchObject({tasks: 2, same: 2})
  })

  test('may be denied', async () => {
    await stage.service(withRollback)
    stage.emulator.faults.set([{service: 'ecs', operation: 'DescribeTasks', fault: {kind: 'access-denied'}}])
    const {outcome, proof} = await release('ok')
    expect(outcome.status).toBe('deployed')
    expect(proof).toBeUndefined()
    expect(stage.lines.filter(line => line.endsWith('not checked: missing ecs:DescribeTasks'))).toHaveLength(1)
  })
})
