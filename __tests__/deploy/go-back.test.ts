import type {Deployment} from '@aws-sdk/client-ecs'
import {expect, test} from '@jest/globals'
import {deploymentToLeave} from '../../src/deploy/go-back.ts'

const leaving: Deployment = {id: 'ecs-svc/2', status: 'PRIMARY', taskDefinition: 'web:42', rolloutState: 'IN_PROGRESS'}
const before: Deployment = {id: 'ecs-svc/1', status: 'ACTIVE', taskDefinition: 'web:41', rolloutState: 'COMPLETED'}

test('ECS goes back by itself where it can only go to the revision that is wanted', () => {
  expect(deploymentToLeave({deployments: [leaving, before]}, 'web:41')).toBe(leaving)
  // Blue/green deployments show both on their way.
  expect(deploymentToLeave({deployments: [leaving, {...before, rolloutState: 'IN_PROGRESS'}]}, 'web:41')).toBe(leaving)
})

test.each<[string, Deployment[], string]>([
  ['it is over', [{...leaving, rolloutState: 'FAILED'}, before], 'web:41'],
  ['it is done', [{...leaving, rolloutState: 'COMPLETED'}], 'web:41'],
  ['another revision is wanted', [leaving, before], 'web:40'],
  ['something else runs beside it', [leaving, before, {...before, id: 'ecs-svc/0'}], 'web:41'],
  ['what is beside it failed', [leaving, {...before, rolloutState: 'FAILED'}], 'web:41'],
  ['it is what is wanted', [leaving, before], 'web:42'],
  ['nothing ran before', [leaving], 'web:41'],
  ['there is none', [], 'web:41']
])('the revision is deployed where %s', (_, deployments, wanted) => {
  expect(deploymentToLeave({deployments}, wanted)).toBeUndefined()
})
