import {describe, expect, test} from '@jest/globals'
import {logPlaceOf} from '../../src/why/log-place.ts'
import {placementProblems} from '../../src/why/placement.ts'
import {unhealthyTargetsIn} from '../../src/why/target-events.ts'
import {meaningOf, reasonCodeOf} from '../../src/why/target-reasons.ts'
import {failedTargetsOf, targetGroupName} from '../../src/why/targets.ts'
import {container, GROUP_ARN, surroundings, task} from './support.ts'

const at = new Date(Date.UTC(2026, 10, 2, 9))
const event = (message: string) => ({at, message})

describe('where the log of a container is', () => {
  const place = (options: Record<string, string>, logDriver: 'awslogs' | 'splunk' = 'awslogs') =>
    logPlaceOf({logConfiguration: {logDriver, options}}, container({runtimeId: 'runtime'}), task('t'), 'eu-west-1')
  const group = {'awslogs-group': '/ecs/web'}

  test('prefix, container, task; without a prefix the id of the container', () => {
    expect(place({...group, 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'p'})).toEqual({
      group: '/ecs/web',
      stream: 'p/app/t',
      region: 'us-east-1'
    })
    expect(place(group)).toEqual({group: '/ecs/web', stream: 'runtime', region: 'eu-west-1'})
  })

  test('or why there is none', () => {
    expect(place({}, 'splunk')).toBe('the log goes to Splunk (splunk)')
    expect(place({})).toBe('logConfiguration names no awslogs-group')
    expect(place({...group, 'awslogs-region': 'example.org/#'})).toMatch(/is not a region$/)
    expect(logPlaceOf({}, container(), task('t'), 'eu-west-1')).toMatch(/has no logConfiguration/)
    expect(
      logPlaceOf({logConfiguration: {logDriver: 'awslogs', options: group}}, container(), task('t'), 'eu-west-1')
    ).toBe('the container never started')
  })
})

describe('events about placement', () => {
  const closest = (instance: string) =>
    `(service web) was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance ${instance}) has insufficient CPU units available. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.`

  test('are told once, without the service and the guide', () => {
    const ids = ['01234567-89ab-cdef-0123-456789abcdef', 'fedcba98-7654-3210-fedc-ba9876543210']
    expect(
      placementProblems(
        ids.map(id => event(closest(id))),
        surroundings.deployment
      )
    ).toEqual([
      `was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance ${ids[0] ?? ''}) has insufficient CPU units available.`
    ])
  })

  test.each([
    "(service web) failed to launch a task with (error ECS was unable to assume the role 'arn:x' that was provided for this task.).",
    '(service web) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.',
    '(service web) was unable to reach steady state because (taskSet ecs-svc/2222) was unable to scale in due to (reason 2 tasks under protection)',
    '(service web, taskSet ecs-svc/2222) was unable to place a task. Reason: Internal error.',
    '(service web) could not launch 2 tasks for deployment ecs-svc/2222.',
    '(service web) was unable to place tasks in your cluster because the tasks provisioning capacity limit was exceeded.',
    '(service web) Timed out waiting for Amazon ECS Agent to start. Please check logs at /var/log/ecs/ecs-agent.log".',
    'service web failed to register targets in target-group web with (error x)',
    'IAM permissions policies have been misconfigured or changed, and ECS can no longer maintain your service'
  ])('%s', message => {
    expect(placementProblems([event(message)], surroundings.deployment)).toHaveLength(1)
  })

  test.each([
    '(service web) has started 2 tasks: (task 1) (task 2).',
    '(service web) has reached a steady state.',
    '(service web) could not launch 2 tasks for deployment ecs-svc/1111.',
    '(service web) (task 1) failed container health checks.',
    '(service web) is unable to consistently start tasks successfully. For more information, see the Troubleshooting section.'
  ])('not: %s', message => {
    expect(placementProblems([event(message)], surroundings.deployment)).toEqual([])
  })
})

describe('what is not ours', () => {
  const agent = 'Timed out waiting for Amazon ECS Agent to start. Please check logs.'
  const noRoom = 'was unable to place a task. Reason: Internal error.'
  const told = (messages: string[], reasons: string[] = []) =>
    placementProblems(messages.map(event), surroundings.deployment, reasons)

  test('of another task set', () => {
    expect(told([`(service web, taskSet ecs-svc/99) ${noRoom}`])).toEqual([])
  })

  test('after ECS turned back to another deployment', () => {
    const later = `(service web) ${agent}`
    expect(told([`(service web) ${noRoom}`, '(service web) rolling back to deployment ecs-svc/0.', later])).toEqual([
      noRoom
    ])
    expect(told(['(service web) rolling back to deployment ecs-svc/2222.', later])).toEqual([agent])
  })

  test('what a stopped task tells itself', () => {
    const reason = 'ResourceInitializationError: unable to pull secrets or registry auth: service call has been retried'
    const texts = [5, 3].map(times => `${reason} ${times} time(s): dial tcp 10.0.0.${times}:443: i/o timeout`)
    const message = `(service web) was unable to place a task. Reason: ${texts[0] ?? ''}.`
    expect(told([message], texts.slice(1))).toEqual([])
    expect(told([message], ['Essential container in task exited', ''])).toHaveLength(1)
  })
})

describe('targets', () => {
  const reason503 = 'Health checks failed with these codes: [503]'
  const event503 = event(
    `(service web) (task abc) (port 8080) is unhealthy in (target-group ${GROUP_ARN}) due to (reason ${reason503}).`
  )
  const elb = {
    stopCode: 'ServiceSchedulerInitiated',
    reason: `Task failed ELB health checks in (target-group ${GROUP_ARN})`
  }
  const nothing = {unhealthy: new Map(), groups: [], events: []}

  test('of events, with tasks and, as of old, with instances', () => {
    const old = event(
      `(service web) (instance i-0123456789abcdef0) (port 32768) is unhealthy in (target-group ${GROUP_ARN}) due to (reason Request timed out)`
    )
    expect(unhealthyTargetsIn([event503, old, event('(service web) has reached a steady state.')])).toEqual([
      {taskId: 'abc', port: 8080, groupArn: GROUP_ARN, description: reason503},
      {taskId: undefined, port: 32768, groupArn: GROUP_ARN, description: 'Request timed out'}
    ])
  })

  test('as the load balancer says it of the address, before what events say', () => {
    const health = {
      Target: {Id: '10.0.0.1', Port: 8080},
      HealthCheckPort: '9000',
      TargetHealth: {State: 'unhealthy' as const, Reason: 'Target.Timeout' as const, Description: 'Request timed out'}
    }
    const groups = [
      {
        TargetGroupArn: GROUP_ARN,
        HealthCheckProtocol: 'HTTP' as const,
        HealthCheckPath: '/up',
        HealthCheckPort: '9000',
        Matcher: {HttpCode: '200-299'}
      }
    ]
    const targets = {unhealthy: new Map([[GROUP_ARN, [health]]]), groups, events: unhealthyTargetsIn([event503])}
    const told = (address: string | undefined) => failedTargetsOf([task('abc', {...elb, address})], targets)
    const check = 'GET /up on port 9000 expects 200-299'
    expect(told('10.0.0.1')).toEqual([
      {group: 'web', port: 8080, state: 'unhealthy', reason: 'Target.Timeout', description: 'Request timed out', check}
    ])
    expect(told('10.0.0.2')).toEqual([
      {
        group: 'web',
        port: 8080,
        state: 'unhealthy',
        reason: 'Target.ResponseCodeMismatch',
        description: reason503,
        check
      }
    ])
  })

  test('of tasks that fail alike are told once; of others, and without any word of them, not at all', () => {
    const targets = {...nothing, events: unhealthyTargetsIn([event503])}
    expect(failedTargetsOf([task('abc', elb), task('def', elb)], targets)).toHaveLength(1)
    expect(failedTargetsOf([task('abc')], targets)).toEqual([])
    expect(failedTargetsOf([task('def', elb)], targets)).toEqual([])
    expect(failedTargetsOf([task('abc', elb)], nothing)).toEqual([])
  })

  test('a check without a path is a connection', () => {
    const groups = [{TargetGroupArn: GROUP_ARN, HealthCheckProtocol: 'TCP' as const, HealthCheckPort: 'traffic-port'}]
    const targets = {...nothing, groups, events: unhealthyTargetsIn([event503])}
    expect(failedTargetsOf([task('abc', elb)], targets)[0]?.check).toBe('a TCP connection on port 8080')
  })

  test('the words of events stand for reason codes, and each code has a meaning', () => {
    expect([reason503, 'Request timed out', 'Health checks failed', 'Something else'].map(reasonCodeOf)).toEqual([
      'Target.ResponseCodeMismatch',
      'Target.Timeout',
      'Target.FailedHealthChecks',
      undefined
    ])
    expect(meaningOf('Target.IpUnusable')).toBe('a load balancer has its address')
    expect(meaningOf('Target.Unheard')).toBeUndefined()
  })

  test('a group without the form of an ARN keeps its text', () => {
    expect([targetGroupName(GROUP_ARN), targetGroupName('web')]).toEqual(['web', 'web'])
  })
})
