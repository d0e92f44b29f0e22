import {DescribeServiceRevisionsCommand, StopServiceDeploymentCommand, StopTaskCommand} from '@aws-sdk/client-ecs'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import type {StoredImage} from '../../emulator/images.ts'
import {EcsStage, fargate} from './ecs-support.ts'

const breaker = (rollback: boolean) => ({deploymentCircuitBreaker: {enable: true, rollback}})

let stage: EcsStage

beforeEach(async () => {
  stage = await EcsStage.open()
})

afterEach(async () => {
  await stage.close()
})

/** A service that has run `web:ok` for ten minutes. */
async function steady(more: Parameters<EcsStage['create']>[1] = {}): Promise<void> {
  await stage.create(await stage.define('ok'), more)
  stage.pass(600)
}

async function statusOfNewest(): Promise<(string | undefined)[]> {
  const [newest] = await stage.serviceDeployments()
  return [newest?.status, newest?.statusReason]
}

describe('a rolling deployment', () => {
  test('goes step by step behind a target group, events in the order seen in AWS', async () => {
    await steady(stage.balanced)
    const answer = await stage.update({taskDefinition: await stage.define('next')})
    expect(answer.currentServiceDeployment).toBeUndefined()
    expect(answer.currentServiceRevisions?.[0]?.arn?.split('/').at(-1)).toBe(
      stage.deploymentId(2).replace('ecs-svc/', '')
    )
    const snapshots: string[][] = []
    for (let step = 0; step < 15; step++) {
      const deployments = await stage.deployments()
      if (deployments.join() !== snapshots.at(-1)?.join()) snapshots.push(deployments)
      stage.pass(10)
    }
    expect(snapshots).toEqual([
      ['#2 PRIMARY 0/0/0 IN_PROGRESS', '#1 ACTIVE 2/2/0 COMPLETED'],
      ['#2 PRIMARY 2/0/2 IN_PROGRESS', '#1 ACTIVE 2/2/0 COMPLETED'],
      ['#2 PRIMARY 2/2/0 IN_PROGRESS', '#1 ACTIVE 2/2/0 COMPLETED'],
      ['#2 PRIMARY 2/2/0 IN_PROGRESS', '#1 ACTIVE 0/0/0 COMPLETED'],
      ['#2 PRIMARY 2/2/0 COMPLETED']
    ])
    expect(await stage.events()).toEqual([
      '10.000 (web) has started 2 tasks: (task T) (task T).',
      '40.000 (web) registered 2 targets in (target-group TG)',
      '80.000 (web) has stopped 2 running tasks: (task T) (task T).',
      '81.500 (web) deregistered 2 targets in (target-group TG)',
      '81.501 (web, taskSet #1) has begun draining connections on 2 tasks.',
      '140.000 (web) (deployment #2) deployment completed.',
      '140.001 (web) has reached a steady state.'
    ])
    expect(await statusOfNewest()).toEqual(['SUCCESSFUL', undefined])
  })

  test('is the same each time', async () => {
    const history = async (): Promise<unknown> => {
      await steady(stage.balanced)
      await stage.update({taskDefinition: await stage.define('crash')})
      stage.pass(300)
      return [await stage.service(), await stage.serviceDeployments(), await stage.tasks('STOPPED')].map(part =>
        JSON.stringify(part)
      )
    }
    const first = await history()
    await stage.close()
    stage = await EcsStage.open()
    expect(await history()).toEqual(first)
  })

  test('counts a task without checks as healthy after 40 seconds of RUNNING', async () => {
    await steady({desiredCount: 1})
    await stage.update({taskDefinition: await stage.define('next')})
    stage.pass(120)
    // Started at 10 s, RUNNING at 39 s, so healthy at 79 s and seen at 80 s.
    expect(await stage.events()).toEqual([
      '10.000 (web) has started 1 tasks: (task T).',
      '80.000 (web) has stopped 1 running tasks: (task T).',
      '110.000 (web) (deployment #2) deployment completed.',
      '110.001 (web) has reached a steady state.'
    ])
  })

  test('stops old tasks first where only the minimum percent leaves room', async () => {
    await steady({deploymentConfiguration: {minimumHealthyPercent: 50, maximumPercent: 100}})
    await stage.update({taskDefinition: await stage.define('next')})
    stage.pass(300)
    const texts = (await stage.events()).map(event => event.replace(/^\S+ \(web\) /, ''))
    expect(texts).toEqual([
      'has stopped 1 running tasks: (task T).',
      'has started 1 tasks: (task T).',
      'has stopped 1 running tasks: (task T).',
      'has started 1 tasks: (task T).',
      '(deployment #2) deployment completed.',
      'has reached a steady state.'
    ])
  })

  test.each([
    [1, 100, 100],
    [2, 75, 100],
    [3, 100, 125]
  ])(
    'cannot take a step with %i tasks between %i and %i percent',
    async (desiredCount, minimumHealthyPercent, maximumPercent) => {
      await steady({desiredCount, deploymentConfiguration: {minimumHealthyPercent, maximumPercent}})
      await stage.update({taskDefinition: await stage.define('next')})
      stage.pass(3600)
      expect(await stage.events()).toEqual([
        '10.000 (web) was unable to stop or start tasks during a deployment because of the service deployment configuration. ' +
          'Update the minimumHealthyPercent or maximumPercent value and try again.'
      ])
      expect(await statusOfNewest()).toEqual(['IN_PROGRESS', undefined])
    }
  )

  test('follows a desired count that changes meanwhile', async () => {
    await steady()
    await stage.update({taskDefinition: await stage.define('next')})
    stage.pass(15)
    stage.ecs.scale('prod', 'web', 3)
    stage.pass(150)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 3/3/0 COMPLETED'])
    expect(await stage.serviceDeployments()).toHaveLength(2)
  })

  test('ends at once with nothing to start', async () => {
    await steady({desiredCount: 0})
    await stage.update({taskDefinition: await stage.define('next')})
    stage.pass(10)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 0/0/0 COMPLETED'])
    expect(await statusOfNewest()).toEqual(['SUCCESSFUL', undefined])
  })

  test('is superseded by the next one', async () => {
    await steady()
    await stage.update({taskDefinition: await stage.define('slow')})
    stage.pass(15)
    await stage.update({taskDefinition: await stage.define('next')})
    expect(await stage.deployments()).toEqual([
      '#3 PRIMARY 0/0/0 IN_PROGRESS',
      '#2 ACTIVE 2/0/2 IN_PROGRESS',
      '#1 ACTIVE 2/2/0 COMPLETED'
    ])
    const [listed] = await stage.serviceDeployments()
    expect(listed?.status).toBe('STOP_REQUESTED')
    stage.pass(5)
    const [third, second] = await stage.serviceDeployments()
    expect([third?.status, second?.status]).toEqual(['IN_PROGRESS', 'STOPPED'])
    expect(third?.sourceServiceRevisions).toHaveLength(2)
    stage.pass(200)
    expect(await stage.deployments()).toEqual(['#3 PRIMARY 2/2/0 COMPLETED'])
    expect(await stage.events()).toContainEqual('5.000 (web) stopped 2 pending tasks.')
  })

  test('keeps the configuration that it was started with, and its revision is the older one', async () => {
    await steady({deploymentConfiguration: breaker(true)})
    const {deployments} = await stage.update({taskDefinition: await stage.define('slow')})
    await stage.update({deploymentConfiguration: {maximumPercent: 150}})
    stage.pass(5)
    const [newest] = await stage.serviceDeployments()
    expect(newest?.deploymentConfiguration?.maximumPercent).toBe(200)
    const [revised, created, started] = [deployments?.[0]?.createdAt, newest?.createdAt, newest?.startedAt].map(
      time => time?.getTime() ?? 0
    )
    expect([(created ?? 0) - (revised ?? 0), (started ?? 0) - (created ?? 0)]).toEqual([1600, 1600])
  })

  test('may start a single task first, which finds the images', async () => {
    stage.ecs.variants.firstTaskAlone = true
    await steady()
    await stage.update({taskDefinition: await stage.define('next')})
    stage.pass(40)
    expect((await stage.events()).slice(0, 2)).toEqual([
      '10.000 (web) has started 1 tasks: (task T).',
      '30.000 (web) has started 1 tasks: (task T).'
    ])
  })

  test('is listed only after a moment', async () => {
    await steady()
    await stage.update({taskDefinition: await stage.define('next')})
    stage.pass(2.9)
    expect(await stage.serviceDeployments()).toHaveLength(1)
    stage.pass(0.1)
    expect(await stage.serviceDeployments()).toHaveLength(2)
    const [newest] = await stage.serviceDeployments()
    expect((await stage.service()).currentServiceDeployment).toBe(newest?.serviceDeploymentArn)
  })
})

describe('the circuit breaker', () => {
  test('rolls back to the last completed deployment under its old id', async () => {
    await steady({deploymentConfiguration: breaker(true)})
    await stage.update({taskDefinition: await stage.define('crash')})
    stage.pass(130)
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 2/2/0 IN_PROGRESS', '#2 ACTIVE 0/0/0 FAILED'])
    const [primary, failed] = (await stage.service()).deployments ?? []
    expect(primary?.rolloutStateReason).toBe(
      `ECS deployment circuit breaker: rolling back to deploymentId ${stage.deploymentId(1)}.`
    )
    expect(failed?.rolloutStateReason).toBe('ECS deployment circuit breaker: tasks failed to start.')
    expect(failed?.failedTasks).toBe(3)
    stage.pass(60)
    const reason = 'Service deployment rolled back because the circuit breaker threshold was exceeded.'
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 2/2/0 COMPLETED'])
    expect(await statusOfNewest()).toEqual(['ROLLBACK_SUCCESSFUL', reason])
    const [newest] = await stage.serviceDeployments()
    expect(newest?.deploymentCircuitBreaker).toEqual({status: 'TRIGGERED', failureCount: 3, threshold: 3})
    expect(newest?.rollback).toMatchObject({reason, serviceRevisionArn: newest?.sourceServiceRevisions?.[0]?.arn})
    expect((await stage.service()).taskDefinition).toMatch(/:1$/)
    expect(await stage.events()).toEqual([
      '10.000 (web) has started 2 tasks: (task T) (task T).',
      '70.000 (web) has started 2 tasks: (task T) (task T).',
      '130.000 (web) (deployment #2) deployment failed: tasks failed to start.',
      '130.001 (web) rolling back to deployment #1.',
      '140.000 (web) (deployment #1) deployment completed.',
      '140.001 (web) has reached a steady state.'
    ])
  })

  test('leaves everything as it is without rollback', async () => {
    await steady({deploymentConfiguration: breaker(false)})
    await stage.update({taskDefinition: await stage.define('crash')})
    stage.pass(3600)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 2/0/0 FAILED', '#1 ACTIVE 2/2/0 COMPLETED'])
    expect(await statusOfNewest()).toEqual(['STOPPED', undefined])
    expect((await stage.events()).at(-1)).toBe(
      '130.000 (web) (deployment #2) deployment failed: tasks failed to start.'
    )
  })

  test('may show the failed deployment as in progress while it is rolled back, and keep its task definition', async () => {
    Object.assign(stage.ecs.variants, {stateWhileRolledBack: 'IN_PROGRESS', definitionAfterRollback: 'failed'})
    await steady({deploymentConfiguration: breaker(true)})
    await stage.update({taskDefinition: await stage.define('crash')})
    stage.pass(130)
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 2/2/0 IN_PROGRESS', '#2 ACTIVE 0/0/0 IN_PROGRESS'])
    stage.pass(60)
    expect((await statusOfNewest())[0]).toBe('ROLLBACK_SUCCESSFUL')
    expect((await stage.service()).taskDefinition).toMatch(/:2$/)
  })

  test.each([true, false])('watches a rollback too, or not: %s', async breakerWatchesRollback => {
    stage.ecs.variants.breakerWatchesRollback = breakerWatchesRollback
    const half = {...breaker(true), minimumHealthyPercent: 0, maximumPercent: 100}
    await steady({deploymentConfiguration: half})
    await stage.update({taskDefinition: await stage.define('crash')})
    stage.ecs.setRules([{match: {family: 'web'}, behaviour: {exit: {code: 1, afterSeconds: 1}}}])
    stage.pass(3600)
    expect((await statusOfNewest())[0]).toBe(breakerWatchesRollback ? 'ROLLBACK_FAILED' : 'ROLLBACK_IN_PROGRESS')
    const state = breakerWatchesRollback ? 'FAILED' : 'IN_PROGRESS'
    expect((await stage.deployments())[0]).toBe(`#1 PRIMARY 2/0/0 ${state}`)
  })

  test('counts no further than to its threshold, also when it has failed', async () => {
    await steady({deploymentConfiguration: {...breaker(false), maximumPercent: 400}, desiredCount: 5})
    await stage.update({taskDefinition: await stage.define('crash')})
    stage.pass(3600)
    const [failed] = (await stage.service()).deployments ?? []
    expect([failed?.rolloutState, failed?.failedTasks]).toEqual(['FAILED', 3])
  })

  test('counts tasks that cannot be placed, and says so once', async () => {
    await steady({deploymentConfiguration: breaker(true)})
    await stage.update({taskDefinition: await stage.define('no-capacity')})
    stage.pass(300)
    expect((await stage.events()).slice(0, 3)).toEqual([
      '10.000 (web) was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone.',
      '200.000 (web) (deployment #2) deployment failed: tasks failed to start.',
      '200.001 (web) rolling back to deployment #1.'
    ])
    expect((await statusOfNewest())[0]).toBe('ROLLBACK_SUCCESSFUL')
    expect(await stage.tasks('STOPPED')).toEqual([])
  })

  test('finds nothing to roll back to in a first deployment', async () => {
    await stage.create(await stage.define('crash'), {deploymentConfiguration: breaker(true)})
    stage.pass(3600)
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 2/0/0 FAILED'])
    expect(await statusOfNewest()).toEqual(['ROLLBACK_FAILED', 'No rollback candidate was found to run the rollback.'])
  })

  test('does not roll back to a deployment that is itself being rolled back to', async () => {
    await steady({deploymentConfiguration: breaker(true)})
    await stage.update({taskDefinition: await stage.define('crash')})
    stage.pass(135)
    await stage.update({taskDefinition: await stage.define('crash')})
    stage.pass(600)
    expect(await statusOfNewest()).toEqual(['ROLLBACK_FAILED', 'No rollback candidate was found to run the rollback.'])
    expect(await stage.deployments()).toEqual(['#3 PRIMARY 2/0/0 FAILED', '#1 ACTIVE 2/2/0 IN_PROGRESS'])
  })

  test('counts tasks that fail the health checks of their target group', async () => {
    await steady({...stage.balanced, desiredCount: 1, deploymentConfiguration: breaker(true)})
    await stage.update({taskDefinition: await stage.define('failing-target')})
    stage.pass(900)
    expect(await statusOfNewest()).toEqual([
      'ROLLBACK_SUCCESSFUL',
      'Service deployment rolled back because the circuit breaker threshold was exceeded.'
    ])
    expect((await stage.events()).slice(0, 6)).toEqual([
      '10.000 (web) has started 1 tasks: (task T).',
      '40.000 (web) registered 1 targets in (target-group TG)',
      '110.000 (web) (task T) (port 8080) is unhealthy in (target-group TG) due to (reason Health checks failed with these codes: [503]).',
      '110.001 (web) has stopped 1 running tasks: (task T).',
      '111.500 (web) deregistered 1 targets in (target-group TG)',
      '111.501 (web, taskSet #2) has begun draining connections on 1 tasks.'
    ])
    const failed = (await stage.tasks('STOPPED')).filter(({stoppedReason}) => stoppedReason?.startsWith('Task failed'))
    expect(failed.map(({stopCode, stoppedReason}) => [stopCode, stoppedReason])).toEqual(
      Array(3).fill(['ServiceSchedulerInitiated', `Task failed ELB health checks in (target-group ${stage.groupArn})`])
    )
  })

  test('counts failing container health checks, the replacement started first where there is room', async () => {
    const healthCheck = {command: ['CMD-SHELL', 'true'], interval: 10, retries: 2}
    const containers = (tag: string) => [{name: 'app', image: `example.org/web:${tag}`, healthCheck}]
    const first = await stage.define('', {containerDefinitions: containers('ok')})
    await stage.create(first, {desiredCount: 1, deploymentConfiguration: {...breaker(true), maximumPercent: 300}})
    stage.pass(600)
    await stage.update({taskDefinition: await stage.define('', {containerDefinitions: containers('never-healthy')})})
    stage.pass(60)
    expect(await stage.events()).toEqual([
      '10.000 (web) has started 1 tasks: (task T).',
      '50.000 (web) has started 1 tasks: (task T). Amazon ECS replaced 1 tasks due to an unhealthy status.',
      '50.001 (web) (task T) failed container health checks.',
      '50.002 (web) has stopped 1 running tasks: (task T).'
    ])
    stage.pass(600)
    expect((await statusOfNewest())[0]).toBe('ROLLBACK_SUCCESSFUL')
  })

  test.each([
    [{type: 'COUNT' as const, value: 7}, 7],
    [{type: 'BOUNDED_PERCENT' as const, value: 50}, 3],
    [{type: 'UNBOUNDED_PERCENT' as const, value: 50}, 1]
  ])('takes the threshold %j', async (thresholdConfiguration, threshold) => {
    const deploymentCircuitBreaker = {enable: true, rollback: false, thresholdConfiguration}
    await stage.create(await stage.define('ok'), {deploymentConfiguration: {deploymentCircuitBreaker}})
    stage.pass(5)
    const [newest] = await stage.serviceDeployments()
    expect(newest?.deploymentCircuitBreaker).toEqual({status: 'MONITORING', failureCount: 0, threshold})
  })

  test.each([
    [1, 3],
    [7, 4],
    [25, 13],
    [500, 200]
  ])('has for %i tasks the threshold %i', async (desiredCount, threshold) => {
    await stage.create(await stage.define('ok'), {deploymentConfiguration: breaker(true), desiredCount})
    stage.pass(5)
    expect((await stage.serviceDeployments())[0]?.deploymentCircuitBreaker?.threshold).toBe(threshold)
  })

  test('follows a desired count that changes meanwhile', async () => {
    await steady({deploymentConfiguration: breaker(true)})
    await stage.update({taskDefinition: await stage.define('crash')})
    stage.pass(65)
    stage.ecs.scale('prod', 'web', 10)
    const [running] = await stage.serviceDeployments()
    expect(running?.deploymentCircuitBreaker).toMatchObject({failureCount: 2, threshold: 5})
    stage.pass(600)
    const [ended] = await stage.serviceDeployments()
    expect(ended?.deploymentCircuitBreaker).toEqual({status: 'TRIGGERED', failureCount: 5, threshold: 5})
  })

  test('a forced deployment of the same task definition goes on with the delays, another definition does not', async () => {
    await stage.create(await stage.define('crash'), {desiredCount: 1})
    stage.pass(600)
    const startsSoon = async (request: Parameters<EcsStage['update']>[0]): Promise<boolean> => {
      await stage.update(request)
      stage.pass(15)
      return (await stage.events()).some(event => event.includes('has started'))
    }
    expect(await startsSoon({forceNewDeployment: true})).toBe(false)
    expect(await startsSoon({taskDefinition: await stage.define('ok')})).toBe(true)
  })

  test('without it, tasks are restarted for ever, more and more slowly', async () => {
    await steady({desiredCount: 1})
    await stage.update({taskDefinition: await stage.define('crash')})
    stage.pass(4 * 3600)
    const starts = (await stage.events()).filter(event => event.includes('has started')).map(event => parseFloat(event))
    const gaps = starts.slice(1).map((start, index) => start - (starts[index] ?? 0))
    expect(gaps.slice(0, 9)).toEqual([60, 60, 60, 60, 90, 120, 180, 300, 540])
    expect(gaps.at(-1)).toBe(27 * 60 + 60)
    expect((await stage.events()).filter(event => event.includes('unable to consistently'))).toHaveLength(1)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 1/0/0 IN_PROGRESS', '#1 ACTIVE 1/1/0 COMPLETED'])
  })
})

describe('a launch type without container instances', () => {
  const bridge = (tag: string) => ({
    requiresCompatibilities: [],
    networkMode: 'bridge' as const,
    containerDefinitions: [{name: 'app', image: `example.org/web:${tag}`, memory: 64}]
  })
  const onInstances = {launchType: 'EC2' as const, networkConfiguration: undefined}

  test('places nothing', async () => {
    await stage.create(await stage.define('ok', bridge('ok')), onInstances)
    stage.pass(300)
    expect(await stage.events()).toEqual([
      '10.000 (web) was unable to place a task because no container instance met all of its requirements. ' +
        'Reason: No Container Instances were found in your cluster. ' +
        'For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.'
    ])
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 0/0/0 IN_PROGRESS'])
  })

  test('runs with some', async () => {
    stage.ecs.variants.containerInstances = 2
    await stage.create(await stage.define('ok', bridge('ok')), onInstances)
    stage.pass(300)
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 2/2/0 COMPLETED'])
  })
})

describe('StopServiceDeployment', () => {
  const stop = async (): Promise<void> => {
    const [running] = await stage.serviceDeployments()
    await stage.client.send(new StopServiceDeploymentCommand({serviceDeploymentArn: running?.serviceDeploymentArn}))
  }

  test('comes too late for a deployment that completes', async () => {
    await steady()
    await stage.update({taskDefinition: await stage.define('next')})
    stage.pass(109)
    await stop()
    stage.pass(1)
    expect(await statusOfNewest()).toEqual(['SUCCESSFUL', undefined])
    stage.pass(60)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 2/2/0 COMPLETED'])
  })

  test('is overtaken by a newer deployment', async () => {
    await steady()
    await stage.update({taskDefinition: await stage.define('slow')})
    stage.pass(20)
    await stop()
    await stage.update({taskDefinition: await stage.define('next')})
    expect((await statusOfNewest())[0]).toBe('STOPPED')
  })

  test('fails where nothing can be rolled back to', async () => {
    await stage.create(await stage.define('slow'))
    stage.pass(20)
    await stop()
    stage.pass(2)
    expect((await statusOfNewest())[0]).toBe('ROLLBACK_FAILED')
    const [failed] = (await stage.service()).deployments ?? []
    expect(failed).toMatchObject({
      rolloutState: 'FAILED',
      rolloutStateReason: `ECS deployment ${stage.deploymentId(1)} failed.`
    })
  })

  test('rolls back, also where the service does not', async () => {
    await steady()
    await stage.update({taskDefinition: await stage.define('slow')})
    stage.pass(20)
    const [running] = await stage.serviceDeployments()
    await stage.client.send(new StopServiceDeploymentCommand({serviceDeploymentArn: running?.serviceDeploymentArn}))
    expect((await statusOfNewest())[0]).toBe('ROLLBACK_REQUESTED')
    stage.pass(2)
    expect((await statusOfNewest())[0]).toBe('ROLLBACK_IN_PROGRESS')
    expect(await stage.events()).toContainEqual('22.000 (web) rolling back to deployment #1.')
    stage.pass(100)
    expect((await statusOfNewest())[0]).toBe('ROLLBACK_SUCCESSFUL')
    await expect(
      stage.client.send(new StopServiceDeploymentCommand({serviceDeploymentArn: running?.serviceDeploymentArn}))
    ).rejects.toMatchObject({name: 'ConflictException'})
  })
})

describe('tasks', () => {
  /** The one stopped task of a deployment of this tag, with its container. */
  async function stoppedBy(tag: string, more: Parameters<EcsStage['define']>[1] = {}) {
    await steady({desiredCount: 1})
    await stage.update({taskDefinition: await stage.define(tag, more)})
    stage.pass(40)
    const [task] = await stage.tasks('STOPPED')
    expect(task?.startedBy).toBe(stage.deploymentId(2))
    expect(task?.group).toBe('service:web')
    const container = task?.containers?.[0]
    return [task?.stopCode, task?.stoppedReason, container?.exitCode, container?.reason]
  }

  test('crash while they start: the exit code is there, startedAt is not', async () => {
    expect(await stoppedBy('crash')).toEqual([
      'EssentialContainerExited',
      'Essential container in task exited',
      1,
      undefined
    ])
    const [task] = await stage.tasks('STOPPED')
    expect(task?.startedAt).toBeUndefined()
    expect(task?.pullStoppedAt).toBeInstanceOf(Date)
  })

  test('run out of memory', async () => {
    expect(await stoppedBy('oom')).toEqual([
      'EssentialContainerExited',
      'Essential container in task exited',
      137,
      'OutOfMemoryError: Container killed due to memory usage'
    ])
  })

  test('cannot be pulled by script', async () => {
    const text =
      'CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve ref example.org/web:bad-image: not found'
    expect(await stoppedBy('bad-image')).toEqual(['TaskFailedToStart', text, undefined, text])
  })

  test('cannot be set up', async () => {
    expect(await stoppedBy('secret-missing')).toEqual([
      'TaskFailedToStart',
      expect.stringContaining('ResourceInitializationError: unable to pull secrets'),
      undefined,
      undefined
    ])
  })

  test('cannot be started', async () => {
    expect(await stoppedBy('exec-format')).toEqual([
      'TaskFailedToStart',
      'Task failed to start',
      undefined,
      'CannotStartContainerError: Error response from daemon: exec format error'
    ])
  })

  test('behave by rule, the first ones only', async () => {
    await steady()
    stage.ecs.setRules([
      {match: {service: 'web', revision: 2, first: 1}, behaviour: {exit: {code: 3, afterSeconds: 2}}}
    ])
    await stage.update({taskDefinition: await stage.define('ok')})
    stage.pass(200)
    expect((await stage.tasks('STOPPED')).filter(task => task.containers?.[0]?.exitCode === 3)).toHaveLength(1)
    expect(await stage.deployments()).toEqual(['#2 PRIMARY 2/2/0 COMPLETED'])
  })

  test('write their log', async () => {
    const logConfiguration = {
      logDriver: 'awslogs' as const,
      options: {'awslogs-group': '/ecs/web', 'awslogs-region': 'eu-central-1', 'awslogs-stream-prefix': 'ecs'}
    }
    stage.emulator.logs.createGroup('/ecs/web')
    await stoppedBy('crash', {containerDefinitions: [{name: 'app', image: 'example.org/web:crash', logConfiguration}]})
    stage.pass(5)
    const [stream] = stage.emulator.logs.streams('/ecs/web') ?? []
    const [task] = await stage.tasks('STOPPED')
    expect(stream?.name).toBe(`ecs/app/${task?.taskArn?.split('/').at(-1) ?? ''}`)
    expect(stream?.events.map(({message}) => message)).toContain('Error: cannot connect to the database')
  })

  test('do not start without their log group, unless they create it', async () => {
    const logging = (more: object) => ({
      logDriver: 'awslogs' as const,
      options: {'awslogs-group': '/none', 'awslogs-region': 'eu-central-1', 'awslogs-stream-prefix': 'ecs', ...more}
    })
    const containers = (more: object) => ({
      containerDefinitions: [{name: 'app', image: 'example.org/web:ok', logConfiguration: logging(more)}]
    })
    expect(await stoppedBy('', containers({}))).toEqual([
      'TaskFailedToStart',
      expect.stringMatching(
        /^ResourceInitializationError: failed to initialize logging driver: .*The specified log group does not exist\.$/
      ),
      undefined,
      undefined
    ])
    expect(stage.emulator.logs.streams('/none')).toBeUndefined()
    await stage.update({taskDefinition: await stage.define('', containers({'awslogs-create-group': 'true'}))})
    stage.pass(300)
    expect(await stage.deployments()).toEqual(['#3 PRIMARY 1/1/0 COMPLETED'])
    expect(stage.emulator.logs.streams('/none')).toEqual([])
  })

  test('fail with a container whose success is waited for', async () => {
    stage.ecs.setRules([{match: {container: 'migrate'}, behaviour: {exit: {code: 2, afterSeconds: 3}}}])
    const image = 'example.org/web:ok'
    const dependsOn = [{containerName: 'migrate', condition: 'SUCCESS' as const}]
    const containerDefinitions = [
      {name: 'migrate', image, essential: false},
      {name: 'app', image, dependsOn}
    ]
    expect(await stoppedBy('', {containerDefinitions})).toEqual([
      'TaskFailedToStart',
      'Task failed to start',
      2,
      undefined
    ])
  })

  test('go through all states, and are forgotten an hour after they stopped', async () => {
    await steady({...stage.balanced, desiredCount: 1})
    await stage.update({taskDefinition: await stage.define('next')})
    const seen: Record<string, string[]> = {}
    for (let second = 0; second < 150; second++) {
      for (const task of [...(await stage.tasks('RUNNING')), ...(await stage.tasks('STOPPED'))]) {
        const states = (seen[task.startedBy ?? ''] ??= [])
        if (states.at(-1) !== task.lastStatus) states.push(task.lastStatus ?? '')
      }
      stage.pass(1)
    }
    expect(seen[stage.deploymentId(2)]).toEqual(['PROVISIONING', 'PENDING', 'ACTIVATING', 'RUNNING'])
    expect(seen[stage.deploymentId(1)]).toEqual(['RUNNING', 'DEACTIVATING', 'STOPPING', 'DEPROVISIONING', 'STOPPED'])
    const [old] = await stage.tasks('STOPPED')
    expect(old?.stoppedReason).toBe(`Scaling activity initiated by (deployment ${stage.deploymentId(2)})`)
    expect(old?.containers?.[0]?.exitCode).toBe(143)
    stage.pass(3600)
    expect(await stage.tasks('STOPPED')).toEqual([])
  })

  test('stopped by a user are replaced', async () => {
    await steady()
    const [task] = await stage.tasks('RUNNING')
    await stage.client.send(new StopTaskCommand({cluster: 'prod', task: task?.taskArn, reason: 'because'}))
    stage.pass(100)
    expect(await stage.deployments()).toEqual(['#1 PRIMARY 2/2/0 COMPLETED'])
    expect((await stage.tasks('STOPPED')).map(({stopCode, stoppedReason}) => [stopCode, stoppedReason])).toEqual([
      ['UserInitiated', 'because']
    ])
  })
})

describe('images of the own registry', () => {
  const image = '111122223333.dkr.ecr.eu-central-1.amazonaws.com/web'
  const digest = `sha256:${'a'.repeat(64)}`
  let stored: StoredImage | undefined

  beforeEach(async () => {
    await stage.close()
    stage = await EcsStage.open({images: {resolve: reference => (reference.includes('/web') ? stored : undefined)}})
  })

  async function firstReason(): Promise<string | undefined> {
    await stage.create(await stage.define('', fargate(`${image}:1`)), {desiredCount: 1})
    stage.pass(40)
    return (await stage.tasks('STOPPED'))[0]?.stoppedReason
  }

  test('are pulled, and their digest is told', async () => {
    stored = {digest, platforms: ['linux/amd64', 'linux/arm64']}
    const {currentServiceRevisions} = await stage.create(await stage.define('', fargate(`${image}:1`)))
    stage.pass(60)
    const [task] = await stage.tasks('RUNNING')
    expect(task?.containers?.[0]?.imageDigest).toBe(digest)
    const {serviceRevisions} = await stage.client.send(
      new DescribeServiceRevisionsCommand({serviceRevisionArns: [currentServiceRevisions?.[0]?.arn ?? '']})
    )
    expect(serviceRevisions?.[0]?.containerImages).toEqual([
      {containerName: 'app', image: `${image}:1`, imageDigest: digest}
    ])
  })

  test('cannot be pulled when they are not there', async () => {
    stored = undefined
    expect(await firstReason()).toBe(
      `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}:1: not found`
    )
  })

  test('cannot be pulled for another platform', async () => {
    stored = {digest, platforms: ['linux/arm64']}
    expect(await firstReason()).toBe(
      "CannotPullContainerError: pull image manifest has been retried 7 time(s): image Manifest does not contain descriptor matching platform 'linux/amd64'"
    )
  })
})
