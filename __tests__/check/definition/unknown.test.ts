import {expect, test} from '@jest/globals'
import {runChecks} from '../../../src/check/check.ts'
import {unknownMembers, unknownWords} from '../../../src/check/definition/unknown.ts'
import {fargate, messages, situation} from '../situation.ts'
import {finds, withContainers} from './support.ts'

const passedOn = (path: string, line: number, advice: string): string =>
  `\`${path}\` (task-definition.json, line ${line}) is not known to this action and passed on to ECS as it is: ${advice}`

finds(
  unknownMembers,
  [
    [
      withContainers({enviroment: []}),
      passedOn('containerDefinitions[0].enviroment', 19, 'did you mean `environment`?')
    ],
    [
      fargate({netwrkMode: 'awsvpc', somethingNew: {}}),
      passedOn('netwrkMode', 21, 'did you mean `networkMode`?'),
      passedOn('somethingNew', 22, 'correct it unless it is new.')
    ],
    [
      withContainers({portMappings: [{containerport: 8080}], healthCheck: {command: ['CMD', 'x'], intervall: 5}}),
      passedOn('containerDefinitions[0].portMappings[0].containerport', 16, 'did you mean `containerPort`?'),
      passedOn('containerDefinitions[0].healthCheck.intervall', 24, 'did you mean `interval`?')
    ]
  ],
  [
    fargate(),
    withContainers({dockerLabels: {anything: 'goes'}, logConfiguration: {logDriver: 'splunk', options: {x: 'y'}}})
  ]
)

finds(
  unknownWords,
  [
    [
      withContainers({logConfiguration: {logDriver: 'awslog'}}),
      '`containerDefinitions[0].logConfiguration.logDriver` (task-definition.json, line 20) is `awslog`, which is not among the words that ECS is known to take there: did you mean `awslogs`?'
    ],
    [
      fargate({pidMode: 'container'}),
      '`pidMode` (task-definition.json, line 21) is `container`, which is not among the words that ECS is known to take there: they are `host` and `task`.'
    ],
    [
      withContainers({portMappings: [{containerPort: 53, protocol: 'UDP'}]}),
      '`containerDefinitions[0].portMappings[0].protocol` (task-definition.json, line 17) is `UDP`, which is not among the words that ECS is known to take there: did you mean `udp`?'
    ]
  ],
  [fargate(), withContainers({logConfiguration: {logDriver: 'awslogs'}}), fargate({networkMode: '${MODE}'})]
)

test('the annotation is at the name of the member', () => {
  const [finding] = runChecks([unknownMembers], situation({definition: withContainers({enviroment: []})}))
  expect(finding).toMatchObject({
    check: 'unknown-member',
    level: 'warning',
    place: {file: 'task-definition.json', line: 19, column: 7}
  })
})

test('what ECS itself answers is known to ECS', () => {
  const seen = situation()
  const definition = {...seen.definition, json: {...fargate(), somethingNew: 1}, locate: () => undefined}
  expect(messages(unknownMembers, {...seen, definition})).toEqual([])
})
