import {describe, expect, test} from '@jest/globals'
import {builderEnvironment} from '../../src/image/builder.ts'
import {buildx as buildxOf} from '../../src/image/builders/buildx.ts'
import {engine} from '../../src/image/builders/engine.ts'
import {podman as podmanOf} from '../../src/image/builders/podman.ts'
import {buildInputs} from './support.ts'

const buildx = buildxOf('0.30.1')
const buildKit = engine('20.10.24', true)
const legacy = engine('28.2.2', false)
const podman = podmanOf('podman', '5.4.2')
const buildah = podmanOf('buildah', '1.28.2')
const details = {
  references: ['h/web:latest', 'h/web:v1'],
  mark: undefined,
  secretFiles: [],
  metadataFile: '/p/build.json',
  idFile: '/p/image-id',
  digestFile: '/p/digest'
}

test('buildx builds and pushes in one go', () => {
  expect(buildx.build(buildInputs(), details)).toEqual([
    'buildx',
    'build',
    '--push',
    '--progress=plain',
    '--metadata-file=/p/build.json',
    '--tag=h/web:latest',
    '--tag=h/web:v1',
    '.'
  ])
})

test('the engine builds without a name that others could take, and prints plainly where it can', () => {
  const id = '--iidfile=/p/image-id'
  expect(buildKit.build(buildInputs(), details)).toEqual(['build', '--progress=plain', id, '.'])
  expect(legacy.build(buildInputs(), details)).toEqual(['build', id, '.'])
})

test('podman and buildah do likewise, and make the image that Docker makes', () => {
  const expected = ['build', '--format=docker', '--iidfile=/p/image-id', '.']
  expect(podman.build(buildInputs(), details)).toEqual(expected)
  expect(buildah.build(buildInputs(), details)).toEqual(expected)
  expect(buildah.build(buildInputs({cacheFrom: ['h/cache']}), details)).toContain('--layers')
})

describe('pushing', () => {
  const id = 'sha256:12'

  test('is a part of the build with buildx', () => {
    expect(buildx.push).toBeUndefined()
  })

  test('gives the name first with the engine', () => {
    expect(legacy.push?.(id, 'h/web:v1', details)).toEqual([
      ['tag', id, 'h/web:v1'],
      ['push', 'h/web:v1']
    ])
  })

  test('needs no name with podman and buildah', () => {
    const host = '111122223333.dkr.ecr.eu-west-1.amazonaws.com'
    for (const builder of [podman, buildah]) {
      expect(builder.push?.(id, `${host}/web:v1`, details)).toEqual([
        ['push', '--digestfile=/p/digest', id, `docker://${host}/web:v1`]
      ])
    }
  })
})

test('every input becomes its option', () => {
  const build = buildInputs({
    context: 'app',
    file: 'app/Dockerfile.release',
    target: 'final',
    buildArgs: [{name: 'VERSION', value: '1=2, 3'}],
    platforms: ['linux/amd64', 'linux/arm64'],
    labels: [{name: 'team', value: 'shop'}],
    cacheFrom: ['type=gha'],
    cacheTo: ['type=gha,mode=max'],
    pull: true,
    noCache: true,
    network: 'host',
    builder: 'remote',
    provenance: 'mode=max',
    sbom: 'true'
  })
  const secretFiles = [
    {name: 'TOKEN', file: '/p/secret-0'},
    {name: 'KEY', file: '/a,"b"/secret-1'}
  ]
  expect(buildx.build(build, {...details, mark: 'abc', secretFiles}).slice(7)).toEqual([
    '--file=app/Dockerfile.release',
    '--target=final',
    '--platform=linux/amd64,linux/arm64',
    '--build-arg=VERSION=1=2, 3',
    '--secret=id=TOKEN,src=/p/secret-0',
    '--secret=id=KEY,"src=/a,""b""/secret-1"',
    '--label=team=shop',
    '--label=ecs-release.build=abc',
    '--cache-from=type=gha',
    '--cache-to=type=gha,mode=max',
    '--network=host',
    '--builder=remote',
    '--provenance=mode=max',
    '--sbom=true',
    '--pull',
    '--no-cache',
    'app'
  ])
})

test('no value becomes an option of its own', () => {
  const hostile = '--output=/etc'
  const build = buildInputs({
    file: hostile,
    target: hostile,
    buildArgs: [{name: hostile, value: hostile}],
    platforms: [hostile],
    labels: [{name: hostile, value: hostile}],
    cacheFrom: [hostile],
    cacheTo: [hostile],
    network: hostile,
    builder: hostile,
    provenance: hostile,
    sbom: hostile
  })
  for (const builder of [buildx, buildKit, podman]) {
    expect(builder.build(build, details).filter(argument => argument.startsWith('--output'))).toEqual([])
  }
})

describe('the environment', () => {
  test.each([buildx, buildKit, legacy])('keeps $name from attesting what nobody asked for', ({env}) => {
    expect(env).toMatchObject({BUILDX_NO_DEFAULT_ATTESTATIONS: '1'})
  })

  test('of a builder is the step’s, without its inputs and without content trust', () => {
    const env = {PATH: '/bin', HOME: undefined, 'INPUT_BUILD-SECRETS': 'TOKEN=x', DOCKER_CONTENT_TRUST: '1'}
    expect(builderEnvironment(env)).toEqual({PATH: '/bin', DOCKER_CONTENT_TRUST: '0'})
  })

  test('tells the engine whether to use BuildKit, whatever the job says', () => {
    expect(buildKit.env).toMatchObject({DOCKER_BUILDKIT: '1'})
    expect(legacy.env).toMatchObject({DOCKER_BUILDKIT: '0'})
  })

  test('of podman and buildah is the user’s', () => {
    expect(podman.env).toEqual({})
  })
})
