import {chmod, writeFile} from 'node:fs/promises'
import {delimiter, join} from 'node:path'
import {afterEach, describe, expect, test} from '@jest/globals'
import {type Builder, chooseBuilder, findBuilder, type Probes, refuseImpossible} from '../../src/image/builder.ts'
import type {BuildInputs} from '../../src/workflow/inputs.ts'
import {buildInputs, temporaryDirectory, testWorld} from './support.ts'

const engine = {Version: '28.2.2', Os: 'linux', Components: [{Name: 'Engine'}]}
const probes: Probes = {
  docker: {Client: {Version: '28.2.2'}, Server: engine},
  engineError: '',
  buildx: undefined,
  remoteBuilder: false
}

describe('what builds', () => {
  test.each<[string, Partial<Probes>, object]>([
    ['buildx where it is', {buildx: '0.30.1'}, {kind: 'buildx', name: 'buildx 0.30.1'}],
    [
      'the engine with BuildKit behind an old command line',
      {docker: {Client: {Version: '20.10.24+dfsg1'}, Server: engine}},
      {kind: 'engine', buildKit: true, name: 'Docker 20.10.24+dfsg1 with BuildKit'}
    ],
    [
      'the engine without BuildKit behind a new one',
      {},
      {kind: 'engine', buildKit: false, name: 'Docker 28.2.2 without BuildKit'}
    ],
    [
      'the engine for Windows containers, which has no BuildKit',
      {buildx: '0.30.1', docker: {Client: {Version: '28.2.2'}, Server: {...engine, Os: 'windows'}}},
      {kind: 'engine', buildKit: false}
    ],
    [
      'podman behind Docker’s socket, likewise',
      {
        buildx: '0.30.1',
        docker: {Client: {Version: '20.10.24'}, Server: {Version: '5.4.2', Components: [{Name: 'Podman Engine'}]}}
      },
      {kind: 'engine', buildKit: false}
    ],
    [
      'a remote builder where no engine runs',
      {buildx: '0.30.1', remoteBuilder: true, docker: {Client: {Version: '28.2.2'}, Server: null}},
      {kind: 'buildx'}
    ]
  ])('is %s', (_, found, builder) => {
    expect(chooseBuilder({...probes, ...found})).toMatchObject(builder)
  })
})

describe('is refused without buildx', () => {
  const legacy = {kind: 'engine', buildKit: false, name: 'Docker 28.2.2 without BuildKit'} as const
  test.each<[string, Partial<BuildInputs>]>([
    ['The input `build-secrets`', {buildSecrets: [{name: 'TOKEN', value: 'x'}]}],
    ['The input `cache-to`', {cacheTo: ['type=gha']}],
    ['The input `provenance`', {provenance: 'true'}],
    ['The input `sbom`', {sbom: 'true'}],
    ['The input `builder`', {builder: 'remote'}],
    ['Several `platforms`', {platforms: ['linux/amd64', 'linux/arm64']}]
  ])('%s', (what, build) => {
    const act = (): void => {
      refuseImpossible(legacy, buildInputs(build))
    }
    expect(act).toThrow(`${what} cannot be built by Docker 28.2.2 without BuildKit: add buildx before this step.`)
    expect(act).toThrow(expect.objectContaining({fix: '- uses: docker/setup-buildx-action@v4'}))
  })

  test('but not a secret where the engine has BuildKit', () => {
    const build = buildInputs({buildSecrets: [{name: 'TOKEN', value: 'x'}], platforms: ['linux/arm64']})
    expect(() => {
      refuseImpossible({kind: 'engine', buildKit: true, name: 'Docker 20.10.24'}, build)
    }).not.toThrow()
  })
})

test('an engine that says nothing is told without empty brackets', () => {
  expect(() => chooseBuilder({...probes, docker: {Client: {Version: '28.2.2'}, Server: null}})).toThrow(
    "Docker's engine does not answer on this runner: start it"
  )
})

describe('looking at the runner', () => {
  const path = process.env['PATH'] ?? ''
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  afterEach(() => {
    process.env['PATH'] = path
    AbortSignal.timeout = timeout
  })

  /** Looks with a `docker` of these words in front of the path. */
  async function lookWith(script: string, build = buildInputs(), signal?: AbortSignal): Promise<Builder> {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, 'docker')
    await writeFile(file, `#!/bin/sh\n${script}`)
    await chmod(file, 0o755)
    process.env['PATH'] = [directory.path, path].join(delimiter)
    return await findBuilder(build, testWorld(process.env, signal))
  }

  // The imitation is a shell script.
  const onUnix = process.platform === 'win32' ? test.skip : test

  onUnix('finds buildx', async () => {
    const builder = await lookWith(`case "$*" in
  "version --format {{json .}}") echo '{"Client":{"Version":"28.2.2"},"Server":{"Version":"28.2.2","Os":"linux"}}' ;;
  "buildx version") echo 'github.com/docker/buildx v0.30.1 9e66234aa13328a5e75b75aa5574e1ca6d6d9c01' ;;
  *) exit 1 ;;
esac`)
    expect(builder).toEqual({kind: 'buildx', name: 'buildx 0.30.1'})
  })

  const hangs = '[ "$1" = version ] || exit 1\nsleep 60'

  onUnix('gives an engine that hangs some seconds', async () => {
    AbortSignal.timeout = () => timeout(100)
    await expect(lookWith(hangs)).rejects.toThrow(
      "Docker's engine does not answer on this runner (docker does not answer within 15 s): start it"
    )
  })

  onUnix('ends with the job when the engine hangs', async () => {
    const started = performance.now()
    await expect(lookWith(hangs, buildInputs(), timeout(500))).rejects.toMatchObject({
      name: 'TimeoutError'
    })
    expect(performance.now() - started).toBeLessThan(6000)
  })

  onUnix('finds a remote builder', async () => {
    const script = `case "$*" in
  "version --format {{json .}}") echo '{"Client":{"Version":"28.2.2"},"Server":null}'; echo 'no engine' >&2; exit 1 ;;
  "buildx version") echo 'github.com/docker/buildx v0.30.1 9e66234' ;;
  "buildx inspect --builder=far") printf 'Name:   far\\nDriver: kubernetes\\n' ;;
  *) exit 1 ;;
esac`
    expect(await lookWith(script, buildInputs({builder: 'far'}))).toMatchObject({kind: 'buildx'})
  })

  onUnix('says that the engine does not answer, in its words', async () => {
    const script = `echo '{"Client":{"Version":"28.2.2"},"Server":null}'
echo 'Cannot connect to the Docker daemon. Is the docker daemon running?' >&2
exit 1`
    await expect(lookWith(script)).rejects.toThrow(
      "Docker's engine does not answer on this runner (Cannot connect to the Docker daemon. Is the docker daemon running?): start it, or release an image that exists already with the input `image`."
    )
  })

  test('says that there is no Docker', async () => {
    await using empty = await temporaryDirectory()
    process.env['PATH'] = empty.path
    await expect(findBuilder(buildInputs(), testWorld({PATH: empty.path}))).rejects.toThrow(
      'There is no Docker on this runner to build the image: use one that has it, such as `runs-on: ubuntu-latest`, or release an image that exists already with the input `image`.'
    )
  })
})
