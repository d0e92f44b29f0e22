import {RegisterTaskDefinitionCommand, UpdateServiceCommand} from '@aws-sdk/client-ecs'
import {expect, test} from '@jest/globals'
import type {FaultRule} from '../../emulator/faults.ts'
import type {Aws} from '../../src/aws/clients.ts'
import {acceptService, readServices, type ServiceToRelease} from '../../src/check/services.ts'
import type {Plan} from '../../src/check/look.ts'
import {registerDefinition} from '../../src/definition/register.ts'
import {updateServices, type UpdateListener, type UpdateWishes} from '../../src/deploy/update.ts'
import type {StartedDeployment} from '../../src/follow/started.ts'
import {Report} from '../../src/report/report.ts'
import {awsAt, worldWith} from '../definition/stage.ts'
import {Account, releaser} from './account.ts'

const DIGEST = `web@sha256:${'0'.repeat(64)}`
const NOTHING: UpdateWishes = {desiredCount: undefined, forceNewDeployment: false}
const FORCE: UpdateWishes = {...NOTHING, forceNewDeployment: true}

/** The service `web` as it was looked at, and a release of it without a build. */
class Stage implements AsyncDisposable {
  readonly account: Account
  readonly aws: Aws
  readonly controller = new AbortController()
  readonly world: ReturnType<typeof worldWith>
  /** What the listener was told. */
  readonly told: string[] = []
  readonly seen: ServiceToRelease[]

  private constructor(account: Account, aws: Aws, seen: ServiceToRelease[]) {
    this.account = account
    this.aws = aws
    this.seen = seen
    this.world = {
      ...worldWith(milliseconds => {
        account.advance(milliseconds / 1000)
      }),
      signal: this.controller.signal
    }
  }

  static async open(...parameters: Parameters<typeof Account.open>): Promise<Stage> {
    const account = await Account.open(...parameters)
    const aws = awsAt(account.aws.emulator.url, releaser)
    const world = worldWith(() => undefined)
    const seen = [await acceptService('web', await readServices(['web'], 'prod', aws, world), 'prod', aws, world)]
    account.forget()
    return new Stage(account, aws, seen)
  }

  async register(tag: string): Promise<string> {
    const {taskDefinition} = await this.account.client.send(
      new RegisterTaskDefinitionCommand(this.account.definition(tag) as never)
    )
    return taskDefinition?.taskDefinitionArn ?? ''
  }

  /** What somebody else does to the service; not counted. */
  async other(change: {taskDefinition?: string; forceNewDeployment?: boolean}): Promise<void> {
    await this.account.client.send(new UpdateServiceCommand({cluster: 'prod', service: 'web', ...change}))
    this.account.forget()
  }

  faults(...rules: Omit<FaultRule, 'service'>[]): void {
    this.account.aws.emulator.faults.set(rules.map(rule => ({service: 'ecs', ...rule})))
  }

  /** Updates `web`, as often as it is named. */
  async update(arn: string, wishes = NOTHING, image = DIGEST, times = 1): Promise<StartedDeployment> {
    const each = Array.from({length: times})
    const [started] = await updateServices(
      each.flatMap(() => this.seen.map(service => ({service, containers: ['app']}))),
      each.map(() => ({arn, registered: false})),
      image,
      wishes,
      this.aws,
      this.world,
      {
        updating: name => this.told.push(`updating ${name}`),
        started: deployment => {
          this.told.push(`started ${deployment.service.name}`)
          if (times > 1) this.controller.abort(new Error('The job was cancelled'))
        }
      }
    )
    if (started === undefined) throw new Error('Nothing was updated.')
    return started
  }

  /** The bodies of the UpdateService requests of the release. */
  sent(): Record<string, unknown>[] {
    return this.account
      .requests()
      .filter(({operation}) => operation === 'UpdateService')
      .map(({body = ''}) => JSON.parse(body) as Record<string, unknown>)
  }

  async primary() {
    const {deployments = []} = await this.account.described()
    return deployments.find(({status}) => status === 'PRIMARY')
  }

  /** How many service deployments there have been. */
  async count(): Promise<number> {
    this.account.advance(10)
    return (await this.account.serviceDeployments()).length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.aws.ecs.destroy()
    this.aws.ecsOnce.destroy()
    await this.account[Symbol.asyncDispose]()
  }
}

const V1 = 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:1'

test('a new revision is deployed, and the listener told before and after', async () => {
  await using stage = await Stage.open()
  const arn = await stage.register('v2')
  expect(await stage.update(arn)).toMatchObject({
    deploymentId: (await stage.primary())?.id,
    taskDefinitionArn: arn,
    previousTaskDefinitionArn: V1,
    joined: false,
    scaledTo: undefined
  })
  expect(stage.told).toEqual(['updating web', 'started web'])
  expect(stage.sent()).toHaveLength(1)
})

test('a revision that the service has by now is left alone and joined', async () => {
  await using stage = await Stage.open()
  const arn = await stage.register('v2')
  await stage.other({taskDefinition: arn})
  expect(await stage.update(arn)).toMatchObject({deploymentId: (await stage.primary())?.id, joined: true})
  expect(stage.sent()).toEqual([])
  expect(stage.told).toEqual(['started web'])
})

test('a release that is run again still knows what ran before: what runs beside its own revision', async () => {
  await using stage = await Stage.open()
  const arn = await stage.register('v2')
  await stage.other({taskDefinition: arn})
  expect(await stage.update(arn)).toMatchObject({joined: true, previousTaskDefinitionArn: V1})
  expect(await stage.update(arn, FORCE)).toMatchObject({joined: false, previousTaskDefinitionArn: V1})
})

test('what was on its way when a release came is not what ran before', async () => {
  await using stage = await Stage.open()
  await stage.other({taskDefinition: await stage.register('v2')})
  expect(await stage.update(await stage.register('v3'))).toMatchObject({previousTaskDefinitionArn: V1})
})

test('a revision that the service had when it was looked at, but has no more, is deployed again', async () => {
  await using stage = await Stage.open()
  const arn = await stage.register('v2')
  await stage.other({taskDefinition: arn})
  expect(await stage.update(V1)).toMatchObject({taskDefinitionArn: V1, previousTaskDefinitionArn: arn, joined: false})
  expect(stage.sent()).toHaveLength(1)
})

test('a deployment that ECS rolls back to right before the update is not counted as a new one', async () => {
  await using stage = await Stage.open()
  const before = await stage.primary()
  await stage.other({taskDefinition: await stage.register('v2-crash')})
  stage.faults({operation: 'UpdateService', call: 1, fault: {kind: 'delay', milliseconds: 30 * 60_000}})
  expect(await stage.update(V1)).toMatchObject({deploymentId: before?.id, joined: true})
})

test('an update that another one overtakes before its answer is known is still the one that is followed', async () => {
  await using stage = await Stage.open()
  const [arn, other] = [await stage.register('v2'), await stage.register('v1')]
  stage.faults({operation: 'UpdateService', call: 1, fault: {kind: 'answer-lost'}})
  const reads = {count: 0}
  stage.aws.ecs.middlewareStack.add(
    next => async args => {
      reads.count += 1
      if (reads.count === 2) {
        await stage.account.client.send(
          new UpdateServiceCommand({cluster: 'prod', service: 'web', taskDefinition: other})
        )
      }
      return next(args)
    },
    {step: 'initialize', name: 'overtake'}
  )
  const started = await stage.update(arn)
  expect(started.deploymentId).not.toBe((await stage.primary())?.id)
  expect(started).toMatchObject({taskDefinitionArn: arn, joined: false})
  expect(stage.sent().filter(({taskDefinition}) => taskDefinition === arn)).toHaveLength(1)
})

test.each([
  ['answer-lost', 1],
  ['truncated', 1],
  ['reset', 2],
  ['server-error', 2],
  ['throttling', 2]
] as const)('there is one forced deployment, whatever happens to the first answer: %s', async (kind, requests) => {
  await using stage = await Stage.open()
  const before = await stage.count()
  // Somebody else's, since the service was looked at.
  await stage.other({forceNewDeployment: true})
  const theirs = await stage.primary()
  stage.account.forget()
  stage.faults({operation: 'UpdateService', call: 1, fault: {kind}})
  const started = await stage.update(V1, FORCE)
  expect(started).toMatchObject({deploymentId: (await stage.primary())?.id, joined: false})
  expect(started.deploymentId).not.toBe(theirs?.id)
  expect(stage.sent()).toHaveLength(requests)
  expect(await stage.count()).toBe(before + 2)
})

test.each([
  ['answer-lost', 1],
  ['reset', 2]
] as const)('the number of tasks is changed once: %s', async (kind, requests) => {
  await using stage = await Stage.open()
  stage.faults({operation: 'UpdateService', call: 1, fault: {kind}})
  expect(await stage.update(V1, {...NOTHING, desiredCount: 3})).toMatchObject({
    desiredCount: 3,
    scaledTo: 3,
    joined: true
  })
  expect(stage.sent()).toHaveLength(requests)
  expect(await stage.update(V1, {...NOTHING, desiredCount: 3})).toMatchObject({scaledTo: undefined, joined: true})
  expect(stage.sent()).toHaveLength(requests)
})

test('a read that is behind the update does not make it be sent again', async () => {
  await using stage = await Stage.open()
  const arn = await stage.register('v2')
  stage.faults(
    {operation: 'UpdateService', call: 1, fault: {kind: 'answer-lost'}},
    {operation: 'DescribeServices', from: 2, to: 4, fault: {kind: 'stale', seconds: 600}}
  )
  expect(await stage.update(arn)).toMatchObject({taskDefinitionArn: arn, joined: false})
  expect(stage.sent()).toHaveLength(1)
  expect(stage.account.aws.emulator.faults.list()[1]?.injected).toBe(3)
})

test('an update that nobody can tell of is told as unknown', async () => {
  await using stage = await Stage.open()
  const arn = await stage.register('v2')
  stage.faults(
    {operation: 'UpdateService', call: 1, fault: {kind: 'answer-lost'}},
    {operation: 'DescribeServices', from: 2, fault: {kind: 'server-error'}}
  )
  await expect(stage.update(arn)).rejects.toThrow(
    /^Whether the update of web was done is unknown: the answer was lost \(.+\), and looking failed \(.+\); look at the service before running the job again\.$/
  )
  expect(stage.told).toEqual(['updating web'])
})

test('a tag that may be another image by now is deployed anew', async () => {
  await using stage = await Stage.open()
  const before = await stage.primary()
  const image = 'public.ecr.aws/nginx/nginx:latest'
  const started = await stage.update(V1, NOTHING, image)
  expect(started.joined).toBe(false)
  expect(started.deploymentId).not.toBe(before?.id)
  expect(stage.sent()).toMatchObject([{forceNewDeployment: true}])
  expect(stage.world.lines).toEqual([
    `web has web:1 already, but ${image} may be another image by now: deploying anew, so that ECS looks`
  ])
})

test('a revision whose deployment failed is deployed anew', async () => {
  await using stage = await Stage.open({
    deploymentConfiguration: {deploymentCircuitBreaker: {enable: true, rollback: false}}
  })
  const arn = await stage.register('v2-crash')
  await stage.other({taskDefinition: arn})
  stage.account.advance(3600)
  expect(await stage.primary()).toMatchObject({taskDefinition: arn, rolloutState: 'FAILED'})
  expect(await stage.update(arn)).toMatchObject({joined: false, taskDefinitionArn: arn})
  expect(stage.sent()).toMatchObject([{forceNewDeployment: true}])
  expect(stage.world.lines).toEqual(['web has web:2 already, but its deployment failed: deploying it anew'])
})

test('a cancelled job updates no further service', async () => {
  await using stage = await Stage.open()
  await stage.update(await stage.register('v2'), FORCE, DIGEST, 2)
  expect(stage.sent()).toHaveLength(1)
})

test('a job that was cancelled before updates nothing', async () => {
  await using stage = await Stage.open()
  stage.controller.abort(new Error('The job was cancelled'))
  await expect(stage.update(await stage.register('v2'))).rejects.toThrow('The job was cancelled')
  expect([stage.sent(), stage.told]).toEqual([[], []])
})

/** Cancels the job while an operation is on its way to ECS. */
function cancelDuring(stage: Stage, operation: string): void {
  stage.aws.ecsOnce.middlewareStack.add(
    (next, {commandName}) =>
      args => {
        if (commandName === `${operation}Command`) stage.controller.abort(new Error('The job was cancelled'))
        return next(args)
      },
    {step: 'initialize', name: 'cancelDuring'}
  )
}

test.each([
  ['the answer comes', []],
  ['the answer is lost', [{operation: 'RegisterTaskDefinition', call: 1, fault: {kind: 'answer-lost'}}]]
] as const)('a job that is cancelled while the revision is registered updates nothing: %s', async (_, faults) => {
  await using stage = await Stage.open()
  stage.faults(...faults)
  cancelDuring(stage, 'RegisterTaskDefinition')
  const json = stage.account.definition('v2') as never
  const definition = {json, name: 'task-definition.json', locate: () => undefined}
  const {arn, registered} = await registerDefinition(definition, V1, stage.aws, stage.world)
  expect(registered).toBe(true)
  await expect(stage.update(arn)).rejects.toThrow('The job was cancelled')
  expect(stage.sent()).toEqual([])
})

/** What a release that is cancelled while it updates `web` says last. */
async function lastWords(stage: Stage, arn: string): Promise<string[]> {
  const words: string[] = []
  const failure = ({message}: Error): unknown => words.push(message)
  const report = new Report({...stage.world, log: {...stage.world.log, failure}})
  const targets = stage.seen.map(service => ({service, containers: ['app']}))
  report.connected(stage.aws)
  report.planned({targets, image: {kind: 'given'}} as unknown as Plan)
  const listener: UpdateListener = report
  await updateServices(targets, [{arn, registered: false}], DIGEST, NOTHING, stage.aws, stage.world, listener)
    .then(() => {
      stage.world.signal.throwIfAborted()
    })
    .catch((error: unknown) => {
      report.failed(error)
    })
  return words
}

test('a cancelled job does not claim that production is as it was when nobody knows', async () => {
  await using stage = await Stage.open()
  const arn = await stage.register('v2')
  stage.faults(
    {operation: 'UpdateService', call: 1, fault: {kind: 'answer-lost'}},
    {operation: 'DescribeServices', from: 2, fault: {kind: 'server-error'}}
  )
  cancelDuring(stage, 'UpdateService')
  expect(await lastWords(stage, arn)).toEqual([
    expect.stringMatching(
      /^The job was cancelled while web was being updated; whether ECS took the update is unknown: see https:\S+\.$/
    )
  ])
})

test('a cancelled job finds out that ECS took the update whose answer was lost', async () => {
  await using stage = await Stage.open()
  const arn = await stage.register('v2')
  stage.faults({operation: 'UpdateService', call: 1, fault: {kind: 'answer-lost'}})
  cancelDuring(stage, 'UpdateService')
  expect(await lastWords(stage, arn)).toEqual(['The job was cancelled; ECS goes on with the deployment.'])
})
