import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {ListClustersCommand} from '@aws-sdk/client-ecs'
import {expect, test} from '@jest/globals'
import {change} from '../../src/aws/change.ts'
import {Failure} from '../../src/workflow/failure.ts'
import type {World} from '../../src/world.ts'
import {awsAt, worldWith} from '../definition/stage.ts'

/** What an attempt, or a look at what became of it, ends with; in order. */
type Script = readonly (string | Error | undefined)[]

/** Makes a change whose attempts and looks end as the scripts say, the last entry for ever. */
async function play(attempts: Script, looks: Script, world: World = worldWith(() => undefined)) {
  const made = {attempts: 0, looks: 0}
  const end = (script: Script, count: number): Promise<string | undefined> => {
    const entry = script[Math.min(count, script.length) - 1]
    return entry instanceof Error ? Promise.reject(entry) : Promise.resolve(entry)
  }
  const ended = await change(
    {
      what: 'the update of web',
      make: () => end(attempts, (made.attempts += 1)),
      readBack: () => end(looks, (made.looks += 1)),
      ifUnknown: 'look at the service'
    },
    world
  ).catch((error: unknown) => error)
  return {ended, ...made}
}

const answer = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error(`${name} happened`), {name, $metadata: {httpStatusCode}})
const LOST = Object.assign(new Error('socket hang up'), {code: 'ECONNRESET'})

test('a refusal is neither repeated nor looked at', async () => {
  const refusal = answer('InvalidParameterException', 400)
  expect(await play([refusal], [])).toEqual({ended: refusal, attempts: 1, looks: 0})
})

test('what comes before the request is not looked at', async () => {
  const failure = new Failure('There are no credentials.')
  expect(await play([failure], [])).toEqual({ended: failure, attempts: 1, looks: 0})
})

test.each(['ThrottlingException', 'RequestThrottledException', 'TransactionInProgressException'])(
  'AWS did nothing when it throttles: %s',
  async name => {
    expect(await play([answer(name, 400), 'done'], [])).toEqual({ended: 'done', attempts: 2, looks: 0})
  }
)

test.each([LOST, answer('ServerException', 500), answer('SyntaxError', 200)])(
  'an unknown outcome is looked at before it is repeated: %s',
  async error => {
    expect(await play([error], [undefined, undefined, undefined, undefined, 'seen'])).toEqual({
      ended: 'seen',
      attempts: 1,
      looks: 5
    })
    expect(await play([error, 'done'], [undefined])).toEqual({ended: 'done', attempts: 2, looks: 5})
  }
)

test('it is looked for ten seconds', async () => {
  const slept: number[] = []
  await play(
    [LOST, 'done'],
    [undefined],
    worldWith(milliseconds => slept.push(milliseconds))
  )
  expect(slept).toEqual([2500, 2500, 2500, 2500, 500])
})

test('an outcome that cannot be looked at is told as unknown', async () => {
  const {ended, attempts} = await play([LOST], [answer('ServerException', 503)])
  expect(ended).toEqual(
    new Failure(
      'Whether the update of web was done is unknown: the answer was lost (socket hang up), and looking failed (ServerException happened); look at the service.'
    )
  )
  expect(attempts).toBe(1)
})

test('an outcome that stays unknown is told as unknown', async () => {
  const {ended, attempts} = await play([LOST], [undefined])
  expect(ended).toEqual(
    new Failure(
      'Whether the update of web was done is unknown: the answer was lost (socket hang up), and it is not to be seen; look at the service.'
    )
  )
  expect(attempts).toBe(5)
})

test('after a cancellation nothing is begun', async () => {
  const signal = AbortSignal.abort(new Error('The job was cancelled'))
  const {ended, attempts} = await play(['done'], [], {...worldWith(() => undefined), signal})
  expect([String(ended), attempts]).toEqual(['Error: The job was cancelled', 0])
})

test('what is under way when the job is cancelled is looked at, but not repeated', async () => {
  const controller = new AbortController()
  const world = {...worldWith(() => undefined), signal: controller.signal}
  const cancelling = async (script: Script) => {
    const looks = {count: 0}
    const ended = await change(
      {
        what: 'the update of web',
        make: () => {
          controller.abort(new Error('The job was cancelled'))
          return Promise.reject(LOST)
        },
        readBack: () => Promise.resolve(script[(looks.count += 1) - 1] as string | undefined),
        ifUnknown: 'look at the service'
      },
      world
    ).catch((error: unknown) => error)
    return {ended, looks: looks.count}
  }
  expect(await cancelling([undefined, 'seen'])).toEqual({ended: 'seen', looks: 2})
})

test('a change that was not done when the job is cancelled is told as unknown', async () => {
  const controller = new AbortController()
  const world = {...worldWith(() => undefined), signal: controller.signal}
  const sleeping = {
    ...world,
    clock: {
      ...world.clock,
      sleep: () => {
        controller.abort(new Error('The job was cancelled'))
        return Promise.resolve()
      }
    }
  }
  const {ended, attempts} = await play([LOST], [undefined], sleeping)
  expect(String(ended)).toMatch(/Whether the update of web was done is unknown/)
  expect(attempts).toBe(1)
})

const HOUR = 3_600_000

/** An ECS whose clock is an hour ahead, and which refuses the first request for that. */
async function laterEcs() {
  const dates: string[] = []
  const server = createServer((request, response) => {
    dates.push(String(request.headers['x-amz-date']))
    const isFirst = dates.length === 1
    response.writeHead(isFirst ? 400 : 200, {
      'content-type': 'application/x-amz-json-1.1',
      date: new Date(Date.now() + HOUR).toUTCString()
    })
    response.end(JSON.stringify(isFirst ? {__type: 'InvalidSignatureException', message: 'Signature expired: …'} : {}))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const aws = awsAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const close = async (): Promise<void> => {
    aws.ecs.destroy()
    aws.ecsOnce.destroy()
    await new Promise(resolve => server.close(resolve))
  }
  return {aws, dates, [Symbol.asyncDispose]: close}
}

test('a call that is refused because the clock of the runner is wrong is made again by the clock of AWS', async () => {
  await using ecs = await laterEcs()
  await change(
    {
      what: 'the update of web',
      make: () => ecs.aws.ecsOnce.send(new ListClustersCommand({})),
      readBack: () => Promise.reject(new Error('AWS certainly did nothing')),
      ifUnknown: ''
    },
    worldWith(() => undefined)
  )
  const [first = 0, second = 0] = ecs.dates.map(date =>
    Date.parse(date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  )
  expect(ecs.dates).toHaveLength(2)
  expect(Math.abs(second - first - HOUR)).toBeLessThan(60_000)
})
