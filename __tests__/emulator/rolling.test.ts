import {describe, expect, test} from '@jest/globals'
import {breakerThreshold} from '../../emulator/ecs/circuit-breaker.ts'
import {type RollingDeployment, rollingStep, type RollingTask} from '../../emulator/ecs/rolling.ts'

function deployment(prefix: string, wanted: number, ...states: RollingTask['state'][]): RollingDeployment {
  return {tasks: states.map((state, index) => ({id: `${prefix}${index}`, state})), wanted, mayStart: true}
}

function step(
  target: RollingDeployment,
  sources: RollingDeployment[],
  percents: {minimumHealthyPercent?: number; maximumPercent?: number; halted?: boolean} = {}
) {
  return rollingStep({
    desiredCount: target.wanted,
    minimumHealthyPercent: 100,
    maximumPercent: 200,
    halted: false,
    target,
    sources,
    ...percents
  })
}

describe('a step of the rolling update', () => {
  test('starts as many as the maximum leaves room for', () => {
    const old = deployment('old', 4, 'healthy', 'healthy', 'healthy', 'healthy')
    expect(step(deployment('new', 4), [old]).start.target).toBe(4)
    expect(step(deployment('new', 4), [old], {maximumPercent: 150}).start.target).toBe(2)
    expect(step(deployment('new', 4, 'starting'), [old], {maximumPercent: 150}).start.target).toBe(1)
  })

  test('counts tasks on their way down', () => {
    const old = deployment('old', 2, 'stopping', 'healthy')
    expect(step(deployment('new', 2), [old], {maximumPercent: 100}).start.target).toBe(0)
  })

  test('stops old tasks as far as the minimum allows', () => {
    const old = deployment('old', 4, 'healthy', 'healthy', 'healthy', 'healthy')
    expect(step(deployment('new', 4, 'healthy', 'unready'), [old]).stop).toEqual(['old0'])
    expect(step(deployment('new', 4), [old], {minimumHealthyPercent: 50}).stop).toEqual(['old0', 'old1'])
    expect(
      step(deployment('new', 3), [deployment('old', 3, 'healthy', 'healthy')], {minimumHealthyPercent: 34}).stop
    ).toEqual([])
  })

  test('stops tasks that never came up at once', () => {
    const superseded = {...deployment('old', 2, 'starting', 'unready'), mayStart: false}
    expect(step(deployment('new', 2), [superseded]).stop).toEqual(['old0', 'old1'])
  })

  test('replaces a lost old task as long as it is needed', () => {
    const old = deployment('old', 2, 'healthy')
    expect(step(deployment('new', 2, 'unready', 'unready'), [old]).start.sources).toEqual([1])
    expect(step(deployment('new', 2, 'healthy', 'healthy'), [old]).start.sources).toEqual([0])
  })

  test('replaces unhealthy tasks, first the new one where there is room', () => {
    const old = deployment('old', 2, 'healthy', 'healthy')
    const full = step(deployment('new', 2, 'unhealthy', 'unhealthy'), [old])
    expect([full.start.target, full.stopUnhealthy]).toEqual([0, ['new0']])
    const roomy = step(deployment('new', 2, 'unhealthy', 'unhealthy'), [old], {maximumPercent: 300})
    expect([roomy.start.target, roomy.replacements.target, roomy.stopUnhealthy]).toEqual([2, 2, ['new0', 'new1']])
  })

  test('scales in, those that are not healthy first', () => {
    expect(step(deployment('new', 1, 'healthy', 'starting', 'healthy'), []).stop).toEqual(['new1', 'new2'])
  })

  test('halted, touches the old tasks no more', () => {
    const old = deployment('old', 2, 'healthy', 'healthy')
    const failed = {...deployment('new', 2, 'healthy'), mayStart: false}
    const halted = step(failed, [old], {halted: true})
    expect([halted.start, halted.stop]).toEqual([{target: 0, sources: [0]}, []])
  })

  test.each([
    [1, 100, 100],
    [2, 75, 100],
    [3, 100, 125]
  ])('with %i tasks between %i and %i percent, none is possible', (count, minimumHealthyPercent, maximumPercent) => {
    const old = deployment('old', count, ...Array<'healthy'>(count).fill('healthy'))
    expect(step(deployment('new', count), [old], {minimumHealthyPercent, maximumPercent}).isDeadlocked).toBe(true)
  })
})

test.each([
  [1, 3],
  [25, 13],
  [400, 200],
  [800, 200]
])('with %i tasks the circuit breaker trips at %i failed ones', (desiredCount, threshold) => {
  expect(breakerThreshold({enable: true, rollback: true}, desiredCount)).toBe(threshold)
})

test('without bounds the circuit breaker takes half of 800 tasks', () => {
  const thresholdConfiguration = {type: 'UNBOUNDED_PERCENT' as const, value: 50}
  expect(breakerThreshold({enable: true, rollback: true, thresholdConfiguration}, 800)).toBe(400)
})
