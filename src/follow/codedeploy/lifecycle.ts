import type {Lifecycle, StageSpan} from '../lifecycle.ts'
import {NO_LIFECYCLE} from '../lifecycle.ts'
import {type Stage, stageIndex} from '../../workflow/wait-for.ts'
import type {StartedDeployment} from '../started.ts'
import type {CodeDeploySnapshot, LifecycleEvent} from './snapshot.ts'

/**
 * Which lifecycle stage of ECS's own deployments a lifecycle event of CodeDeploy stands for. Source: "Migrate CodeDeploy
 * blue/green deployments to Amazon ECS blue/green deployments" in the ECS Developer Guide, for those that have hooks.
 */
const STAGE_OF: Readonly<Record<string, Stage>> = {
  BeforeInstall: 'PRE_SCALE_UP',
  Install: 'SCALE_UP',
  AfterInstall: 'POST_SCALE_UP',
  AllowTestTraffic: 'TEST_TRAFFIC_SHIFT',
  AfterAllowTestTraffic: 'POST_TEST_TRAFFIC_SHIFT',
  BeforeAllowTraffic: 'PRE_PRODUCTION_TRAFFIC_SHIFT',
  AllowTraffic: 'PRODUCTION_TRAFFIC_SHIFT',
  AfterAllowTraffic: 'POST_PRODUCTION_TRAFFIC_SHIFT'
}

/** The events at which functions of the user run, for up to an hour each. */
const HOOKS = ['BeforeInstall', 'AfterInstall', 'AfterAllowTestTraffic', 'BeforeAllowTraffic', 'AfterAllowTraffic']

/** Whether the deployment has come to a stage, or past it. Pure. */
export function hasCome({events, deployment}: CodeDeploySnapshot, stage: Stage): boolean {
  const wanted = stageIndex(stage)
  const isThere = events.some(({name, from}) => from !== undefined && stageIndex(STAGE_OF[name] ?? '') >= wanted)
  const isBaking = deployment?.isTerminating === true && wanted <= stageIndex('BAKE_TIME')
  // Before its events begin, a deployment that is on its way is where ECS reconciles the service.
  const isFirst = wanted === 0 && deployment !== undefined
  return isThere || isBaking || isFirst
}

/** The stage at which a deployment that is `Ready` waits: the last one before production traffic moves. */
export const READY_STAGE: Stage = 'POST_TEST_TRAFFIC_SHIFT'

/** Since when the deployment waits to be continued: since the last event before that was over. */
export function readySince({events}: CodeDeploySnapshot): Date | undefined {
  return events.findLast(({to}) => to !== undefined)?.to
}

/** Since when the old tasks wait for their end. */
export function terminatingSince({events, deployment}: CodeDeploySnapshot): Date | undefined {
  return deployment?.isTerminating === true ? events.findLast(({to}) => to !== undefined)?.to : undefined
}

/** How long functions have held the deployment up, in milliseconds. Pure. */
export function heldFor({events}: CodeDeploySnapshot, now: Date): number {
  return events
    .filter(({name}) => HOOKS.includes(name))
    .reduce((sum, {from, to}) => sum + (from === undefined ? 0 : (to ?? now).getTime() - from.getTime()), 0)
}

/** What the deployment went through, for the report. Pure. */
export function toLifecycle(snapshot: CodeDeploySnapshot | undefined, {codeDeploy}: StartedDeployment): Lifecycle {
  if (snapshot === undefined) return NO_LIFECYCLE
  const {events, deployment} = snapshot
  const spans = events.flatMap(({name, from, to}): StageSpan[] => (from === undefined ? [] : [{stage: name, from, to}]))
  const since = terminatingSince(snapshot)
  const waits = codeDeploy?.group.readyMinutes === undefined ? [] : readyWait(events)
  const end = since === undefined ? [] : [{stage: 'TerminationWait', from: since, to: deployment?.completedAt}]
  const stages = [...spans, ...waits, ...end].toSorted((one, other) => one.from.getTime() - other.from.getTime())
  return {...NO_LIFECYCLE, stages}
}

/** The time between test traffic and production traffic. */
function readyWait(events: readonly LifecycleEvent[]): StageSpan[] {
  const next = events.findIndex(({name}) => name === 'BeforeAllowTraffic')
  const from = events[next - 1]?.to
  return from === undefined ? [] : [{stage: 'ReadyWait', from, to: events[next]?.from}]
}
