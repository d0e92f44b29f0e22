import type {CodeDeployGroup} from '../../aws/codedeploy.ts'
import {duration} from '../../workflow/text.ts'
import type {Budget} from '../budget.ts'

/** For the replacement tasks to come up and take the traffic, where nothing is waited for; in minutes. */
const LEAST = 30
/** What `wait-for-minutes` takes at most. */
const LONGEST = 360
const ROUND = 5

/**
 * How long to follow a deployment: what the user says, else enough for all that the deployment group waits for. Pure.
 * @param given the input `wait-for-minutes`
 */
export function budgetOf(group: CodeDeployGroup, given: number | undefined): Budget {
  const {shift, readyMinutes = 0, terminationMinutes = 0} = group
  const steps = shift === undefined ? 0 : shift.waits * shift.waitMinutes
  const known = [
    ...(readyMinutes > 0 ? [`up to ${minutes(readyMinutes)} until somebody continues it`] : []),
    ...(steps > 0 && shift !== undefined ? [stepsText(shift)] : []),
    ...(terminationMinutes > 0 ? [`old tasks are kept ${minutes(terminationMinutes)}`] : []),
    'time in hooks comes on top'
  ]
  if (given !== undefined) return {minutes: given, from: ['as `wait-for-minutes` says', ...known].join('; ')}
  const all = Math.ceil((LEAST + readyMinutes + steps + terminationMinutes) / ROUND) * ROUND
  return {minutes: Math.min(LONGEST, all), from: known.join('; ')}
}

function stepsText({waits, waitMinutes, percent}: NonNullable<CodeDeployGroup['shift']>): string {
  const wait = minutes(waitMinutes)
  return waits === 1
    ? `${wait} with ${percent} % of the traffic`
    : `${waits} waits of ${wait} between steps of ${percent} % of the traffic`
}

function minutes(number: number): string {
  return duration(number * 60_000)
}
