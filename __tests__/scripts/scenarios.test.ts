import {describe, expect, test} from '@jest/globals'
import {scenarios} from '../../scripts/scenarios/list.ts'
import {changesIn, isHarmless, planRow, type PlanResult, playPlan} from '../../scripts/scenarios/plan.ts'
import {passes, play, playAll, type Result} from '../../scripts/scenarios/run.ts'
import type {Scenario} from '../../scripts/scenarios/scenario.ts'
import {complaints, summary, tableOf} from '../../scripts/scenarios/table.ts'

function named(name: string): Scenario {
  const scenario = scenarios.find(each => each.name === name)
  if (scenario === undefined) throw new Error(`There is no scenario ${name}.`)
  return scenario
}

const nothing = named('nothing to do')

describe('scenarios', () => {
  test('have names of their own and at least thirty of them', () => {
    const names = scenarios.map(({name}) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThanOrEqual(30)
  })

  test('are in the table for each outcome', () => {
    const statuses = new Set(scenarios.map(({expected}) => expected.status))
    expect([...statuses].sort()).toEqual(
      [
        ...['deployed', 'healthy', 'started', 'unchanged', 'rolled-back', 'rollback-failed', 'failed', 'stopped'],
        ...['superseded', 'timed-out', 'scaled-to-zero', 'service-gone', 'access-lost', 'cancelled'],
        ...['paused', 'reached', 'error']
      ].sort()
    )
  })

  test.each([
    'deployed behind a load balancer',
    'crash at start, rolled back',
    'superseded while old tasks drain',
    'rolled back by an alarm',
    'blue/green: deployed',
    'canary: paused and rolled back',
    'CodeDeploy, a hook fails',
    'waits until it is paused',
    'service deleted while nobody could look',
    'throttled throughout'
  ])('end as they should: %s', async name => {
    const result = await play(named(name))
    expect({...result, complaints: complaints(result)}).toMatchObject({
      status: result.scenario.expected.status,
      exitCode: result.scenario.expected.exitCode,
      complaints: []
    })
    expect(passes(result)).toBe(true)
  })
})

describe('a scenario fails', () => {
  test('with another verdict than expected', async () => {
    const result = await play({...nothing, expected: {status: 'deployed', exitCode: 0, says: []}})
    expect(result).toMatchObject({status: 'unchanged', exitCode: 0, seconds: 0, error: undefined})
    expect(passes(result)).toBe(false)
  })

  test('without its key sentence', async () => {
    const result = await play({...nothing, expected: {status: 'unchanged', exitCode: 0, says: [/no such words/]}})
    expect(passes(result)).toBe(false)
    expect(complaints(result)).toEqual(['The log does not say /no such words/'])
  })

  test('when the step ends before the outcome', async () => {
    const result = await play({...nothing, outcome: {what: 'the end of the world', hasCome: () => false}})
    expect(passes(result)).toBe(false)
    expect(complaints(result)).toEqual(['The step ended before its outcome: the end of the world'])
  })

  test('when something of it did not happen', async () => {
    const when = {what: 'the moon is blue', hasCome: () => false}
    const result = await play({...nothing, meanwhile: [{when, what: () => undefined}]})
    expect(passes(result)).toBe(false)
    expect(complaints(result)).toEqual(['Error: What was to happen when the moon is blue did not: the step was over.'])
  })

  test('when it cannot be set up', async () => {
    const before = (): never => {
      throw new Error('No such service.')
    }
    const result = await play({...nothing, before})
    expect(passes(result)).toBe(false)
    expect(complaints(result)).toEqual(['Error: No such service.'])
  })
})

function resultOf(seconds: number | undefined, more: Partial<Result> = {}): Result {
  const {status, exitCode} = nothing.expected
  return {scenario: nothing, status, exitCode, wording: [], seconds, calls: 10, log: '', error: undefined, ...more}
}

describe('the table', () => {
  test('has a line for each scenario', () => {
    const {head, row} = tableOf([nothing])
    expect([
      head,
      row(resultOf(1.23)),
      row(resultOf(undefined, {status: '', exitCode: null, wording: ['The log does not say /a/']}))
    ]).toEqual([
      '  scenario       expected           actual             key sentence   seconds   calls',
      '✓ nothing to do  unchanged 0        unchanged 0        ✓                  1.2      10',
      '✗ nothing to do  unchanged 0        none none          ✗                 none      10'
    ])
  })

  test('closes with the counts, after how late the verdicts were', () => {
    expect(summary([0, 4.96, 1, 2.5].map(seconds => resultOf(seconds)))).toEqual({
      lines: [
        'From the outcome to the end of the step: median 1.8 s (at most 2), longest 5.0 s (at most 5)',
        '4 passed, 0 failed'
      ],
      isGood: true
    })
  })

  test.each([
    ['a verdict that is too late', [0, 5.1], '1 passed, 1 failed'],
    ['a median that is too late', [0, 2.1, 2.2], '3 passed, 0 failed'],
    ['a verdict before the outcome', [undefined, 1], '1 passed, 1 failed']
  ])('is not good with %s', (_, seconds, counts) => {
    const {lines, isGood} = summary(seconds.map(each => resultOf(each)))
    expect(isGood).toBe(false)
    expect(lines.at(-1)).toBe(counts)
  })
})

test('results are told in the order of the scenarios', async () => {
  const told: string[] = []
  const first = {...named('deployed'), name: 'slow'}
  const results = await playAll([first, {...nothing, name: 'quick'}], 2, ({scenario}) => told.push(scenario.name), play)
  expect(told).toEqual(['slow', 'quick'])
  expect(results.map(({scenario}) => scenario.name)).toEqual(told)
})

describe('a plan', () => {
  const planned = {status: 'planned', exitCode: 0, phases: [], changes: [], calls: 9, log: '', error: undefined}
  const of = (more: Partial<PlanResult>): PlanResult => ({scenario: nothing, ...planned, ...more})

  test.each([
    ['deployed behind a load balancer', 'planned 0'],
    ['throttled throughout', 'planned 0'],
    ['percentages allow no step, one task', 'error 1']
  ])('changes nothing: %s', async (name, ended) => {
    const result = await playPlan(named(name))
    expect(planRow(result)).toMatch(/^✓ .*, \d+ calls$/)
    expect([planRow(result).includes(ended), isHarmless(result)]).toEqual([true, true])
  })

  test.each<[string, Partial<PlanResult>]>([
    ['changes something', {changes: ['UpdateService']}],
    ['builds', {phases: ['Image']}],
    ['ends otherwise', {status: 'error', exitCode: 1}],
    ['asks nothing', {calls: 0}],
    ['cannot be played', {error: 'No such service.'}]
  ])('is not harmless when it %s', (_, more) => {
    expect([isHarmless(of({})), isHarmless(of(more)), planRow(of(more)).startsWith('✗')]).toEqual([true, false, true])
  })

  test('changes whatever it does not only read', () => {
    const reads = [
      'DescribeServices',
      'ListTasks',
      'GetCallerIdentity',
      'GetAuthorizationToken',
      'BatchGetImage',
      'GET /v2/',
      'HEAD /v2/web/blobs/a'
    ]
    const changes = [
      'UpdateService',
      'RegisterTaskDefinition',
      'CreateRepository',
      'PutImage',
      'TagResource',
      'PUT /v2/web/manifests/a',
      'POST /v2/web/blobs/uploads/',
      'Listen'
    ]
    expect(changesIn([...reads, ...changes].map(operation => ({operation})))).toEqual(changes)
  })
})
