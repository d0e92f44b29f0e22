import {count, duration, listed} from '../workflow/text.ts'
import type {StartedDeployment} from './started.ts'
import type {Surroundings} from './surroundings.ts'

/** How long a deployment is followed at most. */
export interface Budget {
  readonly minutes: number
  /** What it comes from, for the log: `the last 3 deployments took 4 to 6 min; targets drain 300 s`. */
  readonly from: string
}

/** From the placement of a task to its first health check, in seconds, when an image is large and nothing is cached. */
const START_SECONDS = 180
/** Without any health check a task counts as healthy after so many seconds. */
const UNCHECKED_SECONDS = 40
/** ECS watches the alarms for less than so many minutes after the last task, unless it is told how long. */
const ALARM_MINUTES = 5
/** The function of a lifecycle hook can run for so many minutes; it may be called again, so that ECS's own limit is a day. */
const HOOK_MINUTES = 15
/** A deployment that takes longer than these times what was reckoned, or seen before, has something wrong with it. */
const SLACK = 2
const SLACK_OF_PAST = 3
/** The circuit breaker needs up to ten minutes for three tasks that crash; in minutes. */
const LEAST = 20
/** Where nothing is known of earlier deployments, in minutes. */
const LEAST_UNSEEN = 30
/**
 * Some rollbacks take an hour to come, when restarts are held back; in minutes, without the bake time. What took longer
 * before may take longer again.
 */
const MOST = 120
/** What `wait-for-minutes` takes at most. */
const LONGEST = 360
const ROUND = 5

/**
 * How long to follow a deployment: what the user says, else enough for it to come up or for ECS to give up, from how long
 * the last ones took and from what its tasks wait for. Pure.
 * @param given the input `wait-for-minutes`
 */
export function budgetOf(started: StartedDeployment, surroundings: Surroundings, given: number | undefined): Budget {
  const {past} = surroundings
  const known = [...pastText(past ?? []), ...waitTexts(started, surroundings, given !== undefined)]
  if (given !== undefined) return {minutes: given, from: ['as `wait-for-minutes` says', ...known].join('; ')}
  const bake = bakeMinutes(started) + stepMinutes(started) + hookMinutes(started)
  const reckoned = (SLACK * reckonedSeconds(started, surroundings)) / 60
  const longest = isUpToPeople(started) ? 0 : Math.max(0, ...(past ?? [])) / 60_000
  const seen = Math.max(Math.min(MOST, SLACK_OF_PAST * longest), SLACK * longest)
  const least = past === undefined || past.length === 0 ? LEAST_UNSEEN : LEAST
  const minutes = Math.max(least, Math.min(MOST, reckoned), seen) + bake
  const unseen = past === undefined ? [] : past.length === 0 ? ['no earlier deployment to go by'] : []
  return {
    minutes: Math.min(LONGEST, Math.ceil(minutes / ROUND) * ROUND),
    from: [...unseen, ...known].join('; ')
  }
}

/** How long somebody took to continue a paused deployment says nothing of the next time. */
function isUpToPeople({rollout: {shift}}: StartedDeployment): boolean {
  return shift !== undefined && shift.pausesAt.length > 0
}

/** How long the deployment takes when every wave of tasks waits for all that it may wait for. */
function reckonedSeconds({rollout, desiredCount}: StartedDeployment, surroundings: Surroundings): number {
  const {targetGroups, revision} = surroundings
  const healthy = Math.max(UNCHECKED_SECONDS, rollout.gracePeriodSeconds, ...(targetGroups ?? []).map(health))
  const drain = Math.max(0, ...(targetGroups ?? []).map(({drainSeconds}) => drainSeconds))
  const wave = START_SECONDS + healthy + drain + (revision?.stopSeconds ?? 0)
  return wavesOf(rollout, desiredCount) * wave
}

function health({healthySeconds}: {readonly healthySeconds: number}): number {
  return healthySeconds
}

/** How often new tasks have to wait for old ones to go: so many at a time are replaced as the percentages leave room for. */
function wavesOf(
  {minimumHealthyPercent, maximumPercent, shift}: StartedDeployment['rollout'],
  desired: number
): number {
  // Where traffic is shifted, all new tasks come up beside the old ones.
  if (shift !== undefined) return 1
  const least = Math.ceil((desired * minimumHealthyPercent) / 100)
  const most = Math.floor((desired * maximumPercent) / 100)
  return Math.max(1, Math.ceil(desired / Math.max(1, most - least)))
}

function bakeMinutes({rollout: {bakeMinutes: told, alarms}}: StartedDeployment): number {
  return told > 0 || !alarms ? told : ALARM_MINUTES
}

function hookMinutes({rollout: {shift}}: StartedDeployment): number {
  return (shift?.functionCalls ?? 0) * HOOK_MINUTES
}

/** The waits between the steps of the production traffic. */
function stepMinutes({rollout: {shift}}: StartedDeployment): number {
  return shift === undefined ? 0 : shift.waits * shift.waitMinutes
}

function pastText(past: readonly number[]): string[] {
  if (past.length === 0) return []
  const [least, most] = [Math.min(...past), Math.max(...past)].map(minutes)
  const took = least === most ? `${most ?? 0} min` : `${least ?? 0} to ${most ?? 0} min`
  return [`${lastDeployments(past)} took ${took}`]
}

function minutes(milliseconds: number): number {
  return Math.max(1, Math.round(milliseconds / 60_000))
}

/** `the last 3 deployments`. */
export function lastDeployments(past: readonly number[]): string {
  return past.length === 1 ? 'the last deployment' : `the last ${past.length} deployments`
}

function waitTexts(started: StartedDeployment, {targetGroups}: Surroundings, isGiven: boolean): string[] {
  const {rollout, desiredCount} = started
  const drain = Math.max(0, ...(targetGroups ?? []).map(({drainSeconds}) => drainSeconds))
  const healthy = Math.max(0, ...(targetGroups ?? []).map(health))
  const waves = wavesOf(rollout, desiredCount)
  const bake = bakeMinutes(started)
  return [
    ...(healthy > 0 ? [`targets take up to ${healthy} s to be healthy`] : []),
    ...(drain > 0 ? [`targets drain ${drain} s`] : []),
    ...(rollout.gracePeriodSeconds > 0 ? [`grace period ${rollout.gracePeriodSeconds} s`] : []),
    ...(waves > 1 ? [`${count(waves, 'wave')} of tasks`] : []),
    ...stepTexts(rollout),
    ...(bake > 0 ? [`bake time ${duration(bake * 60_000)}`] : []),
    ...hookTexts(rollout, isGiven)
  ]
}

function hookTexts({shift}: StartedDeployment['rollout'], isGiven: boolean): string[] {
  const {functionCalls = 0, pausesAt = []} = shift ?? {}
  const counted = isGiven ? 'which counts' : 'which comes on top'
  return [
    ...(functionCalls > 0 ? [`${count(functionCalls, 'hook call')}, up to ${HOOK_MINUTES} min each`] : []),
    ...(pausesAt.length > 0 ? [`a pause at ${listed(pausesAt)} until somebody continues it, ${counted}`] : [])
  ]
}

function stepTexts({shift}: StartedDeployment['rollout']): string[] {
  if (shift === undefined || shift.waits * shift.waitMinutes === 0) return []
  const wait = duration(shift.waitMinutes * 60_000)
  return [
    shift.waits === 1
      ? `${wait} with ${shift.percent} % of the traffic`
      : `${shift.waits} waits of ${wait} between steps of ${shift.percent} % of the traffic`
  ]
}

/**
 * When following ends at the latest. Pure.
 * @param pausedMilliseconds how long the deployment was paused: that is up to people, and ECS ends it by itself, so that it
 * comes on top of what was reckoned; not on top of what the user says
 */
export function endOf(begunAt: Date, minutes: number, pausedMilliseconds: number): Date {
  return new Date(begunAt.getTime() + Math.min(minutes * 60_000 + pausedMilliseconds, LONGEST * 60_000))
}

/**
 * When a deployment should be over by those before it; `undefined` where there were none, where only the number of tasks
 * changes, and where people decide on the way. Pure.
 * @returns the time after half of them were
 */
export function expectedEnd(started: StartedDeployment, {past}: Surroundings): Date | undefined {
  const {startedAt, scaledTo} = started
  if (past === undefined || past.length === 0 || scaledTo !== undefined || isUpToPeople(started)) return undefined
  const median = past.toSorted((one, other) => one - other)[Math.floor(past.length / 2)] ?? 0
  return new Date(startedAt.getTime() + median)
}

/** `about 3 min left, by the last 3 deployments`. Pure. */
export function estimate(started: StartedDeployment, surroundings: Surroundings, now: Date): string | undefined {
  const end = expectedEnd(started, surroundings)
  const {past = []} = surroundings
  if (end === undefined) return undefined
  const left = end.getTime() - now.getTime()
  if (left <= 0) return `this takes longer than ${lastDeployments(past)} ${past.length === 1 ? 'did' : 'mostly did'}`
  return `about ${left < 60_000 ? 'a minute' : `${Math.round(left / 60_000)} min`} left, by ${lastDeployments(past)}`
}
