import {expect, test} from '@jest/globals'
import {parseDefinition} from '../../src/definition/parse.ts'
import {failureOf, file} from './support.ts'

test.each([
  ['{"family": "web",\n "cpu" "256"}', 2, 8, '`"` stands where a colon is due'],
  ['{"family": "web"\n "cpu": "256"}', 2, 2, 'a comma is missing before `"`'],
  ["{'family': 'web'}", 1, 2, "`'` begins no value; text is put in double quotes"],
  ['{"family": web}', 1, 12, '`w` begins no value; text is put in double quotes'],
  ['{"family": }', 1, 12, '`}` stands where a value is due'],
  ['{"family": "web", ,}', 1, 19, '`,` stands where the name of a member in double quotes is due'],
  ['{"family": "web"', 1, 17, 'a closing `}` is missing before the end of the file'],
  ['{"a": [1, 2}', 1, 12, 'a closing `]` is missing before `}`'],
  ['{"a": {"b": 1]}', 1, 14, 'a closing `}` is missing before `]`'],
  ['{"a": [1 2]}', 1, 10, 'a comma is missing before `2`'],
  ['{"family": "web}\n', 1, 12, 'this text has no closing double quote on its line'],
  [
    '{"family": "C:\\web"}',
    1,
    12,
    'this text has a backslash that begins no escape; a backslash itself is written `\\\\`'
  ],
  ['{"family": "\\u12"}', 1, 12, 'this text has a `\\u` without four hexadecimal digits'],
  [
    '{"a": "\t"}',
    1,
    7,
    'this text has a tab or another control character, which is written as an escape such as `\\t`'
  ],
  ['{"cpu": ${CPU}}', 1, 9, '`$` begins no value; text is put in double quotes'],
  ['{"family": "web"} {}', 1, 19, '`{` follows after the end of the definition'],
  ['{"a": 1 /* }', 1, 9, 'this comment has no end'],
  ['<<<<<<< HEAD\n{}', 1, 1, '`<` begins no value; text is put in double quotes'],
  ['{\r\n  "family": "web",\r\n  "cpu" "256"\r\n}', 3, 9, '`"` stands where a colon is due']
])('%j is not JSON', (text, line, column, fault) => {
  const failure = failureOf(() => parseDefinition(file(text)))
  expect(failure.message).toBe(
    `The task definition \`task-definition.json\` is not JSON: line ${line}, column ${column}: ${fault}.`
  )
  expect(failure.place).toEqual({file: 'task-definition.json', line, column})
})

test.each([
  ['"web"', 'a string'],
  ['42', 'a number'],
  ['null', 'null']
])('%s is no definition', (text, what) => {
  expect(failureOf(() => parseDefinition(file(text))).message).toBe(
    `The task definition \`task-definition.json\` is ${what}, but must be an object: put the definition in \`{\` and \`}\`.`
  )
})

test('comments and trailing commas are tolerated', () => {
  const text = '// the web service\n{"family": "web", /* small */ "cpu": "256",}'
  expect(parseDefinition(file(text)).json).toEqual({family: 'web', cpu: '256'})
})

test('it reads values as JSON.parse does: the last of equal names, __proto__ as a name like others', () => {
  const text =
    '{"a": {"x": 1, "__proto__": {"y": 2}, "x": "\\u00e4\\n"}, "__proto__": {"z": [1e3, -0.5, true, false, null, ""]}, "a2": {}}'
  const {json} = parseDefinition(file(text))
  expect(JSON.stringify(json)).toBe(JSON.stringify(JSON.parse(text)))
  expect(Object.getPrototypeOf(json)).toBe(Object.prototype)
  expect('z' in json).toBe(false)
})

test('what describe-task-definition prints is unwrapped, with its tags', () => {
  const text = '{"taskDefinition": {"family": "web",\n "cpu": "256"},\n "tags": [{"key": "team", "value": "shop"}]}'
  const {json, containersOnly, locate} = parseDefinition(file(text))
  expect(json).toEqual({family: 'web', cpu: '256', tags: [{key: 'team', value: 'shop'}]})
  expect(containersOnly).toBe(false)
  expect(locate(['cpu'])).toEqual({file: 'task-definition.json', line: 2, column: 9})
  expect(locate(['tags', 0, 'value'])).toEqual({file: 'task-definition.json', line: 3, column: 36})
})

test('a bare list of containers is kept as such', () => {
  const {json, containersOnly, locate} = parseDefinition(file('[\n  {"name": "web"}\n]'))
  expect(json).toEqual({containerDefinitions: [{name: 'web'}]})
  expect(containersOnly).toBe(true)
  expect(locate(['containerDefinitions', 0, 'name'])).toEqual({file: 'task-definition.json', line: 2, column: 12})
})

test('every member has a place; a missing one that of what would hold it', () => {
  const text = '{\n  "family": "old",\n  "family": "web",\n  "a": [\n    null,\n    {"b": [1,\n      2]}\n  ]\n}'
  const {locate} = parseDefinition(file(text))
  const lineAndColumn = (...path: (string | number)[]) => {
    const {line, column} = locate(path)
    return [line, column]
  }
  expect(lineAndColumn()).toEqual([1, 1])
  expect(lineAndColumn('family')).toEqual([3, 13])
  expect(lineAndColumn('a', 0)).toEqual([6, 5])
  expect(lineAndColumn('a', 0, 'b', 1)).toEqual([7, 7])
  expect(lineAndColumn('a', 0, 'c', 'd')).toEqual([6, 5])
  expect(lineAndColumn('a', 7)).toEqual([4, 8])
  expect(lineAndColumn('x', 1)).toEqual([1, 1])
})

test.each(['1e400', '-1e400', '9007199254740993'])('the number %s is refused, because it cannot be kept', number => {
  const failure = failureOf(() => parseDefinition(file(`{"containerDefinitions": [\n{"memory": ${number}}]}`)))
  expect(failure.message).toBe(
    `The number ${number} in the task definition \`task-definition.json\` (line 2) cannot be kept as it is: write one between -9007199254740991 and 9007199254740991.`
  )
  expect(failure.place).toEqual({file: 'task-definition.json', line: 2, column: 12})
})

test('other numbers are kept', () => {
  const {json} = parseDefinition(file('{"a": 9007199254740991, "b": 0.25, "c": -1e3, "d": 0}'))
  expect(json).toEqual({a: 9007199254740991, b: 0.25, c: -1000, d: 0})
})

test('the name of a member has a place of its own', () => {
  const {locate} = parseDefinition(
    file('{\n  "family": "web",\n  "cpu": "1", "containerDefinitions": [{"name": "a"}]}')
  )
  const columns = (path: Parameters<typeof locate>[0]) => [locate(path, 'name'), locate(path)].map(({column}) => column)
  expect(columns(['cpu'])).toEqual([3, 10])
  expect(columns(['containerDefinitions', 0, 'name'])).toEqual([41, 49])
  expect(columns(['containerDefinitions', 0])).toEqual([40, 40])
})
