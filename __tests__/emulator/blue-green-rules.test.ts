import type {AdvancedConfiguration, DeploymentConfiguration, LoadBalancer} from '@aws-sdk/client-ecs'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {account, region} from './ecs-support.ts'
import {BlueGreenStage} from './blue-green-support.ts'

let stage: BlueGreenStage

beforeEach(async () => {
  stage = await BlueGreenStage.open()
})

afterEach(async () => {
  await stage.aws.close()
})

const blueGreen = {strategy: 'BLUE_GREEN', bakeTimeInMinutes: 5} as const

/** The service's load balancer, with this other advanced configuration. */
function changed(advanced: Partial<AdvancedConfiguration> | undefined): LoadBalancer {
  const [loadBalancer] = stage.load.loadBalancers
  if (advanced === undefined) return {...loadBalancer, advancedConfiguration: undefined}
  return {...loadBalancer, advancedConfiguration: {...loadBalancer.advancedConfiguration, ...advanced}}
}

async function create(loadBalancers: LoadBalancer[], deploymentConfiguration: DeploymentConfiguration = blueGreen) {
  return stage.aws.create(await stage.aws.define('ok'), {loadBalancers, deploymentConfiguration})
}

const refused = (message: string): object => ({name: 'InvalidParameterException', message})

describe('CreateService refuses', () => {
  const classic = {loadBalancerName: 'classic', containerName: 'app', containerPort: 8080}

  test.each<[string, () => LoadBalancer[]]>([
    [
      'All loadBalancers must be strictly either ELBv1 (defining loadBalancerName) or ELBv2 (defining targetGroupArn)',
      () => [classic, changed({})]
    ],
    [
      'advancedConfiguration field is not allowed with ELBv1 loadBalancers',
      () => [{...classic, advancedConfiguration: changed({}).advancedConfiguration}]
    ],
    [
      'Either all or none of the provided loadBalancers must have advancedConfiguration defined',
      () => [changed({}), changed(undefined)]
    ],
    [
      'advancedConfiguration field is required for all loadBalancers when using a non-ROLLING deployment strategy',
      () => [changed(undefined)]
    ],
    [
      'productionListenerRule has an invalid ARN format. Must be RuleArn for ALB or ListenerArn for NLB. Got: rule',
      () => [changed({productionListenerRule: 'rule'})]
    ],
    ['The BLUE_GREEN strategy needs a load balancer or Service Connect.', () => []]
  ])('%s', async (message, loadBalancers) => {
    await expect(create(loadBalancers())).rejects.toMatchObject(refused(message))
  })

  test('one rule for both kinds of traffic, and one target group twice', async () => {
    const {production, blue} = stage.load
    await expect(create([changed({testListenerRule: production.arn})])).rejects.toMatchObject(
      refused(`The following rules cannot be used as both production and test listener rules: ${production.arn}`)
    )
    await expect(create([changed({alternateTargetGroupArn: blue.arn})])).rejects.toMatchObject(
      refused(`Duplicate targetGroupArn found: ${blue.arn}`)
    )
  })

  test('a production rule alone that does not forward to both target groups', async () => {
    const {production, blue} = stage.load
    production.forwards = [{targetGroupArn: blue.arn, weight: 100}]
    await expect(create([changed({testListenerRule: undefined})])).rejects.toMatchObject(
      refused(
        'For Application LoadBalancer, testListenerRule is required when productionListenerRule is not associated with both targetGroup and alternateTargetGroup'
      )
    )
  })

  test('shares by a Network Load Balancer', async () => {
    const {blue, green} = stage.load
    const {arn} = stage.aws.emulator.targetGroups.rules.create({
      loadBalancer: 'network',
      type: 'net',
      port: 80,
      forwards: [
        {targetGroupArn: blue.arn, weight: 100},
        {targetGroupArn: green.arn, weight: 0}
      ]
    })
    const loadBalancers = [changed({productionListenerRule: arn, testListenerRule: undefined})]
    await expect(create(loadBalancers, {strategy: 'CANARY'})).rejects.toMatchObject(
      refused('The CANARY strategy is only for Application Load Balancers and Service Connect.')
    )
    expect((await create(loadBalancers)).status).toBe('ACTIVE')
  })

  const hook = {hookTargetArn: `arn:aws:lambda:${region}:${account}:function:a`, roleArn: 'arn:aws:iam::1:role/a'}
  const pause = {targetType: 'PAUSE', lifecycleStages: ['POST_SCALE_UP']} as const

  test.each<[string, DeploymentConfiguration]>([
    ['bakeTimeInMinutes must be between 0 and 1440.', {bakeTimeInMinutes: 1441}],
    [
      'stepPercent must be a multiple of 0.1 from 3.0 to 100.0.',
      {strategy: 'LINEAR', linearConfiguration: {stepPercent: 2.9}}
    ],
    [
      'stepBakeTimeInMinutes must be between 0 and 1440.',
      {strategy: 'LINEAR', linearConfiguration: {stepBakeTimeInMinutes: -1}}
    ],
    [
      'canaryPercent must be a multiple of 0.1 from 0.1 to 100.0.',
      {strategy: 'CANARY', canaryConfiguration: {canaryPercent: 0.15}}
    ],
    [
      'canaryBakeTimeInMinutes must be between 0 and 1440.',
      {strategy: 'CANARY', canaryConfiguration: {canaryBakeTimeInMinutes: 2000}}
    ],
    ['lifecycleStages must be specified for a lifecycle hook.', {lifecycleHooks: [hook]}],
    [
      'hookTargetArn and roleArn must be specified for an AWS_LAMBDA lifecycle hook.',
      {lifecycleHooks: [{lifecycleStages: ['PRE_SCALE_UP']}]}
    ],
    [
      'PAUSE hooks cannot be configured at PRODUCTION_TRAFFIC_SHIFT.',
      {lifecycleHooks: [{targetType: 'PAUSE', lifecycleStages: ['PRODUCTION_TRAFFIC_SHIFT']}]}
    ],
    [
      'timeoutInMinutes is out of range.',
      {lifecycleHooks: [{...hook, lifecycleStages: ['PRE_SCALE_UP'], timeoutConfiguration: {timeoutInMinutes: 1441}}]}
    ],
    [
      'There can be at most 10 pause hooks and 10 Lambda hooks.',
      {lifecycleHooks: Array.from({length: 11}, () => ({...pause, lifecycleStages: [...pause.lifecycleStages]}))}
    ],
    [
      'earlySuccessCriteria can be used only with the ROLLING deployment strategy.',
      {earlySuccessCriteria: {enable: true, healthyPercent: 100, sourceServiceRevisionCleanup: 'BLOCKING'}}
    ]
  ])('%s', async (message, configuration) => {
    await expect(create([changed({})], {...blueGreen, ...configuration})).rejects.toMatchObject(refused(message))
  })
})

test('UpdateService refuses the same, and changes nothing then', async () => {
  await create([changed(undefined)], {})
  await expect(stage.aws.update({deploymentConfiguration: blueGreen})).rejects.toMatchObject(
    refused(
      'advancedConfiguration field is required for all loadBalancers when using a non-ROLLING deployment strategy'
    )
  )
  expect((await stage.aws.service()).deploymentConfiguration?.strategy).toBe('ROLLING')
})

test('a service changes from rolling to blue/green and back', async () => {
  await create([changed(undefined)], {})
  stage.aws.pass(600)
  await stage.aws.update({loadBalancers: [changed({})], deploymentConfiguration: blueGreen})
  stage.aws.pass(900)
  expect(await stage.where()).toBe('SUCCESSFUL CLEAN_UP 100/100 0/0')
  expect(stage.rules()).toBe('0:100 0:100')
  await stage.aws.update({deploymentConfiguration: {strategy: 'ROLLING', bakeTimeInMinutes: 0}})
  await stage.deploy()
  stage.aws.pass(600)
  expect(await stage.where()).toBe('SUCCESSFUL - -/- -/-')
  expect(await stage.targetGroup()).toBe('green')
  expect(stage.rules()).toBe('0:100 0:100')
})

describe('a deployment is rolled back because of its set-up:', () => {
  const invalid = 'Service deployment rolled back because of invalid networking configuration'

  async function reason(): Promise<string | undefined> {
    await stage.deploy()
    stage.aws.pass(200)
    const {status, statusReason} = await stage.newest()
    expect(status).toBe('ROLLBACK_SUCCESSFUL')
    const {events = []} = await stage.aws.service()
    const failed = `(service web) (deployment ${stage.aws.deploymentId(2)}) deployment failed: ${statusReason ?? ''}`
    expect(events.map(({message}) => message)).toContain(failed)
    expect(await stage.aws.deployments()).toEqual(['#1 PRIMARY 2/2/0 COMPLETED'])
    return statusReason
  }

  beforeEach(async () => {
    await stage.steady(blueGreen)
  })

  test('a target group that no rule forwards to', async () => {
    const {production, test: testRule, blue, green} = stage.load
    for (const rule of [production, testRule]) rule.forwards = [{targetGroupArn: blue.arn, weight: 1}]
    expect(await reason()).toBe(
      `${invalid}: Target group ${green.arn} is not associated with either productionListenerRule or testListenerRule.`
    )
  })

  test('none of the target groups in the rules', async () => {
    for (const rule of [stage.load.production, stage.load.test]) rule.forwards = []
    expect(await reason()).toBe(
      `${invalid}. Both targetGroup and alternateTargetGroup must be associated with the productionListenerRule or testListenerRule.`
    )
  })

  test('production traffic on both target groups', async () => {
    const {production, blue, green} = stage.load
    production.forwards = [blue, green].map(({arn}) => ({targetGroupArn: arn, weight: 50}))
    expect(await reason()).toBe(
      `${invalid}. productionListenerRule ${production.arn} should have exactly one target group serving traffic but found 2 target groups which are serving traffic`
    )
  })

  test('production traffic on another target group', async () => {
    const {production, blue, green} = stage.load
    const other = stage.aws.groupArn
    production.forwards = [{targetGroupArn: other, weight: 1}]
    expect(await reason()).toBe(
      `${invalid}. Production listener rule is forwarding traffic to unexpected target group ${other}. ` +
        `Expected traffic to be forwarded to either targetGroupArn: ${blue.arn} or alternateTargetGroupArn: ${green.arn}`
    )
  })

  test('a rule that is gone', async () => {
    stage.aws.emulator.targetGroups.rules.delete(stage.load.test.arn)
    expect(await reason()).toBe(`${invalid}. One or more rules not found`)
  })

  test('a role that may not manage the load balancer', async () => {
    stage.aws.ecs.setRole(stage.load.roleArn, 'permissions')
    expect(await reason()).toBe(
      `${invalid}. ECS was unable to manage the ELB resources due to missing permissions on ECS Infrastructure Role '${stage.load.roleArn}'.`
    )
  })
})

test('a role that may not change listeners fails the deployment where test traffic is to be shifted', async () => {
  await stage.steady(blueGreen)
  stage.aws.ecs.setRole(stage.load.roleArn, 'modify-listener')
  await stage.deploy()
  await stage.reach('TEST_TRAFFIC_SHIFT')
  stage.aws.pass(200)
  const {status, statusReason} = await stage.newest()
  expect(status).toBe('ROLLBACK_SUCCESSFUL')
  expect(statusReason).toBe(
    'Service deployment rolled back because TEST_TRAFFIC_SHIFT lifecycle hook(s) failed. ' +
      `User: arn:aws:sts::${account}:assumed-role/ecsInfrastructureRole/ECSNetworkingWithELB is not authorized to perform: ` +
      `elasticloadbalancing:ModifyListener on resource: ${stage.load.test.listenerArn} ` +
      'because no identity-based policy allows the elasticloadbalancing:ModifyListener action'
  )
  expect(stage.rules()).toBe('100:0 100:0')
})
