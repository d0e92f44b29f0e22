import {createHash} from 'node:crypto'
import {PutImageCommand} from '@aws-sdk/client-ecr'
import {describe, expect, test} from '@jest/globals'
import {authorize} from '../../src/image/authorization.ts'
import {BUILD_LABEL} from '../../src/image/arguments.ts'
import {type EarlierPush, findPushed} from '../../src/image/existing.ts'
import type {EcrRepository} from '../../src/image/repository.ts'
import {type LocalAws, localAws, testWorld} from './support.ts'

const web = {account: '111122223333', region: 'eu-central-1', name: 'web'}

async function stage(
  mutability: 'MUTABLE' | 'IMMUTABLE'
): Promise<{local: LocalAws; push: EarlierPush} & AsyncDisposable> {
  const local = await localAws()
  local.createRepository('web', {mutability})
  const {host} = local
  const repository: EcrRepository = {
    name: 'web',
    region: 'eu-central-1',
    host,
    uri: `${host}/web`,
    mutability,
    mutabilityExceptions: []
  }
  const push = {repository, tag: 'v1', furtherTags: [], mark: undefined, attempt: 2, noCache: false}
  return {local, push, [Symbol.asyncDispose]: () => local[Symbol.asyncDispose]()}
}

/** Pushes an image with a mark in its configuration, over the registry's own protocol. */
async function pushMarked({aws, host}: LocalAws, token: string, mark: string): Promise<string> {
  const config = Buffer.from(
    JSON.stringify({architecture: 'amd64', os: 'linux', config: {Labels: {[BUILD_LABEL]: mark}}})
  )
  const digest = `sha256:${createHash('sha256').update(config).digest('hex')}`
  const authorization = `Basic ${token}`
  const started = await fetch(`http://${host}/v2/web/blobs/uploads/`, {method: 'POST', headers: {authorization}})
  const place = new URL(started.headers.get('location') ?? '', `http://${host}`)
  place.searchParams.set('digest', digest)
  const stored = await fetch(place, {
    method: 'PUT',
    headers: {authorization, 'content-type': 'application/octet-stream'},
    body: config
  })
  expect(stored.status).toBe(201)
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {mediaType: 'application/vnd.oci.image.config.v1+json', size: config.length, digest},
    layers: []
  }
  const {image} = await aws
    .ecr('eu-central-1')
    .send(new PutImageCommand({repositoryName: 'web', imageTag: 'v1', imageManifest: JSON.stringify(manifest)}))
  return image?.imageId?.imageDigest ?? ''
}

async function tokenOf({aws}: LocalAws): Promise<string> {
  return (await authorize('eu-central-1', aws, testWorld())).token
}

describe('under a unique tag', () => {
  test.each([
    [2, 'reusing the image pushed by attempt 1; `no-cache` rebuilds'],
    [3, 'reusing the image pushed by an earlier attempt; `no-cache` rebuilds']
  ])('attempt %i takes what is there', async (attempt, line) => {
    await using staged = await stage('IMMUTABLE')
    const {local, push} = staged
    const digest = local.ecr.putImage(web, 'v1', ['linux/amd64'])
    const world = testWorld()
    expect(await findPushed({...push, attempt}, local.aws, world)).toBe(digest)
    expect(world.lines).toEqual([line])
  })

  test('attempt 1 of a mutable repository does not even look', async () => {
    await using staged = await stage('MUTABLE')
    const {local, push} = staged
    expect(await findPushed({...push, attempt: 1}, local.aws, testWorld())).toBeUndefined()
    expect(local.emulator.journal.entries()).toEqual([])
  })

  test('a re-run whose first attempt did not get that far builds', async () => {
    await using staged = await stage('IMMUTABLE')
    expect(await findPushed(staged.push, staged.local.aws, testWorld())).toBeUndefined()
  })

  test('a re-run that may not look says so and builds', async () => {
    await using staged = await stage('IMMUTABLE')
    const {local, push} = staged
    local.ecr.putImage(web, 'v1', ['linux/amd64'])
    local.emulator.faults.set([{operation: 'BatchGetImage', fault: {kind: 'access-denied'}}])
    const world = testWorld()
    expect(await findPushed(push, local.aws, world)).toBeUndefined()
    expect(world.lines).toEqual(['image in ECR not checked: missing ecr:BatchGetImage'])
  })
})

describe('under a tag that the user gave', () => {
  const taken =
    'The tag v1 is taken in the repository web, whose tags are immutable: leave the tag out of `image-tag` and `tags` for a unique one, or release the image that has it with `image`.'

  test('a re-run takes the image with its mark', async () => {
    await using staged = await stage('IMMUTABLE')
    const {local, push} = staged
    const digest = await pushMarked(local, await tokenOf(local), 'ours')
    expect(await findPushed({...push, mark: 'ours'}, local.aws, testWorld())).toBe(digest)
  })

  test('no run takes an image with another mark, and one that is there for good ends the release', async () => {
    await using staged = await stage('IMMUTABLE')
    const {local, push} = staged
    await pushMarked(local, await tokenOf(local), 'of another run')
    await expect(findPushed({...push, mark: 'ours'}, local.aws, testWorld())).rejects.toMatchObject({
      message: taken,
      fix: `with:\n  image: ${local.host}/web:v1`
    })
  })

  test('an image with another mark is replaced where tags can move', async () => {
    await using staged = await stage('MUTABLE')
    const {local, push} = staged
    await pushMarked(local, await tokenOf(local), 'of another run')
    expect(await findPushed({...push, mark: 'ours'}, local.aws, testWorld())).toBeUndefined()
  })

  test('without a right to read the mark, the image is not taken', async () => {
    await using staged = await stage('MUTABLE')
    const {local, push} = staged
    await pushMarked(local, await tokenOf(local), 'ours')
    local.emulator.faults.set([{operation: 'GetDownloadUrlForLayer', fault: {kind: 'access-denied'}}])
    const world = testWorld()
    expect(await findPushed({...push, mark: 'ours'}, local.aws, world)).toBeUndefined()
    expect(world.lines).toEqual(['build and platform of an image not checked: missing ecr:GetDownloadUrlForLayer'])
  })

  test('an image whose mark cannot be downloaded is not taken, and fails nothing', async () => {
    await using staged = await stage('MUTABLE')
    const {local, push} = staged
    await pushMarked(local, await tokenOf(local), 'ours')
    local.emulator.route('/_layers/', (_, response) => {
      response.writeHead(503).end()
      return Promise.resolve()
    })
    const world = testWorld()
    expect(await findPushed({...push, mark: 'ours'}, local.aws, world)).toBeUndefined()
    expect(world.lines).toEqual([
      `which build web:v1 is from could not be read, so it is not reused: Downloading from ${local.host} was answered with 503`
    ])
  })

  test('the first attempt ends before the build when the tag is there for good', async () => {
    await using staged = await stage('IMMUTABLE')
    const {local, push} = staged
    local.ecr.putImage(web, 'v1', ['linux/amd64'])
    await expect(findPushed({...push, mark: 'ours', attempt: 1}, local.aws, testWorld())).rejects.toThrow(taken)
  })

  test('no-cache takes nothing', async () => {
    await using staged = await stage('MUTABLE')
    const {local, push} = staged
    await pushMarked(local, await tokenOf(local), 'ours')
    expect(await findPushed({...push, mark: 'ours', noCache: true}, local.aws, testWorld())).toBeUndefined()
  })
})

test('a further tag that is there for good ends the release before the build', async () => {
  await using staged = await stage('IMMUTABLE')
  const {local, push} = staged
  local.ecr.putImage(web, 'latest', ['linux/amd64'])
  await expect(findPushed({...push, attempt: 1, furtherTags: ['latest']}, local.aws, testWorld())).rejects.toThrow(
    /^The tag latest is taken in the repository web, whose tags are immutable: /
  )
})
