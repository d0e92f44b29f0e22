import {describe, expect, test} from '@jest/globals'
import {refuseImpossible} from '../../src/image/builder.ts'
import {buildx} from '../../src/image/builders/buildx.ts'
import {engine, windowsEngine} from '../../src/image/builders/engine.ts'
import {podman} from '../../src/image/builders/podman.ts'
import type {BuildInputs} from '../../src/workflow/inputs.ts'
import {buildInputs} from './support.ts'

const onlyBuildx: [string, Partial<BuildInputs>][] = [
  ['The input `provenance` is', {provenance: 'true'}],
  ['The input `sbom` is', {sbom: 'true'}],
  ['The input `builder` is', {builder: 'remote'}],
  ['Several `platforms` are', {platforms: ['linux/amd64', 'linux/arm64']}]
]
const secret: Partial<BuildInputs> = {buildSecrets: [{name: 'TOKEN', value: 'x'}]}
const cacheTo: Partial<BuildInputs> = {cacheTo: ['type=gha']}

test.each([
  ...onlyBuildx,
  ['The input `build-secrets` is', secret] as const,
  ['The input `cache-to` is', cacheTo] as const
])('%s refused without buildx', (what, build) => {
  const act = (): void => {
    refuseImpossible(engine('28.2.2', false), buildInputs(build))
  }
  expect(act).toThrow(`${what} not supported by Docker 28.2.2 without BuildKit: add buildx before this step.`)
  expect(act).toThrow(expect.objectContaining({fix: '- uses: docker/setup-buildx-action@v4'}))
})

describe.each(['podman', 'docker'])('refused by podman, called %s, where buildx cannot be added', program => {
  test.each(onlyBuildx)('%s', (what, build) => {
    expect(() => {
      refuseImpossible(podman(program, '5.4.2'), buildInputs(build))
    }).toThrow(`${what} not supported by podman 5.4.2: leave that out, or use a runner with Docker and buildx.`)
  })
})

test.each<[string, Partial<BuildInputs>]>([
  ...onlyBuildx.slice(0, 3),
  ['The input `build-secrets` is', secret],
  ['The platform `linux/arm64` is', {platforms: ['linux/arm64']}],
  ['The platform `linux/amd64` is', {platforms: ['windows/amd64', 'linux/amd64']}],
  ['Several `platforms` are', {platforms: ['windows/amd64', 'windows/arm64']}]
])('%s refused by the engine for Windows containers, which needs a builder elsewhere', (what, build) => {
  expect(() => {
    refuseImpossible(windowsEngine('28.2.2'), buildInputs(build))
  }).toThrow(
    `${what} not supported by Docker 28.2.2 for Windows containers: build with buildx and a builder of the remote driver, or release an image that exists already with the input \`image\`.`
  )
})

describe('is not refused', () => {
  test.each([
    ['anything by buildx', buildx('0.30.1'), Object.assign({}, secret, cacheTo, ...onlyBuildx.map(([, b]) => b))],
    [
      'a secret or a platform by the engine’s BuildKit',
      engine('20.10.24', true),
      {...secret, platforms: ['linux/arm64']}
    ],
    [
      'a platform of its own by the engine for Windows containers',
      windowsEngine('28.2.2'),
      {platforms: ['windows/amd64']}
    ],
    ['a secret or a cache by podman', podman('podman', '5.4.2'), {...secret, ...cacheTo}]
  ] as [string, ReturnType<typeof engine>, Partial<BuildInputs>][])('%s', (_, builder, build) => {
    expect(() => {
      refuseImpossible(builder, buildInputs(build))
    }).not.toThrow()
  })
})
