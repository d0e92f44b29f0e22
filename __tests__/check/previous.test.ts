import {expect, test} from '@jest/globals'
import {previousGood} from '../../src/check/previous.ts'

/** A history, oldest first: `41` succeeded, `42!` was rolled back by ECS, `43?` is on its way, `44x` was stopped. */
function history(text: string) {
  const ends = new Map([
    ['!', 'ROLLBACK_SUCCESSFUL'],
    ['?', 'IN_PROGRESS'],
    ['x', 'STOPPED']
  ])
  const deployments = text.split(' ').map(word => {
    const [, revision = '', end = ''] = /^(\d+)(\D?)$/.exec(word) ?? []
    return {taskDefinitionArn: revision, status: ends.get(end) ?? 'SUCCESSFUL'}
  })
  return deployments.toReversed()
}

test.each([
  ['the one before', '40 41 42', '42', '41'],
  ['not one that failed', '40 41 42x 43', '43', '41'],
  ['what ran before one that is on its way', '40 41 42?', '42', '41'],
  ['what ran before one that was stopped', '40 41 42x', '42', '41'],
  ['what runs now, where ECS has gone back itself', '40 41 42!', '41', '41'],
  ['also while it does', '40 41 42!', '41', '41'],
  ['back twice is back by two', '40 41 42 41', '41', '40'],
  ['back by two at once', '40 41 42 40', '40', undefined],
  ['not the same once more', '40 41 41 41', '41', '40'],
  ['what ran before it ran first, where it fails now', '40 41 42 41x', '41', '40'],
  ['the last one that ran well, where the present one never did', '40 41', '50', '41'],
  ['nothing, where there was nothing', '41', '41', undefined],
  ['nothing, where nothing ever ran well', '41x', '41', undefined]
])('a service goes back to %s: %s', (_, text, current, expected) => {
  expect(previousGood(history(text), current)).toBe(expected)
})

test('a deployment whose revision is not known any more is left out', () => {
  const unknown = {taskDefinitionArn: undefined, status: 'SUCCESSFUL'}
  const [last, first] = history('41 42')
  expect(
    previousGood(
      [last, unknown, first].flatMap(one => one ?? []),
      '42'
    )
  ).toBe('41')
  expect(previousGood([], '42')).toBeUndefined()
})
