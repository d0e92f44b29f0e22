import {describe, expect, test} from '@jest/globals'
import type {Policy, PolicyStatement} from '../../emulator/iam/policy.ts'
import type {StepResult} from '../../emulator/runner.ts'
import {Account} from './account.ts'
import {plus, printedStatement, readmePolicy, without} from './readme-policy.ts'

/** Policies that limit what the README's policy grants: whatever it says, they have to let the release through, too. */
const limits = {
  'permissions boundary': ({aws: {emulator}}: Account, policy: Policy) => {
    emulator.policies.bound('arn:aws:iam::111122223333:user/release', policy)
    return {}
  },
  'session policy': ({aws: {emulator}}: Account, policy: Policy) => {
    const role = 'arn:aws:iam::111122223333:role/release-web'
    emulator.policies.attach(role, readmePolicy())
    const {AccessKeyId, SecretAccessKey, SessionToken} = emulator.credentials.issue(
      'arn:aws:sts::111122223333:assumed-role/release-web/GitHubActions',
      3600,
      policy
    )
    return {
      AWS_ACCESS_KEY_ID: AccessKeyId,
      AWS_SECRET_ACCESS_KEY: SecretAccessKey,
      AWS_SESSION_TOKEN: SessionToken
    }
  },
  'service control policy': ({aws: {emulator}}: Account, policy: Policy) => {
    emulator.policies.serviceControl = policy
    return {}
  }
}
type Limit = keyof typeof limits

const SERVICE = 'arn:aws:ecs:eu-central-1:111122223333:service/prod/web'
const EXECUTION_ROLE = 'arn:aws:iam::111122223333:role/web-execution'
const DENY: PolicyStatement = {Effect: 'Deny', Action: 'ecs:UpdateService', Resource: '*'}

async function releaseWithin(limit: Limit, policy: Policy, account: Account): Promise<StepResult> {
  await account.file('task-definition.json', account.definition('v1'))
  return account.release({}, {env: limits[limit](account, policy)})
}

function said({annotations}: StepResult): string[] {
  return annotations.map(({message}) => message)
}

const remedies: [Limit, string][] = [
  ['permissions boundary', 'add this statement to the permissions boundary of the role that releases, too.'],
  [
    'session policy',
    'add this statement to the session policy with which the role was assumed, such as `inline-session-policy` of aws-actions/configure-aws-credentials, too.'
  ]
]

describe('a limit on the policy of the role', () => {
  test.each(Object.keys(limits) as Limit[])('does not hinder a release if it allows as much: %s', async limit => {
    await using account = await Account.open()
    const step = await releaseWithin(limit, readmePolicy(), account)
    expect(step).toMatchObject({exitCode: 0, annotations: [], outputs: {status: 'deployed'}})
    expect(step.log).not.toContain('not checked')
  })

  test.each(remedies)(
    'that allows too little is named, and extended it lets the release through: %s',
    async (limit, remedy) => {
      await using account = await Account.open()
      const policy = without(readmePolicy(), 'ecs:UpdateService')
      const step = await releaseWithin(limit, policy, account)
      expect(said(step)).toEqual([
        `AWS denied ecs:UpdateService on ${SERVICE} while updating the service web, because no ${limit} allows the ecs:UpdateService action: ${remedy}`
      ])
      const statement = printedStatement(step)
      expect(statement).toEqual({Effect: 'Allow', Action: 'ecs:UpdateService', Resource: SERVICE})
      if (statement === undefined) throw new Error('No statement to add.')
      expect(await releaseWithin(limit, plus(policy, statement), account)).toMatchObject({exitCode: 0})
    }
  )

  test('of the organization that allows too little is named; the role’s own policy does not help', async () => {
    await using account = await Account.open()
    const step = await releaseWithin('service control policy', without(readmePolicy(), 'ecs:UpdateService'), account)
    expect(said(step)).toEqual([
      `AWS denied ecs:UpdateService on ${SERVICE} while updating the service web, because no service control policy allows the ecs:UpdateService action: that policy must let this role through.`
    ])
    expect(printedStatement(step)).toBeUndefined()
  })

  test.each(Object.keys(limits) as Limit[])('that denies is not answered with a statement: %s', async limit => {
    await using account = await Account.open()
    const step = await releaseWithin(limit, plus(readmePolicy(), DENY), account)
    expect(said(step)).toEqual([
      `AWS denied ecs:UpdateService on ${SERVICE} while updating the service web, with an explicit deny in a ${limit}: that policy must let this role through.`
    ])
    expect(printedStatement(step)).toBeUndefined()
  })

  test('without iam:PassRole, it gets the statement with the condition', async () => {
    await using account = await Account.open()
    const step = await releaseWithin('permissions boundary', without(readmePolicy(), 'iam:PassRole'), account)
    expect(said(step)).toEqual([
      expect.stringMatching(
        /^AWS denied iam:PassRole on \S+role\/web-execution while .*: add this statement to the perm/
      )
    ])
    expect(printedStatement(step)).toEqual({
      Effect: 'Allow',
      Action: 'iam:PassRole',
      Resource: EXECUTION_ROLE,
      Condition: {StringEquals: {'iam:PassedToService': 'ecs-tasks.amazonaws.com'}}
    })
  })

  test('without what only helps, it fails nothing', async () => {
    await using account = await Account.open()
    const step = await releaseWithin('permissions boundary', without(readmePolicy(), 'SayWhyTasksStopped'), account)
    expect(step).toMatchObject({exitCode: 0, annotations: [], outputs: {status: 'deployed'}})
    expect(step.log).toContain('not checked: missing ecs:ListTasks')
  })
})
