import {spawn} from 'node:child_process'
import {text} from 'node:stream/consumers'
import {fileURLToPath} from 'node:url'
import {afterEach, beforeEach, expect, test} from '@jest/globals'
import {DescribeServices$, type DescribeServicesResponse} from '@aws-sdk/client-ecs'
import {SteppedClock} from '../../emulator/clock.ts'
import {createEmulator, defaultStart, staticCredentials, type Emulator} from '../../emulator/server.ts'
import {operationOf, type AwsService} from '../../emulator/service.ts'

const tenMinutes = 600_000
let clock: SteppedClock
let emulator: Emulator

/** ECS with one service that is draining for ten minutes, then gone. */
const stub: AwsService = {
  name: 'ecs',
  protocol: {
    kind: 'json',
    targetPrefix: 'AmazonEC2ContainerServiceV20141113',
    contentType: 'application/x-amz-json-1.1'
  },
  operations: {
    DescribeServices: operationOf(DescribeServices$, (): DescribeServicesResponse => ({
      services: [{status: clock.now() < defaultStart + tenMinutes ? 'DRAINING' : 'INACTIVE'}]
    }))
  }
}

beforeEach(async () => {
  clock = new SteppedClock(defaultStart)
  emulator = await createEmulator({clock, services: [stub]})
})

afterEach(async () => {
  await emulator.close()
})

interface Run {
  /** Lines of the standard output; times in them are seconds since the emulator's start. */
  readonly lines: readonly string[]
  readonly errors: string
  readonly exitCode: number | null
  readonly realSeconds: number
}

const preload = new URL('../../emulator/preload.ts', import.meta.url).href
const root = fileURLToPath(new URL('../..', import.meta.url))

/** What every program of these tests starts with. */
const prologue = `
  const since = () => (Date.now() - ${defaultStart}) / 1000
  const say = text => console.log(since() + ' ' + text)
`

/** Runs an ES module on the emulator's clock, to its end. */
async function run(program: string, env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const start = performance.now()
  const child = spawn(process.execPath, ['--import', preload, '--input-type=module', '--eval', prologue + program], {
    cwd: root,
    env: {
      ...process.env,
      ECS_EMULATOR_CLOCK: `${emulator.url}/_emulator/clock`,
      EMULATOR: emulator.url,
      AWS_ENDPOINT_URL: emulator.url,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: staticCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: staticCredentials.secretAccessKey,
      ...env
    },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const exited = new Promise<number | null>(resolve => child.once('close', resolve))
  const [output, errors, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited])
  const lines = output.split('\n').slice(0, -1)
  return {lines, errors, exitCode, realSeconds: (performance.now() - start) / 1000}
}

const follow = `
  import {ECSClient, DescribeServicesCommand} from '@aws-sdk/client-ecs'
  import {setTimeout as sleep} from 'node:timers/promises'
  const client = new ECSClient({})
  for (;;) {
    const {services} = await client.send(new DescribeServicesCommand({services: ['web']}))
    if (services[0].status === 'INACTIVE') break
    await sleep(2000)
  }
  say(new Date().toISOString())
`

test('ten minutes, looked at every two seconds, take no time and are the same each time', async () => {
  const {lines, errors, exitCode, realSeconds} = await run(follow)
  expect({lines, errors, exitCode}).toEqual({lines: ['600 2026-11-02T09:10:00.000Z'], errors: '', exitCode: 0})
  expect(emulator.journal.entries().map(({time}) => time)).toEqual(
    Array.from({length: 301}, (_, poll) => defaultStart + poll * 2000)
  )
  expect(realSeconds).toBeLessThan(10)
  expect(emulator.defects).toEqual([])
})

test('time that passes at a multiple of real time has the same history', async () => {
  const {lines, errors, exitCode} = await run(follow, {ECS_EMULATOR_SPEED: '1000'})
  expect({lines, errors, exitCode}).toEqual({lines: ['600 2026-11-02T09:10:00.000Z'], errors: '', exitCode: 0})
  expect(emulator.journal.entries().map(({time}) => time)).toEqual(
    Array.from({length: 301}, (_, poll) => defaultStart + poll * 2000)
  )
})

test('ten seconds at fifty times real time take a fifth of a second, or longer on a slow machine', async () => {
  // Node's timers may be a millisecond early.
  const program = `
    import {setTimeout as sleep} from 'node:timers/promises'
    const start = performance.now()
    await sleep(10_000)
    say(performance.now() - start > 199)
  `
  expect((await run(program, {ECS_EMULATOR_SPEED: '50'})).lines).toEqual(['10 true'])
})

test('the waits of the SDK before it tries again pass on the clock', async () => {
  emulator.faults.set([{operation: 'DescribeServices', to: 2, fault: {kind: 'throttling'}}])
  clock.advance(defaultStart + tenMinutes)
  const {lines, exitCode} = await run(follow.replace('new ECSClient({})', 'new ECSClient({maxAttempts: 3})'))
  const [first, , third] = emulator.journal.entries()
  expect(third).toMatchObject({status: 200})
  expect((third?.time ?? 0) - (first?.time ?? 0)).toBeGreaterThan(0)
  expect({lines: lines.length, exitCode}).toEqual({lines: 1, exitCode: 0})
})

test('timers fire in order, at their times, with all that Node’s have', async () => {
  const {lines, errors, exitCode} = await run(`
    import timers from 'node:timers'
    import {promisify} from 'node:util'
    import {setTimeout as sleep, setInterval as tick, scheduler} from 'node:timers/promises'
    setTimeout(say, 3000, 'third')
    setTimeout(() => { say('second'); Promise.resolve().then(() => say('its promise')) }, 2000)
    timers.setTimeout(() => say('same time, later set'), 2000)
    clearTimeout(setTimeout(() => say('never'), 1000))
    clearTimeout(+setTimeout(() => say('never'), 1000))
    setTimeout(() => say('soon'))
    setTimeout(() => say('not a number'), 'x')
    let beats = 0
    const beat = setInterval(() => { say('beat'); if (++beats === 2) clearInterval(beat) }, 700)
    const refreshed = setTimeout(() => say('refreshed'), 4000)
    setTimeout(() => refreshed.refresh(), 2500)
    setTimeout(() => say('not reached'), 100_000).unref()
    await promisify(setTimeout)(5000)
    say(await sleep(1000, 'slept'))
    await scheduler.wait(1000)
    for await (const value of tick(500, 'tick')) { say(value); break }
    const aborted = sleep(60_000, undefined, {signal: AbortSignal.timeout(1000)})
    await sleep(50_000, undefined, {ref: true, signal: AbortSignal.any([AbortSignal.timeout(800)])}).catch(e => say(e.name + ' ' + e.cause.name))
    await aborted.catch(error => say(error.code))
    say([new Date(0).getTime(), new Date() instanceof Date, new Date().constructor === Date, typeof Date()].join(' '))
  `)
  expect(errors).toBe('')
  expect(lines).toEqual([
    '0.001 soon',
    '0.001 not a number',
    '0.7 beat',
    '1.4 beat',
    '2 second',
    '2 its promise',
    '2 same time, later set',
    '3 third',
    '6 slept',
    '6.5 refreshed',
    '7.5 tick',
    '8.3 AbortError TimeoutError',
    '8.5 ABORT_ERR',
    '8.5 0 true true string'
  ])
  expect(exitCode).toBe(0)
})

test('answers bring the emulator’s time along, by fetch and by the SDK', async () => {
  emulator.faults.set([{operation: 'DescribeServices', fault: {kind: 'delay', milliseconds: 40_000}}])
  const {lines, errors} = await run(`
    import {ECSClient, DescribeServicesCommand} from '@aws-sdk/client-ecs'
    const late = setTimeout(() => say('a timer that fell due meanwhile'), 30_000)
    await new ECSClient({maxAttempts: 1, requestHandler: {connectionTimeout: 1000, requestTimeout: 30_000}}).send(new DescribeServicesCommand({services: ['web']}))
    say('answered')
    await fetch(process.env.EMULATOR + '/_emulator/clock', {method: 'POST', body: '{"advance": 5000}'})
    say('moved')
  `)
  expect(errors).toBe('')
  expect(lines).toEqual(['40 answered', '45 moved', '45 a timer that fell due meanwhile'])
})

test('time stands still while files are read and child processes run', async () => {
  const {lines} = await run(`
    import {execFile} from 'node:child_process'
    import {readFile} from 'node:fs/promises'
    import {promisify} from 'node:util'
    const heartbeat = setInterval(() => say('heartbeat'), 60_000)
    for (let times = 0; times < 200; times++) await readFile('package-lock.json')
    say('read')
    await promisify(execFile)(process.execPath, ['--eval', 'setTimeout(() => {}, 300)'])
    say('built')
    clearInterval(heartbeat)
  `)
  expect(lines).toEqual(['0 read', '0 built'])
})

test('a child process that does not end is not waited for beyond a timer’s own delay', async () => {
  const {lines, realSeconds} = await run(`
    import {spawn} from 'node:child_process'
    const child = spawn(process.execPath, ['--eval', 'setTimeout(() => {}, 60_000)'])
    setTimeout(() => { say('too long'); child.kill() }, 200)
    child.on('close', (code, signal) => say(signal))
  `)
  expect(lines).toEqual(['0.2 too long', '0.2 SIGTERM'])
  expect(realSeconds).toBeLessThan(10)
})

test('the process ends by itself when nothing is left, and timers without a reference are not waited for', async () => {
  const {lines, exitCode} = await run(`
    setInterval(() => say('never'), 1000).unref()
    await fetch(process.env.EMULATOR + '/_emulator/health')
    process.on('exit', () => say('exit'))
  `)
  expect({lines, exitCode}).toEqual({lines: ['0 exit'], exitCode: 0})
  expect(clock.now()).toBe(defaultStart)
})

test('processes that it starts live in real time', async () => {
  const {lines} = await run(`
    import {execFileSync} from 'node:child_process'
    const program = 'console.log(Math.abs(Date.now() - ${Date.now()}) < 60_000, process.env.ECS_EMULATOR_CLOCK)'
    process.stdout.write(execFileSync(process.execPath, ['--import', '${preload}', '--eval', program]))
  `)
  expect(lines).toEqual(['true undefined'])
})

test('without the emulator it ends with a sentence', async () => {
  emulator.route('/_emulator/clock', (request, response) => {
    if (request.method === 'POST') request.socket.destroy()
    else response.end(JSON.stringify({now: defaultStart}))
    return Promise.resolve()
  })
  const {errors, exitCode} = await run('setTimeout(() => say("never"), 1000)')
  expect(errors).toContain('clock is gone')
  expect(exitCode).toBe(70)
})
