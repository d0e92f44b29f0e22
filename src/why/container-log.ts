import {GetLogEventsCommand} from '@aws-sdk/client-cloudwatch-logs'
import {fromAws, unlessUnreadable} from '../aws/reading.ts'
import type {Aws} from '../aws/clients.ts'
import type {Clock} from '../world.ts'
import type {ContainerLog, FailureSources} from './failure.ts'
import {lastLines} from './log-lines.ts'
import type {LogPlace} from './log-place.ts'

/** The end of a container's log as far as it can be read. */
export interface LogReading {
  readonly log: ContainerLog
  /** More lines may still come. */
  readonly pending: boolean
}

/** Enough to find where a long stack trace begins. */
const EVENTS = 200
/** A page can be empty though there are more events before it. */
const MOST_PAGES = 4
/** A container's last lines can be read some seconds after its end; in milliseconds. */
const SETTLED = 5_000
/** So long after its end there is nothing to come, even if the clocks do not agree. */
const LONG_SETTLED = 600_000
/** After so long in vain there are none. */
const GIVEN_UP = 15_000

/**
 * Reads the ends of logs of containers that have ended; what is complete is remembered.
 * @returns reads one; `at` is when its container ended, as far as that is known
 */
export function containerLogsOf(
  logs: Aws['logs'],
  {ifAllowed}: Pick<FailureSources, 'ifAllowed'>,
  clock: Clock
): (place: LogPlace, at: Date | undefined, abortSignal: AbortSignal) => Promise<LogReading> {
  const complete = new Map<string, LogReading>()
  const firstAsked = new Map<string, number>()
  const read = async (place: LogPlace, abortSignal: AbortSignal): Promise<Found> => {
    const client = logs(place.region)
    const messages: string[] = []
    let nextToken: string | undefined
    for (let page = 0; page < MOST_PAGES && messages.length === 0; page++) {
      const command = new GetLogEventsCommand({
        logGroupName: place.group,
        logStreamName: place.stream,
        limit: EVENTS,
        nextToken
      })
      const answer = await fromAws(
        ifAllowed('logs:GetLogEvents', () => client.send(command, {abortSignal}).catch(missingFrom(place)))
      )
      if (answer === undefined) return {note: 'the log was not checked: missing logs:GetLogEvents', final: true}
      if (typeof answer === 'string') return {note: answer}
      messages.push(...(answer.events ?? []).map(({message = ''}) => message))
      if (answer.nextBackwardToken === nextToken) break
      nextToken = answer.nextBackwardToken
    }
    return {lines: lastLines(messages)}
  }
  return async (place, at, abortSignal) => {
    const key = JSON.stringify(place)
    const known = complete.get(key)
    if (known !== undefined) return known
    const now = clock.now().getTime()
    const since = firstAsked.get(key) ?? now
    firstAsked.set(key, since)
    let cause: unknown
    const found = await unlessUnreadable(read(place, abortSignal), problem => {
      cause = problem
    })
    const reading = toReading(place, found ?? unreadable(cause), now - since, now - (at?.getTime() ?? now))
    if (!reading.pending) complete.set(key, reading)
    return reading
  }
}

/** What a look at a log came to. */
interface Found {
  readonly lines?: readonly string[]
  readonly note?: string
  /** Looking again is of no use. */
  readonly final?: boolean
  /** It could not be read this time. */
  readonly failed?: boolean
}

/**
 * @param waited since the log was first asked for, in milliseconds
 * @param age since the container's end, in milliseconds, as far as the clocks of AWS and of the runner agree
 */
function toReading(place: LogPlace, found: Found, waited: number, age: number): LogReading {
  const {lines = [], note, final = false, failed = false} = found
  const isComplete = !failed && age >= (lines.length > 0 ? SETTLED : LONG_SETTLED)
  const why = lines.length > 0 ? undefined : (note ?? nothingIn(place))
  return {log: {...place, lines, note: why}, pending: !(final || isComplete || waited >= GIVEN_UP)}
}

/** The group is missing, or the stream, which comes with the first line. */
function missingFrom(place: LogPlace): (error: unknown) => string {
  return error => {
    if (!(error instanceof Error) || error.name !== 'ResourceNotFoundException') throw error
    return /log group/.test(error.message)
      ? `the log group ${place.group} does not exist in ${place.region}`
      : nothingIn(place)
  }
}

function nothingIn({group, region, stream}: LogPlace): string {
  return `nothing was written to the log group ${group} in ${region}, stream ${stream}`
}

function unreadable(cause: unknown): Found {
  return {note: `the log could not be read (${cause instanceof Error ? cause.name : 'no answer'})`, failed: true}
}
