import {expect, test} from '@jest/globals'
import {describeTaskFailure, groupStoppedTasks, isFailure, type StoppedTask} from '../../src/follow/stopped-tasks.ts'
import {after} from './examples.ts'

function task(id: string, overrides: Partial<StoppedTask> = {}): StoppedTask {
  return {
    id,
    stopCode: 'EssentialContainerExited',
    reason: 'Essential container in task exited',
    at: after(60),
    containers: [{name: 'web', exitCode: 1, reason: undefined}],
    ...overrides
  }
}

const sentences = (...tasks: StoppedTask[]): string[] => groupStoppedTasks(tasks).map(describeTaskFailure)

test('tasks that stopped for the same reason are one failure', () => {
  const tasks = [task('a'), task('b', {at: after(90)}), task('c', {at: after(120)})]
  expect(groupStoppedTasks(tasks)).toEqual([
    {
      stopCode: 'EssentialContainerExited',
      reason: 'Essential container in task exited',
      containers: [{name: 'web', exitCode: 1, reason: undefined}],
      taskIds: ['a', 'b', 'c']
    }
  ])
  expect(sentences(...tasks)).toEqual([
    '3 tasks stopped: Essential container in task exited; container web exited with code 1'
  ])
})

test('another exit code is another failure', () => {
  const killed = {name: 'web', exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage'}
  expect(sentences(task('a'), task('b', {containers: [killed]}))).toEqual([
    '1 task stopped: Essential container in task exited; container web exited with code 1',
    '1 task stopped: Essential container in task exited; container web exited with code 137 (OutOfMemoryError: Container killed due to memory usage)'
  ])
})

test('a container beside the one that failed is left out, the one that ended well alone is not', () => {
  const sidecar = {name: 'sidecar', exitCode: 0, reason: undefined}
  const failed = {name: 'web', exitCode: 3, reason: undefined}
  expect(sentences(task('a', {containers: [sidecar, failed]}))).toEqual([
    '1 task stopped: Essential container in task exited; container web exited with code 3'
  ])
  expect(sentences(task('a', {containers: [sidecar]}))).toEqual([
    '1 task stopped: Essential container in task exited; container sidecar exited with code 0'
  ])
})

test('an image that cannot be pulled is told once, though ECS says it of the task and of the container', () => {
  const reason =
    'CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve ref web:x: not found'
  const containers = [{name: 'web', exitCode: undefined, reason}]
  expect(sentences(task('a', {stopCode: 'TaskFailedToStart', reason, containers}))).toEqual([
    `1 task stopped: ${reason}`
  ])
  expect(sentences(task('a', {stopCode: 'TaskFailedToStart', reason: 'Task failed to start', containers}))).toEqual([
    `1 task stopped: Task failed to start; container web did not start: ${reason}`
  ])
})

test('exit codes of tasks that ECS stopped for their health say nothing', () => {
  const unhealthy = {
    stopCode: 'ServiceSchedulerInitiated',
    reason: 'Task failed ELB health checks in (target-group arn:web)'
  }
  const exited = (exitCode: number) => ({...unhealthy, containers: [{name: 'web', exitCode, reason: undefined}]})
  expect(sentences(task('a', exited(137)), task('b', exited(143)))).toEqual([
    '2 tasks stopped: Task failed ELB health checks in (target-group arn:web)'
  ])
})

test.each([
  ['Essential container in task exited', true],
  [undefined, true],
  ['Scaling activity initiated by (deployment ecs-svc/1571272475813219068)', false],
  ['Task stopped due to AZ rebalancing', false]
])('%s is a failure: %s', (stoppedReason, expected) => {
  expect(isFailure(stoppedReason === undefined ? {} : {stoppedReason})).toBe(expected)
})

test('a task that is still stopping is told with what is known', () => {
  const containers = [{name: 'web', exitCode: undefined, reason: undefined}]
  expect(sentences(task('a', {containers}))).toEqual(['1 task stopped: Essential container in task exited'])
})
