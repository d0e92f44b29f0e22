import {expect, test} from '@jest/globals'
import {drift, lastReleased} from '../../src/check/drift.ts'
import type {DescribedDefinition} from '../../src/definition/describe.ts'
import type {JsonObject} from '../../src/definition/json.ts'
import {Stage} from '../definition/stage.ts'
import {container, fargate, messages, situation} from './situation.ts'

const ARN = 'arn:aws:ecs:eu-central-1:111122223333:task-definition'
const COMMIT = '3c5f1e2a'.padEnd(40, '0')

function revision(number: number, json: JsonObject, tags: Record<string, string> = {}): DescribedDefinition {
  return {
    arn: `${ARN}/web:${number}`,
    status: 'ACTIVE',
    json,
    tags: Object.entries(tags).map(([key, value]) => ({key, value}))
  }
}

const released = revision(41, fargate(), {'ecs-release:repository': 'octo/web', 'ecs-release:commit': COMMIT})

test('what somebody else changed and the release puts back is told with its values', () => {
  const running = revision(42, fargate({cpu: '512', memory: '1024'}))
  expect(messages(drift, situation({running, released}))).toEqual([
    'The revision web:42, which web runs, was registered elsewhere and not by a release of this repository, and this release undoes what it changed since web:41 of commit 3c5f1e2: `cpu` (512 → 256) and `memory` (1024 → 512): put what shall stay into task-definition.json.'
  ])
})

test('values that may be secrets are not told', () => {
  const environment = [{name: 'DATABASE_URL', value: 'postgres://web:hunter2@db/web'}]
  const running = revision(42, fargate({containerDefinitions: [container({environment})]}))
  const [message = ''] = messages(drift, situation({running, released}))
  expect(message).toContain('`containerDefinitions[app].environment[DATABASE_URL]` ((hidden) → none)')
  expect(message).not.toContain('hunter2')
})

test.each<[string, Partial<Parameters<typeof situation>[0] & object>]>([
  ['the running revision is of a release', {running: released, released: undefined}],
  [
    'what was changed elsewhere stays',
    {
      running: revision(42, fargate({cpu: '512', memory: '1024'})),
      released,
      definition: fargate({cpu: '512', memory: '1024'})
    }
  ],
  [
    'nothing was changed elsewhere',
    {running: revision(42, fargate()), released, definition: fargate({cpu: '512', memory: '1024'})}
  ],
  ['the running revision could not be read', {running: undefined, released: undefined}]
])('nothing is told where %s', (_, facts) => {
  expect(messages(drift, situation(facts))).toEqual([])
})

/** Registers revisions 1, 2, … of `web` with these tags. @returns the last one, as the service runs it */
async function history(stage: Stage, ...tags: readonly Record<string, string>[]): Promise<DescribedDefinition> {
  for (const own of tags) {
    await stage.register({
      family: 'web',
      containerDefinitions: [{name: 'app', image: 'web', memory: 128}],
      tags: Object.entries(own).map(([key, value]) => ({key, value}))
    })
  }
  return {...revision(tags.length, {}, tags.at(-1)), arn: `${ARN}/web:${tags.length}`}
}

const OURS = {'ecs-release:repository': 'octo/web'}
const OTHERS = {'ecs-release:repository': 'octo/other'}

test.each<[string, readonly Record<string, string>[], number | undefined]>([
  ['the last of several', [OURS, OURS, {team: 'a'}], 2],
  ['beyond those of others', [OURS, OTHERS, {team: 'a'}, OTHERS], 1],
  ['none where the running one is of a release', [OURS, OURS], undefined],
  ['none where there never was a release', [{team: 'a'}, {team: 'a'}], undefined],
  ['none of long ago', [OURS, ...Array.from({length: 6}, () => ({team: 'a'}))], undefined]
])('the last revision of a release before the running one: %s', async (_, tags, expected) => {
  await using stage = await Stage.open()
  const found = await lastReleased(await history(stage, ...tags), 'octo/web', stage.aws, stage.world)
  expect(found?.arn).toBe(expected === undefined ? undefined : `${ARN}/web:${expected}`)
})

test('who may not read revisions is told so, and nothing is found', async () => {
  await using stage = await Stage.open()
  const running = await history(stage, OURS, {team: 'a'})
  stage.emulator.faults.set([{operation: 'DescribeTaskDefinition', fault: {kind: 'access-denied'}}])
  expect(await lastReleased(running, 'octo/web', stage.aws, stage.world)).toBeUndefined()
  expect(stage.world.lines).toEqual([
    'whether there is an identical revision not checked: missing ecs:DescribeTaskDefinition'
  ])
})
