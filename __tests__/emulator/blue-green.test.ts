import {DescribeRulesCommand, ElasticLoadBalancingV2Client} from '@aws-sdk/client-elastic-load-balancing-v2'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {staticCredentials} from '../../emulator/server.ts'
import {BlueGreenStage} from './blue-green-support.ts'
import {region} from './ecs-support.ts'

let stage: BlueGreenStage

beforeEach(async () => {
  stage = await BlueGreenStage.open()
})

afterEach(async () => {
  await stage.aws.close()
})

const blueGreen = {strategy: 'BLUE_GREEN', bakeTimeInMinutes: 5} as const
const breaker = (rollback: boolean) => ({deploymentCircuitBreaker: {enable: true, rollback}})
const alarms = (rollback: boolean) => ({alarms: {alarmNames: ['web-5xx'], enable: true, rollback}})

async function outcome() {
  const {status, statusReason} = await stage.newest()
  return [status, statusReason]
}

describe('a blue/green deployment', () => {
  test('goes through its stages, shifts traffic at once, bakes, and swaps the target groups', async () => {
    await stage.steady(blueGreen)
    expect(await stage.targetGroup()).toBe('blue')
    await stage.deploy()
    expect(await stage.course(550)).toEqual([
      '5 IN_PROGRESS - 0/0 100/0',
      '10 IN_PROGRESS PRE_SCALE_UP 0/0 100/0',
      '20 IN_PROGRESS SCALE_UP 0/0 100/0',
      '90 IN_PROGRESS POST_SCALE_UP 0/0 100/0',
      '100 IN_PROGRESS TEST_TRAFFIC_SHIFT 0/100 100/0',
      '110 IN_PROGRESS POST_TEST_TRAFFIC_SHIFT 0/100 100/0',
      '120 IN_PROGRESS PRE_PRODUCTION_TRAFFIC_SHIFT 0/100 100/0',
      '130 IN_PROGRESS PRODUCTION_TRAFFIC_SHIFT 100/100 0/0',
      '140 IN_PROGRESS POST_PRODUCTION_TRAFFIC_SHIFT 100/100 0/0',
      '150 IN_PROGRESS BAKE_TIME 100/100 0/0',
      '460 IN_PROGRESS CLEAN_UP 100/100 0/0',
      '520 SUCCESSFUL CLEAN_UP 100/100 0/0'
    ])
    expect(await stage.targetGroup()).toBe('green')
    expect(stage.rules()).toBe('0:100 0:100')
    expect((await stage.aws.events()).map(event => event.replaceAll(stage.load.green.arn, 'GREEN'))).toEqual([
      '20.000 (web) has started 2 tasks: (task T) (task T).',
      '50.000 (web) registered 2 targets in (target-group GREEN)',
      expect.stringMatching(/^460\.000 \(web\) has stopped 2 running tasks: /),
      expect.stringMatching(/^461\.500 \(web\) deregistered 2 targets in /),
      '461.501 (web, taskSet #1) has begun draining connections on 2 tasks.',
      '520.000 (web) (deployment #2) deployment completed.',
      '520.001 (web) has reached a steady state.'
    ])
    await stage.deploy('third')
    stage.aws.pass(600)
    expect(await stage.targetGroup()).toBe('blue')
    expect(stage.rules()).toBe('100:0 100:0')
  })

  test('shows both revisions with all their tasks until the old one is cleaned up', async () => {
    await stage.steady(blueGreen)
    await stage.deploy()
    await stage.reach('PRE_SCALE_UP')
    expect(await stage.aws.deployments()).toEqual(['#2 PRIMARY 0/0/0 IN_PROGRESS', '#1 ACTIVE 2/2/0 COMPLETED'])
    await stage.reach('BAKE_TIME')
    expect(await stage.aws.deployments()).toEqual(['#2 PRIMARY 2/2/0 IN_PROGRESS', '#1 ACTIVE 2/2/0 COMPLETED'])
    await stage.reach('CLEAN_UP')
    expect(await stage.aws.deployments()).toEqual(['#2 PRIMARY 2/2/0 IN_PROGRESS', '#1 ACTIVE 0/0/0 COMPLETED'])
    stage.aws.pass(100)
    expect(await stage.aws.deployments()).toEqual(['#2 PRIMARY 2/2/0 COMPLETED'])
  })

  test('shifts traffic by the weights of the listener rules', async () => {
    await stage.steady(blueGreen)
    await stage.deploy()
    await stage.reach('BAKE_TIME')
    const {url: endpoint} = stage.aws.emulator
    const client = new ElasticLoadBalancingV2Client({region, endpoint, credentials: staticCredentials})
    const {Rules = []} = await client.send(new DescribeRulesCommand({RuleArns: [stage.load.production.arn]}))
    expect(Rules[0]?.Actions?.[0]?.ForwardConfig?.TargetGroups).toEqual([
      {TargetGroupArn: stage.load.blue.arn, Weight: 0},
      {TargetGroupArn: stage.load.green.arn, Weight: 100}
    ])
    client.destroy()
  })

  test('has no test traffic without a test listener rule', async () => {
    const [loadBalancer] = stage.load.loadBalancers
    const {testListenerRule, ...advancedConfiguration} = loadBalancer.advancedConfiguration
    await stage.steady(blueGreen, {loadBalancers: [{...loadBalancer, advancedConfiguration}]})
    await stage.deploy()
    await stage.reach('BAKE_TIME')
    expect(await stage.where()).toBe('IN_PROGRESS BAKE_TIME 100/0 0/0')
    expect(testListenerRule).toBe(stage.load.test.arn)
    expect(stage.rules()).toBe('0:100 100:0')
  })

  test('follows a desired count that changes meanwhile, with both revisions', async () => {
    await stage.steady(blueGreen)
    await stage.deploy()
    await stage.reach('BAKE_TIME')
    stage.aws.ecs.scale('prod', 'web', 3)
    stage.aws.pass(120)
    expect(await stage.aws.deployments()).toEqual(['#2 PRIMARY 3/3/0 IN_PROGRESS', '#1 ACTIVE 3/3/0 COMPLETED'])
  })

  test('is how a service starts, too, with nothing to go back to', async () => {
    await stage.aws.create(await stage.aws.define('crash'), {
      loadBalancers: stage.load.loadBalancers,
      deploymentConfiguration: {...blueGreen, ...breaker(true)}
    })
    stage.aws.pass(15)
    expect(await stage.where()).toBe('IN_PROGRESS PRE_SCALE_UP 0/0')
    stage.aws.pass(600)
    expect(await outcome()).toEqual(['ROLLBACK_FAILED', 'No rollback candidate was found to run the rollback.'])
  })
})

describe('a blue/green deployment that fails', () => {
  test('in SCALE_UP is rolled back by the circuit breaker, no traffic was shifted', async () => {
    await stage.steady({...blueGreen, ...breaker(true)})
    await stage.deploy('crash')
    const course = await stage.course(600)
    expect(course.slice(2)).toEqual([
      '20 IN_PROGRESS SCALE_UP 0/0 100/0',
      expect.stringMatching(/^\d+ ROLLBACK_IN_PROGRESS CLEAN_UP 0\/0 100\/0$/),
      expect.stringMatching(/^\d+ ROLLBACK_SUCCESSFUL CLEAN_UP 0\/0 100\/0$/)
    ])
    expect(await outcome()).toEqual([
      'ROLLBACK_SUCCESSFUL',
      'Service deployment rolled back because the circuit breaker threshold was exceeded.'
    ])
    expect(await stage.aws.deployments()).toEqual(['#1 PRIMARY 2/2/0 COMPLETED'])
    expect((await stage.newest()).deploymentCircuitBreaker).toEqual({
      status: 'TRIGGERED',
      failureCount: 3,
      threshold: 3
    })
  })

  test('without rollback stays where it is, and the next one reconciles', async () => {
    await stage.steady({...blueGreen, ...breaker(false)})
    await stage.deploy('crash')
    stage.aws.pass(600)
    expect(await outcome()).toEqual(['STOPPED', undefined])
    expect(await stage.aws.deployments()).toEqual([
      expect.stringMatching(/^#2 PRIMARY .* FAILED$/),
      '#1 ACTIVE 2/2/0 COMPLETED'
    ])
    await stage.deploy()
    stage.aws.pass(15)
    expect(await stage.where()).toBe('IN_PROGRESS RECONCILE_SERVICE 0/0 0/0 100/0')
    stage.aws.pass(700)
    expect(await stage.where()).toBe('SUCCESSFUL CLEAN_UP 100/100 0/0 0/0')
  })

  test('never ends by itself when its tasks never become healthy and nothing watches it, until the stage is too long', async () => {
    await stage.steady(blueGreen)
    await stage.deploy('never-healthy')
    stage.aws.pass(2 * 3600)
    expect(await stage.where()).toBe('IN_PROGRESS SCALE_UP 0/0 100/0')
    stage.aws.pass(22.5 * 3600)
    expect(await outcome()).toEqual([
      'ROLLBACK_SUCCESSFUL',
      'Service deployment rolled back because the SCALE_UP lifecycle stage timed out.'
    ])
  })

  test('while it bakes is rolled back by an alarm: production traffic first, then test traffic, then the tasks', async () => {
    await stage.steady({...blueGreen, ...alarms(true)})
    await stage.deploy()
    await stage.reach('BAKE_TIME')
    await stage.aws.control('alarm', {name: 'web-5xx', state: 'ALARM'})
    expect(await stage.course(200)).toEqual([
      '5 IN_PROGRESS BAKE_TIME 100/100 0/0',
      '10 ROLLBACK_IN_PROGRESS PRODUCTION_TRAFFIC_SHIFT 0/100 100/0',
      '20 ROLLBACK_IN_PROGRESS TEST_TRAFFIC_SHIFT 0/0 100/100',
      '30 ROLLBACK_IN_PROGRESS CLEAN_UP 0/0 100/100',
      '90 ROLLBACK_SUCCESSFUL CLEAN_UP 0/0 100/100'
    ])
    expect(stage.rules()).toBe('100:0 100:0')
    expect(await stage.aws.deployments()).toEqual(['#1 PRIMARY 2/2/0 COMPLETED'])
    const texts = (await stage.aws.events()).map(event => event.replace(/^\S+ \(web\) /, ''))
    expect(texts).toEqual(
      expect.arrayContaining(['(deployment #2) deployment failed: alarm detected.', 'rolling back to deployment #1.'])
    )
  })

  test('by an alarm without rollback leaves the traffic where it is', async () => {
    await stage.steady({...blueGreen, ...alarms(false)})
    await stage.deploy()
    await stage.reach('BAKE_TIME')
    await stage.aws.control('alarm', {name: 'web-5xx', state: 'ALARM'})
    stage.aws.pass(600)
    expect(await stage.where()).toBe('STOPPED BAKE_TIME 100/100 0/0')
    expect(await stage.aws.deployments()).toEqual(['#2 PRIMARY 2/2/0 FAILED', '#1 ACTIVE 2/2/0 COMPLETED'])
  })

  test('takes no notice of an alarm while it cleans up', async () => {
    await stage.steady({...blueGreen, ...alarms(true)})
    await stage.deploy()
    await stage.reach('CLEAN_UP')
    await stage.aws.control('alarm', {name: 'web-5xx', state: 'ALARM'})
    stage.aws.pass(100)
    expect((await outcome())[0]).toBe('SUCCESSFUL')
  })
})

describe('what is not known of the stages is played either way:', () => {
  test('in a rollback, the stage is the one that failed', async () => {
    stage.aws.ecs.variants.stageInRollback = 'failed'
    await stage.steady(blueGreen)
    await stage.deploy()
    await stage.reach('BAKE_TIME')
    await stage.stop()
    expect((await stage.course(100)).map(where => where.replace(/^\d+ /, ''))).toEqual([
      'ROLLBACK_IN_PROGRESS BAKE_TIME 0/100 100/0',
      'ROLLBACK_IN_PROGRESS BAKE_TIME 0/0 100/100',
      'ROLLBACK_SUCCESSFUL BAKE_TIME 0/0 100/100'
    ])
  })

  test('what is over has no stage', async () => {
    stage.aws.ecs.variants.stageAfterEnd = false
    await stage.steady(blueGreen)
    expect(await stage.where()).toBe('SUCCESSFUL - 100/100')
  })
})

describe('by Service Connect', () => {
  test('a deployment shifts traffic without listener rules', async () => {
    const serviceConnectConfiguration = {enabled: true, namespace: 'prod'}
    await stage.steady(blueGreen, {loadBalancers: [], serviceConnectConfiguration})
    await stage.deploy()
    await stage.reach('BAKE_TIME')
    expect(await stage.where()).toBe('IN_PROGRESS BAKE_TIME 100/0 0/0')
    stage.aws.pass(600)
    expect((await outcome())[0]).toBe('SUCCESSFUL')
  })
})

describe('StopServiceDeployment', () => {
  test.each([
    ['PRE_SCALE_UP', []],
    ['POST_SCALE_UP', []],
    ['POST_TEST_TRAFFIC_SHIFT', ['TEST_TRAFFIC_SHIFT']],
    ['BAKE_TIME', ['PRODUCTION_TRAFFIC_SHIFT', 'TEST_TRAFFIC_SHIFT']]
  ])('rolls back in %s', async (when, back) => {
    await stage.steady(blueGreen)
    await stage.deploy()
    await stage.reach(when)
    await stage.stop()
    const course = (await stage.course(200)).map(where => where.replace(/^\d+ /, '').replace(/ \d+\/.*/, ''))
    expect(course.filter(where => !where.startsWith('ROLLBACK_REQUESTED'))).toEqual([
      ...[...back, 'CLEAN_UP'].map(name => `ROLLBACK_IN_PROGRESS ${name}`),
      'ROLLBACK_SUCCESSFUL CLEAN_UP'
    ])
    expect(await stage.aws.deployments()).toEqual(['#1 PRIMARY 2/2/0 COMPLETED'])
    expect(stage.rules()).toBe('100:0 100:0')
  })

  test('comes too late in CLEAN_UP', async () => {
    await stage.steady(blueGreen)
    await stage.deploy()
    await stage.reach('CLEAN_UP')
    await stage.stop()
    expect((await outcome())[0]).toBe('ROLLBACK_REQUESTED')
    stage.aws.pass(100)
    expect(await outcome()).toEqual(['SUCCESSFUL', undefined])
    expect(stage.rules()).toBe('0:100 0:100')
  })
})

describe('a newer deployment', () => {
  test.each(['PRE_SCALE_UP', 'POST_SCALE_UP', 'POST_TEST_TRAFFIC_SHIFT', 'BAKE_TIME', 'CLEAN_UP'])(
    'supersedes one in %s, after traffic went back to what was complete',
    async when => {
      await stage.steady(blueGreen)
      await stage.deploy()
      await stage.reach(when)
      await stage.deploy('third')
      stage.aws.pass(900)
      const [third, second] = await stage.aws.serviceDeployments()
      expect([second?.status, third?.status]).toEqual(['STOPPED', 'SUCCESSFUL'])
      expect(await stage.aws.deployments()).toEqual(['#3 PRIMARY 2/2/0 COMPLETED'])
      const {targets} = {targets: await stage.aws.tasks('RUNNING')}
      expect(targets).toHaveLength(2)
      const serving = (await stage.targetGroup()) === 'blue' ? '100:0 100:0' : '0:100 0:100'
      expect(stage.rules()).toBe(serving)
    }
  )
})
