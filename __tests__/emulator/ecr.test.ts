import {createHash} from 'node:crypto'
import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  GetDownloadUrlForLayerCommand,
  ListImagesCommand,
  PutImageCommand,
  PutImageTagMutabilityCommand
} from '@aws-sdk/client-ecr'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {SteppedClock} from '../../emulator/clock.ts'
import {createEcr, type Ecr} from '../../emulator/ecr.ts'
import {seededRandom} from '../../emulator/ids.ts'
import {createEmulator, staticCredentials, type Emulator} from '../../emulator/server.ts'

const other = '444455556666'
const hour = 60 * 60 * 1000
const imageType = 'application/vnd.docker.distribution.manifest.v2+json'
const indexType = 'application/vnd.oci.image.index.v1+json'

let emulator: Emulator
let clock: SteppedClock
let ecr: Ecr
let client: ECRClient
let host: string

const region = 'eu-west-1'
const account = '111122223333'
const place = {account, region}
const user = `arn:aws:iam::${account}:user/deployer`

beforeEach(async () => {
  clock = new SteppedClock(Date.parse('2026-11-21T10:00:00Z'))
  emulator = await createEmulator({clock, account, region, unknownMembers: 'refuse'})
  host = new URL(emulator.url).host
  client = new ECRClient({region, endpoint: emulator.url, credentials: staticCredentials, maxAttempts: 1})
  const {journal, faults} = emulator
  const random = seededRandom(1)
  ecr = createEcr({clock, account, registryHost: () => host, scheme: 'http', random, journal, faults})
  emulator.add(ecr.service)
  emulator.route('/v2/', ecr.registry)
  emulator.route('/_layers/', ecr.layers)
  ecr.createRepository({...place, name: 'team/web'})
})

afterEach(async () => {
  client.destroy()
  await emulator.close()
  expect(emulator.defects).toEqual([])
})

function digestOf(bytes: string | Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

async function token(): Promise<string> {
  const {authorizationData = []} = await client.send(new GetAuthorizationTokenCommand({}))
  return authorizationData[0]?.authorizationToken ?? ''
}

interface Init {
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A request to the registry with a new token. */
async function visit(method: string, path: string, init: Init = {}): Promise<Response> {
  const headers = {authorization: `Basic ${await token()}`, ...init.headers}
  return fetch(new URL(path, `http://${host}`), {...init, method, headers})
}

async function pushBlob(repository: string, content: string): Promise<{digest: string; size: number}> {
  const started = await visit('POST', `/v2/${repository}/blobs/uploads/`)
  expect(started.status).toBe(202)
  const location = started.headers.get('location') ?? ''
  const part = await visit('PATCH', location, {body: content})
  expect([part.status, part.headers.get('range')]).toEqual([202, `0-${content.length - 1}`])
  const digest = digestOf(content)
  const finished = await visit('PUT', `${location}?digest=${encodeURIComponent(digest)}`)
  expect([finished.status, finished.headers.get('docker-content-digest')]).toEqual([201, digest])
  return {digest, size: content.length}
}

function putManifest(repository: string, reference: string, manifest: string, type = imageType): Promise<Response> {
  return visit('PUT', `/v2/${repository}/manifests/${reference}`, {body: manifest, headers: {'content-type': type}})
}

/** Pushes the blobs of an image that differs by `content`; the answer is its manifest. */
async function pushLayers(repository: string, content = 'one'): Promise<string> {
  const config = await pushBlob(repository, JSON.stringify({os: 'linux', architecture: 'arm64', comment: content}))
  const layer = await pushBlob(repository, `layer of ${content}`)
  return JSON.stringify({schemaVersion: 2, mediaType: imageType, config, layers: [layer]})
}

async function push(repository: string, tag: string, content?: string): Promise<Response> {
  return putManifest(repository, tag, await pushLayers(repository, content))
}

describe('repositories', () => {
  test('are described with the URI to push to', async () => {
    const {repositories} = await client.send(new DescribeRepositoriesCommand({repositoryNames: ['team/web']}))
    expect(repositories).toEqual([
      expect.objectContaining({
        repositoryArn: `arn:aws:ecr:${region}:${account}:repository/team/web`,
        registryId: account,
        repositoryUri: `${host}/team/web`,
        createdAt: new Date('2026-11-21T10:00:00Z'),
        imageTagMutability: 'MUTABLE'
      })
    ])
  })

  test('of another account have the account in their URI', async () => {
    ecr.createRepository({account: other, region, name: 'team/web', allowedAccounts: [account]})
    const command = new DescribeRepositoriesCommand({registryId: other, repositoryNames: ['team/web']})
    const {repositories = []} = await client.send(command)
    expect(repositories[0]?.repositoryUri).toBe(`${host}/${other}/team/web`)
    expect((await push(`${other}/team/web`, 'v1')).status).toBe(201)
    expect(ecr.images.resolve(`${host}/${other}/team/web:v1`)).toBeDefined()
    expect(ecr.images.resolve(`${host}/team/web:v1`)).toBeUndefined()
  })

  test('of another account need its permission', async () => {
    ecr.createRepository({account: other, region, name: 'theirs'})
    const command = new DescribeImagesCommand({registryId: other, repositoryName: 'theirs'})
    await expect(client.send(command)).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: ${user} is not authorized to perform: ecr:DescribeImages on resource: arn:aws:ecr:${region}:${other}:repository/theirs because no resource-based policy allows the ecr:DescribeImages action`
    })
  })

  test('that are missing, or there already, are errors in the words of ECR', async () => {
    await expect(client.send(new DescribeRepositoriesCommand({repositoryNames: ['x1']}))).rejects.toMatchObject({
      name: 'RepositoryNotFoundException',
      message: `The repository with name 'x1' does not exist in the registry with id '${account}'`
    })
    await expect(client.send(new CreateRepositoryCommand({repositoryName: 'team/web'}))).rejects.toMatchObject({
      name: 'RepositoryAlreadyExistsException',
      message: `The repository with name 'team/web' already exists in the registry with id '${account}'`
    })
  })

  test('of other regions are not seen', async () => {
    ecr.createRepository({account, region: 'us-east-1', name: 'far'})
    const {repositories = []} = await client.send(new DescribeRepositoriesCommand({}))
    expect(repositories.map(({repositoryName}) => repositoryName)).toEqual(['team/web'])
  })

  test.each(['Team/web', 'team//web', 'x', 'web-'])('cannot be called %s', async repositoryName => {
    await expect(client.send(new CreateRepositoryCommand({repositoryName}))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: expect.stringMatching(/^Invalid parameter at 'repositoryName' failed to satisfy constraint: '/)
    })
  })

  test('keep what they are made with', async () => {
    const settings = {
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: [{filterType: 'WILDCARD', filter: 'build-cache-*'}],
      imageScanningConfiguration: {scanOnPush: true},
      encryptionConfiguration: {encryptionType: 'KMS', kmsKey: 'alias/web'}
    } as const
    await client.send(
      new CreateRepositoryCommand({
        ...settings,
        repositoryName: 'second',
        imageTagMutabilityExclusionFilters: [...settings.imageTagMutabilityExclusionFilters]
      })
    )
    const {repositories} = await client.send(new DescribeRepositoriesCommand({repositoryNames: ['second']}))
    expect(repositories).toMatchObject([settings])
  })

  test('cannot except more than five patterns, nor be encrypted in ways that are not known', async () => {
    const filters = ['a', 'b', 'c', 'd', 'e', 'f'].map(filter => ({filterType: 'WILDCARD' as const, filter}))
    for (const bad of [
      {imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION' as const, imageTagMutabilityExclusionFilters: filters},
      {encryptionConfiguration: {encryptionType: 'ROT13' as never}}
    ]) {
      await expect(client.send(new CreateRepositoryCommand({repositoryName: 'second', ...bad}))).rejects.toMatchObject({
        name: 'InvalidParameterException'
      })
    }
  })

  test('are listed in pages', async () => {
    await client.send(new CreateRepositoryCommand({repositoryName: 'second'}))
    const first = await client.send(new DescribeRepositoriesCommand({maxResults: 1}))
    const rest = await client.send(new DescribeRepositoriesCommand({maxResults: 1, nextToken: first.nextToken}))
    const names = [...(first.repositories ?? []), ...(rest.repositories ?? [])].map(it => it.repositoryName)
    expect([names, rest.nextToken]).toEqual([['team/web', 'second'], undefined])
    for (const [parameter, bad] of [
      ['maxResults', {maxResults: 1001}],
      ['nextToken', {nextToken: 'guess'}]
    ] as const) {
      await expect(client.send(new DescribeRepositoriesCommand(bad))).rejects.toMatchObject({
        name: 'InvalidParameterException',
        message: expect.stringContaining(`Invalid parameter at '${parameter}' failed to satisfy constraint: '`)
      })
    }
  })
})

describe('authorization', () => {
  test('tokens are for the user AWS, for 12 hours', async () => {
    const {authorizationData = []} = await client.send(new GetAuthorizationTokenCommand({}))
    const [data] = authorizationData
    expect(Buffer.from(data?.authorizationToken ?? '', 'base64').toString()).toMatch(/^AWS:[\w+/=]{1000,}$/)
    expect(data?.expiresAt).toEqual(new Date('2026-11-21T22:00:00Z'))
    expect(data?.proxyEndpoint).toBe(`http://${host}`)
  })

  test('is asked for when it is missing', async () => {
    const answer = await fetch(`http://${host}/v2/`)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe(`Basic realm="http://${host}/",service="ecr.amazonaws.com"`)
    expect(await answer.text()).toBe('Not Authorized\n')
  })

  test('with a token opens the registry', async () => {
    const answer = await visit('GET', '/v2/')
    expect([answer.status, answer.headers.get('docker-distribution-api-version')]).toEqual([200, 'registry/2.0'])
  })

  test('with a token that was never issued is refused', async () => {
    const authorization = `Basic ${Buffer.from('AWS:guess').toString('base64')}`
    const answer = await visit('GET', '/v2/', {headers: {authorization}})
    expect([answer.status, await answer.json()]).toEqual([
      400,
      {errors: [{code: 'DENIED', message: 'Your Authorization Token is invalid.'}]}
    ])
  })

  test.each([401, 403] as const)('ends with the token, with status %d', async expiredTokenStatus => {
    ecr.behaviour.expiredTokenStatus = expiredTokenStatus
    const headers = {authorization: `Basic ${await token()}`}
    clock.advance(clock.now() + 12 * hour - 1)
    expect((await visit('GET', '/v2/', {headers})).status).toBe(200)
    clock.advance(clock.now() + 1)
    const answer = await visit('GET', '/v2/', {headers})
    expect([answer.status, await answer.json()]).toEqual([
      expiredTokenStatus,
      {errors: [{code: 'DENIED', message: 'Your authorization token has expired. Reauthenticate and try again.'}]}
    ])
  })

  test.each([
    [
      'access-denied',
      403,
      'DENIED',
      `User: ${user} is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:${region}:${account}:repository/team/web because no identity-based policy allows the ecr:InitiateLayerUpload action`
    ],
    ['expired-credentials', 403, 'DENIED', 'Your authorization token has expired. Reauthenticate and try again.'],
    ['throttling', 429, 'TOOMANYREQUESTS', 'Rate exceeded'],
    ['server-error', 500, 'UNKNOWN', 'Service Unavailable. Please try again later.']
  ] as const)('does not help against a fault: %s', async (kind, status, code, message) => {
    emulator.faults.set([{service: 'registry', operation: 'InitiateLayerUpload', times: 1, fault: {kind}}])
    const answer = await visit('POST', '/v2/team/web/blobs/uploads/')
    expect([answer.status, await answer.json()]).toEqual([status, {errors: [{code, message}]}])
    expect((await visit('POST', '/v2/team/web/blobs/uploads/')).status).toBe(202)
  })

  test.each([
    ['reset', false],
    ['answer-lost', true]
  ] as const)('does not help when the connection is cut: %s', async (kind, isDone) => {
    const manifest = await pushLayers('team/web')
    emulator.faults.set([{service: 'registry', operation: 'PutImage', fault: {kind}}])
    await expect(putManifest('team/web', 'v1', manifest)).rejects.toThrow('fetch failed')
    expect(emulator.journal.entries().at(-1)?.status).toBe('reset')
    expect(ecr.images.resolve(`${host}/team/web:v1`) !== undefined).toBe(isDone)
  })

  test.each([
    ['bad-gateway', 502, 'text/html', /^<html>[^]*502 Bad Gateway[^]*<\/html>\r\n$/],
    ['truncated', 200, 'application/json; charset=utf-8', /^\{"name":"team/]
  ] as const)('does not help against a broken answer: %s', async (kind, status, type, text) => {
    emulator.faults.set([{service: 'registry', fault: {kind}}])
    const answer = await visit('GET', '/v2/team/web/tags/list')
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, type])
    const body = await answer.text()
    expect(body).toMatch(text)
    expect(() => JSON.parse(body) as unknown).toThrow(SyntaxError)
  })

  test('can be slow on the clock of the emulator', async () => {
    emulator.faults.set([{service: 'registry', fault: {kind: 'delay', milliseconds: hour}}])
    expect((await visit('GET', '/v2/team/web/tags/list')).status).toBe(200)
    expect(clock.now()).toBe(Date.parse('2026-11-21T11:00:00Z'))
  })
})

describe('a push', () => {
  test('stores an image that the API knows by tag and digest', async () => {
    const manifest = await pushLayers('team/web')
    const digest = digestOf(manifest)
    const answer = await putManifest('team/web', 'v1', manifest)
    expect([answer.status, answer.headers.get('docker-content-digest')]).toEqual([201, digest])
    const acceptedMediaTypes = [imageType, indexType]
    const imageIds = [{imageTag: 'v1'}, {imageDigest: digest}]
    const command = new BatchGetImageCommand({repositoryName: 'team/web', imageIds, acceptedMediaTypes})
    const {images, failures} = await client.send(command)
    const common = {imageManifest: manifest, imageManifestMediaType: imageType, registryId: account}
    expect(images).toEqual([
      {...common, repositoryName: 'team/web', imageId: {imageDigest: digest, imageTag: 'v1'}},
      {...common, repositoryName: 'team/web', imageId: {imageDigest: digest}}
    ])
    expect(failures).toEqual([])
  })

  test('can be read back, and the pull is noted', async () => {
    const manifest = await pushLayers('team/web')
    await putManifest('team/web', 'v1', manifest)
    clock.advance(clock.now() + hour)
    const head = await visit('HEAD', '/v2/team/web/manifests/v1')
    expect(head.headers.get('docker-content-digest')).toBe(digestOf(manifest))
    expect(await (await visit('GET', `/v2/team/web/manifests/${digestOf(manifest)}`)).text()).toBe(manifest)
    const blob = await visit('GET', `/v2/team/web/blobs/${digestOf('layer of one')}`)
    expect([blob.redirected, await blob.text()]).toEqual([true, 'layer of one'])
    const {imageDetails} = await client.send(new DescribeImagesCommand({repositoryName: 'team/web'}))
    expect(imageDetails).toEqual([
      {
        registryId: account,
        repositoryName: 'team/web',
        imageDigest: digestOf(manifest),
        imageTags: ['v1'],
        imageSizeInBytes: 'layer of one'.length,
        imagePushedAt: new Date('2026-11-21T10:00:00Z'),
        lastRecordedPullTime: new Date('2026-11-21T11:00:00Z'),
        imageManifestMediaType: imageType,
        imageStatus: 'ACTIVE'
      }
    ])
  })

  test('can send a layer with the first request', async () => {
    const path = `/v2/team/web/blobs/uploads/?digest=${digestOf('all at once')}`
    expect((await visit('POST', path, {body: 'all at once'})).status).toBe(201)
    const head = await visit('HEAD', `/v2/team/web/blobs/${digestOf('all at once')}`)
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '11'])
  })

  test.each(['DISABLED', 'ENABLED'] as const)('with blob mounting %s', async blobMounting => {
    ecr.behaviour.blobMounting = blobMounting
    ecr.createRepository({...place, name: 'base'})
    const {digest} = await pushBlob('base', 'shared')
    const answer = await visit('POST', `/v2/team/web/blobs/uploads/?mount=${digest}&from=base`)
    const head = await visit('HEAD', `/v2/team/web/blobs/${digest}`)
    expect([answer.status, head.status]).toEqual(blobMounting === 'ENABLED' ? [201, 200] : [202, 404])
  })

  test('of a layer with another digest is refused', async () => {
    const answer = await visit('POST', `/v2/team/web/blobs/uploads/?digest=${digestOf('a')}`, {body: 'b'})
    expect([answer.status, await answer.json()]).toMatchObject([400, {errors: [{code: 'DIGEST_INVALID'}]}])
  })

  test('of a part that does not follow is refused', async () => {
    const location = (await visit('POST', '/v2/team/web/blobs/uploads/')).headers.get('location') ?? ''
    const answer = await visit('PATCH', location, {body: 'x', headers: {'content-range': '5-5'}})
    expect([answer.status, await answer.json()]).toMatchObject([416, {errors: [{code: 'BLOB_UPLOAD_INVALID'}]}])
  })

  test('into a missing repository is refused', async () => {
    const answer = await visit('POST', '/v2/nowhere/blobs/uploads/')
    const message = `The repository with name 'nowhere' does not exist in the registry with id '${account}'`
    expect([answer.status, await answer.json()]).toEqual([404, {errors: [{code: 'NAME_UNKNOWN', message}]}])
  })

  test('of an image whose layers are missing is refused', async () => {
    const missing = {digest: digestOf('missing'), size: 7}
    const manifest = JSON.stringify({schemaVersion: 2, config: missing, layers: []})
    const answer = await putManifest('team/web', 'v1', manifest)
    expect([answer.status, await answer.json()]).toMatchObject([400, {errors: [{code: 'MANIFEST_BLOB_UNKNOWN'}]}])
  })

  test('of an index whose images are missing is refused', async () => {
    const manifests = [{digest: digestOf('missing'), size: 7}]
    const answer = await putManifest('team/web', 'v1', JSON.stringify({schemaVersion: 2, manifests}), indexType)
    const message = `Images with digests '[${digestOf('missing')}]' required for pushing image into repository with name 'team/web' in the registry with id '${account}' do not exist`
    expect([answer.status, await answer.json()]).toEqual([400, {errors: [{code: 'MANIFEST_BLOB_UNKNOWN', message}]}])
  })

  test.each([
    ['no JSON', 'sha256', imageType],
    ['another format', '{}', 'application/vnd.docker.distribution.manifest.v1+json'],
    ['an index of nothing', '{}', indexType]
  ])('of a manifest that is %s is refused', async (_, manifest, type) => {
    const answer = await putManifest('team/web', 'v1', manifest, type)
    expect([answer.status, await answer.json()]).toMatchObject([400, {errors: [{code: 'MANIFEST_INVALID'}]}])
  })

  test('under a digest that is not its own is refused', async () => {
    const answer = await putManifest('team/web', digestOf('other'), await pushLayers('team/web'))
    expect([answer.status, await answer.json()]).toMatchObject([400, {errors: [{code: 'DIGEST_INVALID'}]}])
  })

  test('is in the journal', async () => {
    await push('team/web', 'v1')
    const requests = emulator.journal.entries().filter(({service}) => service === 'registry')
    expect(requests.at(-1)).toMatchObject({
      operation: 'PUT /v2/team/web/manifests/v1',
      caller: user,
      region,
      status: 201
    })
    await fetch(`http://${host}/v2/`)
    expect(emulator.journal.entries().at(-1)).toMatchObject({operation: 'GET /v2/', status: 401, error: 'UNAUTHORIZED'})
  })
})

describe('a tag', () => {
  const refusal = (tag: string, repository: string): string =>
    `The image tag '${tag}' already exists in the '${repository}' repository and cannot be overwritten because the repository is immutable.`

  test.each([
    ['MUTABLE', [], 'v1', 'latest'],
    ['MUTABLE_WITH_EXCLUSION', ['v*'], 'latest', 'v1'],
    ['IMMUTABLE_WITH_EXCLUSION', ['v*'], 'v1', 'latest']
  ] as const)('of a repository that is %s', async (mutability, exclusions, movable, fixed) => {
    ecr.createRepository({...place, name: 'tags', mutability, exclusions})
    const statuses = []
    for (const tag of [movable, fixed]) {
      await push('tags', tag, 'one')
      statuses.push((await push('tags', tag, 'two')).status)
    }
    expect(statuses).toEqual([201, mutability === 'MUTABLE' ? 201 : 400])
  })

  test('of an immutable repository stays, in the words of ECR', async () => {
    ecr.createRepository({...place, name: 'fixed', mutability: 'IMMUTABLE'})
    await push('fixed', 'v1', 'one')
    const answer = await push('fixed', 'v1', 'two')
    const message = refusal('v1', 'fixed')
    expect([answer.status, await answer.json()]).toEqual([400, {errors: [{code: 'TAG_INVALID', message}]}])
    expect((await push('fixed', 'v2', 'two')).status).toBe(201)
  })

  test.each([
    ['accepted', 201],
    ['refused', 400]
  ] as const)('of an immutable repository and the same image: %s', async (sameImageUnderImmutableTag, status) => {
    ecr.behaviour.sameImageUnderImmutableTag = sameImageUnderImmutableTag
    ecr.createRepository({...place, name: 'fixed', mutability: 'IMMUTABLE'})
    await push('fixed', 'v1')
    expect((await push('fixed', 'v1')).status).toBe(status)
  })

  test('can become immutable', async () => {
    await push('team/web', 'v1', 'one')
    const repositoryName = 'team/web'
    await client.send(new PutImageTagMutabilityCommand({repositoryName, imageTagMutability: 'IMMUTABLE'}))
    expect((await push('team/web', 'v1', 'two')).status).toBe(400)
    const lacking = new PutImageTagMutabilityCommand({repositoryName, imageTagMutability: 'MUTABLE_WITH_EXCLUSION'})
    await expect(client.send(lacking)).rejects.toMatchObject({name: 'InvalidParameterException'})
    const filters = [{filterType: 'WILDCARD' as const, filter: 'v*'}]
    const excluding = {
      imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      imageTagMutabilityExclusionFilters: filters
    } as const
    const answer = await client.send(new PutImageTagMutabilityCommand({repositoryName, ...excluding}))
    expect(answer).toMatchObject(excluding)
    expect((await push('team/web', 'v1', 'two')).status).toBe(201)
  })

  test('can be added without a push', async () => {
    const manifest = await pushLayers('team/web')
    await putManifest('team/web', 'v1', manifest)
    const put = {repositoryName: 'team/web', imageManifest: manifest, imageManifestMediaType: imageType}
    const {image} = await client.send(new PutImageCommand({...put, imageTag: 'latest'}))
    expect(image?.imageId).toEqual({imageDigest: digestOf(manifest), imageTag: 'latest'})
    await expect(client.send(new PutImageCommand({...put, imageTag: 'latest'}))).rejects.toMatchObject({
      name: 'ImageAlreadyExistsException',
      message: `Image with digest '${digestOf(manifest)}' and tag 'latest' already exists in the repository with name 'team/web' in registry with id '${account}'`
    })
    const list = await visit('GET', '/v2/team/web/tags/list')
    expect(await list.json()).toEqual({name: 'team/web', tags: ['v1', 'latest']})
  })

  test('is refused by PutImage like by a push', async () => {
    ecr.createRepository({...place, name: 'fixed', mutability: 'IMMUTABLE'})
    await push('fixed', 'v1', 'one')
    const imageManifest = await pushLayers('fixed', 'two')
    const put = {repositoryName: 'fixed', imageManifest, imageTag: 'v1'}
    await expect(client.send(new PutImageCommand(put))).rejects.toMatchObject({
      name: 'ImageTagAlreadyExistsException',
      message: refusal('v1', 'fixed')
    })
    await expect(client.send(new PutImageCommand({...put, imageDigest: digestOf('x')}))).rejects.toMatchObject({
      name: 'ImageDigestDoesNotMatchException'
    })
  })

  test.each([
    ['config', 'LayersNotFoundException', imageType],
    ['manifests', 'ReferencedImagesNotFoundException', indexType]
  ])('is not put on an image whose %s is missing', async (member, name, mediaType) => {
    const missing = {digest: digestOf('missing'), size: 1}
    const content = {mediaType, layers: [], [member]: member === 'config' ? missing : [missing]}
    const put = {repositoryName: 'team/web', imageManifest: JSON.stringify(content)}
    await expect(client.send(new PutImageCommand(put))).rejects.toMatchObject({name})
  })

  test('that is missing is a failure of a batch, and an error otherwise', async () => {
    const digest = ecr.putImage({...place, name: 'team/web'}, 'v1', ['linux/amd64'])
    const repositoryName = 'team/web'
    const imageIds = [{imageTag: 'x'}, {imageTag: 'v1', imageDigest: digestOf('x')}, {imageDigest: 'x'}, {}]
    const {images, failures = []} = await client.send(new BatchGetImageCommand({repositoryName, imageIds}))
    expect(images).toEqual([])
    expect(failures[0]).toEqual({
      imageId: {imageTag: 'x'},
      failureCode: 'ImageNotFound',
      failureReason: 'Requested image not found'
    })
    const codes = failures.slice(1).map(({failureCode}) => failureCode)
    expect(codes).toEqual(['ImageTagDoesNotMatchDigest', 'InvalidImageDigest', 'MissingDigestAndTag'])
    const found = {repositoryName, imageIds: [{imageDigest: digest}], acceptedMediaTypes: [indexType]}
    expect((await client.send(new BatchGetImageCommand(found))).failures).toHaveLength(1)
    await expect(
      client.send(new DescribeImagesCommand({repositoryName, imageIds: [{imageTag: 'x'}]}))
    ).rejects.toMatchObject({
      name: 'ImageNotFoundException',
      message: `The image with imageId {imageDigest:'null', imageTag:'x'} does not exist within the repository with name 'team/web' in the registry with id '${account}'`
    })
    const answer = await visit('GET', '/v2/team/web/manifests/x')
    const error = {code: 'MANIFEST_UNKNOWN', message: 'Requested image not found'}
    expect([answer.status, await answer.json()]).toEqual([404, {errors: [error]}])
  })
})

describe('images', () => {
  const web = {...place, name: 'team/web'}
  const repositoryName = 'team/web'

  test('are listed in pages, and by whether they have a tag', async () => {
    const single = ecr.putImage(web, 'v1', ['linux/amd64'])
    const index = ecr.putImage(web, 'v2', ['linux/amd64', 'linux/arm64'])
    const tagged = {repositoryName, filter: {tagStatus: 'TAGGED'}} as const
    expect((await client.send(new ListImagesCommand(tagged))).imageIds).toEqual([
      {imageDigest: single, imageTag: 'v1'},
      {imageDigest: index, imageTag: 'v2'}
    ])
    const untagged = {repositoryName, filter: {tagStatus: 'UNTAGGED'}} as const
    expect((await client.send(new DescribeImagesCommand(untagged))).imageDetails).toHaveLength(2)
    const first = await client.send(new ListImagesCommand({repositoryName, maxResults: 3}))
    const rest = await client.send(new ListImagesCommand({repositoryName, nextToken: first.nextToken}))
    expect([first.imageIds?.length, rest.imageIds?.length]).toEqual([3, 1])
    await expect(
      client.send(new DescribeImagesCommand({repositoryName, imageIds: [{imageTag: 'v1'}], maxResults: 3}))
    ).rejects.toMatchObject({name: 'InvalidParameterException'})
  })

  test.each([
    ['answered', ['ours', 'index']],
    ['not-found', ['ours']]
  ] as const)('of media types that a request does not name: an index is %s', async (behaviour, found) => {
    ecr.behaviour.indexForUnnamedMediaTypes = behaviour
    ecr.putImage(web, 'ours', ['linux/amd64'])
    ecr.putImage(web, 'index', ['linux/amd64', 'linux/arm64'])
    const asked = {repositoryName, imageIds: [{imageTag: 'ours'}, {imageTag: 'index'}]}
    const {images = [], failures = []} = await client.send(new BatchGetImageCommand(asked))
    expect(images.map(({imageId}) => imageId?.imageTag)).toEqual(found)
    expect(failures.map(({failureCode}) => failureCode)).toEqual(behaviour === 'answered' ? [] : ['ImageNotFound'])
    const named = await client.send(new BatchGetImageCommand({...asked, acceptedMediaTypes: [indexType]}))
    expect(named.images?.map(({imageId}) => imageId?.imageTag)).toEqual(['index'])
  })

  test('go with their last tag, but not while an index needs them', async () => {
    ecr.putImage(web, 'v1', ['linux/amd64', 'linux/arm64'])
    const {imageIds = []} = await client.send(new ListImagesCommand({repositoryName}))
    const child = imageIds.find(({imageTag}) => imageTag === undefined) ?? {}
    const refused = await client.send(new BatchDeleteImageCommand({repositoryName, imageIds: [child]}))
    expect(refused.failures).toMatchObject([{failureCode: 'ImageReferencedByManifestList'}])
    const both = [{imageTag: 'v1'}, child]
    const deleted = await client.send(new BatchDeleteImageCommand({repositoryName, imageIds: both}))
    expect([deleted.imageIds?.length, deleted.failures]).toEqual([2, []])
    expect(ecr.images.resolve(`${host}/team/web:v1`)).toBeUndefined()
  })

  test('have layers that can be asked for and fetched without credentials, for an hour', async () => {
    const {digest: layerDigest} = await pushBlob('team/web', 'a layer')
    const layerDigests = [layerDigest, digestOf('x'), 'x']
    const checked = await client.send(new BatchCheckLayerAvailabilityCommand({repositoryName, layerDigests}))
    const availability = checked.layers?.map(layer => [layer.layerAvailability, layer.layerSize])
    expect(availability).toEqual([
      ['AVAILABLE', 7],
      ['UNAVAILABLE', undefined]
    ])
    expect(checked.failures).toMatchObject([{layerDigest: 'x', failureCode: 'InvalidLayerDigest'}])
    const command = new GetDownloadUrlForLayerCommand({repositoryName, layerDigest})
    const {downloadUrl = ''} = await client.send(command)
    expect(await (await fetch(downloadUrl)).text()).toBe('a layer')
    expect((await fetch(downloadUrl.replace(/Signature=.*/, 'Signature=x'))).status).toBe(403)
    const operation = `GET /_layers/${layerDigest}`
    expect(emulator.journal.entries().slice(-2)).toMatchObject([
      {service: 'registry', operation, status: 200},
      {service: 'registry', operation, status: 403}
    ])
    clock.advance(clock.now() + hour)
    expect((await fetch(downloadUrl)).status).toBe(403)
    await expect(
      client.send(new GetDownloadUrlForLayerCommand({repositoryName, layerDigest: digestOf('x')}))
    ).rejects.toMatchObject({name: 'LayersNotFoundException'})
  })

  test('are found by every form of reference', () => {
    const digest = ecr.putImage(web, 'v1', ['linux/amd64'])
    const found = {digest, platforms: ['linux/amd64']}
    for (const image of [`team/web:v1`, `team/web@${digest}`, `team/web:gone@${digest}`]) {
      expect(ecr.images.resolve(`${host}/${image}`)).toEqual(found)
      expect(ecr.images.resolve(`${account}.dkr.ecr.${region}.amazonaws.com/${image}`)).toEqual(found)
    }
    const images = [`${host}/team/web`, `${host}/team/web:v2`, `${account}.dkr.ecr.us-east-1.amazonaws.com/team/web:v1`]
    for (const image of [...images, 'ghcr.io/team/web:v1', 'team/web:v1', '']) {
      expect(ecr.images.resolve(image)).toBeUndefined()
    }
  })

  test('of an index run on its platforms; an attestation is no platform', async () => {
    const manifest = await pushLayers('team/web')
    await putManifest('team/web', digestOf(manifest), manifest)
    const child = {mediaType: imageType, digest: digestOf(manifest), size: manifest.length}
    const annotations = {'vnd.docker.reference.type': 'attestation-manifest'}
    const manifests = [
      child,
      {...child, platform: {os: 'linux', architecture: 'amd64'}},
      {...child, platform: {os: 'unknown', architecture: 'unknown'}, annotations}
    ]
    await putManifest('team/web', 'v1', JSON.stringify({schemaVersion: 2, manifests}), indexType)
    expect(ecr.images.resolve(`${host}/team/web:v1`)?.platforms).toEqual(['linux/arm64', 'linux/amd64'])
  })
})
