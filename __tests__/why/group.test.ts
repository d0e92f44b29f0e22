import {expect, test} from '@jest/globals'
import {groupStoppedTasks, isSameFailure} from '../../src/why/group.ts'
import {isExplained, isFailure, type StoppedTask} from '../../src/why/stopped-tasks.ts'
import type {Surroundings} from '../../src/why/surroundings.ts'
import {container, failure, nothingKnown, task, withMigration} from './support.ts'

const groups = (...tasks: StoppedTask[]): string[][] =>
  groupStoppedTasks(nothingKnown, tasks).map(group => group.tasks.map(({id}) => id))

const tellingNames = (...containers: Parameters<typeof container>[0][]): string[] =>
  namesIn(task('a', {containers: containers.map(container)}), nothingKnown)

const namesIn = (failed: StoppedTask, surroundings: Surroundings): string[] =>
  groupStoppedTasks(surroundings, [failed])[0]?.containers.map(({name}) => name) ?? []

test('tasks that stopped for the same reason are one failure, another exit code is another', () => {
  const killed = task('c', {containers: [container({exitCode: 137})]})
  expect(groups(task('a'), task('b'), killed, task('d'))).toEqual([['a', 'b', 'd'], ['c']])
})

test('tasks of which not all is known are left out where others tell more of the same', () => {
  const unknown = [container({exitCode: undefined})]
  const ids = (ended: StoppedTask[], stopping: StoppedTask[]): string[] =>
    groupStoppedTasks(nothingKnown, ended, stopping).flatMap(group => group.tasks.map(({id}) => id))
  const stopping = task('b', {containers: unknown})
  expect(ids([task('a')], [stopping])).toEqual(['a'])
  expect(ids([task('a', {reason: 'Task stopped by user'})], [stopping])).toEqual(['a', 'b'])
})

test.each([
  ['Host EC2 (instance i-0123456789abcdef0) terminated.', 'Host EC2 (instance i-0fedcba9876543210) terminated.'],
  ['dial tcp 10.0.1.5:443: i/o timeout', 'dial tcp 10.0.2.7:443: i/o timeout'],
  ['pull image manifest has been retried 5 time(s)', 'pull image manifest has been retried 7 time(s)'],
  ['for task: arn:x/0123456789abcdef0123456789abcdef', 'for task: arn:x/fedcba9876543210fedcba9876543210'],
  [
    '(container-instance 01234567-89ab-cdef-0123-456789abcdef)',
    '(container-instance fedcba98-7654-3210-fedc-ba9876543210)'
  ]
])('%s is the same as %s', (one, other) => {
  const tasks = [one, other].map((reason, index) =>
    task(String(index), {stopCode: 'TaskFailedToStart', reason, containers: []})
  )
  expect(groups(...tasks)).toEqual([['0', '1']])
  expect(isSameFailure(failure({reason: one}), failure({reason: other, taskIds: ['b', 'c']}))).toBe(true)
})

test('failures of other kinds, reasons or containers are not the same', () => {
  const crashed = {name: 'app', exitCode: 1, reason: undefined, health: undefined, log: undefined}
  const one = failure({containers: [crashed]})
  expect(
    isSameFailure(
      one,
      failure({containers: [{...crashed, log: {group: 'g', stream: 's', region: 'r', lines: ['x'], note: undefined}}]})
    )
  ).toBe(true)
  expect(isSameFailure(one, failure({containers: [{...crashed, exitCode: 2}]}))).toBe(false)
  expect(isSameFailure(one, failure({containers: [crashed], reason: 'Task stopped by user'}))).toBe(false)
  expect(isSameFailure(one, failure({containers: [crashed], kind: 'not-placed'}))).toBe(false)
})

test('a container that was stopped along with the one that failed is left out', () => {
  expect(tellingNames({name: 'proxy', exitCode: 143}, {name: 'app', exitCode: 3})).toEqual(['app'])
  expect(tellingNames({name: 'proxy', exitCode: 137}, {name: 'app', exitCode: 3})).toEqual(['app'])
  expect(tellingNames({name: 'proxy', exitCode: 0}, {name: 'app', exitCode: 3})).toEqual(['app'])
  expect(tellingNames({name: 'proxy', exitCode: 143}, {name: 'app', exitCode: 0})).toEqual(['app'])
  expect(
    tellingNames({name: 'proxy', exitCode: 143}, {name: 'app', exitCode: 137, reason: 'OutOfMemoryError: x'})
  ).toEqual(['app'])
})

test.each([
  [{stopCode: 'EssentialContainerExited', migrate: 0, app: 143}, ['app']],
  [{stopCode: 'EssentialContainerExited', migrate: 0, app: 137}, ['app']],
  [{stopCode: 'EssentialContainerExited', migrate: 0, app: 0}, ['app']],
  [{stopCode: 'EssentialContainerExited', migrate: 137, app: 0}, ['app']],
  [{stopCode: 'EssentialContainerExited', migrate: 1, app: 137}, ['app', 'migrate']],
  [{stopCode: 'TaskFailedToStart', migrate: 5, app: 143}, ['migrate']],
  [{stopCode: 'TaskFailedToStart', migrate: 137, app: undefined}, ['migrate']],
  [{stopCode: 'TaskFailedToStart', migrate: 0, app: undefined}, []]
])('one that is not essential does not stop a task: %j', ({stopCode, migrate, app}, expected) => {
  const containers = [container({name: 'migrate', exitCode: migrate}), container({name: 'app', exitCode: app})]
  expect(namesIn(task('a', {stopCode, containers}), withMigration)).toEqual(expected)
})

test('where nobody can tell who stopped it, all are told', () => {
  expect(tellingNames({name: 'proxy', exitCode: 137}, {name: 'app', exitCode: 0})).toEqual(['proxy', 'app'])
  expect(tellingNames({name: 'app', exitCode: 143})).toEqual(['app'])
})

test('an image that cannot be pulled is told once, though ECS says it of the task and of the container', () => {
  const reason = 'CannotPullContainerError: failed to resolve ref web:x: not found'
  const containers = [container({exitCode: undefined, reason})]
  const [same] = groupStoppedTasks(nothingKnown, [task('a', {stopCode: 'TaskFailedToStart', reason, containers})])
  expect(same?.containers).toEqual([])
  const [other] = groupStoppedTasks(nothingKnown, [
    task('a', {stopCode: 'TaskFailedToStart', reason: 'Task failed to start', containers})
  ])
  expect(other?.containers).toMatchObject([{name: 'app', reason}])
})

test('exit codes of tasks that ECS stopped for their health say nothing', () => {
  const unhealthy = {stopCode: 'ServiceSchedulerInitiated', reason: 'Task failed container health checks'}
  const tasks = [137, 143].map(exitCode => task(String(exitCode), {...unhealthy, containers: [container({exitCode})]}))
  expect(groupStoppedTasks(nothingKnown, tasks)).toMatchObject([{containers: [], tasks: {length: 2}}])
})

test.each(['UserInitiated', 'SpotInterruption', 'TerminationNotice', 'InfrastructureHealth'])(
  'exit codes of tasks that others stopped say nothing: %s',
  stopCode => {
    const stopped = [0, 143].map(exitCode => task(String(exitCode), {stopCode, containers: [container({exitCode})]}))
    expect(groupStoppedTasks(withMigration, stopped)).toMatchObject([{containers: [], tasks: {length: 2}}])
  }
)

test.each([
  ['Essential container in task exited', true],
  [undefined, true],
  ['Scaling activity initiated by (deployment ecs-svc/1571272475813219068)', false],
  ['Task stopped due to AZ rebalancing', false]
])('%s is a failure: %s', (stoppedReason, expected) => {
  expect(isFailure(stoppedReason === undefined ? {} : {stoppedReason})).toBe(expected)
})

test('a task that is still stopping is not explained by a container that ended before, as planned', () => {
  const stopping = (...codes: (number | undefined)[]) => ({
    stopCode: 'EssentialContainerExited' as const,
    containers: ['migrate', 'app'].map((name, index) => ({
      name,
      ...(codes[index] !== undefined && {exitCode: codes[index]})
    }))
  })
  const known = (...codes: (number | undefined)[]) =>
    [withMigration, nothingKnown].map(surroundings => isExplained(stopping(...codes), surroundings))
  expect(known(0)).toEqual([false, false])
  expect(known()).toEqual([false, false])
  expect(known(undefined, 3)).toEqual([true, false])
  expect(known(0, 3)).toEqual([true, true])
})
