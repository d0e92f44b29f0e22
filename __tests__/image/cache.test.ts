import {describe, expect, test} from '@jest/globals'
import {buildx} from '../../src/image/builders/buildx.ts'
import {engine} from '../../src/image/builders/engine.ts'
import {podman} from '../../src/image/builders/podman.ts'
import {cachePlace, planCache} from '../../src/image/cache.ts'
import type {EcrRepository} from '../../src/image/repository.ts'
import type {BuildInputs} from '../../src/workflow/inputs.ts'
import {buildInputs, type LocalAws, localAws, testWorld} from './support.ts'

const host = '111122223333.dkr.ecr.eu-central-1.amazonaws.com'

function repositoryAt(host: string, changes: Partial<EcrRepository> = {}): EcrRepository {
  const name = 'team/web'
  return {name, region: 'eu-central-1', host, uri: `${host}/${name}`, mutabilityExceptions: [], ...changes}
}

describe('where the cache is', () => {
  const place = (input: string, build: Partial<BuildInputs> = {}, matrix = 'null') =>
    cachePlace(input, buildInputs(build), {repository: repositoryAt(host), matrix})
  const ownTag: unknown = expect.stringMatching(/^build-cache-[0-9a-f]{8}$/)

  test.each([
    ['ecr', {name: 'team/web', tag: ownTag}],
    ['team/cache', {name: 'team/cache', tag: ownTag}],
    ['team/cache:main', {name: 'team/cache', tag: 'main'}],
    [`${host}/team/cache`, {name: 'team/cache', tag: ownTag}],
    [`${host}/team/cache:main`, {name: 'team/cache', tag: 'main'}],
    ['ecr:main', {name: 'ecr', tag: 'main'}]
  ])('%s', (input, expected) => {
    expect(place(input)).toEqual(expected)
  })

  test('stays the same from build to build', () => {
    expect(place('ecr', {buildArgs: [{name: 'VERSION', value: '2'}], noCache: true})).toEqual(place('ecr'))
  })

  test('is another for each build that a repository may have several of', () => {
    const tags = [
      place('ecr'),
      place('ecr', {context: 'api'}),
      place('ecr', {file: 'Dockerfile.api'}),
      place('ecr', {target: 'api'}),
      place('ecr', {platforms: ['linux/arm64']}),
      place('ecr', {}, '{"service":"api"}')
    ].map(({tag}) => tag)
    expect(new Set(tags).size).toBe(tags.length)
  })

  test.each(['true', 'type=gha', 'ghcr.io/team/cache', '../x', `team/cache@sha256:${'a'.repeat(64)}`])(
    'cannot be %s',
    input => {
      expect(() => place(input)).toThrow(
        `The input \`cache\` is \`${input}\`: set it to \`ecr\` for the repository of the image, or to another repository in ${host}, with or without a tag.`
      )
    }
  )
})

describe('the plan', () => {
  const able = buildx('0.30.1')

  async function plan(
    local: LocalAws,
    build: Partial<BuildInputs>,
    changes: Partial<EcrRepository> = {},
    builder = able,
    world = testWorld()
  ) {
    const repository = repositoryAt(local.host, changes)
    const authorization = {host: local.host, token: ''}
    const given = buildInputs(build)
    const planned = await planCache(given, {builder, repository, authorization, matrix: 'null'}, local.aws, world)
    return {planned, changed: planned !== given, lines: world.lines}
  }

  test('is none without the input', async () => {
    await using local = await localAws()
    expect(await plan(local, {cacheTo: ['type=gha']})).toMatchObject({changed: false, lines: []})
  })

  test('is written as ECR takes it, beside what the inputs say', async () => {
    await using local = await localAws()
    local.createRepository('team/cache')
    const {planned, lines} = await plan(local, {
      cache: 'team/cache:main',
      cacheFrom: ['type=gha'],
      cacheTo: ['type=gha']
    })
    const ref = `type=registry,ref=${local.host}/team/cache:main`
    expect(planned.cacheFrom).toEqual(['type=gha', ref])
    expect(planned.cacheTo).toEqual([
      'type=gha',
      `${ref},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true`
    ])
    expect(lines).toEqual([`cache: ${local.host}/team/cache:main`])
  })

  test.each([
    [buildx('0.30.1', 'the builder did not answer'), 'the builder did not answer'],
    [engine('20.10.24', true), 'Docker without buildx cannot write one to a registry; add docker/setup-buildx-action'],
    [podman('podman', '5.4.2'), 'podman and buildah write an image for each instruction instead of one']
  ])('is none with $name, and the log says why', async (builder, why) => {
    await using local = await localAws()
    const {changed, lines} = await plan(local, {cache: 'ecr'}, {}, builder)
    expect(changed).toBe(false)
    expect(lines).toEqual([expect.stringContaining(`cache: none, because ${why}`)])
  })

  const immutable = {mutability: 'IMMUTABLE'} as const

  test('is none where the tag could be written only once', async () => {
    await using local = await localAws()
    expect(await plan(local, {cache: 'ecr'}, immutable)).toMatchObject({
      changed: false,
      lines: [
        'cache: none, because tags of team/web are immutable; let the repository except `build-cache-*` (IMMUTABLE_WITH_EXCLUSION), or name another one in `cache`'
      ]
    })
    local.createRepository('team/cache', immutable)
    expect((await plan(local, {cache: 'team/cache:main'})).lines).toEqual([
      expect.stringContaining('tags of team/cache are immutable; let the repository except `main`')
    ])
  })

  test('goes by what an immutable repository excepts', async () => {
    await using local = await localAws()
    const mutability = 'IMMUTABLE_WITH_EXCLUSION' as const
    expect((await plan(local, {cache: 'ecr'}, {mutability, mutabilityExceptions: ['build-cache-*']})).changed).toBe(
      true
    )
  })

  test('is none with a repository that is missing, and a warning says so', async () => {
    await using local = await localAws()
    const {changed, lines} = await plan(local, {cache: 'team/cache'})
    expect(changed).toBe(false)
    expect(lines).toEqual([
      expect.stringMatching(/^There is no ECR repository team\/cache in eu-central-1 of account 111122223333/),
      'cache: none, because team/cache cannot be used'
    ])
  })

  test('is none after a cancellation, which is no fault of the repository', async () => {
    await using local = await localAws()
    const reason = new Error('The job was cancelled')
    const world = testWorld({}, AbortSignal.abort(reason))
    await expect(plan(local, {cache: 'team/cache'}, {}, able, world)).rejects.toBe(reason)
    expect(world.lines).toEqual([])
  })

  test('trusts a repository that may not be looked at', async () => {
    await using local = await localAws()
    local.emulator.faults.set([{operation: 'DescribeRepositories', fault: {kind: 'access-denied'}}])
    expect((await plan(local, {cache: 'team/cache'})).changed).toBe(true)
  })
})
