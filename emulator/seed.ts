import {DescribeRepositoriesCommand, ECRClient} from '@aws-sdk/client-ecr'
import {CreateClusterCommand, CreateServiceCommand, ECSClient, RegisterTaskDefinitionCommand} from '@aws-sdk/client-ecs'
import type {LocalAws} from './local-aws.ts'
import {staticCredentials} from './server.ts'

/**
 * Fills a local AWS with what a release needs to be there: the repository `web` with the image `v1`, a target group, and
 * the service `web` in the cluster `demo`, with two tasks. The service starts on the emulator's clock, which takes about
 * two minutes of it.
 */
export async function seed({emulator, ecr}: LocalAws): Promise<void> {
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
  const group = emulator.targetGroups.create({name: 'web', port: 8080, deregistrationDelaySeconds: 30})
  await ecs.send(
    new CreateServiceCommand({
      cluster: 'demo',
      serviceName: 'web',
      taskDefinition: 'web',
      desiredCount: 2,
      launchType: 'FARGATE',
      loadBalancers: [{targetGroupArn: group.arn, containerName: 'app', containerPort: 8080}],
      networkConfiguration: {awsvpcConfiguration: {subnets: ['subnet-0123456789abcdef0']}},
      deploymentConfiguration: {deploymentCircuitBreaker: {enable: true, rollback: true}}
    })
  )
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
