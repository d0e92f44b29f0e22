import {
  CreateTaskSetCommand,
  type CreateTaskSetRequest,
  DeleteServiceCommand,
  DeleteTaskSetCommand,
  DescribeTaskSetsCommand,
  StopTaskCommand,
  type TaskSet,
  UpdateServicePrimaryTaskSetCommand,
  UpdateTaskSetCommand
} from '@aws-sdk/client-ecs'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {EcsStage} from './ecs-support.ts'

let stage: EcsStage

beforeEach(async () => {
  stage = await EcsStage.open()
  await stage.create(await stage.define('ok'), {deploymentController: {type: 'EXTERNAL'}})
})

afterEach(async () => {
  await stage.close()
})

const ofWeb = {cluster: 'prod', service: 'web'}

async function createSet(tag: string, more: Partial<CreateTaskSetRequest> = {}): Promise<TaskSet> {
  const taskDefinition = await stage.define(tag)
  const {taskSet = {}} = await stage.client.send(new CreateTaskSetCommand({...ofWeb, taskDefinition, ...more}))
  return taskSet
}

/** As `STATUS running+pending/desired STABILITY`. */
async function sets(): Promise<string[]> {
  const {taskSets = []} = await stage.service()
  return taskSets.map(
    ({status, runningCount = 0, pendingCount = 0, computedDesiredCount = 0, stabilityStatus}) =>
      `${status ?? ''} ${runningCount}+${pendingCount}/${computedDesiredCount} ${stabilityStatus ?? ''}`
  )
}

describe('a service of an external controller', () => {
  test('runs what its task sets say', async () => {
    expect(await stage.service()).toMatchObject({taskSets: [], deployments: [], runningCount: 0})
    const {id = '', taskSetArn} = await createSet('ok', {externalId: 'release-7'})
    expect(taskSetArn).toBe(`arn:aws:ecs:eu-central-1:111122223333:task-set/prod/web/${id}`)
    stage.pass(15)
    expect(await sets()).toEqual(['ACTIVE 0+2/2 STABILIZING'])
    stage.pass(120)
    expect(await sets()).toEqual(['ACTIVE 2+0/2 STEADY_STATE'])
    const {taskSets, runningCount} = await stage.service()
    expect(taskSets?.[0]).toMatchObject({id, externalId: 'release-7', scale: {value: 100, unit: 'PERCENT'}})
    expect(taskSets?.[0]?.startedBy).toBeUndefined()
    expect(runningCount).toBe(2)
  })

  test('looks like its primary task set', async () => {
    const {id} = await createSet('next')
    await stage.client.send(new UpdateServicePrimaryTaskSetCommand({...ofWeb, primaryTaskSet: id}))
    const {taskDefinition, taskSets} = await stage.service()
    expect([taskDefinition, taskSets?.[0]?.status]).toEqual([taskSets?.[0]?.taskDefinition, 'PRIMARY'])
  })

  test('rounds the share of a task set up, and follows it', async () => {
    await stage.update({desiredCount: 5})
    const {id} = await createSet('ok', {scale: {value: 50, unit: 'PERCENT'}})
    stage.pass(120)
    expect(await sets()).toEqual(['ACTIVE 3+0/3 STEADY_STATE'])
    await stage.client.send(new UpdateTaskSetCommand({...ofWeb, taskSet: id, scale: {value: 20, unit: 'PERCENT'}}))
    expect(await sets()).toEqual(['ACTIVE 3+0/1 STABILIZING'])
    stage.pass(120)
    expect(await sets()).toEqual(['ACTIVE 1+0/1 STEADY_STATE'])
    await stage.update({desiredCount: 10})
    stage.pass(120)
    expect(await sets()).toEqual(['ACTIVE 2+0/2 STEADY_STATE'])
    stage.ecs.scale('prod', 'web', 15)
    stage.pass(120)
    expect(await sets()).toEqual(['ACTIVE 3+0/3 STEADY_STATE'])
  })

  test('tells of them in its events', async () => {
    const {id = ''} = await createSet('ok')
    stage.pass(300)
    const events = (await stage.events()).map(event => event.replace(/^[\d.]+ /, '').replaceAll(id, 'SET'))
    expect(events).toEqual([
      '(web) updated computedDesiredCount for taskSet SET to 2.',
      '(web, taskSet SET) has started 2 tasks: (task T) (task T).',
      '(web, taskSet SET) updated state to STEADY_STATE.',
      '(web) has reached a steady state.'
    ])
  })

  test('replaces tasks that die, and those that somebody stops', async () => {
    await createSet('ok')
    stage.pass(120)
    const [{taskArn: task} = {}] = await stage.tasks('RUNNING')
    await stage.client.send(new StopTaskCommand({cluster: 'prod', task}))
    stage.pass(5)
    expect(await sets()).toEqual(['ACTIVE 1+0/2 STABILIZING'])
    stage.pass(120)
    expect(await sets()).toEqual(['ACTIVE 2+0/2 STEADY_STATE'])
    expect((await stage.tasks('STOPPED')).map(({stopCode}) => stopCode)).toEqual(['UserInitiated'])
  })

  test('does not settle with tasks that cannot run', async () => {
    await createSet('bad-image')
    stage.pass(600)
    expect(await sets()).toEqual([expect.stringMatching(/^ACTIVE 0\+\d\/2 STABILIZING$/)])
    expect((await stage.events()).join('\n')).toContain('is unable to consistently start tasks successfully.')
  })

  test('replaces tasks that fail their health checks', async () => {
    await createSet('never-healthy', stage.balanced)
    stage.pass(300)
    expect((await stage.events()).join('\n')).toMatch(
      /has started \d tasks: \(task T\).*Amazon ECS replaced \d tasks due to an unhealthy status\./
    )
    expect((await sets())[0]).toContain('STABILIZING')
  })

  test('says why a task cannot be placed', async () => {
    await createSet('no-capacity')
    stage.pass(60)
    expect((await stage.events()).join('\n')).toContain('Capacity is unavailable at this time.')
  })

  test('drains a task set that is deleted, which is gone with its last task', async () => {
    const {id} = await createSet('ok')
    stage.pass(120)
    const deletion = {...ofWeb, taskSet: id}
    await expect(stage.client.send(new DeleteTaskSetCommand(deletion))).rejects.toThrow('scaled above 0')
    await stage.client.send(new DeleteTaskSetCommand({...deletion, force: true}))
    expect(await sets()).toEqual(['DRAINING 2+0/0 STABILIZING'])
    stage.pass(120)
    expect(await sets()).toEqual([])
  })

  test('describes them', async () => {
    const {id = ''} = await createSet('ok')
    await createSet('next')
    const all = await stage.client.send(new DescribeTaskSetsCommand(ofWeb))
    expect(all.taskSets).toHaveLength(2)
    const some = await stage.client.send(new DescribeTaskSetsCommand({...ofWeb, taskSets: [id, 'ecs-svc/1']}))
    expect(some.taskSets?.map(set => set.id)).toEqual([id])
    expect(some.failures).toEqual([{arn: 'ecs-svc/1', reason: 'MISSING'}])
  })

  test('has room for five', async () => {
    for (const tag of ['a', 'b', 'c', 'd', 'e']) await createSet(tag)
    await expect(createSet('f')).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: '5 deployments exist on the service. Unable to create new TaskSet since this exceeds the maximum limit.'
    })
  })

  test('refuses what it does not have', async () => {
    const nowhere = new UpdateServicePrimaryTaskSetCommand({...ofWeb, primaryTaskSet: 'ecs-svc/1'})
    await expect(stage.client.send(nowhere)).rejects.toMatchObject({name: 'TaskSetNotFoundException'})
    await expect(createSet('ok', {scale: {value: 150, unit: 'PERCENT'}})).rejects.toThrow('between 0 and 100')
    await stage.create('web:1', {serviceName: 'api'})
    await expect(createSet('ok', {service: 'api'})).rejects.toThrow('EXTERNAL deployment controller')
  })

  test('is deleted with all its tasks', async () => {
    await createSet('ok')
    stage.pass(120)
    await stage.client.send(new DeleteServiceCommand({...ofWeb, force: true}))
    stage.pass(120)
    expect(await stage.service()).toMatchObject({status: 'INACTIVE', runningCount: 0, taskSets: []})
    await expect(createSet('ok')).rejects.toMatchObject({name: 'ServiceNotActiveException'})
  })
})
