import {expect, test} from '@jest/globals'
import {describeRunning, findRevision, findRunning} from '../../src/definition/describe.ts'
import {Stage} from './stage.ts'

test('what a service runs is read once for all who ask, and anew only for what comes later', async () => {
  await using stage = await Stage.open()
  const {aws, world} = stage
  const arn = await stage.register({family: 'web', containerDefinitions: [{name: 'app', image: 'nginx', memory: 128}]})
  const asked = () => stage.bodies('DescribeTaskDefinition').length
  const [found, described] = await Promise.all([
    findRunning(arn, aws, world.signal),
    describeRunning(arn, aws, world.signal)
  ])
  expect(described).toBe(found)
  expect(asked()).toBe(1)
  expect(await findRevision(arn, aws, world.signal)).toEqual(found)
  expect(asked()).toBe(2)
})
