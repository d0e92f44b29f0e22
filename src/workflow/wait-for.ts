import {Failure} from './failure.ts'
import {listed} from './text.ts'

/** What of a deployment is waited for: that ECS took it, that the new tasks carry the service, its end, or a stage of it. */
export type WaitFor = (typeof WORDS)[number] | Stage

const WORDS = ['deployed', 'healthy', 'started'] as const

/** A lifecycle stage of a blue/green, linear or canary deployment. */
export type Stage = (typeof STAGES)[number]

/**
 * The lifecycle stages in the order in which a deployment goes through them; linear and canary deployments come back to the
 * two of the production traffic with each step. Source: "Lifecycle stages" in the ECS Developer Guide.
 */
export const STAGES = [
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

/** Whether a stage is waited for. */
export function isStage(waitFor: WaitFor): waitFor is Stage {
  return stageIndex(waitFor) >= 0
}

/** How far a stage is in the order of all; -1 for one that is not known. */
export function stageIndex(stage: string): number {
  return STAGES.findIndex(one => one === stage)
}

/**
 * The input `wait-for`; stages in upper or lower case, with `_` or `-`.
 * @throws Failure for anything else
 */
export function readWaitFor(value: string): WaitFor {
  const word = WORDS.find(one => one === (value || 'deployed'))
  const stage = STAGES.find(one => one === value.toUpperCase().replaceAll('-', '_'))
  const found = word ?? stage
  if (found !== undefined) return found
  throw new Failure(
    `The input \`wait-for\` is \`${value}\`: set it to \`deployed\`, \`healthy\`, \`started\`, or, where traffic is shifted, to a lifecycle stage: ${listed([...STAGES], STAGES.length)}.`
  )
}
