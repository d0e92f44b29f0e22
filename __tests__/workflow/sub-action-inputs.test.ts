import {readFileSync} from 'node:fs'
import {expect, test} from '@jest/globals'
import {parse} from 'yaml'
import {readContinueInputs, readRollbackInputs} from '../../src/workflow/sub-action-inputs.ts'
import {readWayBackInputs} from '../../src/workflow/way-back-inputs.ts'

function env(inputs: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]))
}

test('nothing goes back by itself unless that is wanted', () => {
  expect(readWayBackInputs(() => '')).toEqual({rollbackOnFailure: 'off', onCancel: 'leave'})
})

test('a word that is none is refused with those that are', () => {
  const read = (name: string) => () => readWayBackInputs(asked => (asked === name ? 'always' : ''))
  expect(read('rollback-on-failure')).toThrow(
    'The input `rollback-on-failure` is `always`: set it to `off`, `failure` or `failure-or-timeout`.'
  )
  expect(read('on-cancel')).toThrow('The input `on-cancel` is `always`: set it to `leave` or `rollback`.')
})

test('several services have a revision each', () => {
  expect(readRollbackInputs(env({service: 'web\nworker', to: 'web:41\nworker:7'}))).toMatchObject({
    service: ['web', 'worker'],
    to: ['web:41', 'worker:7'],
    cluster: 'default'
  })
  expect(() => readRollbackInputs(env({service: 'web', to: 'web'}))).toThrow(
    /names no revision: write `family:revision`/
  )
})

test('a deployment to continue is named by itself or by its service', () => {
  expect(readContinueInputs(env({service: 'web', 'hook-id': 'ecs-pause-1\necs-pause-2'}))).toMatchObject({
    action: 'continue',
    service: 'web',
    serviceDeploymentArn: undefined,
    hookId: ['ecs-pause-1', 'ecs-pause-2'],
    waitFor: 'deployed'
  })
  expect(() => readContinueInputs(env({}))).toThrow(/^The inputs `service-deployment-arn` and `service` are empty/)
  expect(() => readContinueInputs(env({service: 'web', action: 'stop'}))).toThrow(
    'The input `action` is `stop`: set it to `continue` or `rollback`.'
  )
})

test.each([
  ['rollback', readRollbackInputs, {service: 'web'}],
  ['continue', readContinueInputs, {'service-deployment-arn': 'arn'}]
] as const)('every input of %s/action.yml is read, and no other', (folder, read, required) => {
  const {inputs} = parse(readFileSync(`${folder}/action.yml`, 'utf8')) as {inputs: Record<string, unknown>}
  const asked = new Set<string>(['SUB-ACTION'])
  const given = env(required)
  const handler = {
    get: (_: object, name: string) => {
      asked.add(name.replace('INPUT_', ''))
      return given[name]
    }
  }
  read(new Proxy({}, handler))
  expect([...asked].sort()).toEqual(
    Object.keys(inputs)
      .map(name => name.toUpperCase())
      .sort()
  )
})
