import {expect, test} from '@jest/globals'
import {nearest} from '../../src/workflow/nearest.ts'

const KNOWN = ['environment', 'environmentFiles', 'essential', 'memory', 'cpu', 'name']

test.each([
  ['enviroment', 'environment'],
  ['environmnet', 'environment'],
  ['Environment', 'environment'],
  ['environmentFile', 'environmentFiles'],
  ['memmory', 'memory'],
  ['nmae', 'name'],
  ['cpus', 'cpu']
])('%s is meant to be %s', (name, meant) => {
  expect(nearest(name, KNOWN)).toBe(meant)
})

test.each(['gpu-count', 'secrets', 'x', ''])('nothing is near %p', name => {
  expect(nearest(name, KNOWN)).toBeUndefined()
})

test('of two that are near, the nearest', () => {
  expect(nearest('DATABASE_URI', ['DATABASE_USER', 'DATABASE_URL'])).toBe('DATABASE_URL')
})
