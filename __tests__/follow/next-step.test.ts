import {expect, test} from '@jest/globals'
import {describeStep, howToContinue, howToGoBack} from '../../src/follow/next-step.ts'
import {started} from './examples.ts'

const ARN = 'arn:aws:ecs:eu-west-1:111122223333:service-deployment/prod/web/NCWGC2ZR-taawPAYrIaU5'
const {step, command} = howToContinue(started.service.arn, ARN, 'ecs-pause-1')

test('a paused deployment is continued by a step of this action', () => {
  expect(describeStep(step, {repository: 'octo-org/ecs-release', ref: 'v1'})).toEqual([
    '- uses: octo-org/ecs-release/continue@v1',
    '  with:',
    '    aws-region: eu-west-1',
    `    service-deployment-arn: ${ARN}`,
    '    hook-id: ecs-pause-1'
  ])
  expect(describeStep(step, undefined)[0]).toBe('- uses: ./continue')
})

test('or by the AWS CLI', () => {
  expect(command).toBe(
    `aws ecs continue-service-deployment --region eu-west-1 --service-deployment-arn ${ARN} --hook-id ecs-pause-1 --action CONTINUE`
  )
})

test('two pauses are continued by one step for all that wait, and by a command each', () => {
  const both = howToContinue(started.service.arn, ARN, 'ecs-pause-1', 'ecs-pause-2')
  expect(both.step.with).toEqual({'aws-region': 'eu-west-1', 'service-deployment-arn': ARN})
  expect(both.command).toBe([command, command.replace('ecs-pause-1', 'ecs-pause-2')].join('\n'))
})

test('a service is taken back by a step of this action', () => {
  const back = howToGoBack(started.service, 'arn:aws:ecs:eu-west-1:111122223333:task-definition/web:41')
  expect(describeStep(back, {repository: 'octo-org/ecs-release', ref: 'v1'})).toEqual([
    '- uses: octo-org/ecs-release/rollback@v1',
    '  with:',
    '    aws-region: eu-west-1',
    '    cluster: prod',
    '    service: web',
    '    to: web:41'
  ])
  const role = 'arn:aws:iam::111122223333:role/release-web'
  expect(describeStep(back, {repository: 'octo-org/ecs-release', ref: 'v1', role})).toContain(
    `    role-to-assume: ${role}`
  )
})
