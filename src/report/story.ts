import type {Finding} from '../check/finding.ts'
import type {Outlook} from '../check/outlook.ts'
import type {ReleaseImage} from '../image/index.ts'
import {isGood as isGoodOutcome} from '../follow/conclude.ts'
import type {Followed} from '../follow/follow.ts'
import type {WorkflowRun} from '../workflow/event.ts'

/** What the step does. */
export type Work = 'Release' | 'Rollback' | 'Continuing'

/**
 * How a release or a single service of it ended; `error` is a release that failed before ECS had anything to say, `planned`
 * one that only was to look.
 */
export type ReleaseStatus = Followed['outcome']['status'] | 'error' | 'planned'

/** Whether a release that ended so is green. */
export function isGood(status: ReleaseStatus): boolean {
  return status === 'planned' || (status !== 'error' && isGoodOutcome(status))
}

/** Whether something was found before the build that stops the release. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({level}) => level === 'error')
}

/** A status as people read it: `Rolled back`. */
export function statusName(status: ReleaseStatus): string {
  return status.charAt(0).toUpperCase() + status.slice(1).replaceAll('-', ' ')
}

/** A part of the release and how long it took. */
export interface Phase {
  readonly name: string
  readonly startedAt: Date
  readonly endedAt: Date
}

/** One service of the release, as far as it is known. */
export interface ServiceStory {
  readonly name: string
  readonly cluster: string
  readonly previousTaskDefinitionArn: string
  readonly taskDefinitionArn?: string
  readonly deploymentId?: string
  /** `undefined` in a partition whose console is not known. */
  readonly consoleUrl: string | undefined
  readonly followed?: Followed
}

/** Everything that is known of a release at some point; what the outputs, the summary and `result` are made of. */
export interface Story {
  readonly work: Work
  readonly run: WorkflowRun | undefined
  readonly region: string | undefined
  readonly startedAt: Date
  readonly endedAt: Date
  readonly phases: readonly Phase[]
  /** What was found before the build. */
  readonly findings: readonly Finding[]
  /** What the release does to its services, as it was known before the build. */
  readonly outlooks: readonly Outlook[]
  /** Whether nothing but that was asked for. */
  readonly isPlan: boolean
  readonly image: ReleaseImage | undefined
  readonly services: readonly ServiceStory[]
  readonly status: ReleaseStatus
  /** How it ended, in a sentence. */
  readonly headline: string
}
