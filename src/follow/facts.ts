import type {TaskFailure} from '../why/index.ts'
import type {WaitFor} from '../workflow/wait-for.ts'
import {openPauses, type Pause} from './lifecycle.ts'
import {type FollowState, isRollingBack} from './reduce.ts'
import {
  type DeploymentSnapshot,
  newerOf,
  oursOf,
  primaryOf,
  type ServiceDeploymentSnapshot,
  serviceDeploymentOf,
  type ServiceSnapshot
} from './snapshot.ts'
import type {Origin} from './origin.ts'
import type {Proof} from './proof.ts'
import type {StartedDeployment} from './started.ts'
import type {Trouble} from './trouble.ts'

/** The circumstances of a decision. */
export interface Moment {
  readonly now: Date
  /** When following ends at the latest. */
  readonly until: Date
  /** The time that the user gave, for the headline. */
  readonly minutes: number
  /** Why the state is unknown, when it is. */
  readonly trouble: Trouble | undefined
  /** The job was cancelled. */
  readonly cancelled: boolean
  readonly waitFor: WaitFor
  readonly evidence: Evidence
}

/** What is looked up once it is clear how following ends, for the last word. */
export interface Evidence {
  /** Why tasks of our deployment failed. */
  readonly failures: readonly TaskFailure[]
  /** Where the revision is from that the service runs or will run. */
  readonly origin: Origin | undefined
  /** Which image the tasks run. */
  readonly proof: Proof | undefined
}

export const NO_EVIDENCE: Evidence = {failures: [], origin: undefined, proof: undefined}

/** All that the table decides by. */
export interface Facts {
  readonly started: StartedDeployment
  readonly state: FollowState
  readonly moment: Moment
  readonly service: ServiceSnapshot | undefined
  readonly ours: DeploymentSnapshot | undefined
  readonly primary: DeploymentSnapshot | undefined
  /** The primary deployment, if somebody started it after ours. */
  readonly newer: DeploymentSnapshot | undefined
  readonly serviceDeployment: ServiceDeploymentSnapshot | undefined
  /** There is no service deployment to go by, or no more: `deployments[]` alone decides. */
  readonly deploymentsOnly: boolean
  /** Our deployment is the primary one. */
  readonly isPrimary: boolean
  readonly rollingBack: boolean
  /** What our deployment waits for somebody with. */
  readonly pauses: readonly Pause[]
}

/** So often in a row a service deployment may be missing before `deployments[]` alone decides. */
const READS_WITHOUT_SERVICE_DEPLOYMENT = 5

/** Puts together what the table and its headlines look at. */
export function toFacts(state: FollowState, moment: Moment): Facts {
  const {started, latest: service} = state
  const primary = primaryOf(service)
  return {
    started,
    state,
    moment,
    service,
    ours: oursOf(service, started),
    primary,
    newer: newerOf(service, started),
    serviceDeployment: serviceDeploymentOf(service),
    deploymentsOnly:
      service?.serviceDeployment === 'unavailable' ||
      state.readsWithoutServiceDeployment >= READS_WITHOUT_SERVICE_DEPLOYMENT,
    isPrimary: primary?.id === started.deploymentId,
    rollingBack: isRollingBack(state, service),
    pauses: openPauses(state.lifecycle)
  }
}

/** Why our deployment failed, as far as ECS says so. */
export function reasonOf({serviceDeployment, ours, state, started}: Facts): string | undefined {
  const events = state.events
    .filter(
      ({message}) => !message.includes('(deployment ') || message.includes(`(deployment ${started.deploymentId})`)
    )
    .flatMap(({message}) => /\bdeployment failed: .*/.exec(message)?.[0] ?? [])
  return (
    serviceDeployment?.reason ??
    serviceDeployment?.rollback?.reason ??
    (ours?.rolloutState === 'FAILED' ? ours.reason : undefined) ??
    events.at(-1)
  )
}
