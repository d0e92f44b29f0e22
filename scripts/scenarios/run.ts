import type {Scenario} from './scenario.ts'
import {Stage} from './stage.ts'
import {Watch} from './watch.ts'

/** What became of a scenario. */
export interface Result {
  readonly scenario: Scenario
  /** The output `status`, empty without one. */
  readonly status: string
  readonly exitCode: number | null
  /** What is wrong with what the log says. */
  readonly wording: readonly string[]
  /** On the clock of the local AWS, from the outcome to the end of the step; `undefined` when the step ended without it. */
  readonly seconds: number | undefined
  /** How many requests the step made. */
  readonly calls: number
  readonly log: string
  /** Why the scenario could not be played. */
  readonly error: string | undefined
}

/** No verdict may come later than so many seconds after the outcome, and half of them within so many. */
export const latest = 5
export const latestMedian = 2

/** Plays a scenario with the bundle; never throws. */
export async function play(scenario: Scenario): Promise<Result> {
  try {
    await using stage = await Stage.open(scenario)
    const watch = new Watch(stage, scenario)
    const {outputs, exitCode, log} = await stage.release(scenario)
    const calls = stage.requests().length
    const status = outputs['status'] ?? ''
    const result = {scenario, status, exitCode, wording: wording(scenario, log), calls, log}
    return {...result, ...ending(watch, scenario)}
  } catch (error) {
    const nothing = {status: '', exitCode: null, wording: [], seconds: undefined, calls: 0, log: ''}
    return {scenario, ...nothing, error: String(error)}
  }
}

/** What the log does not say although it should, or says although it should not. */
function wording({expected: {says, saysNot = []}}: Scenario, log: string): string[] {
  return [
    ...says.filter(sentence => !sentence.test(log)).map(sentence => `The log does not say ${String(sentence)}`),
    ...saysNot.filter(sentence => sentence.test(log)).map(sentence => `The log says ${String(sentence)}`)
  ]
}

function ending(watch: Watch, {tries = 0}: Scenario): Pick<Result, 'seconds' | 'error'> {
  try {
    const seconds = watch.end()
    const late = seconds === undefined ? undefined : seconds - tries
    return {seconds: late, error: late !== undefined && late < 0 ? `The step gave up ${-late} s early` : undefined}
  } catch (error) {
    return {seconds: undefined, error: String(error)}
  }
}

/** Whether a scenario went as it should. */
export function passes({scenario: {expected}, status, exitCode, wording, seconds = Infinity, error}: Result): boolean {
  const isExpected = status === expected.status && exitCode === expected.exitCode && wording.length === 0
  return isExpected && seconds <= latest && error === undefined
}

/**
 * Plays scenarios, a few at a time.
 * @param tell gets each result, in the order of the scenarios
 * @param playOne plays a release, or what else is to be done in its situation
 */
export async function playAll<T>(
  scenarios: readonly Scenario[],
  atATime: number,
  tell: (result: T) => void,
  playOne: (scenario: Scenario) => Promise<T>
): Promise<T[]> {
  const results: (T | undefined)[] = scenarios.map(() => undefined)
  const queue = scenarios.entries()
  let told = 0
  const work = async (): Promise<void> => {
    for (const [index, scenario] of queue) {
      results[index] = await playOne(scenario)
      for (let result = results[told]; result !== undefined; result = results[told]) {
        told += 1
        tell(result)
      }
    }
  }
  await Promise.all(Array.from({length: atATime}, work))
  return results.filter(result => result !== undefined)
}
