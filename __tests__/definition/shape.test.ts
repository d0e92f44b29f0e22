import {expect, test} from '@jest/globals'
import {shapeFaults} from '../../src/definition/shape.ts'
import {definition} from './support.ts'

const container = (members: string): string =>
  `{\n"family": "web",\n"containerDefinitions": [\n{"name": "web",\n${members}}]}`

test.each([
  [
    '{\n"containerDefinitions": [{"name": "web"}]}',
    '`task-definition.json` has no `family`: give the name under which ECS counts the revisions.'
  ],
  [
    '{\n"family": "", "containerDefinitions": [{"name": "web"}]}',
    '`family` (task-definition.json, line 2) is empty: give the name under which ECS counts the revisions.'
  ],
  [
    '{\n"family": "my app", "containerDefinitions": [{"name": "web"}]}',
    '`family` (task-definition.json, line 2) is `my app`, but a name has up to 255 letters, digits, `-` and `_`: correct it.'
  ],
  ['{\n"family": "web"}', '`task-definition.json` has no `containerDefinitions`: give the list of containers.'],
  [
    '{"family": "web",\n"containerDefinitions": null}',
    '`task-definition.json` has no `containerDefinitions`: give the list of containers.'
  ],
  [
    '{"family": "web",\n"containerDefinitions": []}',
    '`containerDefinitions` (task-definition.json, line 2) is empty: a task definition has at least one container.'
  ],
  [
    '{"family": "web",\n"containerDefinitions": [null]}',
    '`containerDefinitions` (task-definition.json, line 2) is empty: a task definition has at least one container.'
  ],
  [
    '{"family": "web",\n"containerDefinitions": {"name": "web"}}',
    '`containerDefinitions` (task-definition.json, line 2) is an object, but ECS takes a list in `[` and `]` there: correct it.'
  ],
  [
    '{"family": "web",\n"containerDefinitions": ["web"]}',
    '`containerDefinitions[0]` (task-definition.json, line 2) is a text, but ECS takes an object in `{` and `}` there: correct it.'
  ],
  [
    '{"family": "web", "containerDefinitions": [\n{"image": "x"}]}',
    '`containerDefinitions[0]` (task-definition.json, line 2) has no `name`: name the container.'
  ],
  [
    '{"family": "web", "containerDefinitions": [\n{"name": ""}]}',
    '`containerDefinitions[0].name` (task-definition.json, line 2) is empty: name the container.'
  ],
  [
    container('"memory": "512"'),
    '`containerDefinitions[0].memory` (task-definition.json, line 5) is the text "512", but ECS takes a number without quotes there: write 512.'
  ],
  [
    container('"memory": "512 MB"'),
    '`containerDefinitions[0].memory` (task-definition.json, line 5) is the text "512 MB", but ECS takes a number without quotes there: correct it.'
  ],
  [
    container('"portMappings": [{"containerPort": "80"}]'),
    '`containerDefinitions[0].portMappings[0].containerPort` (task-definition.json, line 5) is the text "80", but ECS takes a number without quotes there: write 80.'
  ],
  [
    container('"essential": "true"'),
    '`containerDefinitions[0].essential` (task-definition.json, line 5) is the text "true", but ECS takes true or false without quotes there: write true.'
  ],
  [
    container('"essential": 1'),
    '`containerDefinitions[0].essential` (task-definition.json, line 5) is 1, but ECS takes true or false without quotes there: correct it.'
  ],
  [
    container('"command": "npm start"'),
    '`containerDefinitions[0].command` (task-definition.json, line 5) is a text, but ECS takes a list in `[` and `]` there: correct it.'
  ],
  [
    container('"dockerLabels": {"a": true}'),
    '`containerDefinitions[0].dockerLabels.a` (task-definition.json, line 5) is true, but ECS takes a text in double quotes there: write "true".'
  ],
  [
    container('"logConfiguration": {"logDriver": "AWSLOGS"}'),
    '`containerDefinitions[0].logConfiguration.logDriver` (task-definition.json, line 5) is `AWSLOGS`: write it as ECS does, `awslogs`.'
  ],
  [
    container('"logConfiguration": {"options": {}}'),
    '`containerDefinitions[0].logConfiguration` (task-definition.json, line 5) has no `logDriver`, without which ECS refuses it: add it.'
  ],
  [
    container('"dependsOn": [{"containerName": "db", "condition": ""}]'),
    '`containerDefinitions[0].dependsOn[0].condition` (task-definition.json, line 5) is empty: leave it out, or write `COMPLETE`, `HEALTHY`, `START` or `SUCCESS`.'
  ],
  [
    '{"family": "web", "containerDefinitions": [{"name": "web"}],\n"cpu": 256}',
    '`cpu` (task-definition.json, line 2) is 256, but ECS takes a text in double quotes there: write "256".'
  ],
  [
    '{"family": "web", "containerDefinitions": [{"name": "web"}],\n"requiresCompatibilities": ["fargate"]}',
    '`requiresCompatibilities[0]` (task-definition.json, line 2) is `fargate`: write it as ECS does, `FARGATE`.'
  ],
  [
    '{"family": "web", "containerDefinitions": [{"name": "web"}],\n"requiresCompatibilities": "FARGATE"}',
    '`requiresCompatibilities` (task-definition.json, line 2) is a text, but ECS takes a list in `[` and `]` there: correct it.'
  ]
])('%j', (text, message) => {
  expect(shapeFaults(definition(text)).map(fault => fault.message)).toEqual([message])
})

test('the failure leads to line and column and shows what to write', () => {
  const [{place, fix} = {}] = shapeFaults(definition(container('  "memory": "512"')))
  expect(place).toEqual({file: 'task-definition.json', line: 5, column: 13})
  expect(fix).toBe('"memory": 512')
})

test.each([
  ['environment[0].value', '"environment": [{"name": "PIN", "value": 4711}]'],
  ['entryPoint[1]', '"entryPoint": ["run", 4711]'],
  ['healthCheck.command[1]', '"healthCheck": {"command": ["CMD", 4711]}'],
  ['dockerLabels.pin', '"dockerLabels": {"pin": 4711}'],
  [
    'logConfiguration.options.splunk-token',
    '"logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": 4711}}'
  ]
])('what may be a secret is not shown: %s', (member, json) => {
  const [failure, ...others] = shapeFaults(definition(container(json)))
  expect(others).toEqual([])
  expect(failure?.fix).toBeUndefined()
  expect(failure?.message).toBe(
    `\`containerDefinitions[0].${member}\` (task-definition.json, line 5) is a number, but ECS takes a text in double quotes there: correct it.`
  )
})

test('true and false are no secrets', () => {
  const [failure] = shapeFaults(definition(container('"environment": [{"name": "DEBUG", "value": true}]')))
  expect([failure?.message, failure?.fix]).toEqual([
    '`containerDefinitions[0].environment[0].value` (task-definition.json, line 5) is true, but ECS takes a text in double quotes there: write "true".',
    '"value": "true"'
  ])
})

test('all faults are told, each at its place, in the order of the file', () => {
  const failures = shapeFaults(
    definition(
      '{"cpu": 256,\n"containerDefinitions": [{"name": "a b",\n"memory": "1"}, {"memory": "x"}],\n"family": ""}'
    )
  )
  expect(failures.map(({message}) => message)).toEqual([
    '`cpu` (task-definition.json, line 1) is 256, but ECS takes a text in double quotes there: write "256".',
    '`containerDefinitions[0].name` (task-definition.json, line 2) is `a b`, but a name has up to 255 letters, digits, `-` and `_`: correct it.',
    '`containerDefinitions[0].memory` (task-definition.json, line 3) is the text "1", but ECS takes a number without quotes there: write 1.',
    '`containerDefinitions[1]` (task-definition.json, line 3) has no `name`: name the container.',
    '`containerDefinitions[1].memory` (task-definition.json, line 3) is the text "x", but ECS takes a number without quotes there: correct it.',
    '`family` (task-definition.json, line 4) is empty: give the name under which ECS counts the revisions.'
  ])
  expect(failures.map(({place}) => [place?.line, place?.column])).toEqual([
    [1, 9],
    [2, 35],
    [3, 11],
    [3, 17],
    [3, 28],
    [4, 11]
  ])
  expect(failures.map(({fix}) => fix)).toContain('"memory": 1')
})

test('a protocol that is none is taken for tcp, which is told elsewhere', () => {
  expect(shapeFaults(definition(container('"portMappings": [{"containerPort": 80, "protocol": "UDP"}]')))).toEqual([])
})

test('words that ECS may have and the SDK has not are let through, and so are unknown members', () => {
  const newer = definition(
    '{"family": "web", "containerDefinitions": [{"name": "web", "logConfiguration": {"logDriver": "newlogs"}, "new": "x"}], "new": {"a": 1}}'
  )
  expect(shapeFaults(newer)).toEqual([])
})

test('a definition that is no file is named instead', () => {
  const {json} = definition('{"family": "web", "containerDefinitions": [{"name": "web", "memory": "1"}]}')
  const [failure] = shapeFaults({json, name: 'web:41', locate: () => undefined})
  expect(failure?.message).toMatch(/^`containerDefinitions\[0\].memory` \(web:41\) is the text "1"/)
  expect(failure?.place).toBeUndefined()
})
