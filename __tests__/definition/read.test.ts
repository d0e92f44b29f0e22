import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from '@jest/globals'
import {readDefinitions} from '../../src/definition/read.ts'
import {IMAGE, Stage, readDefinition} from './stage.ts'
import {file, laterFailureOf, temporaryDirectory} from './support.ts'

const WEB = {family: 'web', containerDefinitions: [{name: 'web', image: IMAGE, memory: 512}]}

test('a file is cleaned, and unknown members stay', async () => {
  await using stage = await Stage.open()
  const text =
    '{"family": "web", "revision": 3, "newer": 1, "containerDefinitions": [{"name": "web", "user": null, "fooBar": ""}]}'
  const {json, name, locate} = await readDefinition(file(text), 'unused', '/none', stage.aws, stage.world)
  expect(json).toEqual({family: 'web', newer: 1, containerDefinitions: [{name: 'web', fooBar: ''}]})
  expect(name).toBe('task-definition.json')
  expect(locate(['newer'])?.line).toBe(1)
  expect(stage.bodies('DescribeTaskDefinition')).toEqual([])
})

test('what the service runs is taken with its own tags, ready to be registered again', async () => {
  await using stage = await Stage.open()
  const tags = [{key: 'team', value: 'shop'}]
  const running = await stage.register({...WEB, tags})
  const {json, name, locate} = await readDefinition({kind: 'running'}, running, '/none', stage.aws, stage.world)
  expect(name).toBe('web:1')
  expect(locate(['family'])).toBeUndefined()
  expect(json).toMatchObject({...WEB, tags})
  expect(Object.keys(json).sort()).toEqual([
    'containerDefinitions',
    'family',
    'placementConstraints',
    'tags',
    'volumes'
  ])
})

test('a family is its latest active revision', async () => {
  await using stage = await Stage.open()
  const running = await stage.register(WEB)
  await stage.register({...WEB, cpu: '256'})
  const {name, json} = await readDefinition({kind: 'revision', name: 'web'}, running, '/none', stage.aws, stage.world)
  expect([name, json['cpu']]).toEqual(['web:2', '256'])
})

test('a family that is not there is told, with files that may have been meant', async () => {
  await using stage = await Stage.open()
  await using directory = await temporaryDirectory()
  await writeFile(join(directory.path, 'task-definition.json'), '{}')
  const place = {kind: 'revision', name: 'task-definition'} as const
  const failure = await laterFailureOf(readDefinition(place, 'unused', directory.path, stage.aws, stage.world))
  expect(failure.message).toBe(
    'There is no active task definition `task-definition` in eu-central-1: correct the input `task-definition`, or name one of the files `task-definition.json`.'
  )
})

test('a revision that a service runs and ECS does not have any more is told', async () => {
  await using stage = await Stage.open()
  const failure = await laterFailureOf(
    readDefinition(
      {kind: 'running'},
      'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:1',
      '/none',
      stage.aws,
      stage.world
    )
  )
  expect(failure.message).toBe(
    'There is no active task definition `arn:aws:ecs:eu-central-1:111122223333:task-definition/web:1` in eu-central-1: the service runs it, but ECS does not have it any more, so put the definition into a file and name it in the input `task-definition`.'
  )
})

test('services share what is the same for them', async () => {
  await using stage = await Stage.open()
  const running = [await stage.register(WEB), await stage.register({...WEB, cpu: '256'})]
  const read = async (place: Parameters<typeof readDefinitions>[0]) =>
    (await readDefinitions(place, [...running, ...running], '/none', stage.aws, stage.world)).definitions
  const whole = await read(file(JSON.stringify({...WEB, newer: 1})))
  expect(new Set(whole).size).toBe(1)
  expect(stage.bodies('DescribeTaskDefinition')).toHaveLength(0)
  const bare = await read(file('[{"name": "app", "newer": 1}]'))
  expect(bare.map(definition => definition?.json['cpu'])).toEqual([undefined, '256', undefined, '256'])
  expect(stage.bodies('DescribeTaskDefinition')).toHaveLength(2)
  await read({kind: 'revision', name: 'web'})
  expect(stage.bodies('DescribeTaskDefinition')).toHaveLength(3)
})

test('a revision that may not be read is told', async () => {
  await using stage = await Stage.open()
  stage.emulator.faults.add({operation: 'DescribeTaskDefinition', fault: {kind: 'access-denied', resource: '*'}})
  const place = {kind: 'revision', name: 'web'} as const
  const failure = await laterFailureOf(readDefinition(place, 'unused', '/none', stage.aws, stage.world))
  expect(failure.message).toBe(
    'The role that releases may not ecs:DescribeTaskDefinition on * (denied while reading the task definition web): add this statement to its policy.'
  )
})

test('a bare list of containers is completed and checked', async () => {
  await using stage = await Stage.open()
  const running = await stage.register({...WEB, cpu: '256', tags: [{key: 'team', value: 'shop'}]})
  const read = (text: string) => readDefinition(file(text), running, '/none', stage.aws, stage.world)
  expect((await read('[{"name": "app"}]')).json).toMatchObject({
    family: 'web',
    cpu: '256',
    containerDefinitions: [{name: 'app'}],
    tags: [{key: 'team', value: 'shop'}]
  })
  const {locate} = await read('[\n{"name": "app"}]')
  expect([locate(['containerDefinitions', 0])?.line, locate(['family'])]).toEqual([2, undefined])
  expect((await laterFailureOf(read('[\n{"name": "app",\n"memory": "1"}]'))).message).toBe(
    '`containerDefinitions[0].memory` (task-definition.json, line 3) is the text "1", but ECS takes a number without quotes there: write 1.'
  )
})
