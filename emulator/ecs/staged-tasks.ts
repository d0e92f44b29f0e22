import {type Deployment, revisionsOf, type ServiceDeployment} from './model.ts'
import {type RollingState, rollingStep, type RollingStep} from './rolling.ts'
import {isAfter} from './strategy.ts'
import type {StagedDeployment} from './stages.ts'

/** The deployment of a service that is on its way through its stages, forth or back. */
export function asStaged(deployment: ServiceDeployment | undefined): StagedDeployment | undefined {
  if (deployment?.progress === undefined || deployment.finishedAt !== undefined) return undefined
  return deployment.status === 'STOP_REQUESTED' ? undefined : (deployment as StagedDeployment)
}

/**
 * How many tasks a revision is to have in this stage: both as many as the service wants from SCALE_UP to BAKE_TIME, the
 * old one until CLEAN_UP; in a rollback the new one until then.
 */
export function wantedTasks(of: Deployment, {service, target, progress}: StagedDeployment): number {
  const {stage, blue, rollback} = progress
  const {desiredCount} = service.settings
  if (rollback !== undefined) return of === blue || (of === target && stage !== 'CLEAN_UP') ? desiredCount : 0
  if (of === target) return stage !== undefined && !isAfter('SCALE_UP', stage) ? desiredCount : 0
  // The others are there until they are reconciled.
  if (of !== blue) return stage === undefined ? of.desiredCount : 0
  return stage === 'CLEAN_UP' ? 0 : desiredCount
}

/** What is done about the tasks: each revision is kept at as many as it is to have, by itself. */
export function stagedStep(staged: StagedDeployment, {target, sources, maximumPercent}: RollingState): RollingStep {
  const wanted = revisionsOf(staged.service).map(revision => wantedTasks(revision, staged))
  const [primary, ...others] = [target, ...sources].map((revision, index) =>
    rollingStep({
      desiredCount: wanted[index] ?? 0,
      minimumHealthyPercent: 100,
      maximumPercent: Math.max(maximumPercent, 100),
      target: {...revision, wanted: wanted[index] ?? 0},
      sources: [],
      halted: false
    })
  )
  const all = [primary, ...others].filter(step => step !== undefined)
  return {
    start: {target: primary?.start.target ?? 0, sources: others.map(({start}) => start.target)},
    replacements: {
      target: primary?.replacements.target ?? 0,
      sources: others.map(({replacements}) => replacements.target)
    },
    stopUnhealthy: all.flatMap(step => step.stopUnhealthy),
    stop: all.flatMap(step => step.stop),
    isDeadlocked: false
  }
}
