import {readdirSync} from 'node:fs'
import {describe, expect, test} from '@jest/globals'
import {difference} from '../../src/definition/difference.ts'
import {itemsOf, type JsonObject} from '../../src/definition/json.ts'
import {asRegistered} from '../../src/definition/same.ts'
import {changed, corpus, corpusText, definition, leaves} from './support.ts'

const web = (members: JsonObject, container: JsonObject = {}): JsonObject => ({
  family: 'web',
  networkMode: 'awsvpc',
  ...members,
  containerDefinitions: [{name: 'app', image: 'web:1', ...container}]
})

const environment = (variables: Record<string, string>): JsonObject => ({
  environment: Object.entries(variables).map(([name, value]) => ({name, value}))
})

/** `field: from → to` of each change. */
function lines(from: JsonObject, to: JsonObject): string[] {
  return difference(from, to).map(({field, from, to}) => `${field}: ${from ?? 'none'} → ${to ?? 'none'}`)
}

const of = (field: string): string => `containerDefinitions[app].${field}`

describe('a field that differs', () => {
  test.each<[string, JsonObject, JsonObject, string[]]>([
    ['changed', web({cpu: '256'}), web({cpu: '0.5 vCPU'}), ['cpu: 256 → 512']],
    ['added', web({}), web({pidMode: 'task'}), ['pidMode: none → task']],
    ['removed', web({taskRoleArn: 'a'}), web({}), ['taskRoleArn: a → none']],
    [
      'deeper down',
      web({runtimePlatform: {cpuArchitecture: 'X86_64'}}),
      web({runtimePlatform: {cpuArchitecture: 'ARM64'}}),
      ['runtimePlatform.cpuArchitecture: X86_64 → ARM64']
    ],
    ['an image', web({}), web({}, {image: 'web:2'}), [`${of('image')}: web:1 → web:2`]],
    [
      'a command, whole',
      web({}, {command: ['a', 'b']}),
      web({}, {command: ['b', 'a']}),
      [`${of('command')}: ["a","b"] → ["b","a"]`]
    ],
    [
      'a variable, by its name',
      web({}, environment({A: '1', LOG_LEVEL: 'info'})),
      web({}, environment({LOG_LEVEL: 'debug', A: '1'})),
      [`${of('environment[LOG_LEVEL]')}: info → debug`]
    ],
    ['a variable that is gone', web({}, environment({A: '1'})), web({}), [`${of('environment[A]')}: 1 → none`]],
    [
      'a secret',
      web({}),
      web({}, {secrets: [{name: 'DB_PASSWORD', valueFrom: 'arn:aws:ssm:a:1:parameter/db'}]}),
      [`${of('secrets[DB_PASSWORD]')}: none → arn:aws:ssm:a:1:parameter/db`]
    ],
    [
      'a port that is added, without what goes without saying',
      web({}),
      web({}, {portMappings: [{containerPort: 80}]}),
      [`${of('portMappings[80]')}: none → {}`]
    ],
    [
      'a port of another protocol',
      web({}, {portMappings: [{containerPort: 80}]}),
      web({}, {portMappings: [{containerPort: 80}, {containerPort: 80, protocol: 'udp'}]}),
      [`${of('portMappings[80/udp].protocol')}: none → udp`]
    ],
    [
      'a mount',
      web({}),
      web({}, {mountPoints: [{containerPath: '/data', sourceVolume: 'data'}]}),
      [`${of('mountPoints[/data].sourceVolume')}: none → data`]
    ],
    [
      'a container that is added',
      web({}),
      {
        ...web({}),
        containerDefinitions: [
          {name: 'app', image: 'web:1'},
          {name: 'proxy', image: 'envoy', essential: false}
        ]
      },
      ['containerDefinitions[proxy].essential: none → false', 'containerDefinitions[proxy].image: none → envoy']
    ],
    [
      'a tag',
      web({tags: [{key: 'team', value: 'a'}]}),
      web({tags: [{key: 'team', value: 'b'}]}),
      ['tags[team]: a → b']
    ],
    [
      'a default that is none any more',
      web({}, {essential: true}),
      web({}, {essential: false}),
      [`${of('essential')}: none → false`]
    ],
    [
      'a member that the SDK does not know',
      web({newer: {a: [{b: 1}]}}),
      web({newer: {a: [{b: 2}]}}),
      ['newer.a[0].b: 1 → 2']
    ],
    [
      'the second of two variables of one name',
      web(
        {},
        {
          environment: [
            {name: 'A', value: '1'},
            {name: 'A', value: '2'}
          ]
        }
      ),
      web(
        {},
        {
          environment: [
            {name: 'A', value: '1'},
            {name: 'A', value: '3'}
          ]
        }
      ),
      [`${of('environment[A, 2]')}: 2 → 3`]
    ],
    ['an empty variable', web({}, environment({A: ''})), web({}), [`${of('environment[A]')}:  → none`]]
  ])('%s', (_, from, to, expected) => {
    expect(lines(from, to)).toEqual(expected)
  })
})

describe('no difference', () => {
  const two = (...names: string[]): JsonObject => ({
    containerDefinitions: names.map(name => ({name, image: name, ...environment({A: name})}))
  })
  test.each<[string, JsonObject, JsonObject]>([
    ['the order of containers', two('a', 'b'), two('b', 'a')],
    ['the order of variables', web({}, environment({A: '1', B: '2'})), web({}, environment({B: '2', A: '1'}))],
    [
      'the order of ports, and host ports of awsvpc',
      web({}, {portMappings: [{containerPort: 80}, {containerPort: 81}]}),
      web(
        {},
        {
          portMappings: [
            {containerPort: 81, hostPort: 81, protocol: 'tcp'},
            {containerPort: 80, hostPort: 80}
          ]
        }
      )
    ],
    [
      'dynamic host ports',
      {...web({}, {portMappings: [{containerPort: 80}]}), networkMode: 'bridge'},
      {...web({}, {portMappings: [{containerPort: 80, hostPort: 0}]}), networkMode: 'bridge'}
    ],
    [
      'the order of capabilities',
      web({}, {linuxParameters: {capabilities: {add: ['A', 'B']}}}),
      web({}, {linuxParameters: {capabilities: {add: ['B', 'A']}}})
    ],
    [
      'defaults',
      {
        family: 'web',
        networkMode: 'bridge',
        containerDefinitions: [
          {
            name: 'a',
            readonlyRootFilesystem: false,
            cpu: 0,
            healthCheck: {command: ['x'], startPeriod: 0, interval: 30}
          }
        ]
      },
      {family: 'web', containerDefinitions: [{name: 'a', essential: true, healthCheck: {command: ['x']}}]}
    ],
    ['sizes in other words', web({cpu: '1 vCPU', memory: '2 GB'}), web({cpu: '1024', memory: '2048'})],
    [
      'tags that say where a revision is from',
      web({tags: [{key: 'ecs-release:commit', value: 'a'}]}),
      web({
        tags: [
          {key: 'ecs-release:commit', value: 'b'},
          {key: 'ecs-release:run', value: 'c'}
        ]
      })
    ]
  ])('%s', (_, from, to) => {
    expect(difference(from, to)).toEqual([])
  })
})

describe('values', () => {
  const shownOf = (name: string, value: string): string | undefined =>
    difference(web({}), web({}, environment({[name]: value})))[0]?.to

  test.each([
    ['LOG_LEVEL', 'debug'],
    ['NODE_ENV', 'production'],
    ['PORT', '8080'],
    ['FEATURE', 'true'],
    ['TIMEOUT', '30s'],
    ['VERSION', 'v1.4.0-rc.1'],
    ['AWS_REGION', 'eu-central-1'],
    ['GOV', 'us-gov-west-1']
  ])('of a variable that are plainly harmless are shown: %s=%s', (name, value) => {
    expect(shownOf(name, value)).toBe(value)
  })

  test.each([
    ['DATABASE_URL', 'postgres://db/web'],
    ['GREETING', 'hello'],
    ['DB_PASSWORD', 'true'],
    ['CARD_PIN', '1234'],
    ['API_KEY', '1'],
    ['NUMBER', '1234567'],
    ['SHA', 'd670460b4b4aece5915caf5c68d12f560a9fe3e4']
  ])('of other variables are hidden: %s=%s', (name, value) => {
    expect(shownOf(name, value)).toBe('(hidden)')
  })

  test('that are hidden are still compared', () => {
    expect(lines(web({}, environment({A: 'one'})), web({}, environment({A: 'two'})))).toEqual([
      `${of('environment[A]')}: (hidden) → (hidden)`
    ])
    expect(lines(web({}, environment({A: 'one'})), web({}, environment({A: 'info'})))).toEqual([
      `${of('environment[A]')}: (hidden) → info`
    ])
  })

  test.each<[string, JsonObject]>([
    ['a password as an argument', {command: ['serve', '--db-password', 'hunter2']}],
    ['a password in an address', {command: ['serve', 'postgres://web:hunter2@db/web']}],
    ['a token of a log driver', {logConfiguration: {options: {'splunk-token': 'hunter2'}}}],
    [
      'a header in a health check',
      {healthCheck: {command: ['CMD-SHELL', 'curl -H "Authorization: hunter2" http://localhost']}}
    ],
    ['a label with users', {dockerLabels: {'traefik.http.middlewares.basicauth.users': 'a:$apr1$hunter2'}}],
    ['a member that the SDK does not know', {newer: {apiToken: 'hunter2'}}],
    ['a token in a command', {entryPoint: ['run', 'ghp_abcdefghijklmnopqrstuvwxyz0123hunter2']}]
  ])('of other fields are hidden where they speak of a secret: %s', (_, container) => {
    const text = JSON.stringify(lines(web({}), web({}, container)))
    expect(text).toContain('(hidden)')
    expect(text).not.toContain('hunter2')
  })

  test.each<[string, JsonObject, string]>([
    [
      'a command',
      {command: ['node', 'dist/apps/server-v2/main/index-of-all-things.js', '--port', '8080']},
      '["node","dist/apps/server-v2/main/index-of-all-things.js","--port","8080"]'
    ],
    [
      'a health check',
      {healthCheck: {command: ['CMD-SHELL', 'curl -f http://localhost/health || exit 1']}},
      '["CMD-SHELL","curl -f http://localhost/health || exit 1"]'
    ],
    ['a log group', {logConfiguration: {options: {'awslogs-group': '/ecs/web'}}}, '/ecs/web'],
    ['an image with a digest', {image: `web:2@sha256:${'ab12'.repeat(16)}`}, `web:2@sha256:${'ab12'.repeat(16)}`],
    ['where a secret is', {secrets: [{name: 'TOKEN', valueFrom: 'prod/token'}]}, 'prod/token']
  ])('of other fields are shown: %s', (_, container, expected) => {
    expect(difference(web({}), web({}, container)).map(({to}) => to)).toContain(expected)
  })

  test('that are long are cut', () => {
    expect(shownOf('A', '')).toBe('')
    expect(difference(web({}), web({}, {command: ['x '.repeat(300)]}))[0]?.to).toHaveLength(200)
  })
})

const readable = readdirSync(corpus).filter(name => name.endsWith('.json') && !name.includes('broken'))

test.each(readable)('%s does not differ from what ECS makes of it, in any order', async name => {
  const {json} = definition(await corpusText(name))
  const made = asRegistered(json)
  const reversed = {...made, containerDefinitions: itemsOf(made['containerDefinitions']).toReversed()}
  expect(difference(json, {...reversed, tags: json['tags'] ?? []})).toEqual([])
})

test.each(readable)('any other value in %s is a difference', async name => {
  const {json} = definition(await corpusText(name))
  const paths = [...leaves(json)]
  expect(paths.length).toBeGreaterThan(3)
  expect(paths.filter(path => difference(json, changed(json, path) as JsonObject).length === 0)).toEqual([])
})
