import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {hostname, tmpdir} from 'node:os'
import {join} from 'node:path'
import {createInterface} from 'node:readline'
import {fileURLToPath} from 'node:url'
import {CloudWatchLogsClient, FilterLogEventsCommand} from '@aws-sdk/client-cloudwatch-logs'
import {ECRClient, GetAuthorizationTokenCommand} from '@aws-sdk/client-ecr'
import {
  type ContainerDefinition,
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task
} from '@aws-sdk/client-ecs'
import {DescribeTargetHealthCommand, ElasticLoadBalancingV2Client} from '@aws-sdk/client-elastic-load-balancing-v2'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {SteppedClock} from '../../emulator/clock.ts'
import {engineAddress} from '../../emulator/containers/engine.ts'
import {createLocalAws, type LocalAws} from '../../emulator/local-aws.ts'
import {defaultStart, staticCredentials} from '../../emulator/server.ts'
import {httpAnswer, type Program, staticProgram} from '../../emulator/static-program.ts'
import {capture} from '../../scripts/processes.ts'

const PORT = 8080
/** What an image of these tests has in it. */
const programs: Readonly<Record<string, Program>> = {
  wait: {prints: 'Ready\n'},
  ok: {prints: '', exitCode: 0},
  fail: {prints: 'Error: no database\n    at connect (/app/server.js:12:9)\n', exitCode: 3},
  hungry: {prints: 'Fed\n', takes: 64 * 2 ** 20},
  serve: {prints: 'Listening\n', listens: {port: PORT, answer: httpAnswer('200 OK')}},
  refuse: {prints: 'Listening\n', listens: {port: PORT, answer: httpAnswer('503 Service Unavailable')}}
}
const networkConfiguration = {awsvpcConfiguration: {subnets: ['subnet-0123456789abcdef0']}}
const logConfiguration = {
  logDriver: 'awslogs' as const,
  options: {'awslogs-group': '/ecs/app', 'awslogs-region': 'eu-central-1', 'awslogs-stream-prefix': 'app'}
}

let aws: LocalAws
let ecs: ECSClient
let image: string
let digest: string

beforeAll(async () => {
  const clock = new SteppedClock(defaultStart, 20)
  aws = await createLocalAws({clock, engine: engineAddress(process.env['DOCKER_HOST'])})
  ecs = new ECSClient(client())
  aws.emulator.logs.createGroup('/ecs/app')
  await ecs.send(new CreateClusterCommand({clusterName: 'demo'}))
  ;({image, digest} = await push('app'))
})

afterAll(async () => {
  ecs.destroy()
  await aws.emulator.close()
  expect(aws.emulator.defects).toEqual([])
})

function client(): {endpoint: string; region: string; credentials: typeof staticCredentials} {
  const {url: endpoint, region} = aws.emulator
  return {endpoint, region, credentials: staticCredentials}
}

/** Runs `docker` while the emulator goes on answering it. @throws Error when it fails */
async function docker(...args: readonly string[]): Promise<string> {
  const {status, output, errors} = await capture('docker', args)
  if (status !== 0) throw new Error(errors)
  return output
}

/** Builds an image of all programs and pushes it to a new repository, as a user does. */
async function push(name: string): Promise<{image: string; digest: string}> {
  const {account, region, url} = aws.emulator
  aws.ecr.createRepository({account, region, name})
  const directory = mkdtempSync(join(tmpdir(), 'containers-'))
  try {
    for (const [file, program] of Object.entries(programs)) {
      writeFileSync(join(directory, file), staticProgram(program, process.arch), {mode: 0o755})
    }
    writeFileSync(
      join(directory, 'Dockerfile'),
      `FROM scratch\nCOPY ${Object.keys(programs).join(' ')} /\nCMD ["/wait"]\n`
    )
    const {host} = new URL(url)
    const {authorizationData} = await new ECRClient(client()).send(new GetAuthorizationTokenCommand({}))
    const auths = {[host]: {auth: authorizationData?.[0]?.authorizationToken}}
    writeFileSync(join(directory, 'config.json'), JSON.stringify({auths}))
    await docker('--config', directory, 'build', '--tag', `${host}/${name}:v1`, directory)
    await docker('--config', directory, 'push', `${host}/${name}:v1`)
    await docker('rmi', `${host}/${name}:v1`)
    return {image: `${host}/${name}:v1`, digest: aws.ecr.images.resolve(`${host}/${name}:v1`)?.digest ?? ''}
  } finally {
    rmSync(directory, {recursive: true})
  }
}

/** Registers a task definition; what is not said of a container is that of the image. */
async function define(family: string, ...containers: readonly ContainerDefinition[]): Promise<string> {
  const {taskDefinition} = await ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      executionRoleArn: `arn:aws:iam::${aws.emulator.account}:role/execution`,
      runtimePlatform: {cpuArchitecture: process.arch === 'arm64' ? 'ARM64' : 'X86_64', operatingSystemFamily: 'LINUX'},
      containerDefinitions: containers.map(container => ({name: 'app', image, logConfiguration, ...container}))
    })
  )
  return taskDefinition?.taskDefinitionArn ?? ''
}

async function runTask(...containers: readonly ContainerDefinition[]): Promise<Task> {
  const taskDefinition = await define('task', ...containers)
  const {tasks = []} = await ecs.send(
    new RunTaskCommand({cluster: 'demo', taskDefinition, launchType: 'FARGATE', networkConfiguration})
  )
  return tasks[0] ?? {}
}

async function describe({taskArn = ''}: Task): Promise<Task> {
  const {tasks = []} = await ecs.send(new DescribeTasksCommand({cluster: 'demo', tasks: [taskArn]}))
  return tasks[0] ?? {}
}

/** Moves the emulator's time until something is so. @throws Error if it is not so in ten minutes of it */
async function until<Value>(read: () => Promise<Value>, isSo: (value: Value) => boolean): Promise<Value> {
  for (let step = 0; step < 120; step++) {
    const value = await read()
    if (isSo(value)) return value
    await fetch(`${aws.emulator.url}/_emulator/clock`, {method: 'POST', body: '{"advance": 5000}'})
  }
  throw new Error(`It is still ${JSON.stringify(await read())}.`)
}

function hasStatus(status: string): (task: Task) => boolean {
  return ({lastStatus}) => lastStatus === status
}

async function lines(task: Task): Promise<unknown> {
  const id = task.taskArn?.split('/').at(-1) ?? ''
  const {events = []} = await new CloudWatchLogsClient(client()).send(
    new FilterLogEventsCommand({logGroupName: '/ecs/app', logStreamNamePrefix: `app/app/${id}`})
  )
  return events.map(({logStreamName, message}) => [logStreamName === `app/app/${id}`, message])
}

/** What the engine has with a label. */
function inEngine(label: string): Promise<string> {
  return docker('ps', '--all', '--filter', `label=${label}`, '--format', '{{.Names}}')
}

test('exit code, log lines and digest are those of the container', async () => {
  const task = await runTask({entryPoint: ['/fail']})
  const stopped = await until(() => describe(task), hasStatus('STOPPED'))
  expect(stopped).toMatchObject({
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    containers: [{name: 'app', exitCode: 3, imageDigest: digest}]
  })
  expect(stopped.startedAt).toBeUndefined()
  expect(await lines(task)).toEqual([
    [true, 'Error: no database'],
    [true, '    at connect (/app/server.js:12:9)']
  ])
})

test('a container that takes more than its memory is killed', async () => {
  const task = await runTask({entryPoint: ['/hungry'], memory: 16})
  const {containers} = await until(() => describe(task), hasStatus('STOPPED'))
  expect(containers).toMatchObject([{exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage'}])
})

test('a container that cannot be started says what the engine says', async () => {
  const task = await runTask({entryPoint: ['/missing']})
  const stopped = await until(() => describe(task), hasStatus('STOPPED'))
  expect(stopped).toMatchObject({stopCode: 'TaskFailedToStart', stoppedReason: 'Task failed to start'})
  expect(stopped.containers?.[0]?.reason).toMatch(/^CannotStartContainerError: Error response from daemon: .*\/missing/)
})

test.each([
  ['/ok', 'HEALTHY'],
  ['/fail', 'UNHEALTHY']
])('the engine checks the health: %s makes it %s', async (command, health) => {
  const task = await runTask({healthCheck: {command: ['CMD', command], interval: 5, retries: 1}})
  const checked = await until(
    () => describe(task),
    ({healthStatus}) => healthStatus !== 'UNKNOWN'
  )
  expect(checked.containers).toMatchObject([{healthStatus: health, lastStatus: 'RUNNING'}])
  await ecs.send(new StopTaskCommand({cluster: 'demo', task: task.taskArn}))
  await until(() => describe(task), hasStatus('STOPPED'))
})

test.each([
  ['the first process of a container that knows nothing of SIGTERM is killed', false, 137],
  ['the child of an init process ends with SIGTERM', true, 143]
])('%s', async (_, initProcessEnabled, exitCode) => {
  const task = await runTask({stopTimeout: 10, linuxParameters: {initProcessEnabled}})
  await until(() => describe(task), hasStatus('RUNNING'))
  await ecs.send(new StopTaskCommand({cluster: 'demo', task: task.taskArn}))
  const {containers} = await until(() => describe(task), hasStatus('STOPPED'))
  expect(containers).toMatchObject([{exitCode}])
  expect(await lines(task)).toEqual([[true, 'Ready']])
  expect(await inEngine(`ecs-release.task=${task.taskArn?.split('/').at(-1) ?? ''}`)).toBe('')
})

test('a container starts when what it depends on has succeeded, and never if that failed', async () => {
  const dependsOn = [{containerName: 'migrate', condition: 'SUCCESS' as const}]
  const app: ContainerDefinition = {name: 'app', entryPoint: ['/serve'], dependsOn}
  const good = await runTask({name: 'migrate', entryPoint: ['/ok'], essential: false}, app)
  const running = await until(() => describe(good), hasStatus('RUNNING'))
  expect(running.containers).toMatchObject([
    {name: 'migrate', lastStatus: 'STOPPED', exitCode: 0},
    {name: 'app', lastStatus: 'RUNNING'}
  ])
  const bad = await runTask({name: 'migrate', entryPoint: ['/fail'], essential: false}, app)
  const stopped = await until(() => describe(bad), hasStatus('STOPPED'))
  expect(stopped).toMatchObject({stopCode: 'TaskFailedToStart', containers: [{exitCode: 3}, {name: 'app'}]})
  expect(stopped.containers?.[1]).not.toHaveProperty('runtimeId')
  await ecs.send(new StopTaskCommand({cluster: 'demo', task: good.taskArn}))
  await until(() => describe(good), hasStatus('STOPPED'))
})

async function createService(name: string, program: string): Promise<string> {
  const group = aws.emulator.targetGroups.create({name, port: PORT, deregistrationDelaySeconds: 5})
  const portMappings = [{containerPort: PORT}]
  await ecs.send(
    new CreateServiceCommand({
      cluster: 'demo',
      serviceName: name,
      taskDefinition: await define(name, {entryPoint: [program], portMappings}),
      desiredCount: 2,
      launchType: 'FARGATE',
      networkConfiguration,
      loadBalancers: [{targetGroupArn: group.arn, containerName: 'app', containerPort: PORT}]
    })
  )
  return group.arn
}

async function targetsOf(TargetGroupArn: string): Promise<unknown[]> {
  const {TargetHealthDescriptions = []} = await new ElasticLoadBalancingV2Client(client()).send(
    new DescribeTargetHealthCommand({TargetGroupArn})
  )
  return TargetHealthDescriptions.map(({TargetHealth}) => TargetHealth)
}

test('two tasks have the same port at once, and their targets are healthy because they answer', async () => {
  const group = await createService('web', '/serve')
  await until(
    () => ecs.send(new DescribeServicesCommand({cluster: 'demo', services: ['web']})),
    ({services}) => services?.[0]?.deployments?.[0]?.rolloutState === 'COMPLETED'
  )
  expect(await targetsOf(group)).toEqual([{State: 'healthy'}, {State: 'healthy'}])
  const {taskArns = []} = await ecs.send(new ListTasksCommand({cluster: 'demo', serviceName: 'web'}))
  const containers = (await aws.containers?.running()) ?? []
  expect(containers.map(({name}) => taskArns.some(arn => name.includes(arn.split('/').at(-1) ?? '-')))).toEqual([
    true,
    true
  ])
  for (const {repoDigests} of containers) expect(repoDigests).toContain(image.replace(':v1', `@${digest}`))
})

test('a target that answers 503 is unhealthy, and its task is replaced', async () => {
  const group = await createService('never', '/refuse')
  const {services} = await until(
    () => ecs.send(new DescribeServicesCommand({cluster: 'demo', services: ['never']})),
    answer => answer.services?.[0]?.events?.some(({message}) => message?.includes('is unhealthy')) === true
  )
  expect(services?.[0]?.events?.map(({message}) => message)).toContainEqual(
    expect.stringMatching(
      /is unhealthy in \(target-group .*\) due to \(reason Health checks failed with these codes: \[503\]\)/
    )
  )
  expect(group).toContain('targetgroup/never')
})

/** @returns the number of a process that has ended */
async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], {stdio: 'ignore'})
  await once(child, 'close')
  return child.pid ?? 0
}

test('what a killed emulator of this machine left in the engine is removed by the next', async () => {
  const image = aws.containers?.label.replace('ecs-release.emulator=', 'ecs-release-namespace:') ?? ''
  const left = async (owner: string): Promise<string> => {
    const label = `ecs-release.process=${owner}`
    await docker('create', '--label', label, '--network', 'none', image)
    return label
  }
  const [ended, running, elsewhere] = await Promise.all([
    left(`${await endedProcess()}@${hostname()}`),
    left(`${process.ppid}@${hostname()}`),
    left(`${await endedProcess()}@${hostname()}.example.org`)
  ])
  const next = await createLocalAws({engine: engineAddress(process.env['DOCKER_HOST'])})
  await next.emulator.close()
  expect(await inEngine(ended)).toBe('')
  for (const label of [running, elsewhere]) {
    const name = await inEngine(label)
    expect(name).toMatch(/^\S+$/)
    await docker('rm', name)
  }
})

test('the emulator ends in order, however often it is told to', async () => {
  const main = fileURLToPath(new URL('../../emulator/main.ts', import.meta.url))
  const child = spawn(process.execPath, [main, '--containers'], {stdio: ['ignore', 'pipe', 'inherit']})
  const exited = once(child, 'exit')
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('export ')) break
  }
  const image = `ecs-release-namespace:${child.pid ?? 0}-`
  const images = (): Promise<string> => docker('images', '--format', '{{.Repository}}:{{.Tag}}')
  expect(await images()).toContain(image)
  for (const signal of ['SIGINT', 'SIGINT', 'SIGHUP'] as const) child.kill(signal)
  expect(await exited).toEqual([0, null])
  expect(await images()).not.toContain(image)
})

test('nothing is left in the engine when the emulator has closed', async () => {
  const label = aws.containers?.label ?? ''
  expect(await inEngine(label)).not.toBe('')
  await aws.emulator.close()
  expect(await inEngine(label)).toBe('')
  const images = await docker('images', '--format', '{{.Repository}}:{{.Tag}}')
  expect(images).not.toContain(label.replace('ecs-release.emulator=', 'ecs-release-namespace:'))
})
