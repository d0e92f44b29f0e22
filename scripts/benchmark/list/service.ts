import {TagResourceCommand} from '@aws-sdk/client-ecs'
import type {TargetGroup} from '../../../emulator/target-groups.ts'
import type {Mistake} from '../mistake.ts'
import type {Stage} from '../stage.ts'

const ON_INSTANCES = {requiresCompatibilities: ['EC2'], runtimePlatform: undefined}

/** What does not go with the service, or with what happens to it. */
export const withService: readonly Mistake[] = [
  {
    name: 'old platform version',
    check: 'platform-version',
    task: {ephemeralStorage: {sizeInGiB: 50}},
    prepare: stage => stage.update({platformVersion: '1.3.0'}),
    says: [
      /^`ephemeralStorage` .* needs the Fargate platform version 1\.4\.0, but the service web is pinned to 1\.3\.0/
    ]
  },
  {
    name: 'no subnets',
    check: 'network-configuration',
    task: ON_INSTANCES,
    inputs: {service: 'worker'},
    prepare: stage => stage.createWorker(),
    says: [/^`networkMode` .* is `awsvpc`, but the service worker has no subnets/]
  },
  {
    name: 'container of the load balancer',
    check: 'service-container',
    app: {name: 'web'},
    inputs: {repository: 'web'},
    says: [/^The service web sends the requests of web to the container `app`, but the definition .* only `web`/]
  },
  {
    name: 'port of the load balancer',
    check: 'service-port',
    app: {portMappings: [{containerPort: 3000}]},
    says: [/sends the requests of web to the port 8080 of the container `app`, which .* does not have/]
  },
  {
    name: 'port name of Service Connect',
    check: 'port-name',
    prepare: stage =>
      stage.update({serviceConnectConfiguration: {enabled: true, namespace: 'web', services: [{portName: 'http'}]}}),
    says: [/^The service web offers the port `http` by Service Connect, but no port mapping/]
  },
  {
    name: 'target group missing',
    check: 'target-group',
    prepare: stage => {
      stage.aws.emulator.targetGroups.delete(groupOf(stage).arn)
    },
    says: [/^There is no target group web any more/]
  },
  {
    name: 'target type',
    check: 'target-type',
    prepare: stage => stage.aws.emulator.targetGroups.create({...groupOf(stage), targetType: 'instance'}),
    says: [/^`networkMode` .* is `awsvpc`, but the target group web .* has the target type `instance`/]
  },
  {
    name: 'volume configuration',
    check: 'volume-configuration',
    task: {volumes: [{name: 'data', configuredAtLaunch: true}]},
    says: [/^`volumes\[0\]` .* is configured at launch, but the service web has no volume configuration/]
  },
  {
    name: 'ECS Exec without a task role',
    check: 'execute-command-role',
    prepare: stage => stage.update({enableExecuteCommand: true}),
    says: [/has no `taskRoleArn`, but the service web has ECS Exec switched on/]
  },
  {
    name: 'no room to roll',
    check: 'deployment-steps',
    prepare: noRoom,
    says: [/^The service web cannot roll: of 2 desired, its minimum of 100 % keeps 2 running/]
  },
  {
    name: 'older run',
    check: 'older-run',
    prepare: tagAsNewerRun,
    says: [/^web runs web:1, which a newer run of this repository released .*: this run is older/]
  },
  {
    name: 'deployment in flight',
    check: 'deployment-in-flight',
    inputs: {'on-conflict': 'fail'},
    prepare: stage => stage.update({forceNewDeployment: true}),
    says: [/^web has a deployment of web:1, .* on its way: `on-conflict: fail` stops this release/]
  }
]

/** Leaves the service `web` no room for one task more, nor for one less. */
export function noRoom(stage: Stage): Promise<void> {
  return stage.update({deploymentConfiguration: {minimumHealthyPercent: 100, maximumPercent: 100}})
}

function groupOf({aws: {emulator}}: Stage): TargetGroup {
  const [group] = emulator.targetGroups.all()
  if (group === undefined) throw new TypeError('The service has a target group')
  return group
}

async function tagAsNewerRun({aws: {emulator}, client}: Stage): Promise<void> {
  const tags = [
    {key: 'ecs-release:repository', value: 'octo-org/web'},
    {key: 'ecs-release:run', value: 'https://github.com/octo-org/web/actions/runs/1658821499/attempts/1'}
  ]
  const resourceArn = `arn:aws:ecs:${emulator.region}:${emulator.account}:task-definition/web:1`
  await client.send(new TagResourceCommand({resourceArn, tags}))
}
