import {describe, expect, test} from '@jest/globals'
import {buildArguments, buildEnvironment, dockerEnvironment} from '../../src/image/arguments.ts'
import type {Builder} from '../../src/image/builder.ts'
import {buildInputs} from './support.ts'

const buildx: Builder = {kind: 'buildx', name: 'buildx 0.30.1'}
const buildKit: Builder = {kind: 'engine', buildKit: true, name: 'Docker 20.10.24'}
const legacy: Builder = {kind: 'engine', buildKit: false, name: 'Docker 28.2.2'}
const details = {
  references: ['h/web:latest', 'h/web:v1'],
  mark: undefined,
  secretFiles: [],
  metadataFile: '/p/build.json',
  idFile: '/p/image-id'
}

test('buildx builds and pushes in one go', () => {
  expect(buildArguments(buildx, buildInputs(), details)).toEqual([
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
  expect(buildArguments(buildKit, buildInputs(), details)).toEqual(['build', '--progress=plain', id, '.'])
  expect(buildArguments(legacy, buildInputs(), details)).toEqual(['build', id, '.'])
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
  expect(buildArguments(buildx, build, {...details, mark: 'abc', secretFiles}).slice(7)).toEqual([
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
  expect(buildArguments(buildx, build, details)).not.toContain(hostile)
  expect(buildArguments(buildx, build, details).filter(argument => argument.startsWith('--output'))).toEqual([])
})

describe('the environment', () => {
  test('keeps buildx from attesting what nobody asked for', () => {
    expect(buildEnvironment(buildx)).toEqual({BUILDX_NO_DEFAULT_ATTESTATIONS: '1'})
  })

  test('of Docker is the step’s, without its inputs and without content trust', () => {
    const env = {PATH: '/bin', HOME: undefined, 'INPUT_BUILD-SECRETS': 'TOKEN=x', DOCKER_CONTENT_TRUST: '1'}
    expect(dockerEnvironment(env)).toEqual({PATH: '/bin', DOCKER_CONTENT_TRUST: '0'})
  })

  test('tells the engine whether to use BuildKit, whatever the job says', () => {
    expect(buildEnvironment(buildKit)).toEqual({DOCKER_BUILDKIT: '1'})
    expect(buildEnvironment(legacy)).toEqual({DOCKER_BUILDKIT: '0'})
  })
})
