import {describe, expect, test} from '@jest/globals'
import {authorize} from '../../src/image/authorization.ts'
import {
  describeRepository,
  isImmutable,
  parseEcrHost,
  parseImage,
  parseRepository,
  type EcrRepository
} from '../../src/image/repository.ts'
import {localAws, testWorld} from './support.ts'

const digest = `sha256:${'a'.repeat(64)}`

describe('an image reference', () => {
  test.each([
    ['nginx', {repository: 'nginx'}],
    ['nginx:1.27', {repository: 'nginx', tag: '1.27'}],
    ['acme/web@' + digest, {repository: 'acme/web', digest}],
    [`ghcr.io/acme/web:v1@${digest}`, {host: 'ghcr.io', repository: 'acme/web', tag: 'v1', digest}],
    ['localhost/web', {host: 'localhost', repository: 'web'}],
    ['127.0.0.1:4566/team/web:v1', {host: '127.0.0.1:4566', repository: 'team/web', tag: 'v1'}],
    [
      '111122223333.dkr.ecr.eu-central-1.amazonaws.com/team/web:v1',
      {host: '111122223333.dkr.ecr.eu-central-1.amazonaws.com', repository: 'team/web', tag: 'v1'}
    ]
  ])('%s', (reference, parts) => {
    expect(parseImage(reference)).toEqual(parts)
  })

  test.each([
    '',
    '<IMAGE1_NAME>',
    '${IMAGE}',
    'Web',
    '-web',
    '--push',
    'web:',
    'web:-v1',
    'web@sha256:abc',
    'a b',
    'a\nb'
  ])('%j is none', reference => {
    expect(parseImage(reference)).toBeUndefined()
  })
})

describe('the host of a private ECR registry', () => {
  test.each([
    ['111122223333.dkr.ecr.eu-central-1.amazonaws.com', 'eu-central-1'],
    ['111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
    ['111122223333.dkr-ecr.eu-west-1.on.aws', 'eu-west-1'],
    ['111122223333.dkr-ecr-fips.us-east-1.on.aws', 'us-east-1'],
    ['111122223333.dkr.ecr.eusc-de-east-1.amazonaws.eu', 'eusc-de-east-1'],
    ['111122223333.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn', 'cn-north-1'],
    ['111122223333.dkr.ecr.us-iso-east-1.c2s.ic.gov', 'us-iso-east-1']
  ])('%s', (host, region) => {
    expect(parseEcrHost(host)).toEqual({registryId: '111122223333', region})
  })

  test.each([
    'public.ecr.aws',
    'ghcr.io',
    '111122223333.dkr.ecr.eu-west-1.amazonaws.com.evil.example',
    '111122223333.dkr.ecr.eu-west-1.amazonaws.com.cn',
    'x.amazonaws.com'
  ])('%s is none', host => {
    expect(parseEcrHost(host)).toBeUndefined()
  })
})

describe('the input repository', () => {
  const host = '111122223333.dkr.ecr.eu-west-1.amazonaws.com'
  test.each([
    ['team/web', {name: 'team/web'}],
    [`${host}/team/web`, {name: 'team/web', host, registryId: '111122223333', region: 'eu-west-1'}],
    [
      'arn:aws-cn:ecr:cn-north-1:111122223333:repository/team/web',
      {name: 'team/web', registryId: '111122223333', region: 'cn-north-1'}
    ]
  ])('%s', (input, wanted) => {
    expect(parseRepository(input)).toEqual(wanted)
  })

  test.each(['web:latest', `${host}/web@${digest}`, 'Web', 'arn:aws:ecs:eu-west-1:111122223333:service/web'])(
    '%s is refused',
    input => {
      expect(() => parseRepository(input)).toThrow(
        `The input \`repository\` is \`${input}\`, which is no ECR repository: give its name, URI or ARN, without a tag.`
      )
    }
  )
})

describe('in the registry', () => {
  test('is found, with what AWS knows of it', async () => {
    await using local = await localAws()
    local.createRepository('team/web', {mutability: 'IMMUTABLE'})
    const world = testWorld()
    const authorization = authorize(local.aws.region, local.aws, world)
    expect(await describeRepository({name: 'team/web'}, authorization, local.aws, world)).toEqual({
      name: 'team/web',
      region: 'eu-central-1',
      registryId: '111122223333',
      arn: 'arn:aws:ecr:eu-central-1:111122223333:repository/team/web',
      host: local.host,
      uri: `${local.host}/team/web`,
      mutability: 'IMMUTABLE',
      mutabilityExceptions: []
    })
    // The token and the password in it, before anything could print them.
    const {token} = await authorization
    expect(world.hidden).toEqual([token, Buffer.from(token, 'base64').toString().slice('AWS:'.length)])
  })

  test('is addressed through the host of the token when it may not be described', async () => {
    await using local = await localAws()
    local.emulator.faults.set([{operation: 'DescribeRepositories', fault: {kind: 'access-denied'}}])
    const world = testWorld()
    const authorization = authorize(local.aws.region, local.aws, world)
    const repository = await describeRepository({name: 'team/web'}, authorization, local.aws, world)
    expect(repository.uri).toBe(`${local.host}/team/web`)
    expect(repository.mutability).toBeUndefined()
    expect(world.lines).toEqual(['ECR repository not checked: missing ecr:DescribeRepositories'])
  })

  test('of another account is never taken for one of the caller’s own', async () => {
    await using local = await localAws()
    local.emulator.faults.set([{operation: 'DescribeRepositories', fault: {kind: 'access-denied'}}])
    const world = testWorld()
    const authorization = authorize(local.aws.region, local.aws, world)
    const wanted = parseRepository('arn:aws:ecr:eu-central-1:444455556666:repository/team/web')
    await expect(describeRepository(wanted, authorization, local.aws, world)).rejects.toThrow(
      'The repository team/web of account 444455556666 may not be read (ecr:DescribeRepositories): give its URI in the input `repository`, or let the role read it.'
    )
    const own = parseRepository('arn:aws:ecr:eu-central-1:111122223333:repository/team/web')
    expect((await describeRepository(own, authorization, local.aws, world)).uri).toBe(`${local.host}/team/web`)
  })

  test('missing, says where and how to create it', async () => {
    await using local = await localAws()
    const world = testWorld()
    const authorization = authorize(local.aws.region, local.aws, world)
    await expect(describeRepository({name: 'team/web'}, authorization, local.aws, world)).rejects.toMatchObject({
      message:
        'There is no ECR repository team/web in eu-central-1 of account 111122223333: create it, or correct its name, the region or the account.',
      fix: 'aws ecr create-repository --repository-name team/web --region eu-central-1 --image-tag-mutability IMMUTABLE'
    })
  })

  test('of another kind is refused before the token could reach it', async () => {
    await using local = await localAws()
    const world = testWorld()
    const authorization = authorize(local.aws.region, local.aws, world)
    const wanted = parseRepository('ghcr.io/acme/web')
    await expect(describeRepository(wanted, authorization, local.aws, world)).rejects.toThrow(
      'The repository ghcr.io/acme/web is not in ECR: give the name, URI or ARN of an ECR repository in the input `repository`.'
    )
  })
})

describe('a tag is immutable', () => {
  const repository: EcrRepository = {
    name: 'web',
    region: 'eu-west-1',
    host: 'h',
    uri: 'h/web',
    mutabilityExceptions: []
  }
  test.each([
    ['MUTABLE', [], false],
    ['IMMUTABLE', [], true],
    ['IMMUTABLE_WITH_EXCLUSION', ['latest', 'cache*'], true],
    ['IMMUTABLE_WITH_EXCLUSION', ['v1*'], false],
    ['MUTABLE_WITH_EXCLUSION', ['v*.0'], true],
    ['MUTABLE_WITH_EXCLUSION', ['v1.4'], false]
  ] as const)('in a repository %s %j: %s', (mutability, mutabilityExceptions, immutable) => {
    expect(isImmutable({...repository, mutability, mutabilityExceptions}, 'v1.4.0')).toBe(immutable)
  })

  test('or that is not known', () => {
    expect(isImmutable(repository, 'v1.4.0')).toBeUndefined()
  })
})
