import {isClockSkewCorrectedError, isThrottlingError} from '@smithy/core/retry'
import {Failure} from '../workflow/failure.ts'
import {oneLine} from '../workflow/text.ts'
import type {World} from '../world.ts'

export interface Change<T> {
  /** What is changed, for the log and messages: `the update of web`. */
  readonly what: string
  /** Makes the call, once. What it throws as a Failure came before the request was sent. */
  readonly make: () => Promise<T>
  /** Looks whether an earlier call whose answer was lost was carried out after all; also after a cancellation. */
  readonly readBack: () => Promise<T | undefined>
  /** What the user is to do where nobody can tell whether it was done. */
  readonly ifUnknown: string
}

/** How an attempt ended that brought no result; `again` says why it may be made again, `undefined` that it may not. */
interface NotDone {
  readonly error: unknown
  readonly again?: string
}

type SdkError = Parameters<typeof isThrottlingError>[0]

const ATTEMPTS = 5
/** How often to look before believing that nothing happened: a read may be some seconds behind the change. */
const LOOKS = 5
const BETWEEN_LOOKS = 2500

/**
 * Makes a changing call. It is repeated only when AWS certainly did nothing; when the outcome is unknown (the connection
 * broke, AWS answered with a server error) it is read back first, and repeated only if nothing happened. After a
 * cancellation no call is begun, but one that is under way comes to its end.
 * @throws what AWS refused it with; Failure when it is unknown whether it was done; the signal's reason
 */
export async function change<T>(wanted: Change<T>, world: World): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    world.signal.throwIfAborted()
    const ended = await tryOnce(wanted, world)
    if ('done' in ended) return ended.done
    if (ended.again === undefined || attempt === ATTEMPTS || world.signal.aborted) throw ended.error
    world.log.info(`${wanted.what}: ${ended.again}, trying again`)
    await world.clock.sleep(backOff(attempt, world.random), world.signal)
  }
}

async function tryOnce<T>(wanted: Change<T>, world: World): Promise<{readonly done: T} | NotDone> {
  try {
    return {done: await wanted.make()}
  } catch (error) {
    const untouched = whyUntouched(error)
    if (untouched !== undefined) return {error, again: untouched}
    return isOutcomeUnknown(error) ? lookBack(wanted, messageOf(error), world) : {error}
  }
}

/** @param lost how the answer was lost */
async function lookBack<T>(wanted: Change<T>, lost: string, world: World): Promise<{readonly done: T} | NotDone> {
  const {what, readBack, ifUnknown} = wanted
  const unknown = (why: string): Failure => new Failure(`Whether ${what} was done is unknown: ${why}; ${ifUnknown}.`)
  world.log.info(`${what}: the answer was lost (${lost}), looking whether it was done`)
  try {
    const done = await look(readBack, world)
    if (done !== undefined) return {done}
    return {error: unknown(`the answer was lost (${lost}), and it is not to be seen`), again: 'it was not done'}
  } catch (error) {
    return {error: unknown(`the answer was lost (${lost}), and looking failed (${messageOf(error)})`)}
  }
}

async function look<T>(readBack: () => Promise<T | undefined>, world: World): Promise<T | undefined> {
  for (let looks = 1; ; looks++) {
    const done = await readBack()
    if (done !== undefined || looks === LOOKS) return done
    await world.clock.sleep(BETWEEN_LOOKS)
  }
}

/** Full jitter, as the SDK does for throttling: up to 1, 2, 4, 8 seconds. */
function backOff(attempt: number, random: () => number): number {
  return random() * 1000 * 2 ** (attempt - 1)
}

/** Why AWS certainly did nothing, although the same call may be done the next time. */
function whyUntouched(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if (isThrottlingError(error as SdkError)) return 'AWS is throttling'
  // Each client of the SDK learns only from its own answers how far the runner's clock is off.
  const isDated = /signature/i.test(error.name) && isClockSkewCorrectedError(error as SdkError) === true
  return isDated ? "the runner's clock is wrong, AWS's time is used" : undefined
}

/** Anything but a refusal: also an answer that cannot be read, apart from errors that come before the request is sent. */
function isOutcomeUnknown(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof Failure || error.name === 'CredentialsProviderError') return false
  const status = (error as SdkError).$metadata?.httpStatusCode
  return status === undefined || status < 400 || status >= 500
}

/** The SDK adds advice for developers on further lines. */
function messageOf(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message || error.name : String(error)).split('\n')
  return oneLine(line)
}
