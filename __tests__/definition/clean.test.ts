import {expect, test} from '@jest/globals'
import {clean} from '../../src/definition/clean.ts'
import {type JsonObject, pathText} from '../../src/definition/json.ts'
import {findings} from '../../src/definition/schema.ts'

function unknownMembers(definition: JsonObject): string[] {
  return findings(definition).flatMap(({kind, path}) => (kind === 'unknown' ? [pathText(path)] : []))
}

test('what only an answer has is left out', () => {
  expect(
    clean({
      taskDefinitionArn: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:41',
      family: 'web',
      revision: 41,
      status: 'INACTIVE',
      requiresAttributes: [{name: 'ecs.capability.task-eni'}],
      compatibilities: ['EC2', 'FARGATE'],
      registeredAt: 1755230394.123,
      registeredBy: 'arn:aws:iam::111122223333:user/ci',
      deregisteredAt: 1755230395,
      deleteRequestedAt: 1755230396
    })
  ).toEqual({family: 'web'})
})

test('members of the same name deeper down stay', () => {
  const containerDefinitions = [
    {name: 'web', environment: [{name: 'status', value: 'x'}], dockerLabels: {revision: '1'}}
  ]
  expect(clean({containerDefinitions})).toEqual({containerDefinitions})
})

test('nulls are left out, also in lists; what is empty but means something stays', () => {
  const stays = {
    volumes: [],
    containerDefinitions: [
      {
        name: 'web',
        cpu: 0,
        essential: false,
        entryPoint: [''],
        command: [],
        environment: [{name: 'EMPTY', value: ''}],
        dockerLabels: {},
        logConfiguration: {options: {tag: ''}},
        linuxParameters: {}
      }
    ]
  }
  const [container] = stays.containerDefinitions
  expect(
    clean({
      ...stays,
      pidMode: null,
      containerDefinitions: [
        null,
        {...container, user: null, command: [null], dockerLabels: {a: null}, linuxParameters: {devices: null}}
      ]
    })
  ).toEqual(stays)
})

test('tags that AWS sets are left out, and with them an empty list, which ECS refuses', () => {
  const own = {key: 'team', value: 'shop'}
  expect(clean({tags: [own, {key: 'aws:cloudformation:stack-name', value: 'web'}]})).toEqual({tags: [own]})
  expect(clean({tags: [{key: 'AWS:x', value: ''}]})).toEqual({})
  expect(clean({tags: []})).toEqual({})
})

test('members that the SDK does not know stay and are named', () => {
  const definition = {
    family: 'web',
    gpuSharing: {x: 1},
    containerDefinitions: [
      {name: 'web', fooBar: true, portMappings: [{containerport: 80}], dockerLabels: {anything: 'goes'}},
      {name: 'proxy', logConfiguration: {options: {'any-option': '1'}, 'odd name': []}}
    ],
    __proto__x: 1
  }
  expect(clean(definition)).toEqual(definition)
  expect(unknownMembers(definition)).toEqual([
    'gpuSharing',
    'containerDefinitions[0].fooBar',
    'containerDefinitions[0].portMappings[0].containerport',
    'containerDefinitions[1].logConfiguration["odd name"]',
    '__proto__x'
  ])
})

test('a member called __proto__ is one like others', () => {
  const definition = JSON.parse('{"family": "web", "__proto__": {"a": null, "b": 1}}') as Record<string, never>
  expect(JSON.stringify(clean(definition))).toBe('{"family":"web","__proto__":{"b":1}}')
  expect(unknownMembers(clean(definition))).toEqual(['__proto__'])
})
