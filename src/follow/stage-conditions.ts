import {isStage, stageIndex} from '../workflow/wait-for.ts'
import {has, isFailed} from './conditions.ts'
import type {Facts} from './facts.ts'
import {hasReached} from './lifecycle.ts'

/** Our deployment is at the stage that is waited for, or past it, and waits for somebody to say how to go on. */
export function isPausedAsAsked(facts: Facts): boolean {
  const {waitFor} = facts.moment
  return isAtStage(facts) && facts.pauses.some(({stage}) => stageIndex(stage) >= stageIndex(waitFor))
}

/** Our deployment is at the stage that is waited for, or past it, and does not pause there. */
export function isReached(facts: Facts): boolean {
  const {moment, started, state, serviceDeployment} = facts
  const {pauses} = state.lifecycle
  // The pause is told of somewhat later than the stage.
  const isDue =
    serviceDeployment?.stage === moment.waitFor &&
    started.rollout.shift?.pausesAt.includes(moment.waitFor) === true &&
    !pauses.some(({stage}) => stage === moment.waitFor)
  return isAtStage(facts) && !isDue
}

function isAtStage(facts: Facts): boolean {
  const {moment, state, isPrimary, rollingBack} = facts
  if (!isStage(moment.waitFor) || !isPrimary || rollingBack || isFailed(facts)) return false
  return has(facts, 'IN_PROGRESS') && hasReached(state.lifecycle, moment.waitFor)
}
