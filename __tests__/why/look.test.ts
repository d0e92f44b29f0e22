import {DescribeTasksCommand} from '@aws-sdk/client-ecs'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import type {BehaviourRule} from '../../emulator/ecs/behaviour.ts'
import {LOGS, Stage} from './stage.ts'

let stage: Stage

beforeEach(async () => {
  stage = await Stage.open()
})
afterEach(async () => {
  await stage.close()
})

const TRACE = ['Starting', 'Error: cannot connect to the database', '    at connect (/app/server.js:12:9)']
const crash = (code: number, log: readonly string[] = TRACE) => ({exit: {code, afterSeconds: 5}, log})

const calls = (operation: string): number =>
  stage.emulator.journal.entries().filter(entry => entry.operation === operation).length

function deny(service: string, operation: string): void {
  stage.emulator.faults.add({service, operation, fault: {kind: 'access-denied'}})
}

const exited = (code: string, tasks = '2 tasks') =>
  `${tasks} stopped: Essential container in task exited; container app exited with code ${code}`
const place = 'log group /ecs/web in eu-central-1, stream ecs/app/…'
const trace = [`last lines of app (${place}):`, ...TRACE.map(line => `    ${line}`)]

describe('tasks that crash', () => {
  test('are told once, with the end of the log of the first', async () => {
    stage.behave(crash(3))
    const watch = await stage.release()
    await watch.for(90)
    const reads = calls('GetLogEvents')
    const {failures, unfinished} = await watch.for(150)
    expect(watch.told.map(({lines}) => lines)).toEqual([[exited('3'), ...trace]])
    expect(failures).toMatchObject([{kind: 'stopped', stopCode: 'EssentialContainerExited', advice: undefined}])
    expect(failures[0]?.taskIds.length).toBeGreaterThan(2)
    expect(unfinished).toBe(false)
    expect([calls('GetLogEvents'), calls('DescribeTaskDefinition')]).toEqual([reads, 1])
  })

  test('in two ways are two failures', async () => {
    const rules: BehaviourRule[] = [
      {match: {revision: 2, first: 1}, behaviour: crash(3)},
      {match: {revision: 2}, behaviour: {exit: {code: 137, afterSeconds: 5, reason: OOM}, log: []}}
    ]
    stage.emulated.setRules(rules)
    const watch = await stage.release()
    await watch.for(240)
    expect(watch.told.map(({lines: [first]}) => first)).toEqual([
      exited('3', '1 task'),
      expect.stringContaining(`exited with code 137 (${OOM})`)
    ])
  })

  test('and lose their memory: how much they have', async () => {
    stage.behave({exit: {code: 137, afterSeconds: 5, reason: OOM}, log: ['allocating']})
    const watch = await stage.release()
    await watch.for(120)
    expect(watch.told[0]?.lines).toEqual([
      exited(`137 (${OOM})`),
      `last lines of app (${place}):`,
      '    allocating',
      '→ Raise `memory` in web:2 (128 MiB of memory now), or make the program use less.'
    ])
  })

  test('beside others that were stopped because of them: only theirs', async () => {
    stage.behave(crash(3), 'app')
    const others = [{name: 'proxy', image: 'example.org/proxy:ok', memory: 64}]
    const watch = await stage.release({}, {others})
    await watch.for(120)
    expect(watch.told.map(({lines}) => lines)).toEqual([[exited('3'), ...trace]])
  })

  test('are told while they are still stopping, as soon as it is known who did it', async () => {
    stage.behave(crash(3))
    const watch = await stage.release()
    while (watch.told.length === 0) await watch.for(2)
    const {tasks = []} = await stage.ecs.send(
      new DescribeTasksCommand({cluster: 'prod', tasks: await stage.stoppedTasks()})
    )
    expect(tasks.map(({lastStatus}) => lastStatus)).toEqual(['STOPPING', 'STOPPING'])
  })

  test('are looked at again while their log may still grow, unless nobody will', async () => {
    stage.behave(crash(3))
    const watch = await stage.release()
    let explanation = await watch.once()
    while (!explanation.unfinished) explanation = await watch.for(2)
    expect(explanation.failures).toEqual([])
    const {failures} = await watch.once(true)
    expect(failures).toMatchObject([{reason: 'Essential container in task exited', taskIds: {length: 2}}])
  })
})

const OOM = 'OutOfMemoryError: Container killed due to memory usage'

describe('logs', () => {
  test('that come late are waited for, a while', async () => {
    stage.behave(crash(3, []))
    const watch = await stage.release()
    let explanation = await watch.once()
    while (!(explanation.unfinished && calls('GetLogEvents') > 0)) explanation = await watch.for(2)
    expect(explanation.failures).toEqual([])
    const [task] = await stage.stoppedTasks()
    stage.emulator.logs.append('/ecs/web', `ecs/app/${task ?? ''}`, 'the last words')
    await watch.for(20)
    expect(watch.told[0]?.lines).toContain('    the last words')
  })

  test('that never come are given up', async () => {
    stage.behave(crash(3, []))
    const watch = await stage.release()
    await watch.for(120)
    expect(watch.told[0]?.lines).toEqual([
      exited('3'),
      'container app: nothing was written to the log group /ecs/web in eu-central-1, stream ecs/app/…'
    ])
    expect(calls('GetLogEvents')).toBeLessThan(15)
  })

  test('the last look waits for them briefly', async () => {
    stage.behave(crash(3, []))
    const watch = await stage.release()
    while (calls('GetLogEvents') === 0) await watch.for(2)
    const before = watch.seconds
    const {failures} = await watch.once(true)
    expect(failures).toHaveLength(1)
    expect(watch.seconds - before).toBe(3)
  })

  test('that may not be read are said to be missing once', async () => {
    deny('logs', 'GetLogEvents')
    stage.behave(crash(3))
    const watch = await stage.release()
    await watch.for(240)
    expect(watch.told[0]?.lines).toEqual([
      exited('3'),
      'container app: the log was not checked: missing logs:GetLogEvents'
    ])
    expect(stage.lines).toEqual(['logs of containers not checked: missing logs:GetLogEvents'])
    expect(calls('GetLogEvents')).toBe(1)
  })

  test('that are not to be shown are not read', async () => {
    stage.behave(crash(3))
    const watch = await stage.release({}, {showLogs: false})
    await watch.for(120)
    expect(watch.told.map(({lines}) => lines)).toEqual([
      [
        exited('3'),
        'container app: the log is not shown, as `show-logs` is switched off: it is in the log group /ecs/web in eu-central-1, stream ecs/app/…'
      ]
    ])
    expect(calls('GetLogEvents')).toBe(0)
  })

  test('that cannot be read now are read later', async () => {
    stage.emulator.faults.add({service: 'logs', operation: 'GetLogEvents', to: 3, fault: {kind: 'throttling'}})
    stage.behave(crash(3))
    const watch = await stage.release()
    await watch.for(120)
    expect(watch.told[0]?.lines).toEqual([exited('3'), ...trace])
  })

  test('in another region are read there', async () => {
    stage.emulator.logs.elsewhere('us-east-1').createGroup('/ecs/web')
    stage.behave(crash(3))
    const options = {'awslogs-group': '/ecs/web', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'ecs'}
    const watch = await stage.release({logConfiguration: {logDriver: 'awslogs', options}})
    await watch.for(120)
    expect(watch.told[0]?.lines).toContain('last lines of app (log group /ecs/web in us-east-1, stream ecs/app/…):')
    expect(watch.told[0]?.lines).toContain('    Error: cannot connect to the database')
  })

  test('without a prefix are in the stream of the container', async () => {
    stage.behave(crash(3))
    const options = {'awslogs-group': '/ecs/web', 'awslogs-region': 'eu-central-1'}
    const watch = await stage.release({logConfiguration: {logDriver: 'awslogs', options}})
    await watch.for(120)
    expect(watch.told[0]?.lines).toContain('    Error: cannot connect to the database')
  })

  test('that go elsewhere are named', async () => {
    stage.behave(crash(3))
    const others = [
      {
        name: 'router',
        image: 'example.org/fluent-bit:ok',
        memory: 64,
        firelensConfiguration: {type: 'fluentbit' as const}
      }
    ]
    const watch = await stage.release({logConfiguration: {logDriver: 'awsfirelens'}}, {others})
    await watch.for(120)
    expect(watch.told[0]?.lines).toEqual([exited('3'), 'container app: the log goes to FireLens (awsfirelens)'])
  })

  test('of a group that does not exist explain why the task does not start', async () => {
    const options = {'awslogs-group': '/ecs/none', 'awslogs-region': 'eu-central-1', 'awslogs-stream-prefix': 'ecs'}
    const watch = await stage.release({logConfiguration: {logDriver: 'awslogs', options}})
    await watch.for(120)
    expect(watch.told[0]?.lines.at(-1)).toMatch(/^→ Create the log group \/ecs\/none in eu-central-1, or set /)
  })

  test('have no group, no task definition: what ECS says is still told', async () => {
    deny('ecs', 'DescribeTaskDefinition')
    stage.behave(crash(3))
    const watch = await stage.release()
    await watch.for(120)
    expect(watch.told.map(({lines}) => lines)).toEqual([[exited('3')]])
  })
})

describe('targets that are not healthy', () => {
  const UNHEALTHY = 'Task failed ELB health checks in (target-group web)'
  const reason503 = 'Health checks failed with these codes: [503]'
  const answers503 = {
    target: {reason: 'Target.ResponseCodeMismatch', description: reason503},
    log: ['GET /health 503']
  } as const
  const told503 = `unhealthy in target group web: ${reason503} (Target.ResponseCodeMismatch: it answered with a code that is not expected`
  const advice503 =
    '→ The program answers the health check with 503: look at its log, or correct the path and the expected codes of the target group; a program that starts slowly needs healthCheckGracePeriodSeconds.'

  test('with a wrong code: what the check asks for, and the log of the container that it asks', async () => {
    stage.targetGroup()
    stage.behave(answers503)
    const watch = await stage.release()
    const {failures} = await watch.for(240)
    expect(watch.told.map(({lines}) => lines)).toEqual([
      [
        `1 task stopped: ${UNHEALTHY}; ${told503}; GET /health on port 8080 expects 200)`,
        `last lines of app (${place}):`,
        '    GET /health 503',
        advice503
      ]
    ])
    expect(failures[0]?.targets).toMatchObject([{group: 'web', port: 8080, state: 'unhealthy'}])
  })

  test('without an answer', async () => {
    stage.targetGroup({targetType: 'ip'})
    stage.behave({target: {reason: 'Target.Timeout', description: 'Request timed out'}})
    const awsvpcConfiguration = {subnets: ['subnet-1'], securityGroups: ['sg-1']}
    const watch = await stage.release(
      {},
      {definition: {networkMode: 'awsvpc'}, service: {networkConfiguration: {awsvpcConfiguration}}}
    )
    await watch.for(240)
    const [first, ...rest] = watch.told[0]?.lines ?? []
    expect(first).toContain(
      'unhealthy in target group web: Request timed out (Target.Timeout: it did not answer in time;'
    )
    expect(rest.at(-1)).toMatch(/^→ Nothing answers in time: let the security group sg-1 take the port /)
  })

  test('whose program writes nothing: nothing is waited for', async () => {
    stage.targetGroup()
    stage.behave({...answers503, log: []})
    const watch = await stage.release()
    await watch.for(240)
    const reads = calls('GetLogEvents')
    expect(watch.told[0]?.lines[1]).toMatch(/^container app: nothing was written to the log group/)
    expect(reads).toBe(1)
  })

  test('are looked at again where the load balancer did not answer, and not again when it did', async () => {
    const throttled = {service: 'elasticloadbalancing', to: 6, fault: {kind: 'throttling'}} as const
    stage.emulator.faults.add({...throttled, operation: 'DescribeTargetHealth'})
    stage.emulator.faults.add({...throttled, operation: 'DescribeTargetGroups'})
    stage.targetGroup()
    stage.behave({target: {reason: 'Target.Timeout', description: 'Request timed out'}})
    const watch = await stage.release()
    const {failures} = await watch.for(120)
    expect(failures[0]?.targets).toMatchObject([{check: 'GET /health on port 8080 expects 200'}])
    const looks = calls('DescribeTargetHealth')
    expect(looks).toBeGreaterThan(6)
    expect(looks).toBeLessThan(12)
  })

  test('are told by events where the load balancer may not be asked', async () => {
    deny('elasticloadbalancing', 'DescribeTargetHealth')
    deny('elasticloadbalancing', 'DescribeTargetGroups')
    stage.targetGroup()
    stage.behave(answers503)
    const watch = await stage.release()
    await watch.for(240)
    expect(watch.told[0]?.lines[0]).toBe(`1 task stopped: ${UNHEALTHY}; ${told503})`)
    expect(stage.lines).toEqual([
      'health of targets not checked: missing elasticloadbalancing:DescribeTargetHealth',
      'health checks of target groups not checked: missing elasticloadbalancing:DescribeTargetGroups'
    ])
  })
})

describe('a health check of a container', () => {
  test('that fails is told with its command and the log', async () => {
    stage.behave({health: 'never', log: ['Listening on port 80']})
    const healthCheck = {
      command: ['CMD-SHELL', 'curl -f http://localhost:8080/health || exit 1'],
      interval: 5,
      retries: 2
    }
    const watch = await stage.release({healthCheck})
    await watch.for(180)
    expect(watch.told.map(({lines}) => lines)).toEqual([
      [
        '1 task stopped: Task failed container health checks; container app failed its health check (CMD-SHELL curl -f http://localhost:8080/health || exit 1)',
        `last lines of app (${place}):`,
        '    Listening on port 80',
        "→ Run the container's health check (CMD-SHELL curl -f http://localhost:8080/health || exit 1) in the image: the program it calls must be there, and startPeriod must leave enough time to start."
      ]
    ])
  })
})

describe('tasks that do not start', () => {
  test('because a container failed that another waits for: with its log', async () => {
    stage.behave(crash(5, ['no such table']), 'migrate')
    const others = [
      {name: 'migrate', image: 'example.org/app:ok', memory: 64, essential: false, logConfiguration: LOGS}
    ]
    const dependsOn = [{containerName: 'migrate', condition: 'SUCCESS' as const}]
    const watch = await stage.release({dependsOn}, {others})
    await watch.for(120)
    expect(watch.told.map(({lines}) => lines)).toEqual([
      [
        '2 tasks stopped: Task failed to start; container migrate exited with code 5',
        'last lines of migrate (log group /ecs/web in eu-central-1, stream ecs/migrate/…):',
        '    no such table'
      ]
    ])
  })

  test('an image that is not there', async () => {
    const watch = await stage.release({image: 'example.org/app:bad-image'})
    await watch.for(120)
    expect(watch.told.map(({lines}) => lines)).toEqual([
      [
        '2 tasks stopped: CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve ref example.org/app:bad-image: not found',
        '→ Check that the image example.org/app:bad-image is there, with exactly this tag or digest.'
      ]
    ])
    expect(calls('GetLogEvents')).toBe(0)
  })

  test('tasks that are not placed, told once however often ECS tries', async () => {
    const watch = await stage.release({image: 'example.org/app:no-memory', memory: 512})
    const {failures} = await watch.for(600)
    expect(watch.told).toHaveLength(1)
    expect(watch.told[0]?.lines).toEqual([
      expect.stringMatching(
        /^tasks not placed: was unable to place a task because .* has insufficient memory available$/
      ),
      '→ A task asks for 512 MiB of memory: add container instances to the cluster prod, lower `memory`, or let old tasks go first (minimumHealthyPercent below 100).'
    ])
    expect(failures).toMatchObject([{kind: 'not-placed', taskIds: [], containers: []}])
  })

  test('percentages that leave no room', async () => {
    const service = {desiredCount: 1, deploymentConfiguration: {minimumHealthyPercent: 100, maximumPercent: 100}}
    const watch = await stage.release({}, {service})
    await watch.for(120)
    expect(watch.told[0]?.lines.at(-1)).toBe(
      '→ Lower minimumHealthyPercent or raise maximumPercent of the service (100 and 100 now, with 1 wanted), so that a task may go or one more may come.'
    )
  })
})

describe('what cannot be read', () => {
  test('is looked at again', async () => {
    stage.behave(crash(3))
    const watch = await stage.release()
    stage.emulator.faults.set([{service: 'ecs', operation: 'ListTasks', fault: {kind: 'throttling'}}])
    expect(await watch.for(60)).toEqual({failures: [], unfinished: true})
    stage.emulator.faults.set([])
    await watch.for(20)
    expect(watch.told.map(({lines}) => lines)).toEqual([[exited('3'), ...trace]])
  })

  test('a cancelled job waits for nothing', async () => {
    stage.behave(crash(3, []))
    const watch = await stage.release()
    while (calls('GetLogEvents') === 0) await watch.for(2)
    const before = watch.seconds
    stage.cancel.abort(new Error('The job was cancelled'))
    await watch.once(true)
    expect(watch.seconds).toBe(before)
  })

  test('without the right to list tasks nothing is found, and nothing waited for', async () => {
    deny('ecs', 'ListTasks')
    stage.behave(crash(3))
    const watch = await stage.release()
    expect(await watch.for(60)).toEqual({failures: [], unfinished: false})
    expect(stage.lines).toEqual(['tasks of the deployment not checked: missing ecs:ListTasks'])
  })
})
