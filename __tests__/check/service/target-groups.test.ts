import type {Service} from '@aws-sdk/client-ecs'
import {ElasticLoadBalancingV2Client} from '@aws-sdk/client-elastic-load-balancing-v2'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {createEmulator, type Emulator, staticCredentials} from '../../../emulator/server.ts'
import {
  gatherTargetGroups,
  type TargetGroup,
  targetGroupListener,
  targetGroupMissing,
  targetType
} from '../../../src/check/service/target-groups.ts'
import {testWorld} from '../../image/support.ts'
import {fargate, messages, situation} from '../situation.ts'

describe('what is read', () => {
  let emulator: Emulator

  beforeEach(async () => {
    emulator = await createEmulator()
  })

  afterEach(async () => {
    await emulator.close()
  })

  async function gathered(
    loadBalancers: NonNullable<Service['loadBalancers']>,
    deploymentConfiguration: NonNullable<Service['deploymentConfiguration']> = {}
  ) {
    const config = {endpoint: emulator.url, region: emulator.region, credentials: staticCredentials, maxAttempts: 1}
    const elb = new ElasticLoadBalancingV2Client(config)
    const world = testWorld({})
    const groups = await gatherTargetGroups({loadBalancers, deploymentConfiguration}, {elb}, world)
    elb.destroy()
    return {groups, lines: world.lines}
  }

  test('each group by itself: their types, whether a listener has them, and whether they exist', async () => {
    const {targetGroups} = emulator
    const blue = targetGroups.create({name: 'web-blue'}).arn
    const green = targetGroups.create({name: 'web-green', targetType: 'instance', loadBalancerArns: []}).arn
    const gone = blue.replace('web-blue', 'web-gone')
    const balancers = [
      {targetGroupArn: blue, advancedConfiguration: {alternateTargetGroupArn: green}},
      {targetGroupArn: gone},
      {loadBalancerName: 'classic'}
    ]
    const [first, other, last] = [
      {name: 'web-blue', type: 'ip', isAttached: true},
      {name: 'web-green', type: 'instance', isAttached: false},
      {name: 'web-gone', type: undefined, isAttached: false}
    ]
    expect((await gathered(balancers, {strategy: 'CANARY'})).groups).toEqual([first, other, last])
    expect((await gathered(balancers)).groups).toEqual([first, last])
  })

  test('a service without load balancers asks nothing', async () => {
    expect((await gathered([])).groups).toEqual([])
    expect(emulator.journal.entries()).toEqual([])
  })

  test('where it may not be read, nothing is known, and the log says so once', async () => {
    const user = 'arn:aws:iam::111122223333:user/deployer'
    emulator.policies.attach(user, {Version: '2012-10-17', Statement: []})
    const [one, other] = ['web-blue', 'web-green'].map(name => emulator.targetGroups.create({name}).arn)
    const {groups, lines} = await gathered([{targetGroupArn: one}, {targetGroupArn: other}])
    expect(groups).toBeUndefined()
    expect(lines).toEqual([expect.stringContaining('not checked: missing elasticloadbalancing:DescribeTargetGroups')])
  })
})

const group = (changes: Partial<TargetGroup>): TargetGroup => ({name: 'web', type: 'ip', isAttached: true, ...changes})
const gone = group({type: undefined, isAttached: false})

test('a target group that is gone', () => {
  expect(messages(targetGroupMissing, situation({targetGroups: [group({}), gone]}))).toEqual([
    'There is no target group web any more, which the service web registers its tasks in: no task would become healthy, so ' +
      'create it again, or take it out of the service.'
  ])
  expect(messages(targetGroupMissing, situation())).toEqual([])
})

test('a target group that no listener sends requests to', () => {
  expect(messages(targetGroupListener, situation({targetGroups: [group({isAttached: false}), gone]}))).toEqual([
    'No listener of a load balancer sends requests to the target group web of the service web: its targets are not checked, ' +
      'so that tasks may never count as healthy; attach it to a listener or a rule of one, or take it out of the service.'
  ])
  expect(messages(targetGroupListener, situation({targetGroups: [group({})]}))).toEqual([])
})

describe('the kind of targets', () => {
  const bridge = fargate({networkMode: 'bridge', requiresCompatibilities: ['EC2']})
  const service = {launchType: 'EC2' as const}

  test('instances for awsvpc, addresses for bridge', () => {
    expect(targetType.run(situation({targetGroups: [group({type: 'instance'})]}))).toEqual([
      {
        path: ['networkMode'],
        message:
          '`networkMode` (task-definition.json, line 6) is `awsvpc`, but the target group web of the service web has the ' +
          'target type `instance`: ECS refuses the update, because with awsvpc the targets are IP addresses; use a target ' +
          'group of the type `ip`, or another network mode.'
      }
    ])
    expect(messages(targetType, situation({definition: bridge, service, targetGroups: [group({})]}))[0]).toContain(
      'with bridge the targets are instances; use a target group of the type `instance`'
    )
  })

  test('nothing where they go together, or it is another kind', () => {
    expect(messages(targetType, situation({targetGroups: [group({}), gone]}))).toEqual([])
    const instances = [group({type: 'instance'}), group({type: 'alb'})]
    expect(messages(targetType, situation({definition: bridge, service, targetGroups: instances}))).toEqual([])
    expect(messages(targetType, situation())).toEqual([])
    // There the mode is what is wrong.
    expect(messages(targetType, situation({definition: bridge, targetGroups: [group({})]}))).toEqual([])
  })
})
