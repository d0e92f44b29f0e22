import {DescribeRepositoriesCommand, ECRClient} from '@aws-sdk/client-ecr'
import {
  CreateClusterCommand,
  CreateServiceCommand,
  type DeploymentConfiguration,
  type DeploymentStrategy,
  ECSClient,
  type LoadBalancer,
  RegisterTaskDefinitionCommand
} from '@aws-sdk/client-ecs'
import {createBlueGreenLoadBalancer} from './blue-green-load-balancer.ts'
import type {LocalAws} from './local-aws.ts'
import {staticCredentials} from './server.ts'

/** How the seeded service is deployed, by strategy; those that shift traffic do it faster than by default. */
const configurations: Readonly<Record<DeploymentStrategy, DeploymentConfiguration>> = {
  ROLLING: {},
  BLUE_GREEN: {bakeTimeInMinutes: 1},
  LINEAR: {bakeTimeInMinutes: 1, linearConfiguration: {stepPercent: 25, stepBakeTimeInMinutes: 1}},
  CANARY: {bakeTimeInMinutes: 1, canaryConfiguration: {canaryPercent: 10, canaryBakeTimeInMinutes: 1}}
}

/**
 * Fills a local AWS with what a release needs to be there: the repository `web` with the image `v1`, a load balancer, and
 * the service `web` in the cluster `demo`, with two tasks. The service starts on the emulator's clock, which takes about
 * two minutes of it, or up to nine where traffic is shifted.
 * @param strategy how the service is deployed
 */
export async function seed(local: LocalAws, strategy: DeploymentStrategy = 'ROLLING'): Promise<void> {
  const {emulator, ecr} = local
  const {account, region, url: endpoint} = emulator
  const client = {endpoint, region, credentials: staticCredentials}
  ecr.createRepository({account, region, name: 'web'})
  ecr.putImage({account, region, name: 'web'}, 'v1', ['linux/amd64'])
  const {repositories = []} = await new ECRClient(client).send(new DescribeRepositoriesCommand({}))
  const ecs = new ECSClient(client)
  await ecs.send(new CreateClusterCommand({clusterName: 'demo'}))
  await ecs.send(
    new RegisterTaskDefinitionCommand(taskDefinition(account, `${repositories[0]?.repositoryUri ?? ''}:v1`))
  )
  await ecs.send(
    new CreateServiceCommand({
      cluster: 'demo',
      serviceName: 'web',
      taskDefinition: 'web',
      desiredCount: 2,
      launchType: 'FARGATE',
      loadBalancers: loadBalancers(local, strategy),
      networkConfiguration: {awsvpcConfiguration: {subnets: ['subnet-0123456789abcdef0']}},
      deploymentConfiguration: {
        strategy,
        ...configurations[strategy],
        deploymentCircuitBreaker: {enable: true, rollback: true}
      }
    })
  )
}

function loadBalancers({emulator: {targetGroups}}: LocalAws, strategy: DeploymentStrategy): LoadBalancer[] {
  const container = {containerName: 'app', containerPort: 8080}
  const settings = {port: 8080, deregistrationDelaySeconds: 30}
  return strategy === 'ROLLING'
    ? [{targetGroupArn: targetGroups.create({name: 'web', ...settings}).arn, ...container}]
    : createBlueGreenLoadBalancer(targetGroups, 'web', {...container, ...settings}).loadBalancers
}

function taskDefinition(account: string, image: string): RegisterTaskDefinitionCommand['input'] {
  return {
    family: 'web',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    executionRoleArn: `arn:aws:iam::${account}:role/ecsTaskExecutionRole`,
    containerDefinitions: [{name: 'app', image, portMappings: [{containerPort: 8080}]}]
  }
}
