import {expect, test} from '@jest/globals'
import type {StepResult} from '../../emulator/runner.ts'
import {complaints, lineOf, type Measured, MOST, slowestLine} from '../../scripts/benchmark/table.ts'

const BUILD = {seconds: 120, bytes: 537}

/** A result as it should be, or with something that is not. */
function measured({messages = ['`cpu` is "half"'], exitCode = 1, ...more}: Partial<Measured> & Failed = {}): Measured {
  const annotations = messages.map(message => ({level: 'error' as const, message, properties: {}}))
  const step = {exitCode, annotations} as Partial<StepResult> as StepResult
  const mistake = {name: 'task size', check: 'task-size', says: [/^`cpu` is/]}
  return {mistake, step, seconds: 1.5, changes: [], build: BUILD, bytes: 0, ...more}
}

interface Failed {
  readonly messages?: readonly string[]
  readonly exitCode?: number
}

test('a mistake that is told in time, with nothing built or changed, is as it should be', () => {
  expect(complaints(measured())).toEqual([])
  expect(complaints(measured({seconds: MOST * BUILD.seconds}))).toEqual([])
  expect(lineOf(measured()).replace(/ +/g, ' ')).toBe('✓ task size 1.50 1.25 % 0 0 0')
})

test.each([
  ['not told', {messages: []}, 'Not told, or not expected: /^`cpu` is/'],
  ['told with something else', {messages: ['`cpu` is "half"', 'No']}, 'Not told, or not expected: No'],
  ['no failure', {exitCode: 0}, 'The step ended with 0'],
  ['built', {bytes: 537}, '537 bytes were built'],
  ['changed', {changes: ['RegisterTaskDefinition', 'UpdateService']}, 'It did RegisterTaskDefinition, UpdateService'],
  ['too slow', {seconds: 3.1}, 'The step took more than 2.50 % of the build']
])('%s', (_name, more, complaint) => {
  expect(complaints(measured(more))).toEqual([complaint])
  expect(lineOf(measured(more))).toMatch(/^✗ /)
})

test('revisions and changes are counted, and the slowest comes last', () => {
  const changed = measured({seconds: 2.4, changes: ['RegisterTaskDefinition', 'UpdateService']})
  expect(lineOf(changed).replace(/ +/g, ' ')).toMatch(/^✗ task size 2\.40 2\.00 % 0 1 2\n/)
  expect(slowestLine([measured(), changed, measured()])).toBe(
    'The slowest is “task size”: 2.40 s, 2.00 % of a build of 120.0 s.'
  )
})
