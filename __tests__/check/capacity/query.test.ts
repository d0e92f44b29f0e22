import {expect, test} from '@jest/globals'
import {parseQuery, type Queried} from '../../../src/check/capacity/query.ts'

const instance: Queried = {
  ec2InstanceId: 'i-0a1',
  agentConnected: true,
  attributes: new Map([
    ['ecs.instance-type', 't3.small'],
    ['ecs.availability-zone', 'eu-central-1a'],
    ['stack', 'blue green'],
    ['flag', undefined]
  ])
}

const answer = (expression: string) => parseQuery(expression)?.(instance)

test.each([
  ['attribute:ecs.instance-type == t3.small', true],
  ['attribute:ecs.instance-type==t3.small', true],
  ['attribute:ecs.instance-type equals t3.large', false],
  ['attribute:ecs.instance-type != t3.large', true],
  ['attribute:ecs.instance-type not_equals t3.small', false],
  ['attribute:ecs.instance-type =~ t3.*', true],
  ['attribute:ecs.instance-type matches (t2|t3).small', true],
  ['attribute:ecs.instance-type =~ m5.*', false],
  ['attribute:ecs.instance-type !~ m5.*', true],
  ['attribute:ecs.instance-type not_matches t3.*', false],
  ['attribute:ecs.availability-zone in [eu-central-1a, eu-central-1b]', true],
  ["ec2InstanceId in ['i-0a1', 'i-0a2']", true],
  ['ec2InstanceId not_in [i-0a1]', false],
  ['attribute:ecs.availability-zone !in [eu-central-1c]', true],
  ['attribute:stack exists', true],
  ['attribute:flag exists', true],
  ['attribute:other exists', false],
  ['attribute:other !exists', true],
  ['attribute:stack not_exists', false],
  ['attribute:stack == "blue green"', true],
  ['agentConnected == true', true],
  ['attribute:other == x', false],
  ['attribute:other =~ .*', false]
])('%s is %s', (expression, expected) => {
  expect(answer(expression)).toBe(expected)
})

test.each([
  ['attribute:a exists and attribute:stack exists', false],
  ['attribute:stack exists && ec2InstanceId == i-0a1', true],
  ['attribute:a exists or attribute:stack exists', true],
  ['attribute:a exists || attribute:b exists', false],
  ['not(attribute:a exists)', true],
  ['!(attribute:stack exists)', false],
  ['not attribute:stack exists', false],
  ['(attribute:a exists or attribute:stack exists) and ec2InstanceId == i-0a1', true],
  // `and` binds closer than `or`.
  ['attribute:stack exists or attribute:a exists and attribute:b exists', true],
  ['(attribute:ecs.instance-type =~ (t2|t3).*)', true]
])('compound: %s is %s', (expression, expected) => {
  expect(answer(expression)).toBe(expected)
})

test.each([
  // Whether a pattern has to fit the whole value, and whether what is not there is unequal, is not documented.
  'attribute:ecs.instance-type =~ t3',
  'attribute:ecs.instance-type !~ t3',
  'attribute:other != x',
  'attribute:other !in [x]',
  'not(attribute:other != x)',
  'attribute:other != x and attribute:stack exists'
])('%s is left open', expression => {
  expect(parseQuery(expression)).toBeDefined()
  expect(answer(expression)).toBeUndefined()
})

test('what is left open does not matter beside what decides', () => {
  expect(answer('attribute:other != x or attribute:stack exists')).toBe(true)
  expect(answer('attribute:other != x and attribute:a exists')).toBe(false)
})

test.each([
  '',
  'attribute:',
  'attribute:stack',
  'attribute:stack ==',
  'attribute:stack == blue green',
  'attribute:stack = blue',
  'attribute:stack == (blue)',
  'attribute:stack in blue',
  'attribute:stack in []',
  'attribute:stack in [blue',
  'attribute:stack > 3',
  'attribute:stack =~ [a-z&&[^b]]',
  'attribute:stack =~ a++',
  'attribute:stack =~ (?i)blue',
  '(attribute:stack exists',
  'attribute:stack exists)',
  'attribute:stack exists and',
  'task:group == service:web',
  'not(task:group == database)',
  'runningTasksCount == 1',
  'registeredAt < 2018-02-13',
  'agentVersion < 1.14.5',
  'attribute:stack __proto__ x'
])('%j is not understood', expression => {
  expect(parseQuery(expression)).toBeUndefined()
})
