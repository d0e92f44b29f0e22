import type {CreateDeploymentGroupInput, DeploymentInfo} from '@aws-sdk/client-codedeploy'
import {type BlueGreenLoadBalancer, createBlueGreenLoadBalancer} from '../../emulator/blue-green-load-balancer.ts'
import {codeDeployLoadBalancer} from '../../emulator/codedeploy/seed.ts'
import {callCodeDeploy, createDeploymentGroup} from '../../scripts/scenarios/codedeploy.ts'
import {Account} from './account.ts'
import {readmeStatement} from './readme-policy.ts'

/** What the role needs beside the least policy. */
export const DEPLOY_WITH_CODEDEPLOY = readmeStatement('DeployWithCodeDeploy')

export const APPLICATION = 'AppECS-prod-web'
export const GROUP = 'DgpECS-prod-web'

/**
 * An account whose service `web` is deployed by CodeDeploy, by a role with the least policy for that.
 * @param more how the deployment group differs from the usual one
 */
export async function openCodeDeploy(more: Partial<CreateDeploymentGroupInput> = {}): Promise<Account> {
  const made: BlueGreenLoadBalancer[] = []
  const account = await Account.open(({aws}) => {
    const settings = {containerName: 'app', containerPort: 8080, deregistrationDelaySeconds: 5}
    const balancer = createBlueGreenLoadBalancer(aws.emulator.targetGroups, 'web', settings)
    made.push(balancer)
    const loadBalancers = [codeDeployLoadBalancer(balancer)]
    return {deploymentController: {type: 'CODE_DEPLOY'}, deploymentConfiguration: undefined, loadBalancers}
  })
  for (const balancer of made) createDeploymentGroup(account.aws, {cluster: 'prod', service: 'web', balancer}, more)
  account.plus(DEPLOY_WITH_CODEDEPLOY)
  return account
}

/** What somebody else asks CodeDeploy for. */
export function somebody(account: Account, operation: string, input: object): object {
  return callCodeDeploy(account.aws, operation, input)
}

/** A deployment as it is now. */
export function deployment(account: Account, deploymentId: string | undefined): DeploymentInfo {
  const {deploymentInfo = {}} = somebody(account, 'GetDeployment', {deploymentId}) as {deploymentInfo?: DeploymentInfo}
  return deploymentInfo
}

/** Somebody else deploys a revision, in CodeDeploy. @returns the deployment's id */
export function deployElsewhere(account: Account, taskDefinition: string): string {
  const LoadBalancerInfo = {ContainerName: 'app', ContainerPort: 8080}
  const Properties = {TaskDefinition: taskDefinition, LoadBalancerInfo}
  const content = JSON.stringify({version: 0, Resources: [{Web: {Type: 'AWS::ECS::Service', Properties}}]})
  const {deploymentId = ''} = somebody(account, 'CreateDeployment', {
    applicationName: APPLICATION,
    deploymentGroupName: GROUP,
    revision: {revisionType: 'AppSpecContent', appSpecContent: {content}},
    description: 'by hand'
  }) as {deploymentId?: string}
  return deploymentId
}
