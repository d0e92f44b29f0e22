import {type Change, differences} from './changes.ts'
import {type Lifecycle, lastAnswer, nextLifecycle, NO_LIFECYCLE} from './lifecycle.ts'
import {NO_TIMELINE, nextTimeline, type Timeline} from './milestones.ts'
import type {DeploymentSnapshot, ServiceEvent, ServiceSnapshot} from './snapshot.ts'
import {newerOf, oursOf, primaryOf, serviceDeploymentOf} from './snapshot.ts'
import type {StartedDeployment} from './started.ts'

/** What is known of one deployment that is followed. */
export interface FollowState {
  readonly started: StartedDeployment
  /** The newest look at the service that is believed. */
  readonly latest: ServiceSnapshot | undefined
  /** When that was. */
  readonly latestAt: Date
  /** How many tasks of ours ran when it was first listed. */
  readonly initialRunning: number | undefined
  /** Our deployment was listed at some time. */
  readonly seen: boolean
  /** Our deployment was seen on its way. */
  readonly wasOnItsWay: boolean
  /** Stages, pauses and hooks of a deployment that shifts traffic. */
  readonly lifecycle: Lifecycle
  /** Somebody asked ECS to roll our deployment back. */
  readonly rollbackRequested: boolean
  /** How often in a row our deployment, or the service, was missing without anything that explains it. */
  readonly absentReads: number
  /** How often in a row the service looked the same to `conclude`, and since when. */
  readonly sameReads: number
  readonly sameSince: Date
  /** How often in a row a look was older than what is known. */
  readonly olderReads: number
  /** How often in a row our service deployment was not found or could not be read, without the call being denied. */
  readonly readsWithoutServiceDeployment: number
  /** Since the start, oldest first. */
  readonly events: readonly ServiceEvent[]
  readonly changedAt: Date
  readonly timeline: Timeline
}

/** Reads may be some seconds behind: so often in a row something must be gone before that is believed. */
const GONE_READS = 3
/** Likewise for a deployment that was never listed since UpdateService named it. */
const NEVER_SEEN_READS = 10
/** So often in a row a look that seems older is left out; after that it is what ECS says now. */
const OLDER_READS = 5

/** @param now when the follower begins */
export function initialState(started: StartedDeployment, now: Date): FollowState {
  return {
    started,
    latest: undefined,
    latestAt: now,
    initialRunning: undefined,
    seen: false,
    wasOnItsWay: false,
    lifecycle: NO_LIFECYCLE,
    rollbackRequested: false,
    absentReads: 0,
    sameReads: 0,
    sameSince: now,
    olderReads: 0,
    readsWithoutServiceDeployment: 0,
    events: [],
    changedAt: now,
    timeline: NO_TIMELINE
  }
}

/**
 * Adds a look at the service to what is known. Looks that are older than what is known, as ECS's eventual consistency
 * gives them, change nothing. Pure.
 * @param at when the service was looked at
 * @returns the new state, and what changed, in the order in which it should be told
 */
export function reduce(
  state: FollowState,
  seen: ServiceSnapshot,
  at: Date
): {readonly state: FollowState; readonly changes: readonly Change[]} {
  const counted = withReads(state, seen)
  const service = newest(counted, seen)
  const events = newEvents(state, service)
  const withEvents = {...counted, events: [...state.events, ...events]}
  const absentReads = nextAbsentReads(withEvents, service)
  if (absentReads > 0 && absentReads < (state.seen ? GONE_READS : NEVER_SEEN_READS)) {
    return {state: {...withEvents, absentReads}, changes: events.map(event => ({kind: 'event', event}))}
  }
  const lifecycle = nextLifecycle(state.lifecycle, serviceDeploymentOf(service), at)
  const changes: Change[] = [
    ...events.map(event => ({kind: 'event' as const, event})),
    ...differences(state, service, lifecycle)
  ]
  const ours = oursOf(service, state.started)
  const next: FollowState = {
    ...withEvents,
    latest: service,
    latestAt: at,
    initialRunning: state.initialRunning ?? ours?.running,
    seen: state.seen || ours !== undefined,
    wasOnItsWay: state.wasOnItsWay || isOnItsWay(service, ours),
    lifecycle,
    rollbackRequested: state.rollbackRequested || isRollbackRequested(service, lifecycle),
    absentReads,
    ...nextSame(withEvents, service, at),
    changedAt: changes.length > 0 ? at : state.changedAt,
    timeline: nextTimeline(state.timeline, state.started, service, at)
  }
  return {state: next, changes}
}

/** Counts the looks that do not tell all. */
function withReads(state: FollowState, seen: ServiceSnapshot): FollowState {
  const {latest, olderReads, readsWithoutServiceDeployment} = state
  const older = latest !== undefined && olderReads < OLDER_READS - 1 && isOlder(seen, latest)
  return {
    ...state,
    olderReads: older ? olderReads + 1 : 0,
    readsWithoutServiceDeployment: seen.serviceDeployment === undefined ? readsWithoutServiceDeployment + 1 : 0
  }
}

/** The newer of what is known and what is seen; the service deployment and the tasks are read apart. */
function newest({latest, olderReads}: FollowState, seen: ServiceSnapshot): ServiceSnapshot {
  if (latest === undefined) return seen
  const serviceDeployment = newestServiceDeployment(latest.serviceDeployment, seen.serviceDeployment)
  return {...(olderReads > 0 ? latest : seen), serviceDeployment, tasks: seen.tasks}
}

/** An older look says nothing about whether ours is still missing. */
function nextAbsentReads(state: FollowState, service: ServiceSnapshot): number {
  if (state.olderReads > 0) return state.absentReads
  return isSuspicious(state, service) ? state.absentReads + 1 : 0
}

/** How often and since when the service looks the same; an older look does not count. */
function nextSame(
  state: FollowState,
  service: ServiceSnapshot,
  at: Date
): Pick<FollowState, 'sameReads' | 'sameSince'> {
  if (signature(state.latest, state) !== signature(service, state)) return {sameReads: 1, sameSince: at}
  return {sameReads: state.sameReads + (state.olderReads > 0 ? 0 : 1), sameSince: state.sameSince}
}

type KnownServiceDeployment = ServiceSnapshot['serviceDeployment']

function newestServiceDeployment(
  previous: KnownServiceDeployment,
  next: KnownServiceDeployment
): KnownServiceDeployment {
  if (next === undefined) return previous
  if (typeof next !== 'object' || typeof previous !== 'object') return next
  return isBefore(next.updatedAt, previous.updatedAt) ? previous : next
}

/** Events and the times of deployments only ever go forward. */
function isOlder(service: ServiceSnapshot, than: ServiceSnapshot): boolean {
  if (service.status !== 'ACTIVE') return false
  return (
    newestEvent(service) < newestEvent(than) ||
    service.deployments.some(({id, updatedAt}) =>
      isBefore(updatedAt, than.deployments.find(deployment => deployment.id === id)?.updatedAt)
    )
  )
}

/** The time of the newest event, in milliseconds; events of the same moment come in any order. */
function newestEvent({events}: ServiceSnapshot): number {
  return Math.max(0, ...events.map(({at}) => at.getTime()))
}

function isBefore(time: Date | undefined, than: Date | undefined): boolean {
  return time !== undefined && than !== undefined && time < than
}

function newEvents(state: FollowState, {events}: ServiceSnapshot): ServiceEvent[] {
  const known = new Set(state.events.map(({id}) => id))
  return events.filter(({id, at}) => at >= state.started.startedAt && !known.has(id))
}

/** Our deployment or the service is missing, and nothing says why: most likely the read is from before the update. */
function isSuspicious(state: FollowState, service: ServiceSnapshot): boolean {
  if (service.status !== 'ACTIVE') return service.status === 'MISSING'
  if (oursOf(service, state.started) !== undefined) return false
  return newerOf(service, state.started) === undefined && !isRollingBack(state, service)
}

/** Whether ECS has turned back from our deployment. */
export function isRollingBack(state: FollowState, service: ServiceSnapshot | undefined): boolean {
  if (service === undefined) return false
  const primary = primaryOf(service)
  return (
    serviceDeploymentOf(service)?.status.startsWith('ROLLBACK_') === true ||
    (state.seen && primary?.id !== state.started.deploymentId && /rolling back/i.test(primary?.reason ?? '')) ||
    state.events.some(({message}) => isTurningBack(message, state.started))
  )
}

/** `rolling back to deployment ecs-svc/…`; it can be ours that is come back to, from a newer one. */
function isTurningBack(message: string, {deploymentId}: StartedDeployment): boolean {
  return /\brolling back to deployment\b/.test(message) && !message.includes(deploymentId)
}

function isOnItsWay(service: ServiceSnapshot, ours: DeploymentSnapshot | undefined): boolean {
  const status = serviceDeploymentOf(service)?.status
  return ours?.rolloutState === 'IN_PROGRESS' || status === 'PENDING' || status === 'IN_PROGRESS'
}

/** By a call, or as the answer to a pause. */
function isRollbackRequested(service: ServiceSnapshot, lifecycle: Lifecycle): boolean {
  const answer = lastAnswer(lifecycle)?.answer
  return (
    serviceDeploymentOf(service)?.status === 'ROLLBACK_REQUESTED' || (answer?.action === 'ROLLBACK' && !answer.timedOut)
  )
}

/** What `conclude` decides by, as one text. */
function signature(service: ServiceSnapshot | undefined, {started}: FollowState): string {
  return [primaryOf(service)?.id, oursOf(service, started)?.rolloutState, serviceDeploymentOf(service)?.status].join()
}
