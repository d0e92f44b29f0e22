import {bounded, listed, oneLine} from '../workflow/text.ts'
import {type Facts, reasonOf} from './facts.ts'

/** What made ECS give a deployment up. */
export type Cause = 'circuit-breaker' | 'alarm' | 'hook' | 'request'

const HOOK = /\b(\w+) lifecycle hook\(s\) failed/
const LONGEST_NAMES = 300

/** By ECS's own words, else by what its parts tell; `undefined` when nothing tells. Pure. */
export function causeOf(facts: Facts): Cause | undefined {
  const reason = reasonOf(facts) ?? ''
  const {serviceDeployment, state} = facts
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
    case 'request':
      return 'somebody asked for it'
    case undefined:
      return undefined
  }
}

function alarmClause(names: readonly string[]): string {
  if (names.length === 0) return 'an alarm went off'
  return `the ${names.length === 1 ? 'alarm' : 'alarms'} ${bounded(oneLine(listed(names)), LONGEST_NAMES)} went off`
}
