import {bounded, listed, oneLine} from '../workflow/text.ts'
import {type Facts, reasonOf} from './facts.ts'
import {lastAnswer} from './lifecycle.ts'

/** What made ECS give a deployment up. */
export type Cause = 'circuit-breaker' | 'alarm' | 'hook' | 'request' | 'pause-timed-out' | 'set-up'

/** The load balancer, or what ECS may do with it, does not fit the deployment; ECS calls the latter a failed hook. */
const SET_UP = /\binvalid networking configuration\b|\bnot authorized to perform: elasticloadbalancing:/
const HOOK = /\b(\w+) lifecycle hook\(s\) failed/
const LONGEST_NAMES = 300

/** By ECS's own words, else by what its parts tell; `undefined` when nothing tells. Pure. */
export function causeOf(facts: Facts): Cause | undefined {
  const reason = reasonOf(facts) ?? ''
  const {serviceDeployment, state} = facts
  const pause = lastAnswer(state.lifecycle)?.answer
  if (pause?.action === 'ROLLBACK') return pause.timedOut ? 'pause-timed-out' : 'request'
  if (SET_UP.test(reason)) return 'set-up'
  if (HOOK.test(reason)) return 'hook'
  if (/\balarms?\b/i.test(reason)) return 'alarm'
  if (/circuit breaker|tasks? failed to start/i.test(reason)) return 'circuit-breaker'
  if (state.rollbackRequested) return 'request'
  if (serviceDeployment?.alarms?.status === 'TRIGGERED') return 'alarm'
  return serviceDeployment?.circuitBreaker?.status === 'TRIGGERED' ? 'circuit-breaker' : undefined
}

/** The cause as a clause: `the alarm too-many-errors went off`. Pure. */
export function describeCause(facts: Facts): string | undefined {
  switch (causeOf(facts)) {
    case 'circuit-breaker':
      return 'the circuit breaker tripped'
    case 'alarm':
      return alarmClause(facts.serviceDeployment?.alarms?.triggered ?? [])
    case 'hook':
      return `a ${HOOK.exec(reasonOf(facts) ?? '')?.[1] ?? ''} lifecycle hook failed`
    case 'set-up':
      return 'the load balancer is not set up for it'
    case 'pause-timed-out':
      return `nobody continued it${atPause(facts)} in time`
    case 'request':
      return `somebody asked for it${atPause(facts)}`
    case undefined:
      return undefined
  }
}

/** ` at POST_TEST_TRAFFIC_SHIFT`, where a pause ended with it. */
function atPause({state}: Facts): string {
  const last = lastAnswer(state.lifecycle)
  return last?.answer?.action === 'ROLLBACK' ? ` at ${last.stage}` : ''
}

function alarmClause(names: readonly string[]): string {
  if (names.length === 0) return 'an alarm went off'
  return `the ${names.length === 1 ? 'alarm' : 'alarms'} ${bounded(oneLine(listed(names)), LONGEST_NAMES)} went off`
}
