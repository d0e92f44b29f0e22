import {isDeepStrictEqual} from 'node:util'
import type {FailedContainer, TaskFailure} from './failure.ts'

/** Whether both tell the same, of however many tasks. */
export function isSameFailure(one: TaskFailure, other: TaskFailure): boolean {
  return isDeepStrictEqual(essence(one), essence(other))
}

/** What two of the same failure have in common: their logs, addresses and ids differ. */
function essence({kind, reason, containers}: Pick<TaskFailure, 'kind' | 'reason' | 'containers'>): unknown[] {
  return [kind, reason, containers.map(told)]
}

function told({name, exitCode, reason, health}: FailedContainer): unknown[] {
  return [name, exitCode, reason, health !== undefined]
}
