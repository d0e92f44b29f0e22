import {describe, expect, test} from '@jest/globals'
import {seededRandom} from '../../emulator/ids.ts'
import {type BuildIdentity, fingerprint, uniqueTag} from '../../src/image/tag.ts'
import {buildInputs, workflowRun} from './support.ts'

const identity: BuildIdentity = {
  run: workflowRun(),
  build: buildInputs(),
  cluster: 'default',
  services: ['web'],
  containers: ['app'],
  matrix: 'null'
}

function called(refName: string, changes: Partial<BuildIdentity['run']> = {}): string {
  return uniqueTag({...identity, run: workflowRun({refName, ...changes})})
}

describe('the tag', () => {
  test('names release, commit, run and build', () => {
    expect(uniqueTag(identity)).toBe(`v1.4.0-3c5f1e2-9871234567-${fingerprint(identity).slice(0, 8)}`)
  })

  test.each([
    ['feature/login', 'feature-login-3c5f1e2'],
    ['dependabot/npm_and_yarn/a+b', 'dependabot-npm_and_yarn-a-b-3c5f1e2'],
    ['.hidden', 'hidden-3c5f1e2'],
    ['--push', 'push-3c5f1e2'],
    ['größe', 'gr-e-3c5f1e2'],
    ['日本', '3c5f1e2'],
    ['', '3c5f1e2'],
    ['123/merge', '123-merge-3c5f1e2']
  ])('of the branch %j starts with %s', (refName, start) => {
    expect(called(refName)).toMatch(new RegExp(`^${start}-9871234567-[0-9a-f]{8}$`))
  })

  test('is valid and at most 128 characters whatever the branch is called', () => {
    const random = seededRandom(7)
    const alphabet = 'aZ09_.-/+:@#$%&(){}"\'`;,=~!ü日 \t\n'.split('').concat('🚀')
    for (let round = 0; round < 2000; round++) {
      const length = Math.floor(random() * 260)
      const refName = Array.from({length}, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
      expect(called(refName)).toMatch(/^\w[\w.-]{0,127}$/)
      expect(called(refName)).toMatch(/3c5f1e2-9871234567-[0-9a-f]{8}$/)
    }
  })

  test('keeps commit, run and build of a very long branch', () => {
    const tag = called('x'.repeat(300), {runId: '98712345678901'})
    expect(tag).toHaveLength(128)
    expect(tag).toMatch(/^x+-3c5f1e2-98712345678901-[0-9a-f]{8}$/)
  })
})

describe('the fingerprint', () => {
  const own = fingerprint(identity)

  test('stays the same from attempt to attempt', () => {
    expect(fingerprint({...identity, run: workflowRun({attempt: 2})})).toBe(own)
  })

  test('differs from attempt to attempt with no-cache', () => {
    const build = buildInputs({noCache: true})
    expect(fingerprint({...identity, build, run: workflowRun({attempt: 2})})).not.toBe(
      fingerprint({...identity, build})
    )
  })

  test.each<[string, Partial<BuildIdentity>]>([
    ['job', {run: workflowRun({job: 'canary'})}],
    ['step', {run: workflowRun({step: '__acme_ecs-release_2'})}],
    ['run', {run: workflowRun({runId: '9871234568'})}],
    ['matrix leg', {matrix: '{"region":"eu-west-1"}'}],
    ['service', {services: ['worker']}],
    ['cluster', {cluster: 'staging'}],
    ['container', {containers: ['app', 'sidecar']}],
    ['Dockerfile', {build: buildInputs({file: 'worker/Dockerfile'})}],
    ['build argument', {build: buildInputs({buildArgs: [{name: 'MODE', value: 'worker'}]})}],
    ['platform', {build: buildInputs({platforms: ['linux/arm64']})}],
    ['secret', {build: buildInputs({buildSecrets: [{name: 'TOKEN', value: 'a'}]})}]
  ])('differs for another %s', (_, changes) => {
    expect(fingerprint({...identity, ...changes})).not.toBe(own)
  })

  test('tells nothing of the value of a secret', () => {
    const [one, other] = ['a', 'b'].map(value =>
      fingerprint({...identity, build: buildInputs({buildSecrets: [{name: 'TOKEN', value}]})})
    )
    expect(one).toBe(other)
  })
})
