import type {JournalEntry} from '../../emulator/journal.ts'
import type {Scenario} from './scenario.ts'
import {Stage} from './stage.ts'

/** What became of a scenario whose release was only to look. */
export interface PlanResult {
  readonly scenario: Scenario
  /** The output `status`, empty without one. */
  readonly status: string
  readonly exitCode: number | null
  /** What the step did after it had looked; a build is among these phases. */
  readonly phases: readonly string[]
  /** Requests that change something, such as `UpdateService`. */
  readonly changes: readonly string[]
  /** How many requests the step made. */
  readonly calls: number
  readonly log: string
  /** Why the scenario could not be played. */
  readonly error: string | undefined
}

/** All else counts as a change, so that an operation that nobody thought of is none that only reads. */
const READS = /^(?:BatchCheck|BatchGet|Describe|Get|List)[A-Z]|^AssumeRoleWithWebIdentity$|^(?:GET|HEAD) /
/** What a plan does. */
const LOOKS: readonly string[] = ['Sign in', 'Check']

/** Plays a scenario's release as a plan; never throws. What would happen meanwhile does not: nothing is deployed. */
export async function playPlan(scenario: Scenario): Promise<PlanResult> {
  try {
    await using stage = await Stage.open(scenario)
    const {outputs, exitCode, log} = await stage.release({...scenario, inputs: {...scenario.inputs, plan: 'true'}})
    const requests = stage.requests()
    const phases = phasesIn(outputs['result'] ?? '{}').filter(name => !LOOKS.includes(name))
    const status = outputs['status'] ?? ''
    return {
      scenario,
      status,
      exitCode,
      phases,
      changes: changesIn(requests),
      calls: requests.length,
      log,
      error: undefined
    }
  } catch (error) {
    return {scenario, status: '', exitCode: null, phases: [], changes: [], calls: 0, log: '', error: String(error)}
  }
}

/** The operations among these requests that change something, also those that were refused. */
export function changesIn(requests: readonly Pick<JournalEntry, 'operation'>[]): string[] {
  return requests.map(({operation}) => operation).filter(operation => !READS.test(operation))
}

function phasesIn(result: string): string[] {
  const {phases = []} = JSON.parse(result) as {phases?: readonly {name: string}[]}
  return phases.map(({name}) => name)
}

/** Whether a plan ended as one, or was refused as the release would be, and changed nothing. */
export function isHarmless({scenario, status, exitCode, phases, changes, calls, error}: PlanResult): boolean {
  const isRefused = scenario.expected.status === 'error'
  const isPlan = status === (isRefused ? 'error' : 'planned') && exitCode === (isRefused ? 1 : 0) && calls > 0
  return isPlan && phases.length === 0 && changes.length === 0 && error === undefined
}

/** A line of the table. */
export function planRow(result: PlanResult): string {
  const {scenario, status, exitCode, phases, changes, calls, error} = result
  const did = [...phases, ...changes]
  const line = `${isHarmless(result) ? '✓' : '✗'} ${scenario.name}: ${status || 'none'} ${exitCode ?? 'none'}, ${calls} calls`
  return [
    line,
    ...(did.length === 0 ? [] : [`it did: ${did.join(', ')}`]),
    ...(error === undefined ? [] : [error])
  ].join(', ')
}
