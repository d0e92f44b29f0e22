import {expect, test} from '@jest/globals'
import type {Policy} from '../../emulator/iam/policy.ts'
import type {StepOptions} from '../../emulator/runner.ts'
import {Account} from './account.ts'
import {alsoFor, readmePolicy} from './readme-policy.ts'

/** The role that a step before this one signs in with. */
const CI = 'arn:aws:iam::111122223333:role/ci'
const SESSION = 'arn:aws:sts::111122223333:assumed-role/release-web/ecs-release-octo-org-web-1658821493-1'
const RENEWAL =
  'set `role-to-assume` and `permissions: id-token: write` and leave out the step that signs in before this one, for credentials that are renewed by themselves, or give those of the job a longer session.'

/** A release that an earlier step signed in for, as aws-actions/configure-aws-credentials does, for so many hours. */
function signedIn({aws: {emulator}}: Account, hours: number): Partial<StepOptions> {
  const {AccessKeyId, SecretAccessKey, SessionToken} = emulator.credentials.issue(
    'arn:aws:sts::111122223333:assumed-role/ci/GitHubActions',
    hours * 3600
  )
  const env = {
    AWS_ACCESS_KEY_ID: AccessKeyId,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey,
    AWS_SESSION_TOKEN: SessionToken
  }
  return {env}
}

function mayAssume(role: string): Policy {
  return {Statement: [{Effect: 'Allow', Action: 'sts:AssumeRole', Resource: role}]}
}

/** The role that releases; the job's own may do nothing but assume it. @returns its ARN */
function chainedRole(account: Account): string {
  const role = account.role({name: 'release-web', trustsPrincipals: [CI]})
  account.aws.emulator.policies.attach(CI, mayAssume(role))
  return role
}

/** With a service whose old tasks leave its load balancer an hour late, so that a deployment outlives a session. */
async function openDraining(): Promise<Account> {
  const account = await Account.open()
  const {arn} = account.aws.emulator.targetGroups.create({name: 'api', deregistrationDelaySeconds: 3600})
  const loadBalancers = [{targetGroupArn: arn, containerName: 'app', containerPort: 8080}]
  await account.service({serviceName: 'api', loadBalancers})
  account.under(alsoFor('api', readmePolicy()))
  account.advance(600)
  account.forget()
  return account
}

function timesAsked(account: Account, operation: string): number {
  return account.requests().filter(request => request.operation === operation).length
}

/** Who made the requests to ECS. */
function releasers(account: Account): string[] {
  const callers = account.requests().filter(({service, caller}) => service === 'ecs' && caller !== undefined)
  return [...new Set(callers.map(({caller}) => caller ?? ''))]
}

const LONG = {service: 'api', 'wait-for-minutes': '120'}

test('with a new token of the job, a session is renewed when a deployment outlives it', async () => {
  await using account = await openDraining()
  const {url, github} = account.aws.emulator
  const role = account.role({name: 'release-web', trustsGithub: {subjects: ['repo:octo-org/web:*']}})
  const step = await account.release(
    {...LONG, 'role-to-assume': role},
    {
      env: {
        AWS_ACCESS_KEY_ID: undefined,
        AWS_SECRET_ACCESS_KEY: undefined,
        ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/_github/token?repository=octo-org/web&ref=refs/tags/v1.4.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: github.requestToken
      }
    }
  )
  expect(step).toMatchObject({exitCode: 0, annotations: [], outputs: {status: 'deployed'}})
  expect(timesAsked(account, 'AssumeRoleWithWebIdentity')).toBe(2)
  expect(releasers(account)).toEqual([SESSION])
  expect(account.requests().filter(({error}) => error !== undefined)).toEqual([])
})

test('with other credentials of the job, a session is renewed under the same name', async () => {
  await using account = await openDraining()
  const step = await account.release({...LONG, 'role-to-assume': chainedRole(account)}, signedIn(account, 12))
  expect(step).toMatchObject({exitCode: 0, annotations: [], outputs: {status: 'deployed'}})
  expect(timesAsked(account, 'AssumeRole')).toBe(2)
  expect(releasers(account)).toEqual([SESSION])
  expect(account.requests().filter(({error}) => error !== undefined)).toEqual([])
})

test('a user that assumes the role needs nothing but that', async () => {
  await using account = await Account.open()
  const role = account.role({name: 'release-web', trustsPrincipals: ['arn:aws:iam::111122223333:user/release']})
  account.under(mayAssume(role))
  const step = await account.release({'role-to-assume': role})
  expect(step).toMatchObject({exitCode: 0, annotations: [], outputs: {status: 'deployed'}})
  expect(releasers(account)).toEqual([SESSION])
})

test('credentials of the job that expire meanwhile end the step, which says how they would be renewed', async () => {
  await using account = await openDraining()
  account.aws.emulator.policies.attach(CI, alsoFor('api', readmePolicy()))
  const step = await account.release(LONG, signedIn(account, 1))
  expect(step).toMatchObject({exitCode: 1, outputs: {status: 'access-lost'}})
  expect(step.annotations.map(({message}) => message)).toEqual([
    `Access lost: how api in prod is doing cannot be read any more, ECS goes on deploying web:2 to api in prod. AWS says: The security token included in the request is expired. To prevent it, ${RENEWAL}`
  ])
})

test('so do those with which the role was to be assumed once more', async () => {
  await using account = await Account.open({deploymentConfiguration: {}})
  const step = await account.release(
    {image: account.uri('v2-crash'), 'wait-for-minutes': '180', 'role-to-assume': chainedRole(account)},
    signedIn(account, 1)
  )
  expect(step).toMatchObject({exitCode: 1, outputs: {status: 'access-lost'}})
  expect(step.annotations.map(({message}) => message)).toEqual([
    `Access lost: how web in prod is doing cannot be read any more, ECS goes on deploying web:2 to web in prod. AWS says: The security token included in the request is expired. To prevent it, ${RENEWAL}`
  ])
  expect(
    account
      .requests()
      .filter(({error}) => error !== undefined)
      .map(({operation}) => operation)
  ).toContain('AssumeRole')
})
