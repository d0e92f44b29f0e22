import {expect, test} from '@jest/globals'
import {executionRole} from '../../../src/check/definition/roles.ts'
import type {JsonObject} from '../../../src/definition/json.ts'
import {situation} from '../situation.ts'
import {ec2WithContainers, finds, withContainers} from './support.ts'

const withoutRole = (definition: JsonObject): JsonObject => ({...definition, executionRoleArn: ''})
const needed = (reason: string): string =>
  'The task definition (task-definition.json) has no `executionRoleArn`, the role with which ECS prepares a task, but ' +
  `needs it for ${reason}: add it.`
const SECRETS = {secrets: [{name: 'KEY', valueFrom: '/web/key'}]}
const AWSLOGS = {image: 'nginx', logConfiguration: {logDriver: 'awslogs'}}

finds(
  executionRole,
  [
    [
      withoutRole(withContainers({})),
      needed('the image in ECR of `containerDefinitions[0]` (task-definition.json, line 11)')
    ],
    [
      withoutRole(withContainers(AWSLOGS)),
      needed('the log driver `awslogs` of `containerDefinitions[0].logConfiguration` (task-definition.json, line 19)')
    ],
    [
      ec2WithContainers(SECRETS),
      needed('the secret `containerDefinitions[0].secrets[0]` (task-definition.json, line 14)')
    ]
  ],
  [
    withContainers({...SECRETS, ...AWSLOGS}),
    withoutRole(withContainers({image: 'nginx', logConfiguration: {logDriver: 'splunk'}})),
    // There the instance's role pulls images and writes logs.
    ec2WithContainers({logConfiguration: {logDriver: 'awslogs'}})
  ]
)

test('there is a line to paste', () => {
  const [found] = executionRole.run(situation({definition: withoutRole(withContainers({}))}))
  expect(found?.fix).toBe('"executionRoleArn": "arn:aws:iam::111122223333:role/ecsTaskExecutionRole",')
})
