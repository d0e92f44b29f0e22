import {expect, test} from '@jest/globals'
import {DescribeRepositoriesCommand, ECRClient, type Repository} from '@aws-sdk/client-ecr'
import {staticCredentials} from '../../emulator/server.ts'
import {Account} from '../release/account.ts'

const ARN = 'arn:aws:ecr:eu-central-1:111122223333:repository/new'
const INPUTS = {image: '', repository: 'new', 'create-repository': 'true', tags: 'latest'}

/** An account without the repository, a user that may make it and push to it, and something to build. */
async function open(): Promise<Account> {
  const account = await Account.open()
  await account.file('Dockerfile', 'FROM scratch\nCOPY message /message\nCMD ["/message"]\n')
  await account.file('message', 'hello\n')
  const push = [
    'BatchCheckLayerAvailability',
    'InitiateLayerUpload',
    'UploadLayerPart',
    'CompleteLayerUpload',
    'PutImage'
  ]
  const read = ['DescribeRepositories', 'BatchGetImage', 'GetDownloadUrlForLayer']
  account.plus({
    Effect: 'Allow',
    Action: [...push, ...read, 'CreateRepository'].map(name => `ecr:${name}`),
    Resource: ARN
  })
  return account
}

async function find({aws: {emulator}}: Account): Promise<Repository | undefined> {
  const client = new ECRClient({endpoint: emulator.url, region: emulator.region, credentials: staticCredentials})
  const {repositories = []} = await client.send(new DescribeRepositoriesCommand({}))
  return repositories.find(({repositoryName}) => repositoryName === 'new')
}

test('a plan makes no repository, and says that there will be one', async () => {
  await using account = await open()
  const step = await account.release({...INPUTS, plan: 'true'})
  expect(step).toMatchObject({exitCode: 0, annotations: []})
  expect(step.log).toContain(`repository: ${account.uri('', 'new').replace(/:$/, '')}, which will be created`)
  expect(await find(account)).toBeUndefined()
  expect(account.changes()).toEqual([])
})

test('a missing repository is made once, before the build', async () => {
  await using account = await open()
  const first = await account.release(INPUTS)
  expect(first).toMatchObject({exitCode: 0, annotations: [], outputs: {status: 'deployed'}})
  expect(first.log).toContain(
    'created the repository new: immutable tags except latest, scan on push, encrypted with AES-256'
  )
  expect(await find(account)).toMatchObject({
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [{filterType: 'WILDCARD', filter: 'latest'}],
    imageScanningConfiguration: {scanOnPush: true},
    encryptionConfiguration: {encryptionType: 'AES256'}
  })
  await account.file('message', 'hello again\n')
  const second = await account.release(INPUTS, {runId: '1658821494'})
  expect(second).toMatchObject({exitCode: 0, annotations: [], outputs: {status: 'deployed'}})
  expect(account.changes().filter(operation => operation === 'CreateRepository')).toHaveLength(1)
})
