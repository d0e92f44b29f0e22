import {describe, expect, test} from '@jest/globals'
import {readFileSync} from 'node:fs'
import {parse} from 'yaml'
import {Failure} from '../../src/workflow/failure.ts'
import {readInputs} from '../../src/workflow/inputs.ts'

const {inputs: declared} = parse(readFileSync('action.yml', 'utf8')) as {inputs: Record<string, {default?: string}>}

/** The environment that the runner makes of `with:` and the defaults of `action.yml`. */
function environment(given: Record<string, string>, env: Record<string, string> = {}): Record<string, string> {
  const all = Object.entries(declared).map(([name, {default: value = ''}]) => [
    `INPUT_${name.toUpperCase()}`,
    given[name] ?? (value.startsWith('${{') ? 'null' : value)
  ])
  return {...(Object.fromEntries(all) as Record<string, string>), ...env}
}

const read = (given: Record<string, string>, env?: Record<string, string>) => readInputs(environment(given, env))

test('needs only the service', () => {
  expect(read({service: 'web'})).toMatchObject({
    service: ['web'],
    cluster: 'default',
    waitFor: 'deployed',
    waitForMinutes: undefined,
    showLogs: true,
    forceNewDeployment: false,
    desiredCount: undefined,
    image: undefined,
    matrix: 'null',
    build: {context: '.', provenance: undefined, pull: false, buildArgs: []}
  })
})

test.each(['POST_TEST_TRAFFIC_SHIFT', 'post_test_traffic_shift', 'post-test-traffic-shift'])(
  'a stage can be waited for: %s',
  stage => {
    expect(read({service: 'web', 'wait-for': stage}).waitFor).toBe('POST_TEST_TRAFFIC_SHIFT')
  }
)

test('logs can be kept out', () => {
  expect(read({service: 'web', 'show-logs': 'false'}).showLogs).toBe(false)
})

test('an image that exists goes with the defaults of the build', () => {
  expect(read({service: 'web', image: 'repo:1'}).image).toBe('repo:1')
})

test('lists are trimmed, separated by lines, and by commas where values have none', () => {
  const inputs = read({
    service: ' web ,worker\n\n  cron ',
    'cache-from': 'type=registry,ref=repo:cache\n type=gha ',
    platforms: 'linux/amd64, linux/arm64'
  })
  expect(inputs.service).toEqual(['web', 'worker', 'cron'])
  expect(inputs.build.cacheFrom).toEqual(['type=registry,ref=repo:cache', 'type=gha'])
  expect(inputs.build.platforms).toEqual(['linux/amd64', 'linux/arm64'])
})

test('a value keeps all that follows the first equals sign', () => {
  expect(read({service: 'web', 'build-args': 'OPTIONS=--a=1 --b'}).build.buildArgs).toEqual([
    {name: 'OPTIONS', value: '--a=1 --b'}
  ])
})

test('a build secret without a value comes from the environment, with all its lines', () => {
  expect(read({service: 'web', 'build-secrets': 'KEY\nTOKEN=a=b'}, {KEY: 'one\ntwo'}).build.buildSecrets).toEqual([
    {name: 'KEY', value: 'one\ntwo'},
    {name: 'TOKEN', value: 'a=b'}
  ])
})

test('a cache is off or somewhere', () => {
  expect(read({service: 'web'}).build.cache).toBeUndefined()
  expect(read({service: 'web', cache: 'false'}).build.cache).toBeUndefined()
  expect(read({service: 'web', cache: 'ecr'}).build.cache).toBe('ecr')
})

test('an attestation is off, on, or has parameters', () => {
  expect(read({service: 'web', provenance: 'mode=max'}).build.provenance).toBe('mode=max')
  expect(read({service: 'web', provenance: 'true'}).build.provenance).toBe('true')
  expect(read({service: 'web', provenance: 'false'}).build.provenance).toBeUndefined()
})

describe('what cannot be meant gets one sentence', () => {
  const cases: [string, Record<string, string>, string][] = [
    ['no service', {}, 'The input `service` is empty: set it to the name of the ECS service to release.'],
    ['a service twice', {service: 'web,web'}, 'The input `service` names web twice: name each service once.'],
    [
      'a service twice, by name and ARN',
      {service: 'web\narn:aws:ecs:eu-west-1:111122223333:service/prod/web'},
      'The input `service` names web twice: name each service once.'
    ],
    ['a flag', {service: 'web', 'no-cache': 'yes'}, 'The input `no-cache` is `yes`: set it to `true` or `false`.'],
    [
      'a number',
      {service: 'web', 'desired-count': 'two'},
      'The input `desired-count` is `two`: set it to a whole number from 0 to 5000.'
    ],
    [
      'what to wait for',
      {service: 'web', 'wait-for': 'stable'},
      'The input `wait-for` is `stable`: set it to `deployed`, `healthy`, `started`, or, where traffic is shifted, to a lifecycle stage: RECONCILE_SERVICE, PRE_SCALE_UP, SCALE_UP, POST_SCALE_UP, TEST_TRAFFIC_SHIFT, POST_TEST_TRAFFIC_SHIFT, PRE_PRODUCTION_TRAFFIC_SHIFT, PRODUCTION_TRAFFIC_SHIFT, POST_PRODUCTION_TRAFFIC_SHIFT, BAKE_TIME and CLEAN_UP.'
    ],
    [
      'a waiting time',
      {service: 'web', 'wait-for-minutes': '0'},
      'The input `wait-for-minutes` is `0`: set it to a whole number from 1 to 360.'
    ],
    [
      'an image tag',
      {service: 'web', 'image-tag': 'feature/login'},
      'The input `image-tag` is `feature/login`, which is no image tag: up to 128 letters, digits, `_`, `.` and `-`, not starting with `.` or `-`.'
    ],
    [
      'a tag for an image that is not built',
      {service: 'web', image: 'repo:1', 'image-tag': '2'},
      'The inputs `image` and `image-tag` exclude each other: `image` is released as it is, `image-tag` is for one that is built.'
    ],
    [
      'tags for an image that is not built',
      {service: 'web', image: 'repo:1', tags: 'latest'},
      'The inputs `image` and `tags` exclude each other: `image` is released as it is, `tags` is for one that is built.'
    ],
    [
      'a context for an image that is not built',
      {service: 'web', image: 'repo:1', context: 'app'},
      'The inputs `image` and `context` exclude each other: `image` is released as it is, `context` is for one that is built.'
    ],
    [
      'a build argument for an image that is not built',
      {service: 'web', image: 'repo:1', 'build-args': 'A=b'},
      'The inputs `image` and `build-args` exclude each other: `image` is released as it is, `build-args` is for one that is built.'
    ],
    [
      'a flag of the build for an image that is not built',
      {service: 'web', image: 'repo:1', 'no-cache': 'true'},
      'The inputs `image` and `no-cache` exclude each other: `image` is released as it is, `no-cache` is for one that is built.'
    ],
    [
      'a cache for an image that is not built',
      {service: 'web', image: 'repo:1', cache: 'ecr'},
      'The inputs `image` and `cache` exclude each other: `image` is released as it is, `cache` is for one that is built.'
    ],
    [
      'definitions that do not pair with services',
      {service: 'a,b,c', 'task-definition': 'a.json,b.json'},
      'The input `task-definition` has 2 entries for 3 services: give one for all of them, or one for each in the order of `service`.'
    ],
    [
      'a build argument',
      {service: 'web', 'build-args': 'VERSION'},
      'The input `build-args` has the line `VERSION`: write `NAME=value`, one a line.'
    ],
    [
      'a build secret that is not there',
      {service: 'web', 'build-secrets': 'KEY'},
      "The input `build-secrets` names KEY without a value, and there is no environment variable KEY: set it in the step's `env`."
    ]
  ]
  test.each(cases)('%s', (_name, given, sentence) => {
    expect(() => read(given)).toThrow(new Failure(sentence))
  })
  test('the input `secrets`', () => {
    expect(() => readInputs({...environment({service: 'web'}), INPUT_SECRETS: 'A=b'})).toThrow(
      new Failure(
        'The input `secrets` could mean two things: for the build use `build-secrets`, for the container use `container-secrets`, or put `secrets` into the task definition.'
      )
    )
  })
})

test('a line of the build secrets that may be a piece of one is never shown', () => {
  expect(() => read({service: 'web', 'build-secrets': 'KEY=x\n+ab/c=='})).toThrow(
    'The input `build-secrets` has a line that does not start with a name: write `NAME=value`'
  )
  expect(() => read({service: 'web', 'build-secrets': 'KEY=x\n+ab/c=='})).not.toThrow('ab/c')
})

test('every input of action.yml is read, and no other', () => {
  const files = ['inputs', 'way-back-inputs'].map(name => readFileSync(`src/workflow/${name}.ts`, 'utf8'))
  const source = files.join('\n')
  const used = [...source.matchAll(/(?:input|optional|flag|list|lines|read)\('([\w-]+)'/g)].map(([, name]) => name)
  const numbers = [...source.matchAll(/readNumber\('([\w-]+)'/g)].map(([, name]) => name)
  const names = new Set([...used, ...numbers].filter(name => name !== 'secrets'))
  expect([...names].sort()).toEqual(Object.keys(declared).sort())
})
