import type {DeploymentWaitType, ListDeploymentsOutput} from '@aws-sdk/client-codedeploy'
import type {DescribeServiceDeploymentsResponse} from '@aws-sdk/client-ecs'
import type {HookAnswer} from '../../emulator/ecs/hook-behaviour.ts'
import type {FaultRule} from '../../emulator/faults.ts'
import type {LambdaBehaviour} from '../../emulator/codedeploy/lambdas.ts'
import {callCodeDeploy} from './codedeploy.ts'
import type {Happening} from './scenario.ts'
import type {Stage} from './stage.ts'

/** Somebody else deploys to the service: revision 1 once more, or `taskDefinition`. */
export function anotherDeployment(taskDefinition?: string): Happening {
  return stage => {
    stage.call('UpdateService', {service: 'web', forceNewDeployment: true, ...(taskDefinition && {taskDefinition})})
  }
}

/** Somebody, or auto scaling, changes how many tasks the service is to have. */
export function scaleTo(desiredCount: number): Happening {
  return ({aws}) => {
    aws.ecs.scale('prod', 'web', desiredCount)
  }
}

/** The cluster has so many container instances from now on. */
export function haveInstances(count: number): Happening {
  return ({aws}) => {
    aws.ecs.variants.containerInstances = count
  }
}

/** Somebody gives the service room for new tasks beside the old ones. */
export const allowMoreTasks: Happening = stage => {
  stage.call('UpdateService', {service: 'web', deploymentConfiguration: {maximumPercent: 200}})
}

/** Somebody takes that room away, so that ECS can neither start nor stop a task. */
export const allowNoStep: Happening = stage => {
  const deploymentConfiguration = {minimumHealthyPercent: 100, maximumPercent: 100}
  stage.call('UpdateService', {service: 'web', deploymentConfiguration})
}

/** Somebody deletes the service. */
export const deleteService: Happening = stage => {
  stage.call('DeleteService', {service: 'web', force: true})
}

/** Somebody stops the deployment, which rolls it back. */
export const stopDeployment: Happening = stage => {
  const serviceDeploymentArn = stage.service('web').currentServiceDeployment
  stage.call('StopServiceDeployment', {serviceDeploymentArn, stopType: 'ROLLBACK'})
}

/** Somebody stops the deployment and has nothing rolled back. */
export const abortDeployment: Happening = stage => {
  const serviceDeploymentArn = stage.service('web').currentServiceDeployment
  stage.call('StopServiceDeployment', {serviceDeploymentArn, stopType: 'ABORT'})
}

/** Somebody says how a paused deployment goes on. */
export function answerPause(action: 'CONTINUE' | 'ROLLBACK'): Happening {
  return stage => {
    const serviceDeploymentArn = stage.service('web').currentServiceDeployment
    const {serviceDeployments: [paused] = []} = stage.call('DescribeServiceDeployments', {
      serviceDeploymentArns: [serviceDeploymentArn]
    }) as DescribeServiceDeploymentsResponse
    const hookId = paused?.lifecycleHookDetails?.find(({status}) => status === 'AWAITING_ACTION')?.hookId
    stage.call('ContinueServiceDeployment', {serviceDeploymentArn, hookId, action})
  }
}

/** From now on the functions of lifecycle hooks answer so. */
export function hooksAnswer(answer: HookAnswer): Happening {
  return ({aws}) => {
    aws.ecs.setHooks([{match: {}, answer}])
  }
}

/** An alarm goes off. */
export const alarmRings: Happening = ({aws}) => {
  aws.ecs.setAlarm('web-5xx', 'ALARM')
}

/** From now on calls go wrong; no rule, and they go well again. */
export function faults(...rules: readonly FaultRule[]): Happening {
  return ({aws}) => {
    aws.emulator.faults.set(rules)
  }
}

/** Somebody cancels the job. */
export const cancelJob: Happening = stage => {
  stage.cancel()
}

/** From now on the function of CodeDeploy's hook answers so. */
export function codeDeployHookAnswers(behaviour: LambdaBehaviour): Happening {
  return ({aws}) => {
    aws.codeDeploy.setLambda('smoke-test', behaviour)
  }
}

/** Somebody stops the deployment in CodeDeploy. */
export function stopCodeDeploy(autoRollbackEnabled: boolean): Happening {
  return stage => {
    callCodeDeploy(stage.aws, 'StopDeployment', {deploymentId: newestDeployment(stage), autoRollbackEnabled})
  }
}

/** Somebody continues the deployment in CodeDeploy that waits. */
export function continueCodeDeploy(deploymentWaitType: DeploymentWaitType): Happening {
  return stage => {
    callCodeDeploy(stage.aws, 'ContinueDeployment', {deploymentId: newestDeployment(stage), deploymentWaitType})
  }
}

function newestDeployment({aws}: Stage): string | undefined {
  const {deployments = []} = callCodeDeploy(aws, 'ListDeployments', {}) as ListDeploymentsOutput
  return deployments[0]
}
