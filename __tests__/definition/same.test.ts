import {readdirSync} from 'node:fs'
import {expect, test} from '@jest/globals'
import type {JsonObject} from '../../src/definition/json.ts'
import {sameDefinition} from '../../src/definition/same.ts'
import {changed, corpus, corpusText, definition, leaves} from './support.ts'

const web = (members: JsonObject, container: JsonObject = {}): JsonObject => ({
  family: 'web',
  ...members,
  containerDefinitions: [{name: 'web', image: 'web:1', ...container}]
})

test.each<[string, JsonObject, JsonObject]>([
  ['sizes in vCPU and GB', web({cpu: '1 vCPU', memory: '0.5GB'}), web({cpu: '1024', memory: '512'})],
  ['sizes in other spellings', web({cpu: '.25vcpu', memory: '2 gb'}), web({cpu: '256', memory: '2048'})],
  ['defaults of a container', web({}), web({}, {cpu: 0, essential: true})],
  [
    'empty lists',
    web({volumes: []}, {links: [], logConfiguration: {logDriver: 'awslogs', secretOptions: []}}),
    web({placementConstraints: []}, {environment: [], mountPoints: [], logConfiguration: {logDriver: 'awslogs'}})
  ],
  [
    'host ports of awsvpc',
    web({networkMode: 'awsvpc'}, {portMappings: [{containerPort: 80}]}),
    web({networkMode: 'awsvpc'}, {portMappings: [{containerPort: 80, hostPort: 80, protocol: 'tcp'}]})
  ],
  [
    'dynamic host ports of bridge',
    web({networkMode: 'bridge'}, {portMappings: [{containerPort: 80}]}),
    web({networkMode: 'bridge'}, {portMappings: [{containerPort: 80, hostPort: 0, protocol: 'tcp'}]})
  ],
  [
    'the order of environment and secrets',
    web(
      {},
      {
        environment: [
          {name: 'B', value: '2'},
          {name: 'A', value: '1'}
        ],
        secrets: [
          {name: 'D', valueFrom: 'd'},
          {name: 'C', valueFrom: 'c'}
        ]
      }
    ),
    web(
      {},
      {
        environment: [
          {name: 'A', value: '1'},
          {name: 'B', value: '2'}
        ],
        secrets: [
          {name: 'C', valueFrom: 'c'},
          {name: 'D', valueFrom: 'd'}
        ]
      }
    )
  ],
  [
    'defaults of a health check',
    web({}, {healthCheck: {command: ['CMD', 'x']}}),
    web({}, {healthCheck: {command: ['CMD', 'x'], interval: 30, timeout: 5, retries: 3}})
  ],
  [
    'the order of compatibilities and members, and tags',
    {...web({requiresCompatibilities: ['FARGATE', 'EC2']}), tags: [{key: 'a', value: 'b'}]},
    {enableFaultInjection: false, ...web({requiresCompatibilities: ['EC2', 'FARGATE']})}
  ],
  [
    'empty lists deeper down',
    web({}, {linuxParameters: {capabilities: {add: ['SYS_PTRACE'], drop: []}, devices: []}}),
    web({}, {linuxParameters: {capabilities: {add: ['SYS_PTRACE']}}})
  ],
  ['a volume without anything but a name', web({volumes: [{name: 'a'}]}), web({volumes: [{name: 'a', host: {}}]})],
  ['members that the SDK does not know', web({newer: {a: [1]}}, {newer: true}), web({newer: {a: [1]}}, {newer: true})]
])('the same: %s', (_, rendered, described) => {
  expect(sameDefinition(rendered, described)).toBe(true)
})

test.each<[string, JsonObject, JsonObject]>([
  ['another size', web({cpu: '1 vCPU'}), web({cpu: '1025'})],
  ['a size that is none', web({cpu: 'vCPU'}), web({cpu: '0'})],
  ['a container fewer', web({}), {...web({}), containerDefinitions: []}],
  [
    'another host port',
    web({networkMode: 'bridge'}, {portMappings: [{containerPort: 80}]}),
    web({networkMode: 'bridge'}, {portMappings: [{containerPort: 80, hostPort: 80, protocol: 'tcp'}]})
  ],
  [
    'which of two variables of one name comes last',
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
          {name: 'A', value: '2'},
          {name: 'A', value: '1'}
        ]
      }
    )
  ],
  ['the order of arguments', web({}, {command: ['a', 'b']}), web({}, {command: ['b', 'a']})],
  ['a member that the SDK does not know', web({newer: 1}), web({})],
  ['an empty list in a member that the SDK does not know', web({newer: {a: []}}), web({newer: {}})],
  ['an empty list that is such a member', web({}, {newer: []}), web({})],
  ['where a volume is', web({volumes: [{name: 'a', host: {sourcePath: '/a'}}]}), web({volumes: [{name: 'a'}]})],
  ['a network mode', web({networkMode: 'bridge'}), web({})],
  ['an empty object', web({}, {linuxParameters: {}}), web({})]
])('not the same: %s', (_, rendered, described) => {
  expect(sameDefinition(rendered, described)).toBe(false)
})

const readable = readdirSync(corpus).filter(name => /\.json$/.test(name) && !name.includes('broken'))

test.each(readable)('any other value makes %s another definition, apart from tags', async name => {
  const {json} = definition(await corpusText(name))
  expect(sameDefinition(json, JSON.parse(JSON.stringify(json)) as JsonObject)).toBe(true)
  const paths = [...leaves(json)].filter(([member]) => member !== 'tags')
  expect(paths.length).toBeGreaterThan(3)
  expect(paths.filter(path => sameDefinition(json, changed(json, path) as JsonObject))).toEqual([])
})
