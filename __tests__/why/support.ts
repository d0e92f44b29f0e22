import type {Service, TaskDefinition} from '@aws-sdk/client-ecs'
import type {TaskFailure} from '../../src/why/failure.ts'
import type {StoppedContainer, StoppedTask} from '../../src/why/stopped-tasks.ts'
import type {Surroundings} from '../../src/why/surroundings.ts'

export const GROUP_ARN = 'arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/web/0123456789abcdef'

const service: Service = {
  serviceName: 'web',
  desiredCount: 2,
  deploymentConfiguration: {minimumHealthyPercent: 100, maximumPercent: 200},
  loadBalancers: [{targetGroupArn: GROUP_ARN, containerName: 'app', containerPort: 8080}],
  networkConfiguration: {
    awsvpcConfiguration: {subnets: ['subnet-1', 'subnet-2'], securityGroups: ['sg-1'], assignPublicIp: 'DISABLED'}
  }
}

const taskDefinition: TaskDefinition = {
  family: 'web',
  cpu: '256',
  memory: '512',
  executionRoleArn: 'arn:aws:iam::111122223333:role/web-execution',
  containerDefinitions: [
    {
      name: 'app',
      image: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/web:v1',
      memory: 256,
      portMappings: [{containerPort: 8080, hostPort: 8080}],
      healthCheck: {command: ['CMD', 'check']},
      secrets: [{name: 'PASSWORD', valueFrom: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:web-db'}],
      logConfiguration: {logDriver: 'awslogs', options: {'awslogs-group': '/ecs/web', 'awslogs-region': 'eu-central-1'}}
    }
  ],
  volumes: [{name: 'data', efsVolumeConfiguration: {fileSystemId: 'fs-1'}}],
  placementConstraints: [{type: 'memberOf', expression: 'attribute:disk == ssd'}]
}

/** What is known of a service whose settings are all set. */
export const surroundings: Surroundings = {
  deployment: {
    service: {
      name: 'web',
      arn: 'arn:aws:ecs:eu-central-1:111122223333:service/prod/web',
      clusterArn: 'arn:aws:ecs:eu-central-1:111122223333:cluster/prod'
    },
    deploymentId: 'ecs-svc/2222',
    taskDefinitionArn: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:2'
  },
  service,
  taskDefinition
}

/** The same where nothing beside the deployment could be read. */
export const nothingKnown: Surroundings = {...surroundings, service: undefined, taskDefinition: undefined}

/** The same for a task that first runs `migrate`, which is not essential. */
export const withMigration: Surroundings = {
  ...surroundings,
  taskDefinition: {
    ...taskDefinition,
    containerDefinitions: [
      {name: 'migrate', image: 'example.org/migrate:v1', memory: 64, essential: false},
      ...(taskDefinition.containerDefinitions ?? [])
    ]
  }
}

export function container(overrides: Partial<StoppedContainer> = {}): StoppedContainer {
  return {name: 'app', exitCode: 1, reason: undefined, isUnhealthy: false, runtimeId: undefined, ...overrides}
}

export function task(id: string, overrides: Partial<StoppedTask> = {}): StoppedTask {
  return {
    id,
    stopCode: 'EssentialContainerExited',
    reason: 'Essential container in task exited',
    at: new Date(Date.UTC(2026, 10, 2, 9)),
    address: undefined,
    containers: [container()],
    ...overrides
  }
}

export function failure(overrides: Partial<TaskFailure> = {}): TaskFailure {
  return {
    kind: 'stopped',
    stopCode: 'EssentialContainerExited',
    reason: 'Essential container in task exited',
    taskIds: ['a'],
    containers: [],
    targets: [],
    advice: undefined,
    member: undefined,
    ...overrides
  }
}
