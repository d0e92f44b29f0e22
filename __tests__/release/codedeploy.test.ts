import {createHash} from 'node:crypto'
import {describe, expect, test} from '@jest/globals'
import {valuesOf} from '../../emulator/iam/policy.ts'
import {resolve} from 'node:path'
import {runStep, type StepResult} from '../../emulator/runner.ts'
import {Account} from './account.ts'
import {
  APPLICATION,
  DEPLOY_WITH_CODEDEPLOY,
  deployElsewhere,
  deployment,
  GROUP,
  openCodeDeploy,
  somebody
} from './codedeploy-support.ts'
import {askedFor, readmePolicy} from './readme-policy.ts'
import {cancelAt, sent} from './way-back-support.ts'

const ARN = 'arn:aws:ecs:eu-central-1:111122223333:task-definition'

/** The task definition that the requests' AppSpec files have. */
function deployed(account: Account): unknown[] {
  return sent(account, 'CreateDeployment').map(({revision}) => {
    const {appSpecContent} = revision as {appSpecContent: {content: string}}
    return JSON.parse(appSpecContent.content) as unknown
  })
}

function appSpec(taskDefinition: string, more: object = {}): object {
  const LoadBalancerInfo = {ContainerName: 'app', ContainerPort: 8080}
  const Properties = {TaskDefinition: taskDefinition, LoadBalancerInfo}
  return {version: 0, Resources: [{TargetService: {Type: 'AWS::ECS::Service', Properties}}], ...more}
}

/** What the step failed with. */
function errorOf({annotations}: StepResult): string | undefined {
  return annotations.find(({level}) => level === 'error')?.message
}

describe('a service that CodeDeploy deploys', () => {
  test('is released by one deployment, with nothing in it that nobody asked for', async () => {
    await using account = await openCodeDeploy()
    const step = await account.release()
    const id = step.outputs['deployment-id']
    expect(step).toMatchObject({exitCode: 0, annotations: []})
    expect(step.outputs).toMatchObject({
      status: 'deployed',
      'task-definition-arn': `${ARN}/web:2`,
      'previous-task-definition-arn': `${ARN}/web:1`,
      'console-url': `https://eu-central-1.console.aws.amazon.com/codesuite/codedeploy/deployments/${id ?? ''}?region=eu-central-1`
    })
    expect(account.changes()).toEqual(['RegisterTaskDefinition', 'CreateDeployment'])
    const content = JSON.stringify(appSpec(`${ARN}/web:2`))
    const [request] = sent(account, 'CreateDeployment')
    expect(request).toEqual({
      applicationName: APPLICATION,
      deploymentGroupName: GROUP,
      revision: {
        revisionType: 'AppSpecContent',
        appSpecContent: {content, sha256: createHash('sha256').update(content).digest('hex')}
      },
      description: expect.stringMatching(
        /^commit [0-9a-f]{7}, https:\/\/github\.com\/.*\/actions\/runs\/\d+\/attempts\/1$/
      )
    })
    expect(deployment(account, id).status).toBe('Succeeded')
    expect(step.summary).toContain('Termination wait 5 min')
    expect(step.summary).toContain('After allow test traffic')
  })

  test('needs what the README says, and all of it', async () => {
    await using account = await openCodeDeploy()
    await account.release()
    const asked = askedFor(account).filter(action => action.startsWith('codedeploy:'))
    const helping = ['codedeploy:StopDeployment']
    expect([...asked, ...helping].sort()).toEqual(valuesOf(DEPLOY_WITH_CODEDEPLOY.Action))
    expect(askedFor(account)).not.toContain('ecs:UpdateService')
  })

  test('is deployed by the AppSpec file of the repository, with its hooks and its own container', async () => {
    await using account = await openCodeDeploy({
      deploymentConfigName: 'CodeDeployDefault.ECSLinear10PercentEvery1Minutes'
    })
    await account.file(
      'deploy/appspec.yaml',
      `version: 0.0
resources:
  - web:
      type: AWS::ECS::Service
      properties:
        taskDefinition: "<TASK_DEFINITION>"
        loadBalancerInfo: {containerName: app, containerPort: 8080}
        platformVersion: "1.4.0"
hooks:
  - afterInstall: smoke-test
`
    )
    const step = await account.release({
      'codedeploy-appspec': 'deploy/appspec.yaml',
      'codedeploy-deployment-config': 'CodeDeployDefault.ECSAllAtOnce',
      'wait-for': 'started'
    })
    expect(step.outputs['status']).toBe('started')
    expect(sent(account, 'CreateDeployment')[0]).toMatchObject({deploymentConfigName: 'CodeDeployDefault.ECSAllAtOnce'})
    expect(deployed(account)).toEqual([
      {
        version: 0,
        resources: [
          {
            web: {
              type: 'AWS::ECS::Service',
              Properties: {
                platformVersion: '1.4.0',
                TaskDefinition: `${ARN}/web:2`,
                LoadBalancerInfo: {ContainerName: 'app', ContainerPort: 8080}
              }
            }
          }
        ],
        hooks: [{afterInstall: 'smoke-test'}]
      }
    ])
  })

  test('a second release of the same revision follows the deployment that is on its way', async () => {
    await using account = await openCodeDeploy()
    const first = await account.release({'wait-for': 'started'})
    account.forget()
    const second = await account.release()
    expect(second.outputs).toMatchObject({status: 'deployed', 'deployment-id': first.outputs['deployment-id']})
    expect(account.changes()).toEqual([])
    account.forget()
    const third = await account.release()
    expect(third.outputs['status']).toBe('unchanged')
    expect(third.log).toContain('Nothing to deploy: web in prod has web:2 already, 2 of 2 tasks run it.')
    expect(account.changes()).toEqual([])
  })

  test('another deployment of the group stops the release, and is told', async () => {
    await using account = await openCodeDeploy()
    const id = deployElsewhere(account, `${ARN}/web:1`)
    const during = await account.release()
    expect(errorOf(during)).toMatch(
      `web in prod has a CodeDeploy deployment of web:1 on its way (${id}, by hand), which began at `
    )
    expect(errorOf(during)).toMatch(/makes one at a time: run the job again when it has ended\.$/)
    account.advance(240)
    const after = await account.release()
    expect(errorOf(after)).toMatch(/it only waits to terminate the old tasks/)
    expect(after.log).toContain(`--deployment-id ${id} --deployment-wait-type TERMINATION_WAIT`)
    expect(account.changes()).toEqual(['RegisterTaskDefinition'])
  })

  test('an answer that is lost makes no second deployment', async () => {
    await using account = await openCodeDeploy()
    account.aws.emulator.faults.set([
      {service: 'codedeploy', operation: 'CreateDeployment', times: 1, fault: {kind: 'answer-lost'}}
    ])
    const step = await account.release({'wait-for': 'started'})
    expect(step.outputs['status']).toBe('started')
    expect(step.log).toContain('the CodeDeploy deployment of web: the answer was lost')
    expect(sent(account, 'CreateDeployment')).toHaveLength(1)
  })

  test('is released beside one that ECS deploys', async () => {
    await using account = await openCodeDeploy()
    await account.service({serviceName: 'api'})
    account.advance(300)
    account.under({Statement: [{Effect: 'Allow', Action: '*', Resource: '*'}]})
    account.forget()
    const step = await account.release({service: 'web, api'})
    expect(step.outputs['status']).toBe('deployed')
    expect(account.changes()).toEqual(['RegisterTaskDefinition', 'CreateDeployment', 'UpdateService'])
    const {services} = JSON.parse(step.outputs['result'] ?? '') as {services: {name: string; deploymentId: string}[]}
    expect(services).toMatchObject([
      {name: 'web', deploymentId: step.outputs['deployment-id'], status: 'deployed'},
      {name: 'api', deploymentId: expect.stringMatching(/^ecs-svc\//), status: 'deployed'}
    ])
    expect(step.log).toMatch(/web: CodeDeploy|web: BeforeInstall took/)
  })

  test('a deployment that failed is made anew', async () => {
    await using account = await openCodeDeploy()
    const first = await account.release({'wait-for': 'healthy'})
    somebody(account, 'StopDeployment', {deploymentId: first.outputs['deployment-id'], autoRollbackEnabled: false})
    account.advance(30)
    account.forget()
    const second = await account.release({'wait-for': 'started'})
    expect(second.log).toContain('web has web:2 already, but its deployment failed: deploying it anew')
    expect(account.changes()).toEqual(['CreateDeployment'])
  })
})

describe('before anything is changed', () => {
  async function refused(account: Account, inputs: Record<string, string> = {}): Promise<string> {
    const step = await account.release(inputs)
    expect(step).toMatchObject({exitCode: 1, outputs: {status: 'error'}})
    expect(account.changes()).toEqual([])
    return step.annotations.map(({message}) => message).join()
  }

  test('a group that is not there is refused with those that are', async () => {
    await using account = await openCodeDeploy()
    account.under({Statement: [{Effect: 'Allow', Action: '*', Resource: '*'}]})
    expect(await refused(account, {'codedeploy-deployment-group': 'others'})).toBe(
      `The CodeDeploy application ${APPLICATION} has no deployment group others, which is to deploy web in prod: name the right one in the input \`codedeploy-deployment-group\`, there is ${GROUP}.`
    )
    expect(await refused(account, {'codedeploy-application': 'nothing'})).toMatch(
      /^There is no CodeDeploy application nothing, which is to deploy web in prod: .*there is AppECS-prod-web\.$/
    )
  })

  test('a group of another service is refused', async () => {
    await using account = await openCodeDeploy()
    const {loadBalancers} = await account.described()
    await account.service({
      serviceName: 'api',
      deploymentController: {type: 'CODE_DEPLOY'},
      deploymentConfiguration: undefined,
      loadBalancers
    })
    somebody(account, 'CreateDeploymentGroup', {
      applicationName: APPLICATION,
      deploymentGroupName: 'of-api',
      serviceRoleArn: 'arn:aws:iam::111122223333:role/ecsCodeDeployRole',
      ecsServices: [{clusterName: 'prod', serviceName: 'api'}]
    })
    account.under({Statement: [{Effect: 'Allow', Action: '*', Resource: '*'}]})
    account.forget()
    expect(await refused(account, {'codedeploy-deployment-group': 'of-api'})).toMatch(
      /^The deployment group of-api of the CodeDeploy application AppECS-prod-web is for the service api in prod, not for web in prod:/
    )
  })

  test('inputs for CodeDeploy are refused where ECS deploys', async () => {
    await using account = await Account.open()
    expect(await refused(account, {'codedeploy-appspec': 'appspec.yaml'})).toBe(
      'The input `codedeploy-appspec` is for services with the deployment controller CODE_DEPLOY, but web in prod has ECS: take the input away.'
    )
  })

  test('a deployment group that may not be read is named with the statement for it', async () => {
    await using account = await openCodeDeploy()
    account.under(readmePolicy())
    const message = await refused(account)
    expect(message).toMatch(/^The role that releases may not codedeploy:GetDeploymentGroup on arn:aws:codedeploy:/)
    expect(message).toContain('or name others in the inputs `codedeploy-application` and `codedeploy-deployment-group`')
  })

  test.each<[string, Record<string, string>, RegExp]>([
    [
      'a desired count',
      {'desired-count': '3'},
      /^The input `desired-count` cannot be used for web in prod: CodeDeploy/
    ],
    ['an AppSpec file that is not there', {'codedeploy-appspec': 'no.yaml'}, /^There is no file `no\.yaml` in the/],
    [
      'a deployment configuration that is not there',
      {'codedeploy-deployment-config': 'Mine'},
      /^There is no CodeDeploy deployment configuration Mine: correct the input `codedeploy-deployment-config`/
    ]
  ])('%s is refused', async (_, inputs, message) => {
    await using account = await openCodeDeploy()
    expect(await refused(account, inputs)).toMatch(message)
  })
})

describe('the way back', () => {
  test('a cancelled job has its deployment stopped and rolled back, where that is wanted', async () => {
    await using account = await openCodeDeploy()
    const step = await account.release({'on-cancel': 'rollback'}, cancelAt('web:2: 2 of 2 tasks running'))
    expect(step.outputs['status']).toBe('cancelled')
    expect(step.log).toContain('Cancelled: CodeDeploy was asked to roll web back from web:2')
    expect(sent(account, 'StopDeployment')).toEqual([
      {deploymentId: step.outputs['deployment-id'], autoRollbackEnabled: true}
    ])
    account.advance(60)
    expect((await account.described()).taskDefinition).toBe(`${ARN}/web:1`)
  })

  test('what failed when it had the traffic is left for the revision from before', async () => {
    await using account = await openCodeDeploy({autoRollbackConfiguration: {enabled: false}})
    account.aws.codeDeploy.setLambda('smoke-test', {answer: 'Failed'})
    await account.file('appspec.json', appSpec('', {Hooks: [{AfterAllowTraffic: 'smoke-test'}]}))
    const step = await account.release()
    expect(step.outputs['status']).toBe('failed')
    expect(step.log).toContain('To go back to web:1, which ran before, use this step:')
    expect(step.log).toContain('to: web:1')
  })

  test('it runs again by itself, where that is wanted', async () => {
    await using account = await openCodeDeploy({autoRollbackConfiguration: {enabled: false}})
    account.aws.codeDeploy.setLambda('smoke-test', {answer: 'Failed'})
    await account.file('appspec.json', appSpec('', {Hooks: [{AfterAllowTraffic: 'smoke-test'}]}))
    const step = await account.release(
      {'rollback-on-failure': 'failure'},
      {
        onLine: line => {
          if (line.includes('Going back to')) account.aws.codeDeploy.setLambda('smoke-test', {answer: 'Succeeded'})
        }
      }
    )
    expect(step.outputs).toMatchObject({status: 'failed', 'rollback-status': 'restored'})
    expect(step.annotations[0]?.message).toMatch(/Restored web:1 on web in prod: 2 of 2 tasks run it/)
    expect(deployed(account)).toEqual(
      ['web:2', 'web:1'].map(revision => appSpec(`${ARN}/${revision}`, {Hooks: [{AfterAllowTraffic: 'smoke-test'}]}))
    )
  })

  test('a step that goes back has a deployment that is on its way stopped', async () => {
    await using account = await openCodeDeploy()
    const first = await account.release({'wait-for': 'healthy'})
    account.forget()
    const inputs = {cluster: 'prod', service: 'web', to: 'web:1'}
    const step = await runStep(account.step(inputs, {action: resolve('rollback')}))
    expect(step.outputs['status']).toBe('restored')
    expect(step.log).toContain('Restored web in prod: CodeDeploy has gone back from web:2 to web:1, with 2 of 2 tasks')
    expect(account.changes()).toEqual(['StopDeployment'])
    expect(deployment(account, first.outputs['deployment-id']).status).toBe('Stopped')
  })
})
