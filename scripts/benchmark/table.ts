import {type Build, type Result, untold} from './run.ts'

/** A release with a mistake, beside the build that it did without. */
export interface Measured extends Result {
  readonly build: Build
  /** What the engine keeps of it besides what it had. */
  readonly bytes: number
}

/** Three seconds of a build of two minutes. */
export const MOST = 3 / 120

/** The first line of the table. */
export function head(): string {
  return row('  mistake', 'seconds', 'ratio', 'bytes built', 'revisions', 'changes')
}

/** A line of the table, and below it what is wrong. */
export function lineOf(measured: Measured): string {
  const {mistake, seconds, bytes, changes} = measured
  const revisions = changes.filter(operation => operation === 'RegisterTaskDefinition').length
  const wrong = complaints(measured)
  const cells = [seconds.toFixed(2), percent(ratioOf(measured)), bytes, revisions, changes.length].map(String)
  return [
    row(`${wrong.length === 0 ? '✓' : '✗'} ${mistake.name}`, ...cells),
    ...wrong.map(complaint => `    ${complaint}`)
  ].join('\n')
}

/** Why a result is not as it should be; empty when it is. */
export function complaints(measured: Measured): string[] {
  const {step, bytes, changes} = measured
  return [
    ...(step.exitCode === 1 ? [] : [`The step ended with ${step.exitCode ?? 'a signal'}`]),
    ...untold(measured, 'error').map(sentence => `Not told, or not expected: ${sentence}`),
    ...(bytes === 0 ? [] : [`${bytes} bytes were built`]),
    ...(changes.length === 0 ? [] : [`It did ${changes.join(', ')}`]),
    ...(ratioOf(measured) <= MOST ? [] : [`The step took more than ${percent(MOST)} of the build`])
  ]
}

/** The last line: the slowest of all. */
export function slowestLine(all: readonly Measured[]): string {
  const [slowest] = all.toSorted((left, right) => right.seconds - left.seconds)
  if (slowest === undefined) return 'No mistake was made.'
  const {mistake, seconds, build} = slowest
  return `The slowest is “${mistake.name}”: ${seconds.toFixed(2)} s, ${percent(ratioOf(slowest))} of a build of ${build.seconds.toFixed(1)} s.`
}

function ratioOf({seconds, build}: Measured): number {
  return seconds / build.seconds
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(2)} %`
}

function row(name: string, ...cells: string[]): string {
  return [name.padEnd(36), ...cells.map(cell => cell.padStart(12))].join('').trimEnd()
}
