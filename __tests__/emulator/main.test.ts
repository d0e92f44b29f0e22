import {spawn} from 'node:child_process'
import {createInterface} from 'node:readline'
import {text} from 'node:stream/consumers'
import {fileURLToPath} from 'node:url'
import {DescribeServicesCommand, ECSClient} from '@aws-sdk/client-ecs'
import {expect, test} from '@jest/globals'

const main = fileURLToPath(new URL('../../emulator/main.ts', import.meta.url))

test('keeps a local AWS with a running service, says how to reach it, and stops when told to', async () => {
  const child = spawn(process.execPath, [main, '--speed', '2'], {stdio: ['ignore', 'pipe', 'inherit']})
  const exited = new Promise<number | null>(resolve => child.once('exit', resolve))
  const variables: Record<string, string> = {}
  const lines: string[] = []
  for await (const line of createInterface(child.stdout)) {
    lines.push(line)
    const [, name, value] = /^export (\w+)=(.*)$/.exec(line) ?? []
    if (name !== undefined) variables[name] = value ?? ''
    if (name === 'AWS_SECRET_ACCESS_KEY') break
  }
  expect(Object.keys(variables).slice(0, 4)).toEqual([
    'AWS_ENDPOINT_URL',
    'AWS_REGION',
    'AWS_DEFAULT_REGION',
    'AWS_ACCESS_KEY_ID'
  ])
  expect(lines[0]).toBe(`A local AWS runs at ${variables['AWS_ENDPOINT_URL'] ?? ''}, 2 times as fast as real time.`)
  const ecs = new ECSClient({
    endpoint: variables['AWS_ENDPOINT_URL'] ?? '',
    region: variables['AWS_REGION'] ?? '',
    credentials: {
      accessKeyId: variables['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: variables['AWS_SECRET_ACCESS_KEY'] ?? ''
    }
  })
  const {services = []} = await ecs.send(new DescribeServicesCommand({cluster: 'demo', services: ['web']}))
  expect(services).toMatchObject([{status: 'ACTIVE', desiredCount: 2, runningCount: 2}])
  expect(services[0]?.deployments).toMatchObject([{status: 'PRIMARY', rolloutState: 'COMPLETED'}])
  child.kill('SIGTERM')
  // Windows has no signals: it ends the process at once.
  expect(await exited).toBe(process.platform === 'win32' ? null : 0)
})

test.each([
  [['--strategy', 'canary'], '--strategy canary is none of ECS'],
  [['--speed', '0'], '--speed 0 is no factor'],
  [['--port', 'web'], '--port web is no port'],
  [['--colour'], "Unknown option '--colour'"]
])('%j is refused', async (options, message) => {
  const child = spawn(process.execPath, [main, ...options], {stdio: ['ignore', 'ignore', 'pipe']})
  const exited = new Promise<number | null>(resolve => child.once('close', resolve))
  expect(await text(child.stderr)).toContain(message)
  expect(await exited).toBe(2)
})
