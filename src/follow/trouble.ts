import {isThrottlingError} from '@smithy/core/retry'
import {isDenied} from '../aws/allowed.ts'
import {Failure} from '../workflow/failure.ts'
import {bounded, oneLine} from '../workflow/text.ts'

/** Reads that failed, without one that succeeded since. A deployment goes on meanwhile: a failed read fails nothing. */
export interface Trouble {
  readonly since: Date
  readonly reads: number
  /** The reads at its end that failed in a row for the same kind of reason. */
  readonly alike: {readonly since: Date; readonly reads: number}
  /** `denied` and `expired`: the credentials do not do (any more); the rest passes by itself. */
  readonly kind: 'denied' | 'expired' | 'throttled' | 'other'
  /** In AWS's words. */
  readonly problem: string
}

type SdkError = Parameters<typeof isThrottlingError>[0]

const LONGEST_PROBLEM = 500

/**
 * Counts reads that fail in a row. Pure.
 * @param cause what the last read failed with; `undefined` when it succeeded
 * @param at when it was made
 */
export function nextTrouble(trouble: Trouble | undefined, cause: unknown, at: Date): Trouble | undefined {
  if (cause === undefined) return undefined
  const error = cause instanceof Error ? inAwsWords(cause) : new Error('no answer')
  const kind = kindOf(error)
  const alike = trouble?.kind === kind ? trouble.alike : {since: at, reads: 0}
  return {
    since: trouble?.since ?? at,
    reads: (trouble?.reads ?? 0) + 1,
    alike: {since: alike.since, reads: alike.reads + 1},
    kind,
    problem: bounded(oneLine(error.message || error.name), LONGEST_PROBLEM)
  }
}

/** Where the credentials could not be renewed, the failure that says so has AWS's answer in it. */
function inAwsWords(error: Error): Error {
  return error instanceof Failure && error.cause instanceof Error ? error.cause : error
}

function kindOf(error: Error): Trouble['kind'] {
  if (isDenied(error)) return 'denied'
  if (/^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient|CredentialsProvider)/.test(error.name)) return 'expired'
  return isThrottlingError(error as SdkError) ? 'throttled' : 'other'
}
