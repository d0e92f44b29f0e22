import {ifAllowed} from './allowed.ts'
import type {Log} from '../workflow/log.ts'

/** A call to AWS that failed; anything else that is thrown while reading is a defect. */
class Unreadable extends Error {}

/** Marks what a call to AWS throws, so that `unlessUnreadable` knows it. */
export async function fromAws<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (cause) {
    throw new Unreadable('AWS did not answer', {cause})
  }
}

/**
 * Waits for reads that may fail: the follower reads again anyway.
 * @param problem is given what AWS, or the way to it, answered instead
 * @returns `undefined` when a call marked by `fromAws` failed
 */
export async function unlessUnreadable<T>(read: Promise<T>, problem: (cause: unknown) => void): Promise<T | undefined> {
  try {
    return await read
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    problem(error.cause)
    return undefined
  }
}

/** Makes a call that only helps; `undefined` where it is denied. */
export type IfAllowed = <T>(action: string, call: () => Promise<T>) => Promise<T | undefined>

/** An `ifAllowed` that makes no call again which was denied, so that the log says so once. */
export function rememberDenials(log: Log): IfAllowed {
  const denied = new Set<string>()
  return async (action, call) => {
    if (denied.has(action)) return undefined
    const answer = await ifAllowed(log, action, call)
    if (answer === undefined) denied.add(action)
    return answer
  }
}
