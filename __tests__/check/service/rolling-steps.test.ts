import {expect, test} from '@jest/globals'
import {rollingStep, type RollingTask} from '../../../emulator/ecs/rolling.ts'
import {type Rolling, rollingOf, rollingSteps} from '../../../src/check/service/rolling-steps.ts'

/** What the emulator's scheduler makes of it when every task comes up at once: the steps, and whether it is stuck. */
function scheduled(rolling: Rolling) {
  const healthy = (name: string, count: number): RollingTask[] =>
    Array.from({length: count}, (_, index) => ({id: `${name}-${index}`, state: 'healthy'}))
  let [old, fresh] = [rolling.oldTasks, 0]
  const steps = []
  for (;;) {
    const step = rollingStep({
      ...rolling,
      target: {tasks: healthy('new', fresh), wanted: rolling.desiredCount, mayStart: true},
      sources: [{tasks: healthy('old', old), wanted: old, mayStart: true}],
      halted: false
    })
    const [start, stop] = [step.start.target, step.stop.length]
    if (start === 0 && stop === 0) return {steps, isStuck: step.isDeadlocked || old > 0}
    fresh += start
    old -= stop
    steps.push({start, stop, newTasks: fresh, oldTasks: old})
  }
}

function rolling(desiredCount: number, minimumHealthyPercent: number, maximumPercent: number): Rolling {
  return {desiredCount, minimumHealthyPercent, maximumPercent, oldTasks: desiredCount}
}

test('one task within 100 and 200 %: the new one, then the old one goes', () => {
  expect(rollingSteps(rolling(1, 100, 200))).toEqual({
    steps: [
      {start: 1, stop: 0, newTasks: 1, oldTasks: 1},
      {start: 0, stop: 1, newTasks: 1, oldTasks: 0}
    ],
    isComplete: true,
    most: 2,
    fewest: 1
  })
})

test('four tasks within 50 and 100 % make room first', () => {
  expect(rollingSteps(rolling(4, 50, 100))).toEqual({
    steps: [
      {start: 0, stop: 2, newTasks: 0, oldTasks: 2},
      {start: 2, stop: 0, newTasks: 2, oldTasks: 2},
      {start: 0, stop: 2, newTasks: 2, oldTasks: 0},
      {start: 2, stop: 0, newTasks: 4, oldTasks: 0}
    ],
    isComplete: true,
    most: 4,
    fewest: 2
  })
})

test.each([
  [1, 100, 100],
  [2, 75, 100],
  [3, 100, 125]
])('%d tasks within %d and %d %% cannot take the first step', (desired, minimum, maximum) => {
  expect(rollingSteps(rolling(desired, minimum, maximum))).toMatchObject({steps: [], isComplete: false})
})

test('a service that lacks a task gets stuck with the room used up', () => {
  expect(rollingSteps({...rolling(2, 100, 100), oldTasks: 1})).toMatchObject({
    steps: [{start: 1, stop: 0, newTasks: 1, oldTasks: 1}],
    isComplete: false
  })
})

test('a service of no task needs no step', () => {
  expect(rollingSteps(rolling(0, 100, 200))).toEqual({steps: [], isComplete: true, most: 0, fewest: 0})
})

test('the steps are those of the scheduler of the emulator', () => {
  for (const desired of [1, 2, 3, 4, 5, 7, 10]) {
    for (const minimum of [0, 25, 50, 75, 99, 100]) {
      for (const maximum of [100, 101, 125, 150, 200]) {
        for (const oldTasks of [0, 1, desired, desired + 2]) {
          const wanted = {...rolling(desired, minimum, maximum), oldTasks}
          const {steps, isComplete} = rollingSteps(wanted)
          expect({wanted, steps, isStuck: !isComplete}).toEqual({wanted, ...scheduled(wanted)})
        }
      }
    }
  }
})

test('what a service leaves out is ECS’s default, that of daemons too', () => {
  const service = {desiredCount: 3, runningCount: 2, pendingCount: 1}
  expect(rollingOf(service, undefined)).toEqual(rolling(3, 100, 200))
  expect(rollingOf({...service, schedulingStrategy: 'DAEMON'}, undefined)).toEqual(rolling(3, 0, 100))
})

test('the release’s desired count goes before that of the service', () => {
  expect(rollingOf({desiredCount: 3, runningCount: 3, pendingCount: 0}, 5)).toEqual({
    ...rolling(5, 100, 200),
    oldTasks: 3
  })
})

test('percentages decide nothing in a blue/green deployment', () => {
  expect(rollingOf({deploymentConfiguration: {strategy: 'BLUE_GREEN'}}, undefined)).toBeUndefined()
})
