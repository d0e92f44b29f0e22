import {RegisterTaskDefinitionCommand, UpdateServiceCommand} from '@aws-sdk/client-ecs'
import {expect, test} from '@jest/globals'
import {acceptService, readServices} from '../../src/check/services.ts'
import {awaitRightOfWay} from '../../src/deploy/right-of-way.ts'
import {situation} from '../check/situation.ts'
import {awsAt, worldWith} from '../definition/stage.ts'
import {Account, releaser} from './account.ts'

const NEWER = '1658821499'

/** Somebody else begins to deploy. @returns the revision */
async function deploy(account: Account, tags: {key: string; value: string}[] = []): Promise<string> {
  const definition = account.definition(
    'v1',
    {...(tags.length > 0 && {tags})},
    {environment: [{name: 'NEWS', value: '1'}]}
  )
  const {taskDefinition} = await account.client.send(new RegisterTaskDefinitionCommand(definition as never))
  const arn = taskDefinition?.taskDefinitionArn ?? ''
  await account.client.send(new UpdateServiceCommand({cluster: 'prod', service: 'web', taskDefinition: arn}))
  return arn
}

/** What a run of the repository tags a revision with. */
function by(runId: string) {
  return [
    {key: 'ecs-release:repository', value: 'octo-org/web'},
    {key: 'ecs-release:run', value: `https://github.com/octo-org/web/actions/runs/${runId}/attempts/1`}
  ]
}

const RUN = {repository: 'octo-org/web'}

test('an older run stops before anything is built or changed; a re-run of it goes on', async () => {
  await using account = await Account.open()
  await deploy(account, by(NEWER))
  account.advance(600)
  account.forget()
  const older = await account.release({}, RUN)
  expect(older.exitCode).toBe(1)
  expect(account.changes()).toEqual([])
  expect(older.annotations.map(({message}) => message)).toEqual([
    `web runs web:2, which a newer run of this repository released (https://github.com/octo-org/web/actions/runs/${NEWER}/attempts/1): this run is older and would undo that, so it stops here; re-run this job if going back is what you want.`
  ])
  const again = await account.release({}, {...RUN, attempt: 2})
  expect(again.outputs['status']).toBe('deployed')
  expect(again.annotations.map(({level}) => level)).toEqual(['warning'])
})

test('a deployment on its way is superseded aloud, by default', async () => {
  await using account = await Account.open()
  await deploy(account)
  account.forget()
  const step = await account.release()
  expect(step.outputs['status']).toBe('deployed')
  expect(step.annotations.map(({message}) => message)).toEqual([
    expect.stringMatching(/^web has a deployment of web:2, which began at .+ on its way: this release supersedes it;/)
  ])
})

test('or ends the release before anything is changed', async () => {
  await using account = await Account.open()
  await deploy(account)
  account.forget()
  const step = await account.release({'on-conflict': 'fail'})
  expect(step.exitCode).toBe(1)
  expect(account.changes()).toEqual([])
  expect(step.annotations.map(({message}) => message)).toEqual([
    expect.stringContaining('`on-conflict: fail` stops this release')
  ])
})

test('or is waited for, and its end comes before the update', async () => {
  await using account = await Account.open()
  await deploy(account)
  account.forget()
  const step = await account.release({'on-conflict': 'wait'})
  expect(step.outputs['status']).toBe('deployed')
  expect(step.lines.join('\n')).toMatch(/web has a deployment of web:2.+ on its way: waiting for its end, at most 1 h/)
  const [, theirs] = await account.serviceDeployments()
  expect(theirs?.status).toBe('SUCCESSFUL')
})

test('as long as is wanted', async () => {
  await using account = await Account.open()
  const definition = account.definition(
    'v2-never-healthy',
    {},
    {healthCheck: {command: ['CMD', 'true'], retries: 10, interval: 300}}
  )
  await account.client.send(new RegisterTaskDefinitionCommand(definition as never))
  await account.client.send(new UpdateServiceCommand({cluster: 'prod', service: 'web', taskDefinition: 'web'}))
  account.forget()
  const step = await account.release({'on-conflict': 'wait', 'wait-for-minutes': '5'})
  expect(step.exitCode).toBe(1)
  expect(account.changes()).toEqual([])
  expect(step.annotations.map(({message}) => message)).toEqual([
    expect.stringMatching(
      /on its way, and it has not ended in 5 min: end it, or give `wait-for-minutes` a larger number, and run the job again\.$/
    )
  ])
})

test('a newer run that releases while the image is built is not overwritten', async () => {
  await using account = await Account.open()
  const aws = awsAt(account.aws.emulator.url, releaser)
  const world = worldWith(milliseconds => {
    account.advance(milliseconds / 1000)
  })
  const service = await acceptService('web', await readServices(['web'], 'prod', aws, world), 'prod', aws, world)
  const wishes = {onConflict: 'wait', waitForMinutes: undefined} as const
  const run = {...situation().run, ...RUN, runId: '1658821493'}
  const passed = () => awaitRightOfWay([{service}], wishes, run, aws, world)
  await expect(passed()).resolves.toBeUndefined()
  await deploy(account, by(NEWER))
  await expect(passed()).rejects.toThrow('this run is older and would undo that')
  run.attempt = 2
  await expect(passed()).resolves.toBeUndefined()
  expect(world.lines).toContainEqual(expect.stringContaining('this re-run of an older run goes back behind that'))
})
