import type * as sdk from '@aws-sdk/client-ecs'

/** The stages of a deployment that shifts traffic, in order (Developer Guide, "Amazon ECS blue/green service deployments workflow"). */
export const stageOrder = [
  'RECONCILE_SERVICE',
  'PRE_SCALE_UP',
  'SCALE_UP',
  'POST_SCALE_UP',
  'TEST_TRAFFIC_SHIFT',
  'POST_TEST_TRAFFIC_SHIFT',
  'PRE_PRODUCTION_TRAFFIC_SHIFT',
  'PRODUCTION_TRAFFIC_SHIFT',
  'POST_PRODUCTION_TRAFFIC_SHIFT',
  'BAKE_TIME',
  'CLEAN_UP'
] as const

export type Stage = (typeof stageOrder)[number]

/** Whether a stage comes after another one. */
export function isAfter(stage: Stage, other: Stage): boolean {
  return stageOrder.indexOf(stage) > stageOrder.indexOf(other)
}

/** Whether deployments of this configuration shift traffic from one revision to the other, stage by stage. */
export function isStaged({strategy = 'ROLLING'}: sdk.DeploymentConfiguration): boolean {
  return strategy !== 'ROLLING'
}

/** One shift of production traffic. */
export interface Shift {
  /** The new revision's share after it, in percent. */
  readonly weight: number
  /** How long the next shift waits, in milliseconds. */
  readonly bake: number
}

/** The shifts of production traffic; nothing is waited for after the one to 100 percent. */
export function shiftsOf(configuration: sdk.DeploymentConfiguration): readonly Shift[] {
  const all = {weight: 100, bake: 0}
  if (configuration.strategy === 'CANARY') {
    const {canaryPercent = 5, canaryBakeTimeInMinutes = 10} = configuration.canaryConfiguration ?? {}
    return canaryPercent >= 100 ? [all] : [{weight: canaryPercent, bake: canaryBakeTimeInMinutes * 60_000}, all]
  }
  if (configuration.strategy !== 'LINEAR') return [all]
  const {stepPercent = 10, stepBakeTimeInMinutes = 6} = configuration.linearConfiguration ?? {}
  const count = Math.ceil(100 / stepPercent)
  return Array.from({length: count}, (_, index) =>
    index === count - 1 ? all : {weight: rounded((index + 1) * stepPercent), bake: stepBakeTimeInMinutes * 60_000}
  )
}

/** Percentages have one decimal. */
function rounded(percent: number): number {
  return Math.round(percent * 10) / 10
}

/** The first stage; more than one active revision is reconciled before anything is started. */
export function firstStage(activeRevisions: number): Stage {
  return activeRevisions > 1 ? 'RECONCILE_SERVICE' : 'PRE_SCALE_UP'
}

/**
 * The stage after `stage`, `undefined` after the last one. The two stages around a shift of production traffic come again
 * for each shift that is left.
 */
export function nextStage(stage: Stage, shiftsLeft: number): Stage | undefined {
  if (stage === 'PRODUCTION_TRAFFIC_SHIFT' && shiftsLeft > 0) return 'PRE_PRODUCTION_TRAFFIC_SHIFT'
  return stageOrder[stageOrder.indexOf(stage) + 1]
}

/** The stages of a rollback: traffic goes back first, as far as it was shifted (the same page of the guide). */
export function rollbackStages({test, production}: {readonly test: boolean; readonly production: boolean}): Stage[] {
  return [
    ...(production ? ['PRODUCTION_TRAFFIC_SHIFT' as const] : []),
    ...(test ? ['TEST_TRAFFIC_SHIFT' as const] : []),
    'CLEAN_UP'
  ]
}
