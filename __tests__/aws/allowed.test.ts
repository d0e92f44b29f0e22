import {expect, test} from '@jest/globals'
import {ifAllowed} from '../../src/aws/allowed.ts'
import {testWorld} from '../image/support.ts'

const deny = (): Promise<string> =>
  Promise.reject(Object.assign(new Error('No access.'), {name: 'AccessDeniedException'}))

test('a denied call that only helps is told once, with what is not checked', async () => {
  const {log, lines} = testWorld()
  for (const action of ['ecr:BatchGetImage', 'ecr:BatchGetImage', 'ecs:ListTasks']) {
    expect(await ifAllowed(log, action, deny)).toBeUndefined()
  }
  expect(lines).toEqual([
    'image in ECR not checked: missing ecr:BatchGetImage',
    'tasks of the deployment not checked: missing ecs:ListTasks'
  ])
})

test('any other failure stays one', async () => {
  const fail = (): Promise<string> => Promise.reject(new Error('Broken.'))
  await expect(ifAllowed(testWorld().log, 'ecs:ListTasks', fail)).rejects.toThrow('Broken.')
})
