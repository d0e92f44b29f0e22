import {isRecord} from '../protocol/shape.ts'
import type {Ecs} from '../ecs.ts'
import {behaviourRules} from './behaviour-rules.ts'
import {hookRules} from './hook-behaviour.ts'
import {isRoleFault} from './role-faults.ts'

/** What the control API offers of ECS: each operation takes the request's JSON. */
export function controlOperations(
  ecs: Pick<Ecs, 'setRules' | 'setHooks' | 'setRole' | 'setZones' | 'scale' | 'setAlarm'>
): Ecs['control'] {
  return {
    behaviours: body => {
      ecs.setRules(behaviourRules(isRecord(body) ? body['rules'] : body))
    },
    hooks: body => {
      ecs.setHooks(hookRules(isRecord(body) ? body['rules'] : body))
    },
    role: body => {
      const {arn, fault} = isRecord(body) ? body : {}
      if (typeof arn !== 'string' || (fault !== undefined && !isRoleFault(fault))) {
        throw new TypeError('role takes an arn and a fault: trust, permissions or modify-listener.')
      }
      ecs.setRole(arn, fault)
    },
    zones: body => {
      const {zones} = isRecord(body) ? body : {}
      if (!Array.isArray(zones) || zones.length === 0 || !zones.every(isZone)) {
        throw new TypeError('zones takes a list of the letters a, b and c.')
      }
      ecs.setZones(zones)
    },
    scale: body => {
      const {cluster, service, desiredCount} = isRecord(body) ? body : {}
      if (typeof cluster !== 'string' || typeof service !== 'string' || !isCount(desiredCount)) {
        throw new TypeError('scale takes a cluster, a service and a desiredCount from 0.')
      }
      ecs.scale(cluster, service, desiredCount)
    },
    alarm: body => {
      const {name, state} = isRecord(body) ? body : {}
      if (typeof name !== 'string' || (state !== 'OK' && state !== 'ALARM')) {
        throw new TypeError('alarm takes a name and a state, OK or ALARM.')
      }
      ecs.setAlarm(name, state)
    }
  }
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0
}

function isZone(value: unknown): value is string {
  return value === 'a' || value === 'b' || value === 'c'
}
