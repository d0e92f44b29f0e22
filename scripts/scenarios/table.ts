import {latest, latestMedian, passes, type Result} from './run.ts'
import type {Scenario} from './scenario.ts'

/** The lines of the table, each as soon as its result is there. */
export interface Table {
  readonly head: string
  readonly row: (result: Result) => string
}

/** A table that has room for these scenarios. */
export function tableOf(scenarios: readonly Scenario[]): Table {
  const name = Math.max(8, ...scenarios.map(scenario => scenario.name.length))
  const line = (...[first = '', expected = '', actual = '', said = '', seconds = '', calls = '']: string[]): string =>
    [
      first.padEnd(name + 2),
      expected.padEnd(17),
      actual.padEnd(17),
      said.padEnd(12),
      seconds.padStart(8),
      calls.padStart(6)
    ]
      .join('  ')
      .trimEnd()
  return {
    head: line('  scenario', 'expected', 'actual', 'key sentence', 'seconds', 'calls'),
    row: result => {
      const {scenario, status, exitCode, wording, seconds, calls} = result
      const {expected} = scenario
      return line(
        `${passes(result) ? '✓' : '✗'} ${scenario.name}`,
        `${expected.status} ${expected.exitCode}`,
        `${status || 'none'} ${exitCode ?? 'none'}`,
        wording.length === 0 ? '✓' : '✗',
        seconds?.toFixed(1) ?? 'none',
        String(calls)
      )
    }
  }
}

/** Why a result is not as it should be, a line for each reason. */
export function complaints({scenario, wording, seconds, error}: Result): string[] {
  return [
    ...(error === undefined ? [] : [error]),
    ...wording,
    ...(seconds === undefined && error === undefined
      ? [`The step ended before its outcome: ${scenario.outcome.what}`]
      : []),
    ...((seconds ?? 0) > latest ? [`The step ended more than ${latest} s after: ${scenario.outcome.what}`] : [])
  ]
}

/** What is said below the table, and whether all is well. */
export function summary(results: readonly Result[]): {readonly lines: readonly string[]; readonly isGood: boolean} {
  const seconds = results.flatMap(result => result.seconds ?? []).sort((left, right) => left - right)
  const median = medianOf(seconds)
  const passed = results.filter(passes).length
  return {
    lines: [
      `From the outcome to the end of the step: median ${median.toFixed(1)} s (at most ${latestMedian}), ` +
        `longest ${(seconds.at(-1) ?? 0).toFixed(1)} s (at most ${latest})`,
      `${passed} passed, ${results.length - passed} failed`
    ],
    isGood: passed === results.length && median <= latestMedian
  }
}

/** Of numbers in order; the mean of the middle two of an even number. */
function medianOf(numbers: readonly number[]): number {
  const half = numbers.length / 2
  return ((numbers[Math.ceil(half) - 1] ?? 0) + (numbers[Math.floor(half)] ?? 0)) / 2
}
