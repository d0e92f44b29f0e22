import {familyAndRevision} from '../../aws/arn.ts'
import {bounded, count, duration, oneLine} from '../../workflow/text.ts'
import type {Change} from '../changes.ts'
import type {ServiceEvent} from '../snapshot.ts'
import type {StartedDeployment} from '../started.ts'
import {readySince, terminatingSince} from './lifecycle.ts'
import {
  type CodeDeploySnapshot,
  type LifecycleEvent,
  oursIn,
  type TaskSetService,
  type TaskSetSnapshot
} from './snapshot.ts'

const LONGEST_MESSAGE = 500

/** What a look tells that was not known before, in the order in which it should be told. Pure. */
export function differences(
  started: StartedDeployment,
  before: CodeDeploySnapshot | undefined,
  now: CodeDeploySnapshot,
  events: readonly ServiceEvent[]
): Change[] {
  return [
    ...events.map(event => ({kind: 'event' as const, event})),
    ...serviceChanges(started, before?.service, now.service),
    ...continuedChange(before, now),
    ...lifecycleChange(before?.events ?? [], now.events),
    ...trafficChange(before, now),
    ...waitChange(started, before, now),
    ...rollbackChange(before, now)
  ]
}

function serviceChanges(started: StartedDeployment, before: TaskSetService | undefined, now: TaskSetService): Change[] {
  const from = before?.desiredCount ?? started.desiredCount
  const text = countsOf(now, started)
  if (now.status !== 'ACTIVE')
    return now.status === before?.status ? [] : [{kind: 'service-status', status: now.status}]
  return [
    ...(from === now.desiredCount ? [] : [{kind: 'desired-count' as const, from, to: now.desiredCount}]),
    ...(before !== undefined && text === countsOf(before, started) ? [] : [{kind: 'counts' as const, text}])
  ]
}

/** How far the deployment is, while nothing changes. Pure. */
export function progress(started: StartedDeployment, {events, service}: CodeDeploySnapshot): string {
  const event = events.find(({status}) => status === 'InProgress')
  const counts = countsOf(service, started)
  return event === undefined ? counts : `${event.name}; ${counts}`
}

/** How many tasks there are of each task set, ours first: `web:2: 1 of 2 tasks running, 1 pending; web:1: 2 of 2 …`. */
function countsOf(service: TaskSetService, {codeDeploy}: StartedDeployment): string {
  const ours = oursIn(service, codeDeploy?.id)
  const others = service.deployments.filter(set => set !== ours)
  const parts = [...(ours === undefined ? [] : [ours]), ...others].map(
    set => `${familyAndRevision(set.taskDefinitionArn)}: ${describeSet(set)}`
  )
  return parts.length === 0 ? 'no task sets' : parts.join('; ')
}

function describeSet({status, running, pending, desired}: TaskSetSnapshot): string {
  if (status === 'DRAINING' && running + pending === 0) return 'draining'
  const tasks = desired === 0 ? `${running} running` : `${running} of ${count(desired, 'task')} running`
  return `${tasks}${pending > 0 ? `, ${pending} pending` : ''}`
}

/** Events may come and go between two looks: those that have ended since are told together with the one that goes on. */
function lifecycleChange(before: readonly LifecycleEvent[], now: readonly LifecycleEvent[]): Change[] {
  const parts = now
    .filter(({name, status}) => before.find(known => known.name === name)?.status !== status)
    .flatMap(describeEvent)
  return parts.length === 0 ? [] : [{kind: 'note', text: parts.join('; ')}]
}

function describeEvent({name, status, from, to, message}: LifecycleEvent): string[] {
  const took = from === undefined || to === undefined ? '' : ` took ${duration(to.getTime() - from.getTime())}`
  switch (status) {
    case 'InProgress':
      return [`lifecycle event ${name}`]
    case 'Succeeded':
      return [`${name}${took === '' ? ' succeeded' : took}`]
    case 'Failed':
      return [`${name} failed${message === undefined ? '' : `: ${bounded(oneLine(message), LONGEST_MESSAGE)}`}`]
    default:
      return []
  }
}

function trafficChange(before: CodeDeploySnapshot | undefined, {production: percent}: CodeDeploySnapshot): Change[] {
  const isNews = percent !== undefined && percent !== (before?.production ?? 0)
  return isNews ? [{kind: 'traffic', of: 'production', percent}] : []
}

/** What the deployment waits for, told when that begins. */
function waitChange(
  started: StartedDeployment,
  before: CodeDeploySnapshot | undefined,
  now: CodeDeploySnapshot
): Change[] {
  const text = waitOf(started, now)
  const was = before && waitOf(started, before)
  return text === undefined || text === was ? [] : [{kind: 'waiting', text}]
}

function continuedChange(before: CodeDeploySnapshot | undefined, {deployment}: CodeDeploySnapshot): Change[] {
  const isOnItsWay = ['InProgress', 'Baking', 'Succeeded'].includes(deployment?.status ?? '')
  const isContinued = before?.deployment?.status === 'Ready' && isOnItsWay
  return isContinued ? [{kind: 'note', text: 'somebody continued the deployment'}] : []
}

/** That the deployment waits for somebody, or for the end of the old tasks; `undefined` as a rule. Pure. */
export function waitOf(started: StartedDeployment, snapshot: CodeDeploySnapshot): string | undefined {
  const {deployment} = snapshot
  if (deployment?.status === 'Ready') return whoContinues(started, snapshot)
  if (deployment?.isTerminating !== true || !['InProgress', 'Baking'].includes(deployment.status)) return undefined
  const end = later(terminatingSince(snapshot), started.codeDeploy?.group.terminationMinutes)
  return `CodeDeploy keeps the old tasks${until(end)}, then it terminates them`
}

/** Who is asked, until when, and what happens else. Pure. */
export function whoContinues({codeDeploy}: StartedDeployment, snapshot: CodeDeploySnapshot): string {
  const end = later(readySince(snapshot), codeDeploy?.group.readyMinutes)
  return `CodeDeploy waits${until(end)} for somebody to continue the deployment (codedeploy:ContinueDeployment), and else stops it`
}

/** When a wait of the deployment group ends. */
export function later(since: Date | undefined, minutes: number | undefined): Date | undefined {
  return since === undefined || minutes === undefined ? undefined : new Date(since.getTime() + minutes * 60_000)
}

function until(end: Date | undefined): string {
  return end === undefined ? '' : ` until ${end.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

function rollbackChange(before: CodeDeploySnapshot | undefined, {deployment}: CodeDeploySnapshot): Change[] {
  const id = deployment?.rollbackId
  if (id === undefined || before?.deployment?.rollbackId !== undefined) return []
  return [{kind: 'note', text: `CodeDeploy rolls back with the deployment ${id}`}]
}
