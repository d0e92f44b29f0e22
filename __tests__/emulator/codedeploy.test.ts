import {afterEach, describe, expect, test} from '@jest/globals'
import type {CreateDeploymentGroupInput} from '@aws-sdk/client-codedeploy'
import {CodeDeployStage, lifecycle} from './codedeploy-support.ts'

let stage: CodeDeployStage

/** Opens the stage, with what is different in the deployment group. */
async function open(more: Partial<CreateDeploymentGroupInput> = {}): Promise<void> {
  stage = await CodeDeployStage.open(more)
}

afterEach(async () => {
  await stage.close()
})

const deploy = async (...more: [options?: object, hooks?: object]): Promise<string> =>
  stage.deploy(await stage.ecs.define('next'), ...more)

describe('a deployment', () => {
  test('replaces the task set: test traffic, production traffic, a wait, the end of the original', async () => {
    await open()
    const id = await deploy()
    expect(id).toMatch(/^d-[A-Z0-9]{9}$/)
    expect((await stage.deployment(id)).status).toBe('Created')
    stage.ecs.pass(60)
    expect(await stage.deployment(id)).toMatchObject({status: 'InProgress', instanceTerminationWaitTimeStarted: false})
    expect(await stage.events(id)).toEqual(lifecycle('Succeeded', 'InProgress', 'Pending'))
    expect(await stage.taskSets()).toEqual(['PRIMARY web:1 100% 2/2 STEADY_STATE', 'ACTIVE web:2 100% 2/2 STABILIZING'])
    expect(stage.weights).toEqual({production: '100/0', test: '100/0'})
    stage.ecs.pass(60)
    expect(await stage.deployment(id)).toMatchObject({status: 'InProgress', instanceTerminationWaitTimeStarted: true})
    expect((await stage.deployment(id)).deploymentOverview).toBeUndefined()
    expect(await stage.events(id)).toEqual(lifecycle('Succeeded'))
    expect(stage.weights).toEqual({production: '0/100', test: '0/100'})
    expect(await stage.taskSets()).toEqual([
      'PRIMARY web:2 100% 2/2 STEADY_STATE',
      'ACTIVE web:1 100% 2/2 STEADY_STATE'
    ])
    stage.ecs.pass(275)
    expect(await stage.deployment(id)).toMatchObject({
      status: 'Succeeded',
      creator: 'user',
      deploymentOverview: {Succeeded: 1, Failed: 0}
    })
    expect(await stage.taskSets()).toEqual(['PRIMARY web:2 100% 2/2 STEADY_STATE', 'DRAINING web:1 0% 2/0 STABILIZING'])
    stage.ecs.pass(120)
    expect(await stage.taskSets()).toEqual(['PRIMARY web:2 100% 2/2 STEADY_STATE'])
  })

  test('shows its target with both task sets, whose names the model spells in its own way', async () => {
    await open()
    const id = await deploy()
    stage.ecs.pass(150)
    const {taskSets = [], serviceArn} = await stage.ecs.service()
    expect(await stage.target(id)).toMatchObject({
      deploymentId: id,
      targetId: 'prod:web',
      targetArn: serviceArn,
      status: 'InProgress',
      taskSetsInfo: [
        {
          identifer: taskSets[1]?.id,
          desiredCount: 2,
          runningCount: 2,
          pendingCount: 0,
          status: 'ACTIVE',
          trafficWeight: 0,
          targetGroup: {name: 'shop-blue'},
          taskSetLabel: 'Blue'
        },
        {
          identifer: taskSets[0]?.id,
          status: 'PRIMARY',
          trafficWeight: 100,
          targetGroup: {name: 'shop-green'},
          taskSetLabel: 'Green'
        }
      ]
    })
    expect(taskSets[0]).toMatchObject({startedBy: 'CODE_DEPLOY', externalId: id})
    expect(taskSets[1]?.externalId).toBeUndefined()
  })

  test('leaves its marks in the events of the service', async () => {
    await open()
    await deploy()
    stage.ecs.pass(600)
    const {taskSets = []} = await stage.ecs.service()
    const events = (await stage.ecs.events()).map(event =>
      event
        .replaceAll(taskSets[0]?.id ?? '', 'NEW')
        .replace(/ecs-svc\/\d+/, 'OLD')
        .replace(/arn:\S+\/(shop-\w+)\/\w+/, '$1')
    )
    expect(events).toEqual([
      '6.250 (web) updated computedDesiredCount for taskSet NEW to 2.',
      '16.250 (web, taskSet NEW) has started 2 tasks: (task T) (task T).',
      '46.250 (web, taskSet NEW) registered 2 targets in (target-group shop-green)',
      '86.250 (web, taskSet NEW) updated state to STEADY_STATE.',
      '86.251 (web) has reached a steady state.',
      '391.000 (web) updated computedDesiredCount for taskSet OLD to 0.',
      '401.000 (web, taskSet OLD) has stopped 2 running tasks: (task T) (task T).',
      '402.500 (web) deregistered 2 targets in (target-group shop-blue)',
      '402.501 (web, taskSet OLD) has begun draining connections on 2 tasks.',
      '461.000 (web) has reached a steady state.'
    ])
  })

  test('makes the service look like its task set, and the next one goes the other way', async () => {
    await open()
    await deploy()
    stage.ecs.pass(600)
    const {taskDefinition, loadBalancers, deployments} = await stage.ecs.service()
    expect(taskDefinition).toMatch(/web:2$/)
    expect(loadBalancers?.[0]?.targetGroupArn).toBe(stage.balancer.green.arn)
    expect(deployments).toEqual([])
    const second = await deploy()
    expect((await stage.deployment(second)).previousRevision?.appSpecContent?.content).toContain('web:2')
    stage.ecs.pass(600)
    expect(await stage.taskSets()).toEqual(['PRIMARY web:3 100% 2/2 STEADY_STATE'])
    expect(stage.weights).toEqual({production: '100/0', test: '100/0'})
  })

  test('has no events of test traffic without a test listener', async () => {
    const plain = await CodeDeployStage.open()
    const {blue, green, production} = plain.balancer
    await plain.close()
    await open({
      loadBalancerInfo: {
        targetGroupPairInfoList: [
          {
            targetGroups: [{name: blue.name}, {name: green.name}],
            prodTrafficRoute: {listenerArns: [production.listenerArn]}
          }
        ]
      }
    })
    const id = await deploy()
    stage.ecs.pass(200)
    expect(await stage.events(id)).toEqual(lifecycle('Succeeded').filter(event => !event.includes('TestTraffic')))
    expect(stage.weights).toEqual({production: '0/100', test: '100/0'})
  })

  test.each([
    ['Canary10Percent5Minutes', ['10', '10', '10', '10', '10', '100']],
    ['Linear10PercentEvery1Minutes', ['10', '20', '30', '40', '50', '60']]
  ])('shifts production traffic as %s says', async (config, expected) => {
    await open()
    const id = await deploy({deploymentConfigName: `CodeDeployDefault.ECS${config}`})
    stage.ecs.pass(100)
    const seen: string[] = []
    for (let minute = 0; minute < 6; minute += 1) {
      seen.push(stage.weights.production.split('/')[1] ?? '')
      const [blue, green] = (await stage.target(id)).taskSetsInfo ?? []
      expect([blue?.trafficWeight, green?.trafficWeight].join('/')).toBe(stage.weights.production)
      stage.ecs.pass(60)
    }
    expect(seen).toEqual(expected)
    stage.ecs.pass(600)
    expect((await stage.deployment(id)).status).toBe('Succeeded')
  })

  test('scales both task sets with the service', async () => {
    await open()
    await deploy()
    stage.ecs.pass(150)
    stage.ecs.ecs.scale('prod', 'web', 3)
    stage.ecs.pass(100)
    expect(await stage.taskSets()).toEqual([
      'PRIMARY web:2 100% 3/3 STEADY_STATE',
      'ACTIVE web:1 100% 3/3 STEADY_STATE'
    ])
    await stage.ecs.update({desiredCount: 1})
    stage.ecs.pass(400)
    expect(await stage.taskSets()).toEqual(['PRIMARY web:2 100% 1/1 STEADY_STATE'])
  })

  test('keeps the original task set where the group says so', async () => {
    await open({blueGreenDeploymentConfiguration: {terminateBlueInstancesOnDeploymentSuccess: {action: 'KEEP_ALIVE'}}})
    const id = await deploy()
    stage.ecs.pass(120)
    expect(await stage.deployment(id)).toMatchObject({status: 'Succeeded', instanceTerminationWaitTimeStarted: false})
    expect(await stage.taskSets()).toHaveLength(2)
  })

  test('runs with what the AppSpec file has of its own, in YAML', async () => {
    await open()
    const taskDefinition = await stage.ecs.define('next')
    const content = [
      'version: 0.0',
      'Resources:',
      '  - TargetService:',
      '      Type: AWS::ECS::Service',
      '      Properties:',
      `        TaskDefinition: ${taskDefinition}`,
      '        LoadBalancerInfo: {ContainerName: app, ContainerPort: 8080}',
      '        PlatformVersion: 1.4.0',
      '        NetworkConfiguration:',
      '          AwsvpcConfiguration: {Subnets: [subnet-9], SecurityGroups: [sg-9], AssignPublicIp: ENABLED}'
    ].join('\n')
    await stage.deploy('', {revision: {revisionType: 'AppSpecContent', appSpecContent: {content}}})
    stage.ecs.pass(20)
    const {taskSets = []} = await stage.ecs.service()
    expect(taskSets[1]).toMatchObject({
      platformVersion: '1.4.0',
      networkConfiguration: {
        awsvpcConfiguration: {subnets: ['subnet-9'], securityGroups: ['sg-9'], assignPublicIp: 'ENABLED'}
      }
    })
  })
})

describe('waits', () => {
  const ready = (waitTimeInMinutes: number): Partial<CreateDeploymentGroupInput> => ({
    blueGreenDeploymentConfiguration: {
      terminateBlueInstancesOnDeploymentSuccess: {action: 'TERMINATE', terminationWaitTimeInMinutes: 60},
      deploymentReadyOption: {actionOnTimeout: 'STOP_DEPLOYMENT', waitTimeInMinutes}
    }
  })

  test('for somebody who sends production traffic, and for the termination of the original', async () => {
    await open(ready(30))
    const id = await deploy()
    stage.ecs.pass(300)
    expect((await stage.deployment(id)).status).toBe('Ready')
    expect((await stage.target(id)).status).toBe('Ready')
    expect(stage.weights).toEqual({production: '100/0', test: '0/100'})
    await expect(stage.continue(id, 'TERMINATION_WAIT')).rejects.toThrow('not have a status of Ready')
    await stage.continue(id, 'READY_WAIT')
    stage.ecs.pass(20)
    expect((await stage.deployment(id)).status).toBe('InProgress')
    expect(stage.weights.production).toBe('0/100')
    await stage.continue(id, 'TERMINATION_WAIT')
    stage.ecs.pass(10)
    expect((await stage.deployment(id)).status).toBe('Succeeded')
    await expect(stage.continue(id, 'TERMINATION_WAIT')).rejects.toMatchObject({
      name: 'DeploymentAlreadyCompletedException'
    })
  })

  test('end with the deployment when nobody comes', async () => {
    await open(ready(30))
    const id = await deploy()
    stage.ecs.pass(33 * 60)
    const {status, errorInformation} = await stage.deployment(id)
    expect([status, errorInformation?.message]).toEqual([
      'Stopped',
      'The deployment timed out while waiting for a notification to continue. This time out period is 30 minutes.'
    ])
  })

  test('may show as Baking, and success may come with the end of the original', async () => {
    await open()
    stage.codeDeploy.variants.statusInTerminationWait = 'Baking'
    stage.codeDeploy.variants.succeeds = 'when-gone'
    const id = await deploy()
    stage.ecs.pass(200)
    expect((await stage.deployment(id)).status).toBe('Baking')
    stage.ecs.pass(250)
    expect((await stage.deployment(id)).status).toBe('Baking')
    stage.ecs.pass(30)
    expect((await stage.deployment(id)).status).toBe('Succeeded')
    expect(await stage.taskSets()).toEqual(['PRIMARY web:2 100% 2/2 STEADY_STATE'])
  })
})
