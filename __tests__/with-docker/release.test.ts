import {describe, expect, test} from '@jest/globals'
import {BatchGetImageCommand, ECRClient, PutImageTagMutabilityCommand} from '@aws-sdk/client-ecr'
import {staticCredentials} from '../../emulator/server.ts'
import {Account} from '../release/account.ts'

const TAG = /^v1\.4\.0-6dcb09b-1658821493-[0-9a-f]{8}$/
const BUILD = {image: ''}

/** An account and a repository with something to build. */
async function open(): Promise<Account> {
  const account = await Account.open()
  await account.file('task-definition.json', account.definition('v1'))
  await account.file('Dockerfile', 'FROM scratch\nCOPY message /message\nCMD ["/message"]\n')
  await account.file('message', 'hello\n')
  return account
}

function ecr({aws: {emulator}}: Account): ECRClient {
  return new ECRClient({endpoint: emulator.url, region: emulator.region, credentials: staticCredentials})
}

async function digestOf(account: Account, imageTag: string): Promise<string | undefined> {
  const answer = await ecr(account).send(new BatchGetImageCommand({repositoryName: 'web', imageIds: [{imageTag}]}))
  return answer.images?.[0]?.imageId?.imageDigest
}

async function makeImmutable(account: Account): Promise<void> {
  await ecr(account).send(new PutImageTagMutabilityCommand({repositoryName: 'web', imageTagMutability: 'IMMUTABLE'}))
}

function manifests(account: Account): number {
  return account.requests().filter(({operation}) => /^PUT .*\/manifests\//.test(operation)).length
}

describe('a release that builds', () => {
  test('pushes a uniquely tagged image and deploys it by its digest', async () => {
    await using account = await open()
    const step = await account.release(BUILD)
    expect(step.annotations).toEqual([])
    expect(step.outputs).toMatchObject({status: 'deployed', 'image-tag': expect.stringMatching(TAG)})
    const {'image-tag': tag = '', 'image-digest': digest = ''} = step.outputs
    expect(await digestOf(account, tag)).toBe(digest)
    expect(step.outputs['image']).toBe(`${account.uri(tag)}@${digest}`)
    const {containerDefinitions = []} = await account.revision(step.outputs['task-definition-arn'] ?? '')
    expect(containerDefinitions[0]?.image).toBe(step.outputs['image'])
    expect(step).toMatchObject({exitCode: 0, postExitCode: 0, leftovers: [], orphans: false})
  })

  test('a re-run uses what the first attempt pushed, also when tags are immutable', async () => {
    await using account = await open()
    await makeImmutable(account)
    account.aws.emulator.faults.set([
      {service: 'ecs', operation: 'RegisterTaskDefinition', fault: {kind: 'access-denied'}}
    ])
    const first = await account.release(BUILD)
    expect(first).toMatchObject({exitCode: 1, outputs: {'image-tag': expect.stringMatching(TAG)}})
    expect(first.log).toContain(`The image ${first.outputs['image'] ?? ''} is in ECR; a re-run uses it.`)

    account.aws.emulator.faults.set([])
    account.forget()
    const second = await account.release(BUILD, {attempt: 2})
    expect(second.log).toContain('reusing the image pushed by attempt 1; `no-cache` rebuilds')
    expect(second.outputs).toMatchObject({status: 'deployed', image: first.outputs['image']})
    expect(manifests(account)).toBe(0)

    const rebuilt = await account.release({...BUILD, 'no-cache': 'true'}, {attempt: 3})
    expect(rebuilt.exitCode).toBe(0)
    expect(rebuilt.outputs['image-tag']).not.toBe(first.outputs['image-tag'])
  })

  test('never takes the image of another leg of the matrix, or of another step, for its own', async () => {
    await using account = await open()
    const first = await account.release(BUILD, {matrix: {app: 'web'}})
    const leg = await account.release(BUILD, {matrix: {app: 'worker'}, attempt: 2})
    const step = await account.release(BUILD, {matrix: {app: 'web'}, step: 'release-2', attempt: 2})
    const tags = [first, leg, step].map(({outputs}) => outputs['image-tag'])
    expect(new Set(tags).size).toBe(3)
    expect([leg.log, step.log].join('\n')).not.toContain('reusing')
  })

  test('a tag of the user’s own is reused only if this run pushed it', async () => {
    await using account = await open()
    await makeImmutable(account)
    const inputs = {...BUILD, 'image-tag': 'v1.4.0'}
    const first = await account.release(inputs)
    expect(first).toMatchObject({exitCode: 0, outputs: {'image-tag': 'v1.4.0'}})
    const again = await account.release(inputs, {attempt: 2})
    expect(again.log).toContain('reusing the image pushed by attempt 1')
    const other = await account.release(inputs, {attempt: 2, runId: '1658821494'})
    expect(other.annotations.map(({message}) => message)).toEqual([
      'The tag v1.4.0 is taken in the repository web, whose tags are immutable: leave the tag out of `image-tag` and `tags` for a unique one, or release the image that has it with `image`.'
    ])
  })

  test('further tags are pushed too', async () => {
    await using account = await open()
    const step = await account.release({...BUILD, tags: 'latest, stable'})
    expect(step.exitCode).toBe(0)
    for (const tag of ['latest', 'stable']) expect(await digestOf(account, tag)).toBe(step.outputs['image-digest'])
  })
})

describe('a build that cannot be', () => {
  test('without a Dockerfile nothing is built', async () => {
    await using account = await open()
    const step = await account.release({...BUILD, file: 'docker/Dockerfile'})
    expect(step.annotations).toHaveLength(1)
    expect(step.annotations[0]?.message).toContain('docker/Dockerfile')
    expect(account.changes()).toEqual([])
  })

  test('a build that fails shows the builder’s own last lines', async () => {
    await using account = await open()
    await account.file('Dockerfile', 'FROM scratch\nCOPY missing /missing\n')
    const step = await account.release(BUILD)
    expect(step).toMatchObject({exitCode: 1, outputs: {status: 'error'}})
    expect(step.annotations).toHaveLength(1)
    expect(step.log.split('\n').slice(-12).join('\n')).toMatch(/missing/)
    expect(account.changes()).toEqual([])
  })

  test('a push that is denied names the action, the repository and the statement to add', async () => {
    await using account = await open()
    account.aws.emulator.faults.set([
      {service: 'registry', operation: 'InitiateLayerUpload', fault: {kind: 'access-denied'}}
    ])
    const step = await account.release(BUILD)
    expect(step.annotations).toHaveLength(1)
    expect(step.log).toContain('ecr:InitiateLayerUpload')
    expect(step.log).toContain('arn:aws:ecr:eu-central-1:111122223333:repository/web')
    expect(account.changes().filter(operation => !operation.startsWith('POST'))).toEqual([])
  })

  test('a repository that is missing ends the step before the build', async () => {
    await using account = await open()
    account.plus({
      Effect: 'Allow',
      Action: 'ecr:DescribeRepositories',
      Resource: 'arn:aws:ecr:eu-central-1:111122223333:repository/wbe'
    })
    const step = await account.release({...BUILD, repository: 'wbe'})
    expect(step.annotations.map(({message}) => message)).toEqual([
      'There is no ECR repository wbe in eu-central-1 of account 111122223333: create it, or correct its name, the region or the account.'
    ])
    expect(account.changes()).toEqual([])
  })
})
