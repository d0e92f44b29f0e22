import {CodeDeploy} from '@aws-sdk/client-codedeploy'
import {type Deployment, RegisterTaskDefinitionCommand, UpdateServiceCommand} from '@aws-sdk/client-ecs'
import {expect, test} from '@jest/globals'
import {staticCredentials} from '../../emulator/server.ts'
import type {Aws} from '../../src/aws/clients.ts'
import {withCodeDeploy} from '../../src/check/codedeploy/index.ts'
import {acceptService, readServices} from '../../src/check/services.ts'
import {deploymentToLeave, goBack} from '../../src/deploy/go-back.ts'
import {serviceDeploymentOf} from '../../src/deploy/withdraw.ts'
import type {StartedDeployment} from '../../src/follow/started.ts'
import {situation} from '../check/situation.ts'
import {awsAt, worldWith} from '../definition/stage.ts'
import {started} from '../follow/examples.ts'
import {Account} from '../release/account.ts'
import {deployElsewhere, openCodeDeploy} from '../release/codedeploy-support.ts'
import {primaryOf} from '../release/way-back-support.ts'

const leaving: Deployment = {id: 'ecs-svc/2', status: 'PRIMARY', taskDefinition: 'web:42', rolloutState: 'IN_PROGRESS'}
const before: Deployment = {id: 'ecs-svc/1', status: 'ACTIVE', taskDefinition: 'web:41', rolloutState: 'COMPLETED'}

test('ECS goes back by itself where it can only go to the revision that is wanted', () => {
  expect(deploymentToLeave({deployments: [leaving, before]}, 'web:41')).toBe(leaving)
  // Blue/green deployments show both on their way.
  expect(deploymentToLeave({deployments: [leaving, {...before, rolloutState: 'IN_PROGRESS'}]}, 'web:41')).toBe(leaving)
})

test.each<[string, Deployment[], string]>([
  ['it is over', [{...leaving, rolloutState: 'FAILED'}, before], 'web:41'],
  ['it is done', [{...leaving, rolloutState: 'COMPLETED'}], 'web:41'],
  ['another revision is wanted', [leaving, before], 'web:40'],
  ['something else runs beside it', [leaving, before, {...before, id: 'ecs-svc/0'}], 'web:41'],
  ['what is beside it failed', [leaving, {...before, rolloutState: 'FAILED'}], 'web:41'],
  ['it is what is wanted', [leaving, before], 'web:42'],
  ['nothing ran before', [leaving], 'web:41'],
  ['there is none', [], 'web:41']
])('the revision is deployed where %s', (_, deployments, wanted) => {
  expect(deploymentToLeave({deployments}, wanted)).toBeUndefined()
})

const REVISION = {
  arn: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:1',
  image: {reference: 'web:v1', containers: ['app']}
}
const silent = {updating: () => undefined, started: () => undefined}

/** Goes back from a deployment that came to its end some time ago. */
async function goBackFrom(account: Account, leaving: StartedDeployment, aws: Aws): Promise<StartedDeployment> {
  const world = worldWith(milliseconds => {
    account.advance(milliseconds / 1000)
  })
  const found = await acceptService('web', await readServices(['web'], 'prod', aws, world), 'prod', aws, world)
  const none = {application: undefined, deploymentGroup: undefined, deploymentConfig: undefined, appSpec: undefined}
  const wanted = {codeDeploy: none, desiredCount: undefined}
  const [service = found] = await withCodeDeploy([found], wanted, situation().run, aws, world)
  account.forget()
  return goBack({service, revision: REVISION, leaving}, aws, world, silent)
}

async function register(account: Account, definition: object): Promise<{taskDefinition: string}> {
  const {taskDefinition} = await account.client.send(new RegisterTaskDefinitionCommand(definition as never))
  return {taskDefinition: taskDefinition?.taskDefinitionArn ?? ''}
}

/** Somebody else deploys a revision like the one that runs. */
async function deployAnother(account: Account): Promise<string> {
  const {taskDefinition} = await register(account, account.definition('v2'))
  await account.client.send(new UpdateServiceCommand({cluster: 'prod', service: 'web', taskDefinition}))
  return (await primaryOf(account)).id ?? ''
}

test('what somebody else has deployed since is left alone', async () => {
  await using account = await Account.open()
  const theirs = await deployAnother(account)
  account.advance(10)
  const aws = awsAt(account.aws.emulator.url)
  await expect(goBackFrom(account, started, aws)).rejects.toThrow(
    `web has a newer deployment by now, of web:2 (${theirs}), which is left alone.`
  )
  expect(account.changes()).toEqual([])
  await expect(goBackFrom(account, {...started, deploymentId: theirs}, aws)).resolves.toMatchObject({
    deploymentId: theirs,
    wayBack: 'withdrawn'
  })
  expect(account.changes()).toEqual(['StopServiceDeployment'])
})

test('nothing is deployed where the revision is being gone back to already', async () => {
  await using account = await Account.open()
  await expect(goBackFrom(account, started, awsAt(account.aws.emulator.url))).resolves.toMatchObject({
    deploymentId: (await primaryOf(account)).id,
    joined: true
  })
  expect(account.changes()).toEqual([])
})

test('the service deployment that is stopped is the one of the deployment', async () => {
  await using account = await Account.open()
  const theirs = await deployAnother(account)
  account.advance(10)
  const current = await account.described()
  const aws = awsAt(account.aws.emulator.url)
  const [newest] = await account.serviceDeployments()
  const startedAt = new Date(0)
  await expect(serviceDeploymentOf(current, {deploymentId: theirs, startedAt}, aws)).resolves.toBe(
    newest?.serviceDeploymentArn
  )
  await expect(serviceDeploymentOf(current, {deploymentId: 'ecs-svc/1', startedAt}, aws)).resolves.toBeUndefined()
})

test('what somebody else has CodeDeploy deploy since is left alone', async () => {
  await using account = await openCodeDeploy()
  const endpoint = account.aws.emulator.url
  const client = new CodeDeploy({endpoint, region: 'eu-central-1', credentials: staticCredentials})
  const get = () => Promise.resolve(client)
  const aws = {...awsAt(endpoint), codeDeploy: get, codeDeployOnce: get}
  const {taskDefinition} = await register(account, account.definition('v2'))
  const theirs = deployElsewhere(account, taskDefinition)
  account.advance(5)
  const group = {
    application: '',
    name: '',
    config: '',
    shift: undefined,
    readyMinutes: undefined,
    terminationMinutes: undefined,
    rollsBackOn: []
  }
  const ours = {...started, deploymentId: 'd-OURS00000', codeDeploy: {group, id: 'd-OURS00000'}}
  await expect(goBackFrom(account, ours, aws)).rejects.toThrow(
    `web has a newer CodeDeploy deployment by now (${theirs}), which is left alone.`
  )
  expect(account.changes()).toEqual([])
  client.destroy()
})
