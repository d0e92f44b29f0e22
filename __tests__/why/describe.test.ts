import {describe, expect, test} from '@jest/globals'
import {describeTaskFailure, inShort} from '../../src/why/describe.ts'
import {notPlaced, toFailure} from '../../src/why/explain.ts'
import {adviceForExitCode, exitCodeInWords} from '../../src/why/exit-codes.ts'
import type {FailedContainer} from '../../src/why/failure.ts'
import {groupStoppedTasks} from '../../src/why/group.ts'
import {lastLines} from '../../src/why/log-lines.ts'
import {container, failure, GROUP_ARN, nothingKnown, surroundings, task, withMigration} from './support.ts'

const NO_TARGETS = {unhealthy: new Map(), groups: [], events: []}

function failed(overrides: Partial<FailedContainer> = {}): FailedContainer {
  return {name: 'app', exitCode: 3, reason: undefined, health: undefined, log: undefined, ...overrides}
}

describe('exit codes in words', () => {
  test.each([
    [0, 'it finished by itself'],
    [1, undefined],
    [3, undefined],
    [126, 'the command cannot be executed'],
    [127, 'command not found'],
    [130, 'ended by a signal: SIGINT'],
    [134, 'it aborted: SIGABRT'],
    [135, 'ended by a signal: SIGBUS'],
    [137, 'killed: SIGKILL'],
    [139, 'it crashed: SIGSEGV'],
    [143, 'stopped: SIGTERM'],
    [200, undefined],
    [255, 'it failed without a code of its own']
  ])('%s: %s', (code, words) => {
    expect(exitCodeInWords(code)).toBe(words)
  })

  test('what to do is said of those that mean one thing', () => {
    expect([0, 126, 127, 137, 139].map(adviceForExitCode)).not.toContain(undefined)
    expect([1, 2, 3, 143, 255].map(adviceForExitCode)).toEqual(Array(5).fill(undefined))
  })

  test('out of memory where ECS says so, else killed', () => {
    const reason = 'OutOfMemoryError: Container killed due to memory usage'
    expect(describeTaskFailure(failure({containers: [failed({exitCode: 137, reason})]}))[0]).toBe(
      `1 task stopped: Essential container in task exited; container app exited with code 137 (${reason})`
    )
    expect(describeTaskFailure(failure({containers: [failed({exitCode: 137})]}))[0]).toBe(
      '1 task stopped: Essential container in task exited; container app exited with code 137 (killed: SIGKILL)'
    )
  })

  test('advice comes from the code where no text is known', () => {
    const [group] = groupStoppedTasks(surroundings, [task('a', {containers: [container({exitCode: 0})]})])
    if (group === undefined) throw new Error('No group')
    const finished = toFailure(group, new Map(), NO_TARGETS, surroundings)
    expect(finished.advice).toMatch(/^A service wants programs that run on/)
    expect(inShort(finished)).toBe('container app finished by itself')
    expect(toFailure(group, new Map(), NO_TARGETS, nothingKnown).advice).toBeUndefined()
  })
})

test('headline and advice are about the container whose text is known', () => {
  const migrate = container({name: 'migrate', exitCode: 1})
  const app = container({exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage'})
  for (const known of [withMigration, nothingKnown]) {
    const [group] = groupStoppedTasks(known, [task('a', {containers: [migrate, app]})])
    if (group === undefined) throw new Error('No group')
    expect(inShort(toFailure(group, new Map(), NO_TARGETS, known))).toBe('container app ran out of memory')
  }
  const [group] = groupStoppedTasks(nothingKnown, [task('a', {containers: [migrate, app]})])
  if (group === undefined) throw new Error('No group')
  expect(toFailure(group, new Map(), NO_TARGETS, withMigration).advice).toMatch(/\(256 MiB of memory now\)/)
})

test('what somebody writes who stops a task is not taken for words of AWS', () => {
  const told = (reason: string) => {
    const [group] = groupStoppedTasks(surroundings, [task('a', {stopCode: 'UserInitiated', reason})])
    if (group === undefined) throw new Error('No group')
    const stopped = toFailure(group, new Map(), NO_TARGETS, surroundings)
    return [inShort(stopped), stopped.advice]
  }
  expect(told('RESOURCE:MEMORY drill')).toEqual(['RESOURCE:MEMORY drill', undefined])
  expect(told('Task stopped by user')).toEqual(['somebody stopped it', expect.stringContaining('CloudTrail')])
})

test('a failed check of an alternate target group is about the container behind it', () => {
  const reason = `Task failed ELB health checks in (target-group ${GROUP_ARN})`
  const loadBalancers = [
    {targetGroupArn: 'arn:other', containerName: 'app', advancedConfiguration: {alternateTargetGroupArn: GROUP_ARN}}
  ]
  const shifting = {...surroundings, service: {...surroundings.service, loadBalancers}}
  const [group] = groupStoppedTasks(shifting, [task('a', {stopCode: 'ServiceSchedulerInitiated', reason})])
  if (group === undefined) throw new Error('No group')
  expect(toFailure(group, new Map(), NO_TARGETS, shifting).containers).toMatchObject([{name: 'app'}])
})

describe('in lines', () => {
  test('the whole first, the logs, what to do', () => {
    const log = {group: '/ecs/web', stream: 'ecs/app/1', region: 'eu-central-1', lines: ['one', 'two'], note: undefined}
    const all = failure({taskIds: ['a', 'b', 'c'], containers: [failed({log})], advice: 'Do this.'})
    expect(describeTaskFailure(all)).toEqual([
      '3 tasks stopped: Essential container in task exited; container app exited with code 3',
      'last lines of app (log group /ecs/web in eu-central-1, stream ecs/app/1):',
      '    one',
      '    two',
      '→ Do this.'
    ])
  })

  test('a container that did not start, and one that ECS stopped', () => {
    const reason = 'CannotStartContainerError: exec format error'
    expect(describeTaskFailure(failure({containers: [failed({exitCode: undefined, reason})]}))[0]).toContain(
      `; container app did not start: ${reason}`
    )
    const stopped = failed({exitCode: undefined, health: {command: undefined}})
    expect(describeTaskFailure(failure({containers: [stopped]}))[0]).toContain(
      '; container app failed its health check'
    )
    expect(describeTaskFailure(failure({containers: [failed({exitCode: undefined})]}))).toEqual([
      '1 task stopped: Essential container in task exited'
    ])
  })

  test('texts from elsewhere stay on their line, of bounded length', () => {
    const evil = `x\n::error::no\r##[error]no\u0007${'y'.repeat(5000)}`
    const lines = describeTaskFailure({...notPlaced(evil, surroundings), containers: [failed({reason: evil})]})
    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toMatch(/\p{Cc}|##\[/u)
    expect(lines[0]?.length).toBeLessThan(2200)
    expect(inShort(notPlaced(evil, surroundings)).length).toBeLessThanOrEqual(150)
  })

  test('in short, an exit code that only the program knows', () => {
    expect(inShort(failure({containers: [failed()]}))).toBe('container app exited with code 3')
    expect(
      inShort(
        failure({
          containers: [failed({exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage'})]
        })
      )
    ).toBe('container app ran out of memory')
  })
})

describe('the end of a log', () => {
  const many = (count: number, line: (index: number) => string): string[] =>
    Array.from({length: count}, (_, i) => line(i))

  test('is its last lines, also of events with several', () => {
    expect(lastLines(['one\ntwo\r\n', 'three\n\n'])).toEqual(['one', 'two', 'three'])
    expect(lastLines(many(100, index => `line ${index}`))).toEqual(many(30, index => `line ${index + 70}`))
    expect(lastLines([])).toEqual([])
  })

  test('keeps the line that a long stack trace begins with', () => {
    const frames = many(60, index => `\tat com.example.Frame${index}(Frame.java:1)`)
    const lines = lastLines(['Starting', 'java.lang.IllegalStateException: no database', ...frames])
    expect(lines).toHaveLength(30)
    expect(lines.slice(0, 3)).toEqual([
      'java.lang.IllegalStateException: no database',
      '… 32 more lines …',
      '    at com.example.Frame32(Frame.java:1)'
    ])
    expect(lines.at(-1)).toBe('    at com.example.Frame59(Frame.java:1)')
  })

  test('has no control characters, no command of the runner, no change of direction, no line without end', () => {
    const [coloured, command, other, turned, long = ''] = lastLines([
      '\u001b[31mError\u001b[0m: \u0007no\u0000',
      '::error::forged',
      '##[error]forged',
      'a\u202Eb',
      'x'.repeat(10_000)
    ])
    expect([coloured, turned]).toEqual(['Error: no', 'ab'])
    expect(command).not.toMatch(/^\s*::/)
    expect(other).not.toContain('##[')
    expect(long).toHaveLength(500)
  })

  test('is found in lines of any length and number', () => {
    const [tabs, blanks, escapes] = ['\t', ' ', '\u001b]'].map(it => lastLines([`a${it.repeat(1_000_000)}b`]))
    expect([tabs, blanks, escapes]).toEqual([['a'], ['a'], [expect.stringMatching(/^a/)]])
    expect(lastLines(['\n'.repeat(1_000_000) + 'a', 'b']).slice(-2)).toEqual(['a', 'b'])
  })
})
