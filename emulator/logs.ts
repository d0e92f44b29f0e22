import * as sdk from '@aws-sdk/client-cloudwatch-logs'
import type {LogEvent, LogStore, LogStream} from './log-store.ts'
import {pageOf} from './paging.ts'
import {AwsError, operationOf, type AwsService, type Call} from './service.ts'

/**
 * CloudWatch Logs, reading only: containers write by `LogStore`.
 * @param store the logs of `region`, with those of other regions in it
 */
export function createLogs(store: LogStore, region: string): AwsService {
  const storeOf = (call: Call): LogStore => (call.region === region ? store : store.elsewhere(call.region))
  return {
    name: 'logs',
    protocol: {kind: 'json', targetPrefix: 'Logs_20140328', contentType: 'application/x-amz-json-1.1'},
    operations: {
      GetLogEvents: operationOf(sdk.GetLogEvents$, (input: sdk.GetLogEventsRequest, call): sdk.GetLogEventsResponse =>
        getLogEvents(storeOf(call), input)
      ),
      DescribeLogStreams: operationOf(
        sdk.DescribeLogStreams$,
        (input: sdk.DescribeLogStreamsRequest, call): sdk.DescribeLogStreamsResponse =>
          describeLogStreams(storeOf(call), input, call)
      ),
      FilterLogEvents: operationOf(
        sdk.FilterLogEvents$,
        (input: sdk.FilterLogEventsRequest, call): sdk.FilterLogEventsResponse => filterLogEvents(storeOf(call), input)
      )
    }
  }
}

interface GroupNamed {
  readonly logGroupName?: string | undefined
  /** Name or ARN. */
  readonly logGroupIdentifier?: string | undefined
}

/** @throws AwsError ResourceNotFoundException; InvalidParameterException without a name */
function streamsOf(store: LogStore, input: GroupNamed): readonly LogStream[] {
  const streams = store.streams(required('logGroupName', groupName(input)))
  if (streams === undefined) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.')
  return streams
}

function groupName(input: GroupNamed): string | undefined {
  return input.logGroupName ?? input.logGroupIdentifier?.replace(/^arn:[^:]+:logs:[^:]*:\d+:log-group:([^:]+).*$/, '$1')
}

function required(name: string, value: string | undefined): string {
  if (value !== undefined) return value
  throw invalid(
    `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`
  )
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message)
}

/** @throws AwsError InvalidParameterException for a limit out of 1 to `most` */
function limit(value: number | undefined, most: number): number {
  const asked = value ?? most
  if (asked >= 1 && asked <= most) return asked
  const bound = asked < 1 ? 'greater than or equal to 1' : `less than or equal to ${most}`
  throw invalid(
    `1 validation error detected: Value '${asked}' at 'limit' failed to satisfy constraint: Member must have value ${bound}`
  )
}

interface TimeRange {
  readonly startTime?: number | undefined
  readonly endTime?: number | undefined
}

/** The start is included, the end is not. */
function inRange(event: LogEvent, {startTime = 0, endTime = Infinity}: TimeRange): boolean {
  return event.timestamp >= startTime && event.timestamp < endTime
}

/**
 * The newest events, or the oldest with `startFromHead`. Both tokens always come back; at either end the same token again.
 */
function getLogEvents(store: LogStore, input: sdk.GetLogEventsRequest): sdk.GetLogEventsResponse {
  const name = required('logStreamName', input.logStreamName)
  const stream = streamsOf(store, input).find(candidate => candidate.name === name)
  if (stream === undefined) throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.')
  const events = stream.events.filter(event => inRange(event, input))
  const [start, end] = page(events.length, limit(input.limit, 10_000), input)
  return {
    events: events
      .slice(start, end)
      .map(({timestamp, ingestionTime, message}) => ({timestamp, ingestionTime, message})),
    nextForwardToken: positionToken('f', end),
    nextBackwardToken: positionToken('b', start)
  }
}

function page(count: number, size: number, input: sdk.GetLogEventsRequest): [start: number, end: number] {
  if (input.nextToken === undefined) {
    return input.startFromHead === true ? [0, Math.min(size, count)] : [Math.max(0, count - size), count]
  }
  const [, direction, digits] = /^([fb])\/(\d{56})\/s$/.exec(input.nextToken) ?? []
  if (digits === undefined) throw invalidToken()
  const position = Math.min(Number(digits), count)
  return direction === 'f' ? [position, Math.min(position + size, count)] : [Math.max(0, position - size), position]
}

/** In the form of CloudWatch Logs: direction, 56 digits. */
function positionToken(direction: 'f' | 'b', position: number): string {
  return `${direction}/${String(position).padStart(56, '0')}/s`
}

function describeLogStreams(
  store: LogStore,
  input: sdk.DescribeLogStreamsRequest,
  {region, caller}: Call
): sdk.DescribeLogStreamsResponse {
  const streams = streamsOf(store, input).filter(({name}) => name.startsWith(input.logStreamNamePrefix ?? ''))
  const ordered =
    input.orderBy === 'LastEventTime' ? streams.toSorted((a, b) => lastTime(a) - lastTime(b)) : [...streams]
  if (input.descending === true) ordered.reverse()
  const group = groupName(input) ?? ''
  const answers = ordered.map(stream => ({
    logStreamName: stream.name,
    creationTime: stream.creationTime,
    firstEventTimestamp: stream.events[0]?.timestamp,
    lastEventTimestamp: stream.events.at(-1)?.timestamp,
    lastIngestionTime: stream.events.at(-1)?.ingestionTime,
    arn: `arn:aws:logs:${region}:${caller.account}:log-group:${group}:log-stream:${stream.name}`,
    storedBytes: 0
  }))
  const {items, ...next} = pageOf(answers, limit(input.limit, 50), input.nextToken, invalidToken)
  return {logStreams: items, ...next}
}

function lastTime(stream: LogStream): number {
  return stream.events.at(-1)?.timestamp ?? 0
}

function filterLogEvents(store: LogStore, input: sdk.FilterLogEventsRequest): sdk.FilterLogEventsResponse {
  const wanted = (name: string): boolean =>
    (input.logStreamNames?.includes(name) ?? true) && name.startsWith(input.logStreamNamePrefix ?? '')
  const matches = matcher(input.filterPattern ?? '')
  const found = streamsOf(store, input)
    .filter(({name}) => wanted(name))
    .flatMap(({name, events}) =>
      events.map((event, index) => ({...event, logStreamName: name, eventId: `${name}:${index}`}))
    )
    .filter(event => inRange(event, input) && matches(event.message))
    .sort((left, right) => left.timestamp - right.timestamp)
  const {items, ...next} = pageOf(found, limit(input.limit, 10_000), input.nextToken, invalidToken)
  return {events: items, searchedLogStreams: [], ...next}
}

/** Filter patterns of plain terms: all of them must occur; `"in quotes"` is one term. */
function matcher(pattern: string): (message: string) => boolean {
  if (/^\s*[{[?%-]/.test(pattern)) throw invalid('Invalid filter pattern')
  const terms = [...pattern.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  return message => terms.every(term => message.includes(term))
}

function invalidToken(): AwsError {
  return invalid('The specified nextToken is invalid.')
}
