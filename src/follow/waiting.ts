import {duration, listed} from '../workflow/text.ts'
import {isWell, isWorthReading} from './phases.ts'
import type {FollowState} from './reduce.ts'
import {type DeploymentSnapshot, oursOf, primaryOf, serviceDeploymentOf} from './snapshot.ts'
import type {Surroundings} from './surroundings.ts'

/**
 * What a deployment waits for while nothing else happens: `old tasks drain up to 300 s: target group web, deregistration
 * delay`; `undefined` when that is plain, or not known. Pure.
 */
export function waitsFor(state: FollowState, surroundings: Surroundings, now: Date): string | undefined {
  const {latest, started} = state
  const ours = oursOf(latest, started)
  const isOnItsWay = ours !== undefined && ours === primaryOf(latest) && ours.rolloutState !== 'COMPLETED'
  if (latest === undefined || !isOnItsWay || ours.running < Math.max(1, latest.desiredCount)) return undefined
  const stage = serviceDeploymentOf(latest)?.stage
  if (stage !== undefined && stage !== 'SCALE_UP' && stage !== 'CLEAN_UP') return inStage(state, stage)
  const others = latest.deployments.filter(deployment => deployment !== ours)
  const isWaitingForHealth = latest.tasks !== undefined && !latest.tasks.every(task => isWell(task, now))
  if (isWaitingForHealth && others.some(runs)) return health(state, surroundings)
  if (others.length > 0) return others.some(runs) ? undefined : drain(surroundings)
  return bake(state)
}

function runs({running, pending}: DeploymentSnapshot): boolean {
  return running + pending > 0
}

function health({latest, started}: FollowState, {targetGroups = [], revision}: Surroundings): string | undefined {
  const grace = started.rollout.gracePeriodSeconds
  const within = grace > 0 ? `, failed checks do not count for ${grace} s` : ''
  if (targetGroups.length > 0) {
    const longest = Math.max(...targetGroups.map(({healthySeconds}) => healthySeconds))
    return `new tasks need good health checks, which takes up to ${longest} s: ${groups(targetGroups)}${within}`
  }
  if (revision?.isChecked === true) return `new tasks need a good health check of their containers${within}`
  const isUnchecked = latest?.tasks?.every(({isChecked}) => isChecked === false) === true
  return isUnchecked ? 'new tasks count as healthy once they have run for 40 s: nothing checks them' : undefined
}

function drain({targetGroups = [], revision}: Surroundings): string {
  const longest = Math.max(0, ...targetGroups.map(({drainSeconds}) => drainSeconds))
  const stop = revision === undefined ? '' : `; then they stop, which takes up to ${revision.stopSeconds} s`
  if (longest > 0) return `old tasks drain up to ${longest} s: ${groups(targetGroups)}, deregistration delay${stop}`
  return revision === undefined ? 'old tasks stop' : `old tasks stop, which takes them up to ${revision.stopSeconds} s`
}

function groups(targetGroups: NonNullable<Surroundings['targetGroups']>): string {
  return `target ${targetGroups.length === 1 ? 'group' : 'groups'} ${listed(targetGroups.map(({name}) => name))}`
}

/** Pauses and hooks are told of by themselves. */
function inStage(state: FollowState, stage: string): string | undefined {
  const {latest, started} = state
  const percent = serviceDeploymentOf(latest)?.traffic.production ?? 0
  const {shift} = started.rollout
  if (stage === 'BAKE_TIME') return bake(state)
  if (shift === undefined || stage !== 'PRODUCTION_TRAFFIC_SHIFT' || percent === 0 || percent >= 100) return undefined
  return `${duration(shift.waitMinutes * 60_000)} with ${percent} % of the production traffic, then the next step`
}

function bake({latest, started: {rollout}}: FollowState): string | undefined {
  const isBaking = serviceDeploymentOf(latest)?.stage === 'BAKE_TIME' || rollout.alarms || rollout.bakeMinutes > 0
  if (!isBaking) return undefined
  const long = rollout.bakeMinutes > 0 ? ` of ${duration(rollout.bakeMinutes * 60_000)}` : ''
  return rollout.alarms ? `the bake time${long} of the alarms` : `the bake time${long}`
}

/** What says whether tasks are healthy. */
const HEALTH_ACTIONS = ['ecs:ListTasks', 'ecs:DescribeTasks', 'ecs:DescribeTaskDefinition']
const TARGET_ACTION = 'elasticloadbalancing:DescribeTargetHealth'

/**
 * Why stages and pauses of a deployment that shifts traffic may only be known by its end; `undefined` as a rule. Pure.
 * @param isStageWanted a stage is waited for
 */
export function whyStageIsUnknown({latest, started}: FollowState, isStageWanted: boolean): string | undefined {
  const {pausesAt = []} = started.rollout.shift ?? {}
  if (latest?.serviceDeployment !== 'unavailable' || !(isStageWanted || pausesAt.length > 0)) return undefined
  const pauses = pausesAt.length === 0 ? '' : `; it pauses at ${listed(pausesAt)}, unseen, until somebody continues it`
  return `the end of the deployment: its stages are told by ecs:DescribeServiceDeployments, which is missing${pauses}`
}

/** Why `wait-for: healthy` may only be told at the end of the deployment, as what it waits for; `undefined` as a rule. Pure. */
export function whyHealthIsUnknown({latest, started}: FollowState, denied: ReadonlySet<string>): string | undefined {
  if (started.rollout.shift !== undefined) {
    return 'the end, not healthy tasks: this service shifts its traffic to them afterwards'
  }
  const end = 'the end of the deployment, unless tasks are seen to be healthy before'
  const actions = [...HEALTH_ACTIONS, ...(started.rollout.targetGroups.length > 0 ? [TARGET_ACTION] : [])]
  const missing = actions.filter(action => denied.has(action))
  if (missing.length > 0) return `${end}: missing ${listed(missing)}`
  const ours = oursOf(latest, started)
  if (latest === undefined || ours === undefined || isWorthReading(ours, latest.desiredCount, undefined))
    return undefined
  return 'the end of the deployment: so many tasks are not looked at one by one'
}
