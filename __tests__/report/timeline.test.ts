import {describe, expect, test} from '@jest/globals'
import mermaid from 'mermaid'
import {NO_LIFECYCLE} from '../../src/follow/lifecycle.ts'
import type {Followed} from '../../src/follow/follow.ts'
import type {Story} from '../../src/report/story.ts'
import {timeline} from '../../src/report/timeline.ts'

const start = new Date('2026-11-21T10:00:00Z')

/** So many seconds after the start of the release. */
function at(seconds: number): Date {
  return new Date(start.getTime() + seconds * 1000)
}

type Milestones = Partial<Record<keyof Followed['timeline'], number>>

function story(status: Story['status'], phases: readonly [string, number, number][], milestones: Milestones): Story {
  const [, , end] = phases.at(-1) ?? ['', 0, 0]
  const reached = Object.fromEntries(Object.entries(milestones).map(([name, seconds]) => [name, at(seconds)]))
  return {
    startedAt: start,
    endedAt: at(end),
    phases: phases.map(([name, from, to]) => ({name, startedAt: at(from), endedAt: at(to)})),
    image: {origin: 'built'},
    services: [
      {name: 'web-1', followed: {outcome: {status}, endedAt: at(end), timeline: reached, lifecycle: NO_LIFECYCLE}}
    ],
    status,
    headline: ''
  } as unknown as Story
}

const long = story(
  'deployed',
  [
    ['Sign in', 0, 0.4],
    ['Check', 0.4, 1.9],
    ['Image', 1.9, 1500],
    ['Register', 1500, 1500.3],
    ['Update', 1500.3, 1502],
    ['Deploy', 1502, 2400]
  ],
  {placed: 1510, running: 1560, full: 1700, drained: 2300}
)

const short = story(
  'rolled-back',
  [
    ['Check', 0, 2],
    ['Image', 2, 10],
    ['Register', 10, 10],
    ['Deploy', 10, 40]
  ],
  {placed: 14}
)

/** The text between the fences. */
function chart(of: Story): string {
  const [, text] = /^```mermaid\n([\s\S]*)\n```$/.exec(timeline(of)) ?? []
  if (text === undefined) throw new Error('No chart')
  return text
}

describe('the chart of', () => {
  test.each([
    ['a long release', long],
    ['a short release', short]
  ])('%s is one that Mermaid draws', async (_, of) => {
    expect(await mermaid.parse(chart(of))).toMatchObject({diagramType: 'gantt'})
  })

  test('a long release has every part and every milestone with the time it took', () => {
    expect(chart(long).split('\n')).toEqual([
      'gantt',
      '  dateFormat YYYY-MM-DD HH:mm:ss.SSS',
      '  axisFormat %M:%S',
      '  tickInterval 5minute',
      '  todayMarker off',
      '  section release',
      '  Check 2 s :2000-01-01 00:00:00.400, 2000-01-01 00:00:01.900',
      '  Build and push 24 min 58 s :2000-01-01 00:00:01.900, 2000-01-01 00:25:00.000',
      '  Register 0 s :2000-01-01 00:25:00.000, 2000-01-01 00:25:00.300',
      '  Update 2 s :2000-01-01 00:25:00.300, 2000-01-01 00:25:02.000',
      '  section web-1',
      '  Place 8 s :2000-01-01 00:25:02.000, 2000-01-01 00:25:10.000',
      '  Start 50 s :2000-01-01 00:25:10.000, 2000-01-01 00:26:00.000',
      '  Become healthy 2 min 20 s :2000-01-01 00:26:00.000, 2000-01-01 00:28:20.000',
      '  Drain 10 min :2000-01-01 00:28:20.000, 2000-01-01 00:38:20.000',
      '  Settle 1 min 40 s :2000-01-01 00:38:20.000, 2000-01-01 00:40:00.000'
    ])
  })

  test('a release that failed ends in red, in ticks that fit', () => {
    expect(chart(short)).toContain('tickInterval 5second')
    expect(chart(short).split('\n').at(-1)).toBe(
      '  Rolled back 26 s :crit, 2000-01-01 00:00:14.000, 2000-01-01 00:00:40.000'
    )
  })

  test('a release of hours counts in hours', async () => {
    const hours = story(
      'timed-out',
      [
        ['Check', 0, 2],
        ['Deploy', 2, 5 * 3600]
      ],
      {}
    )
    expect(chart(hours)).toContain('axisFormat %H:%M\n  tickInterval 1hour')
    expect(await mermaid.parse(chart(hours))).toMatchObject({diagramType: 'gantt'})
  })
})

test('a deployment that shifts traffic has its stages and pauses, the last one in red where it failed', async () => {
  const spans = (...times: [string, number, number | undefined][]) =>
    times.map(([stage, from, to]) => ({stage, from: at(from), to: to === undefined ? undefined : at(to)}))
  const lifecycle = {
    ...NO_LIFECYCLE,
    stages: spans(
      ['SCALE_UP', 12, 70],
      ['POST_TEST_TRAFFIC_SHIFT', 70, 400],
      ['PRE_PRODUCTION_TRAFFIC_SHIFT', 400, 400],
      ['CLEAN_UP; drop: x', 400, undefined]
    ),
    pauses: [{from: at(75), to: at(395)}]
  }
  const [service] = short.services
  const followed = {...service?.followed, lifecycle, endedAt: at(460)}
  const of = {...short, services: [{...service, followed}]} as unknown as Story
  expect(await mermaid.parse(chart(of))).toMatchObject({diagramType: 'gantt'})
  expect(chart(of).split('\n').slice(-4)).toEqual([
    '  Scale up 58 s :2000-01-01 00:00:12.000, 2000-01-01 00:01:10.000',
    '  Post test traffic shift 5 min 30 s :2000-01-01 00:01:10.000, 2000-01-01 00:06:40.000',
    '  Paused 5 min 20 s :2000-01-01 00:01:15.000, 2000-01-01 00:06:35.000',
    '  Clean up drop x 1 min :crit, 2000-01-01 00:06:40.000, 2000-01-01 00:07:40.000'
  ])
})

test('a release that failed at its inputs has no chart', () => {
  expect(timeline({...short, phases: [], services: []})).toBe('')
})

test('Mermaid would refuse what is no chart', async () => {
  await expect(mermaid.parse(chart(short).replace('section release', 'sction release'))).rejects.toThrow()
})
