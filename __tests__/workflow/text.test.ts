import {expect, test} from '@jest/globals'
import {bounded, count, duration, harmless, listed, oneLine} from '../../src/workflow/text.ts'

/** What the runner takes for a command: `::` at the start of a line after white space, `##[` anywhere. */
const COMMAND = /^[\s\u0085]*::|##\[/

test.each([
  '::error::forged',
  '  ::set-output name=a::b',
  'a\n::add-mask::x',
  'a\r::warning::x',
  'a\r\n\t::group::x',
  'text ##[error]forged',
  '\u0085::error::x'
])('no line of %j stays a command', hostile => {
  expect(COMMAND.test(hostile) || hostile.split(/\r\n?|\n/).some(line => COMMAND.test(line))).toBe(true)
  for (const line of harmless(hostile).split(/\r\n?|\n/)) expect(line).not.toMatch(COMMAND)
  expect(oneLine(hostile)).not.toMatch(COMMAND)
})

test('plain text stays as it is', () => {
  expect(harmless('(service web) has started 2 tasks: (task a::b).')).toBe(
    '(service web) has started 2 tasks: (task a::b).'
  )
})

test('one line is one line', () => {
  expect(oneLine('a\n  b\r\nc\u2028d\u0007')).toBe('a b c d')
})

test('a text of nothing but blanks and line breaks takes no longer than it is long', () => {
  const blanks = ' '.repeat(1_000_000)
  expect(oneLine(`a${blanks}b`)).toBe(`a${blanks}b`)
  expect(oneLine(`a${blanks}\n${blanks}b\n \nc`)).toBe('a b c')
  expect(harmless(`${'\n'.repeat(1_000_000)}::error::`)).toMatch(/\u200B::error::$/)
})

test.each([
  [0, '0 s'],
  [59_400, '59 s'],
  [60_000, '1 min'],
  [133_000, '2 min 13 s'],
  [3_600_000, '1 h'],
  [3_900_000, '1 h 5 min']
])('%d ms are %s', (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text)
})

test('counts, lists and bounds', () => {
  expect(count(1, 'task')).toBe('1 task')
  expect(count(2, 'entry', 'entries')).toBe('2 entries')
  expect(listed([])).toBe('')
  expect(listed(['a'])).toBe('a')
  expect(listed(['a', 'b', 'c'])).toBe('a, b and c')
  expect(listed(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more')
  expect(bounded('abcdef', 4)).toBe('abc…')
})
