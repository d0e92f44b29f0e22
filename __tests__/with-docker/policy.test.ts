import {describe, expect, test} from '@jest/globals'
import {valuesOf} from '../../emulator/iam/policy.ts'
import type {StepResult} from '../../emulator/runner.ts'
import type {Account} from '../release/account.ts'
import {
  actionsOf,
  askedFor,
  idleResources,
  openAccount,
  plus,
  printedStatement,
  readmePolicy,
  releaseUnder,
  without
} from '../release/readme-policy.ts'

const policy = readmePolicy()

const REPOSITORY = 'arn:aws:ecr:eu-central-1:111122223333:repository/web'

/** A tag of the user's own: only the image itself tells whose it is. */
const BUILD = {image: '', 'image-tag': 'v1.4.0'}

/** An account and a repository with something to build. */
async function open(): Promise<Account> {
  const account = await openAccount()
  await account.file('Dockerfile', 'FROM scratch\nCOPY message /message\nCMD ["/message"]\n')
  await account.file('message', 'hello\n')
  return account
}

test('a build and its re-run ask for every action and every resource of the policy in the README, and for nothing else', async () => {
  await using account = await open()
  const first = await account.release(BUILD)
  expect(first).toMatchObject({exitCode: 0, annotations: [], outputs: {status: 'deployed'}})
  const again = await account.release(BUILD, {attempt: 2})
  expect(again.log).toContain('reusing the image pushed by attempt 1')
  const failing = await releaseUnder(policy, account, {image: account.uri('v2-never-healthy')})
  expect(failing.outputs['status']).toBe('rolled-back')
  expect(first.log + again.log + failing.log).not.toContain('not checked')
  expect(askedFor(account)).toEqual(actionsOf(policy))
  expect(idleResources(policy, account)).toEqual([])
})

function pushDenied(action: string, repository = REPOSITORY): string {
  return `ECR denied ${action} on ${repository} for the push: add this statement to the policy of the role that releases.`
}

/** Where Docker keeps ECR's words to itself: the answer to a HEAD has none, and some engines tell the status only. */
const WORDLESS = 'HOST denied the push to web: give the role that releases this statement.'

/** The sentence with which a release fails without a part of the policy. */
const needed: Record<string, string> = {
  SignInToEcr:
    'The role that releases may not ecr:GetAuthorizationToken on * (denied while signing in to ECR in eu-central-1 (ecr:GetAuthorizationToken)): add this statement to its policy.',
  PushTheImage: pushDenied('ecr:InitiateLayerUpload'),
  'ecr:BatchCheckLayerAvailability': WORDLESS,
  'ecr:InitiateLayerUpload': pushDenied('ecr:InitiateLayerUpload'),
  'ecr:UploadLayerPart': pushDenied('ecr:UploadLayerPart'),
  'ecr:CompleteLayerUpload': pushDenied('ecr:CompleteLayerUpload'),
  'ecr:PutImage': pushDenied('ecr:PutImage')
}

/** What only helps, and whether the first attempt or a re-run goes without it. */
const helpful: Record<string, 'build' | 're-run'> = {
  'ecr:DescribeRepositories': 'build',
  'ecr:GetDownloadUrlForLayer': 're-run'
}

describe('a build without a part of the policy in the README', () => {
  test('is known for every action of a push', () => {
    const actions = [...Object.keys(needed), ...Object.keys(helpful)].filter(part => part.startsWith('ecr:'))
    expect([...actions, 'ecr:BatchGetImage'].sort()).toEqual(actionsOf(policy, 'PushTheImage'))
  })

  test.each(Object.entries(needed))(
    'fails without %s, and is green with the statement that it prints',
    async (part, says) => {
      await using account = await open()
      await expectRefusal(await releaseUnder(without(policy, part), account, BUILD), account, part, says)
    }
  )

  test.each(Object.entries(helpful))('goes on without %s and says what it did not check', async (action, when) => {
    await using account = await open()
    const first = await releaseUnder(without(policy, action), account, BUILD)
    const step = when === 'build' ? first : await releaseUnder(without(policy, action), account, BUILD, {attempt: 2})
    expectNotChecked(step, action)
  })

  test('without ecr:BatchGetImage, buildx fails, which asks for what it pushed; the engine’s own builder does not', async () => {
    await using account = await open()
    const action = 'ecr:BatchGetImage'
    const step = await releaseUnder(without(policy, action), account, BUILD)
    if (step.log.includes('builder: buildx')) await expectRefusal(step, account, action, pushDenied(action))
    else expectNotChecked(step, action)
  })
})

test('a repository that `tags` names is pushed to when the policy has it beside the first one', async () => {
  await using account = await open()
  const other = REPOSITORY.replace('web', 'other')
  const inputs = {...BUILD, tags: `${account.host}/other:latest`}
  const step = await account.release(inputs)
  expect(step).toMatchObject({exitCode: 1, outputs: {status: 'error'}})
  expect([pushDenied('ecr:InitiateLayerUpload', other), WORDLESS]).toContain(said(step, account))
  const extended = policy.Statement.map(statement =>
    statement.Sid === 'PushTheImage' ? {...statement, Resource: [REPOSITORY, other]} : statement
  )
  expect(await releaseUnder({Statement: extended}, account, inputs)).toMatchObject({exitCode: 0, annotations: []})
  // No task failed, so no log was read.
  expect(idleResources({Statement: extended}, account).filter(arn => !arn.startsWith('arn:aws:logs:'))).toEqual([])
})

function expectNotChecked(step: StepResult, action: string): void {
  expect(step.log).toContain(`not checked: missing ${action}`)
  expect(step).toMatchObject({exitCode: 0, annotations: []})
}

/** What the one annotation says; `HOST` stands for the registry's host. */
function said({annotations}: StepResult, {host}: Account): string | undefined {
  expect(annotations).toHaveLength(1)
  return annotations[0]?.message.replace(host, 'HOST')
}

/** The release failed and printed a statement that names the action; with it, the same release is green. */
async function expectRefusal(step: StepResult, account: Account, part: string, says: string): Promise<void> {
  expect([says, WORDLESS]).toContain(said(step, account))
  expect(step).toMatchObject({exitCode: 1, outputs: {status: 'error'}})
  const statement = printedStatement(step)
  if (statement === undefined) throw new Error(`No statement to add:\n${step.log}`)
  if (part.startsWith('ecr:')) {
    expect(statement.Resource).toBe(REPOSITORY)
    expect(valuesOf(statement.Action)).toContain(part)
  }
  expect(await releaseUnder(plus(without(policy, part), statement), account, BUILD)).toMatchObject({exitCode: 0})
}
