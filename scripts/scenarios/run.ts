import type {Scenario} from './scenario.ts'
import {Stage} from './stage.ts'
import {Watch} from './watch.ts'

/** What became of a scenario. */
export interface Result {
  readonly scenario: Scenario
  /** The output `status`, empty without one. */
  readonly status: string
  readonly exitCode: number | null
  /** What the log should say and does not. */
  readonly unsaid: readonly RegExp[]
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
    const unsaid = scenario.expected.says.filter(sentence => !sentence.test(log))
    const result = {scenario, status, exitCode, unsaid, calls, log}
    return {...result, ...ending(watch)}
  } catch (error) {
    const nothing = {status: '', exitCode: null, unsaid: [], seconds: undefined, calls: 0, log: ''}
    return {scenario, ...nothing, error: String(error)}
  }
}

function ending(watch: Watch): Pick<Result, 'seconds' | 'error'> {
  try {
    return {seconds: watch.end(), error: undefined}
  } catch (error) {
    return {seconds: undefined, error: String(error)}
  }
}

/** Whether a scenario went as it should. */
export function passes({scenario: {expected}, status, exitCode, unsaid, seconds = Infinity, error}: Result): boolean {
  const isExpected = status === expected.status && exitCode === expected.exitCode && unsaid.length === 0
  return isExpected && seconds <= latest && error === undefined
}

/** Plays scenarios, a few at a time. @param tell gets each result, in the order of the scenarios */
export async function playAll(
  scenarios: readonly Scenario[],
  atATime: number,
  tell: (result: Result) => void
): Promise<Result[]> {
  const results: (Result | undefined)[] = scenarios.map(() => undefined)
  const queue = scenarios.entries()
  let told = 0
  const work = async (): Promise<void> => {
    for (const [index, scenario] of queue) {
      results[index] = await play(scenario)
      for (let result = results[told]; result !== undefined; result = results[told]) {
        told += 1
        tell(result)
      }
    }
  }
  await Promise.all(Array.from({length: atATime}, work))
  return results.filter(result => result !== undefined)
}
