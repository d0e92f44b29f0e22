import {expect, test} from '@jest/globals'
import {DEFINITION_CHECKS} from '../../../src/check/definition/checks.ts'
import {runChecks} from '../../../src/check/check.ts'
import type {JsonObject} from '../../../src/definition/json.ts'
import {fargate, situation} from '../situation.ts'

const MISTAKES = fargate({cpu: '300', pidMode: 'host'})

function found(definition: JsonObject, running: JsonObject): string[] {
  const arn = 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:1'
  const seen = situation({definition, running: {arn, status: 'ACTIVE', json: running, tags: []}})
  return runChecks(DEFINITION_CHECKS, seen).map(({check}) => check)
}

test('what ECS registered already is no error, wherever it stands in the file', () => {
  expect(found(MISTAKES, fargate())).toEqual(['fargate-size', 'fargate-refused'])
  expect(found({enableFaultInjection: false, ...MISTAKES}, MISTAKES)).toEqual([])
})

test('another mistake of the same kind is one', () => {
  expect(found({...MISTAKES, cpu: '400'}, MISTAKES)).toEqual(['fargate-size'])
  expect(found(MISTAKES, fargate({cpu: '300'}))).toEqual(['fargate-refused'])
})

test('what was registered for instances is no proof for Fargate', () => {
  const forInstances = {...MISTAKES, requiresCompatibilities: ['EC2']}
  const arn = 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:1'
  const running = {arn, status: 'ACTIVE', json: forInstances, tags: []}
  const seen = situation({definition: MISTAKES, service: {launchType: 'EC2'}, running})
  expect(runChecks(DEFINITION_CHECKS, seen).map(({check}) => check)).toEqual(['fargate-size', 'fargate-refused'])
})

test('warnings stay', () => {
  const warned = fargate({
    tags: [
      {key: 'a', value: ''},
      {key: 'a', value: ''}
    ]
  })
  expect(found(warned, warned)).toEqual(['repeated-names'])
})
