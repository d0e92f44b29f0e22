import {DescribeRepositoriesCommand} from '@aws-sdk/client-ecr'
import {describe, expect, test} from '@jest/globals'
import {createRepository, planRepository} from '../../src/image/create.ts'
import {authorize} from '../../src/image/authorization.ts'
import {describeRepository, type EcrRepository, isImmutable} from '../../src/image/repository.ts'
import {type LocalAws, localAws, testWorld, workflowRun} from './support.ts'

const missing: EcrRepository = {
  name: 'team/web',
  isMissing: true,
  region: 'eu-central-1',
  host: 'registry.example',
  uri: 'registry.example/team/web',
  mutabilityExceptions: []
}

async function lookAt(local: LocalAws, wanted: {name: string; registryId?: string}, mayBeMissing = true) {
  const world = testWorld()
  return describeRepository(wanted, authorize(local.aws.region, local.aws, world), local.aws, world, mayBeMissing)
}

async function described({aws}: LocalAws) {
  const {repositories} = await aws
    .ecr(aws.region)
    .send(new DescribeRepositoriesCommand({repositoryNames: ['team/web']}))
  return repositories?.[0]
}

describe('the tags of a new repository', () => {
  const planned = (tags: readonly string[], cacheTags: readonly string[] = [], refType: 'tag' | 'branch' = 'tag') =>
    planRepository(missing, tags, cacheTags, workflowRun({refType, refName: refType === 'tag' ? 'v1.4.0' : 'main'}))

  test('are immutable when each is pushed once', () => {
    expect(planned(['3c5f1e2', '9871234567', 'v1.4.0', '1.4.0-alpine'])).toEqual({...missing, mutability: 'IMMUTABLE'})
  })

  test('are immutable except those that other runs push again', () => {
    const repository = planned(['latest', 'v1', '3c5f1e2', 'latest'], ['build-cache-*'])
    expect(repository).toEqual({
      ...missing,
      mutability: 'IMMUTABLE_WITH_EXCLUSION',
      mutabilityExceptions: ['latest', 'v1', 'build-cache-*']
    })
    expect(['latest', 'build-cache-1234', '3c5f1e2'].map(tag => isImmutable(repository, tag))).toEqual([
      false,
      false,
      true
    ])
  })

  test('may be those of a branch, which is pushed again', () => {
    expect(planned(['main'], [], 'branch').mutabilityExceptions).toEqual(['main'])
  })

  test('are mutable when more would be excepted than ECR can', () => {
    const five = ['a', 'b', 'c', 'd', 'e']
    expect(planned(five).mutability).toBe('IMMUTABLE_WITH_EXCLUSION')
    expect(planned([...five, 'f'])).toEqual({...missing, mutability: 'MUTABLE'})
  })
})

describe('a missing repository', () => {
  test('is no mistake where it may be made', async () => {
    await using local = await localAws()
    expect(await lookAt(local, {name: 'team/web'})).toEqual({
      ...missing,
      host: local.host,
      uri: `${local.host}/team/web`,
      arn: 'arn:aws:ecr:eu-central-1:111122223333:repository/team/web'
    })
  })

  test('is one elsewhere', async () => {
    await using local = await localAws()
    await expect(lookAt(local, {name: 'team/web'}, false)).rejects.toThrow(/^There is no ECR repository team\/web in /)
  })

  test('cannot be made in another account', async () => {
    await using local = await localAws()
    await expect(lookAt(local, {name: 'team/web', registryId: '444455556666'})).rejects.toThrow(
      /^There is no ECR repository team\/web in eu-central-1 of account 444455556666: /
    )
  })

  test('is made as planned', async () => {
    await using local = await localAws()
    const world = testWorld()
    const planned = planRepository(await lookAt(local, {name: 'team/web'}), ['latest'], [], workflowRun())
    await createRepository(planned, local.aws, world)
    expect(world.lines).toEqual([
      'created the repository team/web: immutable tags except latest, scan on push, encrypted with AES-256'
    ])
    expect(await described(local)).toMatchObject({
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{filterType: 'WILDCARD', filter: 'latest'}],
      imageScanningConfiguration: {scanOnPush: true},
      encryptionConfiguration: {encryptionType: 'AES256'}
    })
    expect(await lookAt(local, {name: 'team/web'})).not.toHaveProperty('isMissing')
  })

  test('that somebody made meanwhile is used as it is', async () => {
    await using local = await localAws()
    local.createRepository('team/web', {mutability: 'MUTABLE'})
    const world = testWorld()
    await createRepository({...missing, mutability: 'IMMUTABLE'}, local.aws, world)
    expect(world.lines).toEqual(['the repository team/web was made meanwhile'])
    expect(await described(local)).toMatchObject({imageTagMutability: 'MUTABLE'})
  })

  test('that may not be made ends the release with the statement that is missing', async () => {
    await using local = await localAws()
    local.emulator.faults.set([{operation: 'CreateRepository', fault: {kind: 'access-denied'}}])
    await expect(createRepository({...missing, mutability: 'IMMUTABLE'}, local.aws, testWorld())).rejects.toMatchObject(
      {
        message: expect.stringMatching(/ecr:CreateRepository.*creating the ECR repository team\/web/) as unknown,
        fix: expect.stringContaining('"Action": "ecr:CreateRepository"') as unknown
      }
    )
  })
})
