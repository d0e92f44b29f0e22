import {expect, test} from '@jest/globals'
import {Account} from '../release/account.ts'
import {startProxy} from '../release/gateways.ts'

const THERE = {account: '444455556666', region: 'eu-west-1', name: 'shared'}
const ARN = 'arn:aws:ecr:eu-west-1:444455556666:repository/shared'

/** An account that releases to its own services from a repository of another account, in another region. */
async function open(): Promise<Account> {
  const account = await Account.open()
  await account.file('task-definition.json', account.definition('v1'))
  await account.file('Dockerfile', 'FROM scratch\nCOPY Dockerfile /\n')
  account.aws.emulator.credentials.addUser('AKIAIOSFODNN7FOREIGN', 'release-abroad')
  return account
}

const env = {AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7FOREIGN'}

test('an image is pushed to, and found again in, the registry of another account and region', async () => {
  await using account = await open()
  account.aws.ecr.createRepository({...THERE, allowedAccounts: ['111122223333']})
  account.forget()
  const step = await account.release({image: '', repository: ARN, 'image-tag': 'v9'}, {env})
  expect(step.annotations).toEqual([])
  expect(step.outputs).toMatchObject({
    status: 'deployed',
    image: `${account.host}/444455556666/shared:v9@${step.outputs['image-digest'] ?? ''}`
  })
  const calls = account.requests().filter(({service}) => service === 'ecr')
  expect(calls.map(({operation}) => operation)).toEqual(
    expect.arrayContaining(['GetAuthorizationToken', 'DescribeRepositories', 'BatchGetImage'])
  )
  for (const {operation, region, body} of calls) {
    expect(region).toBe('eu-west-1')
    if (operation !== 'GetAuthorizationToken') expect(body).toContain('"registryId":"444455556666"')
  }

  // What the image is from is read in a layer, which is no call of AWS: through the proxy as well.
  await using proxy = await startProxy()
  account.forget()
  const behindProxy = {...env, HTTP_PROXY: proxy.url}
  const again = await account.release({image: '', repository: ARN, 'image-tag': 'v9'}, {env: behindProxy, attempt: 2})
  expect(again.log).toContain('reusing the image pushed by attempt 1')
  expect(again).toMatchObject({exitCode: 0, outputs: {status: 'unchanged', image: step.outputs['image']}})
  const made = account.requests().map(({operation}) => operation)
  expect(made).toContainEqual(expect.stringMatching(/^GET \/_layers\//))
  expect(proxy.passed).toHaveLength(made.length)
})

test('a repository that is missing there, or does not let this account in, is named with its account and region', async () => {
  await using account = await open()
  const missing = await account.release({image: '', repository: ARN}, {env})
  expect(missing.annotations.map(({message}) => message)).toEqual([
    'There is no ECR repository shared in eu-west-1 of account 444455556666: create it, or correct its name, the region or the account.'
  ])
  account.aws.ecr.createRepository(THERE)
  const closed = await account.release({image: '', repository: ARN}, {env})
  expect(closed.exitCode).toBe(1)
  expect(closed.annotations).toHaveLength(1)
  expect(closed.log).toContain('444455556666')
  expect(account.changes()).toEqual([])
})
