import {expect, test} from '@jest/globals'
import {Account} from './account.ts'

/** A definition as the repository has it; the health check stands in line 18. */
function definition(account: Account): object {
  const [container] = (account.definition('v1') as {containerDefinitions: object[]}).containerDefinitions
  const healthCheck = {command: ['CMD', '/healthy']}
  return {...account.definition('v1'), containerDefinitions: [{...container, healthCheck}]}
}

test('a cause that lies in the task definition is annotated at its line', async () => {
  await using account = await Account.open()
  const json = definition(account)
  await account.file('task-definition.json', json)
  const step = await account.release({image: account.uri('v2-never-healthy')})
  expect(step.outputs['status']).toBe('rolled-back')
  expect(step.annotations).toHaveLength(1)
  const properties = step.annotations[0]?.properties ?? {}
  const lines = JSON.stringify(json, undefined, 2).split('\n')
  expect(properties['file']).toBe('task-definition.json')
  expect(lines[Number(properties['line']) - 1]).toContain('"healthCheck": {')
})

test('a cause that does not lie there is annotated without a line', async () => {
  await using account = await Account.open()
  await account.file('task-definition.json', definition(account))
  const step = await account.release({image: account.uri('v2-crash')})
  expect(step.annotations).toHaveLength(1)
  expect(step.annotations[0]?.properties).not.toHaveProperty('file')
})

test('each service that fails has an annotation', async () => {
  await using account = await Account.open()
  await account.service({serviceName: 'worker', desiredCount: 1})
  account.advance(600)
  account.under({Version: '2012-10-17', Statement: [{Effect: 'Allow', Action: '*', Resource: '*'}]})
  const step = await account.release({service: 'web\nworker', image: account.uri('v2-crash')})
  expect(step.annotations.map(({message}) => /; (\w+) in prod runs/.exec(message)?.[1])).toEqual(['web', 'worker'])
})
