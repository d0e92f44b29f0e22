import {isWell} from './phases.ts'
import {type DeploymentSnapshot, oursOf, type ServiceSnapshot} from './snapshot.ts'
import type {StartedDeployment} from './started.ts'

/** When each part of a deployment was first seen. */
export interface Timeline {
  /** A task of ours is there. */
  readonly placed: Date | undefined
  /** A task of ours runs. */
  readonly running: Date | undefined
  /** As many of ours run as the service shall have. */
  readonly full: Date | undefined
  /** All of them are healthy, where that can be known before the end. */
  readonly healthy: Date | undefined
  /** No task of another deployment runs any more; they may still finish what they are at. */
  readonly replaced: Date | undefined
  /** No other deployment is left. */
  readonly drained: Date | undefined
}

export const NO_TIMELINE: Timeline = {
  placed: undefined,
  running: undefined,
  full: undefined,
  healthy: undefined,
  replaced: undefined,
  drained: undefined
}

/** Adds what a look at the service shows. Pure. */
export function nextTimeline(
  timeline: Timeline,
  started: StartedDeployment,
  service: ServiceSnapshot,
  at: Date
): Timeline {
  const ours = oursOf(service, started)
  if (ours === undefined) return timeline
  const others = service.deployments.filter(deployment => deployment !== ours)
  const full = ours.running > 0 && ours.running >= service.desiredCount
  return {
    placed: timeline.placed ?? (ours.pending + ours.running > 0 ? at : undefined),
    running: timeline.running ?? (ours.running > 0 ? at : undefined),
    full: timeline.full ?? (full ? at : undefined),
    healthy: timeline.healthy ?? (areHealthy(service, ours, at) ? at : undefined),
    replaced:
      timeline.replaced ?? (full && others.every(({running, pending}) => running + pending === 0) ? at : undefined),
    drained: timeline.drained ?? (full && others.length === 0 ? at : undefined)
  }
}

/** As many tasks of our deployment as the service shall have, and all of those that were looked at, count as healthy. */
export function areHealthy(service: ServiceSnapshot, ours: DeploymentSnapshot | undefined, at: Date): boolean {
  const {desiredCount, tasks} = service
  if (ours === undefined || tasks === undefined || desiredCount === 0) return false
  return ours.running >= desiredCount && tasks.filter(task => isWell(task, at)).length >= desiredCount
}
