import type {World} from '../world.ts'
import {oneLine} from '../workflow/text.ts'

export interface Change<T> {
  /** What is changed, for the log: `the update of web`. */
  readonly what: string
  /** Makes the call, once. */
  readonly make: () => Promise<T>
  /** Looks whether an earlier call whose answer was lost was carried out after all. */
  readonly readBack: () => Promise<T | undefined>
}

const ATTEMPTS = 5
/** How often to look before believing that nothing happened: a read may be some seconds behind the change. */
const LOOKS = 3
const BETWEEN_LOOKS = 2000

/**
 * Makes a changing call. It is repeated only when AWS certainly did nothing (throttling); when the outcome is unknown (the
 * connection broke, AWS answered with a server error) it is read back first, and repeated only if nothing happened.
 */
export async function change<T>({what, make, readBack}: Change<T>, world: World): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await make()
    } catch (error) {
      const again = attempt < ATTEMPTS && !world.signal.aborted
      if (isThrottled(error) && again) {
        world.log.info(`${what}: AWS is throttling, trying again`)
        await world.clock.sleep(backOff(attempt, world.random), world.signal)
        continue
      }
      if (!isOutcomeUnknown(error)) throw error
      world.log.info(`${what}: the answer was lost (${oneLine(String(error))}), looking whether it was done`)
      const done = await look(readBack, world)
      if (done !== undefined) return done
      if (!again) throw error
    }
  }
}

async function look<T>(readBack: () => Promise<T | undefined>, world: World): Promise<T | undefined> {
  for (let looks = 1; ; looks++) {
    const done = await readBack()
    if (done !== undefined || looks === LOOKS) return done
    await world.clock.sleep(BETWEEN_LOOKS, world.signal)
  }
}

/** Full jitter, as the SDK does for throttling: up to 1, 2, 4, 8 seconds. */
function backOff(attempt: number, random: () => number): number {
  return random() * 1000 * 2 ** (attempt - 1)
}

function isThrottled(error: unknown): boolean {
  return (
    error instanceof Error &&
    (/^(Throttl|TooManyRequests|RequestLimit|SlowDown)/.test(error.name) || httpStatus(error) === 429)
  )
}

/** Anything that is not an answer of AWS below 500, apart from errors that come before the request is sent. */
function isOutcomeUnknown(error: unknown): boolean {
  if (!(error instanceof Error) || error.name === 'CredentialsProviderError' || error.name === 'AbortError')
    return false
  const status = httpStatus(error)
  return status === undefined || status >= 500
}

function httpStatus(error: Error): number | undefined {
  const metadata = (error as {$metadata?: {httpStatusCode?: number}}).$metadata
  return metadata?.httpStatusCode
}
