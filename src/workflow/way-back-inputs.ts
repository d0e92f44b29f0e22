import {readChoice} from './choice.ts'

/** When a service goes back by itself. */
export interface WayBackInputs {
  /** Which ends of a deployment, that ECS does not roll back itself, make the service go back. */
  readonly rollbackOnFailure: 'off' | 'failure' | 'failure-or-timeout'
  /** What becomes of a deployment whose job is cancelled. */
  readonly onCancel: 'leave' | 'rollback'
}

/** @throws Failure for a value that is none of the words */
export function readWayBackInputs(input: (name: string) => string): WayBackInputs {
  const read = <const Word extends string>(name: string, words: readonly [Word, ...Word[]]): Word =>
    readChoice(name, input(name), words)
  return {
    rollbackOnFailure: read('rollback-on-failure', ['off', 'failure', 'failure-or-timeout']),
    onCancel: read('on-cancel', ['leave', 'rollback'])
  }
}
