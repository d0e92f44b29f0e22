import {describe, expect, test} from '@jest/globals'
import {createRequest, exitOf} from '../../emulator/containers/definition.ts'
import {engineAddress, EngineError} from '../../emulator/containers/engine.ts'
import {ContainerLines} from '../../emulator/containers/lines.ts'
import {networkWay} from '../../emulator/containers/network.ts'
import type {RuntimeContainer} from '../../emulator/ecs/runtime.ts'
import {createLocalAws} from '../../emulator/local-aws.ts'
import {afterCheck, healthOf, type TargetChecks} from '../../emulator/target-groups.ts'

const reference = `127.0.0.1:4566/web@sha256:${'a'.repeat(64)}`
const image = {digest: 'sha256:a', platforms: ['linux/amd64'], source: {reference, region: 'eu-central-1'}}

function request(definition: object, override?: RuntimeContainer['override']): object {
  const container = {definition: {name: 'app', image: 'web', ...definition}, override, image} as RuntimeContainer
  const taskDefinition = {taskDefinitionArn: '', family: 'web', revision: 1, memory: '1 GB', containerDefinitions: []}
  return createRequest(container, {task: {id: '1', taskDefinition}, labels: {a: 'b'}, namespace: 'n', speed: 30})
}

describe('a container definition', () => {
  test('becomes a container of the task, with the image of the digest', () => {
    const definition = {
      entryPoint: ['/web'],
      command: ['--port', '80'],
      environment: [
        {name: 'LEVEL', value: 'info'},
        {name: 'EMPTY', value: ''}
      ],
      user: '1000',
      workingDirectory: '/srv',
      memory: 128,
      readonlyRootFilesystem: true,
      linuxParameters: {initProcessEnabled: true},
      ulimits: [{name: 'nofile', softLimit: 10, hardLimit: 20}]
    }
    expect(request(definition)).toEqual({
      Image: reference,
      Labels: {a: 'b'},
      Cmd: ['--port', '80'],
      Entrypoint: ['/web'],
      Env: ['LEVEL=info', 'EMPTY='],
      User: '1000',
      WorkingDir: '/srv',
      Healthcheck: {Test: ['NONE']},
      HostConfig: {
        NetworkMode: 'container:n',
        ReadonlyRootfs: true,
        Init: true,
        Ulimits: [{Name: 'nofile', Soft: 10, Hard: 20}],
        LogConfig: {Type: 'json-file', Config: {}},
        Memory: 128 * 2 ** 20,
        MemorySwap: 128 * 2 ** 20
      }
    })
  })

  test('has the memory of its task unless it has its own, and what RunTask overrides', () => {
    expect(request({})).toMatchObject({HostConfig: {Memory: 2 ** 30}})
    const environment = [{name: 'LEVEL', value: 'info'}]
    const override = {command: ['migrate'], environment: [{name: 'LEVEL', value: 'debug'}], memory: 64}
    expect(request({command: ['serve'], environment, memory: 128}, override)).toMatchObject({
      Cmd: ['migrate'],
      Env: ['LEVEL=debug'],
      HostConfig: {Memory: 2 ** 26}
    })
  })

  test('has its health checked as often as the clock wants it', () => {
    const healthCheck = {command: ['CMD', '/check'], interval: 30, timeout: 5, retries: 4, startPeriod: 60}
    const checked = {Test: ['CMD', '/check'], Interval: 1e9, Timeout: 5e9, Retries: 4, StartPeriod: 2e9}
    expect(request({healthCheck})).toMatchObject({Healthcheck: checked})
  })
})

test.each([
  [{ExitCode: 3, OOMKilled: false}, {code: 3}],
  [{ExitCode: 137, OOMKilled: false}, {code: 137}],
  [
    {ExitCode: 137, OOMKilled: true},
    {code: 137, reason: 'OutOfMemoryError: Container killed due to memory usage'}
  ],
  // A child was killed, and the first process ended by itself.
  [{ExitCode: 1, OOMKilled: true}, {code: 1}]
])('the state %j is the end %j', (state, exit) => {
  expect(exitOf(state)).toEqual(exit)
})

test('lines are put together from frames that are cut anywhere', () => {
  const frame = (stream: number, text: string): Buffer => {
    const header = Buffer.alloc(8)
    header[0] = stream
    header.writeUInt32BE(Buffer.byteLength(text), 4)
    return Buffer.concat([header, Buffer.from(text)])
  }
  const bytes = Buffer.concat([frame(1, 'on'), frame(2, 'err\nör'), frame(1, 'e\n\ntwo\n'), frame(2, 'or')])
  for (const size of [1, 3, 7, bytes.length]) {
    const seen: string[] = []
    const lines = new ContainerLines(line => seen.push(line))
    for (let start = 0; start < bytes.length; start += size) lines.push(bytes.subarray(start, start + size))
    lines.end()
    expect(seen).toEqual(['err', 'one', '', 'two', 'öror'])
  }
})

test.each([
  [
    {entersNamespaces: true, hasBridge: false},
    {mode: 'none', probes: 'inside'}
  ],
  [
    {entersNamespaces: true, hasBridge: true},
    {mode: 'bridge', probes: 'inside'}
  ],
  [
    {entersNamespaces: false, hasBridge: true},
    {mode: 'bridge', probes: 'published'}
  ],
  [
    {entersNamespaces: false, hasBridge: false},
    {mode: 'none', probes: 'not'}
  ]
] as const)('%j: %j', (facts, way) => {
  expect(networkWay(facts)).toEqual(way)
})

test.each([
  ['unix:///run/docker.sock', {socketPath: '/run/docker.sock'}],
  ['npipe:////./pipe/docker_engine', {socketPath: '//./pipe/docker_engine'}],
  ['tcp://127.0.0.1', {host: '127.0.0.1', port: 2375}],
  ['tcp://docker:2376', {host: 'docker', port: 2376}]
])('an engine at %s', (host, address) => {
  expect(engineAddress(host)).toEqual(address)
})

test('an engine that cannot be reached is refused in one sentence', async () => {
  expect(() => engineAddress('ssh://me@host')).toThrow(
    'DOCKER_HOST is ssh://me@host: only unix://, npipe:// and tcp:// can be used here.'
  )
  const opened = createLocalAws({engine: engineAddress('unix:///missing/docker.sock')})
  await expect(opened).rejects.toThrow(EngineError)
  await expect(opened).rejects.toThrow(/^no Docker engine answers \(connect \w+ \/missing\/docker.sock\)$/)
})

describe('a target', () => {
  test.each([
    [{status: 200}, '200', 'healthy'],
    [{status: 204}, '200-299', 'healthy'],
    [{status: 301}, '200,301', 'healthy'],
    [{status: 503}, '200', 'Health checks failed with these codes: [503]'],
    ['timeout', '200', 'Request timed out'],
    ['failed', '200', 'Health checks failed']
  ] as const)('that answers %j, where %s is good, is %s', (answer, matcher, result) => {
    const {state, description} = healthOf(answer, matcher)
    expect(description ?? state).toBe(result)
  })

  test('is healthy at once when it is new, and changes with as many checks in a row as its group wants', () => {
    const group = {healthyThresholdCount: 3, unhealthyThresholdCount: 2}
    const after = (checks: string): string => {
      let state: TargetChecks = {state: 'initial', good: 0, bad: 0}
      for (const check of checks) state = afterCheck(state, check === '+', group)
      return state.state
    }
    expect(['+', '-', '--', '-+', '+-', '+-+-', '+--', '--++', '--+++', '--++-+++'].map(after)).toEqual([
      'healthy',
      'initial',
      'unhealthy',
      'healthy',
      'healthy',
      'healthy',
      'unhealthy',
      'unhealthy',
      'healthy',
      'healthy'
    ])
  })
})
