import {type ContainerDefinition, DescribeTasksCommand, StopTaskCommand, type Task} from '@aws-sdk/client-ecs'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {EcsStage} from './ecs-support.ts'

let stage: EcsStage
let task: Task

beforeEach(async () => {
  stage = await EcsStage.open()
})
afterEach(() => stage.close())

/** Runs a task of these containers; `db` has a health check. */
async function run(db: Partial<ContainerDefinition>, ...others: ContainerDefinition[]): Promise<void> {
  const image = 'example.org/web:ok'
  const containerDefinitions = [
    ...others.map(container => ({image, ...container})),
    {name: 'db', image, healthCheck: {command: ['CMD', '/check'], interval: 10}, ...db}
  ]
  await stage.define('ok', {containerDefinitions})
  const {tasks = []} = await stage.run()
  task = tasks[0] ?? {}
}

/** The task and its containers after so many seconds more. */
async function after(seconds: number): Promise<Task | undefined> {
  stage.pass(seconds)
  const {tasks = []} = await stage.client.send(new DescribeTasksCommand({cluster: 'prod', tasks: [task.taskArn ?? '']}))
  return tasks[0]
}

const healthyDb = [{containerName: 'db', condition: 'HEALTHY' as const}]
const unhealthy = [{match: {container: 'db'}, behaviour: {health: 'never' as const}}]

describe('a container that waits until another is healthy', () => {
  test('starts when that is so', async () => {
    await run({}, {name: 'app', dependsOn: healthyDb})
    const before = await after(20)
    expect(before).toMatchObject({
      lastStatus: 'ACTIVATING',
      containers: [
        {name: 'app', lastStatus: 'PENDING'},
        {name: 'db', lastStatus: 'RUNNING', healthStatus: 'UNKNOWN'}
      ]
    })
    expect(await after(60)).toMatchObject({
      lastStatus: 'RUNNING',
      containers: [{lastStatus: 'RUNNING'}, {healthStatus: 'HEALTHY'}]
    })
  })

  test('gives up after the startTimeout of that, and the task stops', async () => {
    stage.ecs.setRules(unhealthy)
    await run({startTimeout: 60}, {name: 'app', dependsOn: healthyDb})
    expect(await after(75)).toMatchObject({lastStatus: 'ACTIVATING', desiredStatus: 'RUNNING'})
    const stopped = await after(60)
    expect(stopped).toMatchObject({lastStatus: 'STOPPED', stopCode: 'TaskFailedToStart'})
    expect(stopped?.containers?.[0]).not.toHaveProperty('runtimeId')
    expect(stopped?.containers?.[1]).toMatchObject({exitCode: 143, healthStatus: 'UNHEALTHY'})
  })

  test('waits for ever without one', async () => {
    stage.ecs.setRules(unhealthy)
    await run({}, {name: 'app', dependsOn: healthyDb, startTimeout: 60})
    expect(await after(7200)).toMatchObject({lastStatus: 'ACTIVATING', desiredStatus: 'RUNNING'})
  })

  test('is not affected by it once it has started', async () => {
    await run({startTimeout: 60}, {name: 'app', dependsOn: healthyDb})
    expect(await after(600)).toMatchObject({lastStatus: 'RUNNING'})
  })
})

test('containers stop in the reverse order of their dependencies', async () => {
  stage.ecs.setRules([{match: {}, behaviour: {stop: {afterSeconds: 10}}}])
  const started = [{containerName: 'app', condition: 'START' as const}]
  await run({}, {name: 'app', dependsOn: healthyDb}, {name: 'proxy', dependsOn: started})
  expect(await after(120)).toMatchObject({lastStatus: 'RUNNING'})
  await stage.client.send(new StopTaskCommand({cluster: 'prod', task: task.taskArn}))
  const statuses: unknown[] = []
  for (let look = 0; look < 4; look++) {
    statuses.push((await after(look === 0 ? 5 : 10))?.containers?.map(({lastStatus}) => lastStatus))
  }
  const [on, off] = ['RUNNING', 'STOPPED']
  expect(statuses).toEqual([
    [on, on, on],
    [on, off, on],
    [off, off, on],
    [off, off, off]
  ])
})
