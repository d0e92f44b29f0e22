import type {BlueGreenDeploymentConfiguration, CreateDeploymentGroupInput} from '@aws-sdk/client-codedeploy'
import type {LoadBalancer} from '@aws-sdk/client-ecs'
import type {BlueGreenLoadBalancer} from '../blue-green-load-balancer.ts'

/** The service that a deployment group is for, and what it is behind. */
export interface DeployedService {
  readonly cluster: string
  readonly service: string
  readonly balancer: BlueGreenLoadBalancer
}

/** The load balancer of a service that CodeDeploy deploys, for CreateService: ECS is told one target group only. */
export function codeDeployLoadBalancer({loadBalancers, blue}: BlueGreenLoadBalancer): LoadBalancer {
  const [{containerName, containerPort}] = loadBalancers
  return {targetGroupArn: blue.arn, containerName, containerPort}
}

/**
 * A deployment group for a service with the names that the ECS console gives, for CreateDeploymentGroup: with a test
 * listener, rolled back on failure and on request, the original task set terminated after five minutes.
 * @param more what is to be different
 */
export function deploymentGroupFor(
  {cluster, service, balancer}: DeployedService,
  more: Partial<CreateDeploymentGroupInput> = {}
): CreateDeploymentGroupInput {
  const {blue, green, production, test} = balancer
  const blueGreenDeploymentConfiguration: BlueGreenDeploymentConfiguration = {
    terminateBlueInstancesOnDeploymentSuccess: {action: 'TERMINATE', terminationWaitTimeInMinutes: 5},
    deploymentReadyOption: {actionOnTimeout: 'CONTINUE_DEPLOYMENT', waitTimeInMinutes: 0}
  }
  return {
    applicationName: `AppECS-${cluster}-${service}`,
    deploymentGroupName: `DgpECS-${cluster}-${service}`,
    deploymentConfigName: 'CodeDeployDefault.ECSAllAtOnce',
    serviceRoleArn: balancer.roleArn.replace(/[^/]+$/, 'ecsCodeDeployRole'),
    ecsServices: [{clusterName: cluster, serviceName: service}],
    deploymentStyle: {deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL'},
    autoRollbackConfiguration: {enabled: true, events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST']},
    blueGreenDeploymentConfiguration,
    loadBalancerInfo: {
      targetGroupPairInfoList: [
        {
          targetGroups: [{name: blue.name}, {name: green.name}],
          prodTrafficRoute: {listenerArns: [production.listenerArn]},
          testTrafficRoute: {listenerArns: [test.listenerArn]}
        }
      ]
    },
    ...more
  }
}
