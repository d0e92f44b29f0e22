import {expect, test} from '@jest/globals'
import {NO_LIFECYCLE} from '../../src/follow/lifecycle.ts'
import type {Followed} from '../../src/follow/follow.ts'
import {result} from '../../src/report/result.ts'
import type {ServiceStory, Story} from '../../src/report/story.ts'

const at = new Date('2026-08-06T12:00:00Z')

function service(name: string, events: number, length: number): ServiceStory {
  const followed = {
    outcome: {status: 'deployed', headline: 'Deployed.', reason: undefined},
    lifecycle: NO_LIFECYCLE,
    taskFailures: [],
    events: Array.from({length: events}, (_, index) => ({id: String(index), at, message: 'x'.repeat(length)}))
  } as unknown as Followed
  return {name, cluster: 'prod', previousTaskDefinitionArn: 'web:1', consoleUrl: 'https://x', followed}
}

function story(services: readonly ServiceStory[]): Story {
  return {
    work: 'Release',
    run: undefined,
    region: 'eu-central-1',
    startedAt: at,
    endedAt: at,
    phases: [],
    findings: [],
    outlooks: [],
    isPlan: false,
    image: undefined,
    services,
    status: 'deployed',
    headline: 'Deployed.'
  }
}

interface Result {
  readonly services: readonly {name: string; events?: {message: string}[]; eventsLeftOut?: number}[]
}

test('has all events, each of them bounded', () => {
  const {services} = JSON.parse(result(story([service('web', 2, 5000)]))) as Result
  expect(services[0]?.events?.map(({message}) => message.length)).toEqual([1000, 1000])
})

test('leaves out the longest events where it would be too long for an output, and says so', () => {
  const some = Array.from({length: 9}, (_, index) => service(`web-${index}`, 100, 10))
  const much = Array.from({length: 6}, (_, index) => service(`noisy-${index}`, 100, 1000))
  const json = result(story([...some, ...much]))
  expect(Buffer.byteLength(json, 'utf16le')).toBeLessThan(1024 * 1024)
  const {services} = JSON.parse(json) as Result
  for (const {name, events, eventsLeftOut} of services) {
    expect([name, events?.length ?? eventsLeftOut]).toEqual([name, 100])
  }
  expect(services.filter(({events}) => events === undefined).map(({name}) => name)).toEqual(['noisy-0', 'noisy-1'])
})
