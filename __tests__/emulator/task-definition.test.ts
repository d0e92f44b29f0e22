import {readdirSync, readFileSync} from 'node:fs'
import {
  type ContainerDefinition,
  DeregisterTaskDefinitionCommand,
  DescribeTaskDefinitionCommand,
  ListTaskDefinitionFamiliesCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionRequest
} from '@aws-sdk/client-ecs'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {account, arn, EcsStage, fargate} from './ecs-support.ts'

let stage: EcsStage

beforeEach(async () => {
  stage = await EcsStage.open()
})

afterEach(async () => {
  await stage.close()
})

const image = 'example.org/web:1'
const ecrImage = `${account}.dkr.ecr.eu-central-1.amazonaws.com/web:1`

async function refusal(request: unknown): Promise<string> {
  try {
    await stage.client.send(new RegisterTaskDefinitionCommand(request as RegisterTaskDefinitionRequest))
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
  return 'accepted'
}

const onFargate = (change: object): object => ({...fargate(image), ...change})
const onBridge = (...containers: Partial<ContainerDefinition>[]): object => ({
  family: 'web',
  containerDefinitions: containers.map((container, index) => ({name: `c${index}`, image, memory: 64, ...container}))
})

const onFargateWith = (container: object): object =>
  onFargate({containerDefinitions: [{name: 'app', image, ...container}]})

const secret = {name: 'TOKEN', valueFrom: 'token'}
const awslogs = {logDriver: 'awslogs', options: {'awslogs-group': '/web', 'awslogs-region': 'eu-central-1'}}

describe('RegisterTaskDefinition refuses', () => {
  test.each<[string, object]>([
    ['Family contains invalid characters.', {...onBridge({}), family: 'a/b'}],
    ['Container list cannot be empty.', onBridge()],
    ['Container.name should not be null or empty.', onBridge({name: ''})],
    ['Container.name contains invalid characters.', onBridge({name: 'a b'})],
    ["Duplicate container name 'a'. Each container name must be unique.", onBridge({name: 'a'}, {name: 'a'})],
    ['Container.image should not be null or empty.', onBridge({image: ''})],
    ['Container.image contains invalid characters.', onBridge({image: '<IMAGE>'})],
    ['Container.image contains invalid characters.', onBridge({image: '$IMAGE'})],
    ['Container.image contains invalid characters.', onBridge({image: 'web:1 '})],
    ['Container.image contains invalid characters.', onBridge({image: 'web@sha256:12'})],
    ['Container.image repository should be 255 characters or less.', onBridge({image: 'a'.repeat(256)})],
    ['At least one container must be essential.', onBridge({essential: false})],
    [
      "Invalid setting for container 'c0'. At least one of 'memory' or 'memoryReservation' must be specified.",
      onBridge({memory: undefined})
    ],
    ["Invalid 'cpu' setting for task.", onFargate({cpu: 'much'})],
    ["Invalid 'memory' setting for task.", onFargate({memory: '512MB'})],
    [
      "The 'memory' setting for container 'app' is greater than for the task.",
      onFargate({containerDefinitions: [{name: 'app', image, memory: 1024}]})
    ],
    ["Fargate only supports network mode 'awsvpc'.", onFargate({networkMode: undefined})],
    ["Fargate requires that 'cpu' be defined at the task level.", onFargate({cpu: undefined})],
    [
      "Fargate requires that 'memory' be defined at the task level.",
      onFargate({memory: undefined, containerDefinitions: [{name: 'app', image, memory: 512}]})
    ],
    [
      'No Fargate configuration exists for given values: 256 CPU, 3072 memory. See the Amazon ECS documentation for the valid values.',
      onFargate({memory: '3 GB'})
    ],
    [
      'Fargate requires task definition to have execution role ARN to support ECR images.',
      {...fargate(ecrImage), executionRoleArn: undefined}
    ],
    [
      'Fargate requires task definition to have execution role ARN to support log driver awslogs.',
      onFargate({executionRoleArn: undefined, containerDefinitions: [{name: 'app', image, logConfiguration: awslogs}]})
    ],
    [
      "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'.",
      onFargate({pidMode: 'host'})
    ],
    [
      'Fargate compatible task definitions do not support privileged.',
      onFargate({containerDefinitions: [{name: 'app', image, privileged: true}]})
    ],
    [
      'Tasks using the Fargate launch type must have a container stop timeout of less than 120 seconds.',
      onFargate({containerDefinitions: [{name: 'app', image, stopTimeout: 121}]})
    ],
    [
      'Log driver awslogs requires options: awslogs-stream-prefix',
      onFargate({containerDefinitions: [{name: 'app', image, logConfiguration: awslogs}]})
    ],
    [
      'Log driver awslogs requires options: awslogs-region, awslogs-group',
      onBridge({logConfiguration: {logDriver: 'awslogs'}})
    ],
    [
      "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
      onBridge({secrets: [secret]})
    ],
    [
      'Duplicate secret names found: TOKEN. Each secret name must be unique.',
      {...onBridge({secrets: [secret, secret]}), executionRoleArn: 'arn:aws:iam::1:role/a'}
    ],
    [
      'The Systems Manager parameter name specified for secret TOKEN is invalid',
      {
        ...onBridge({secrets: [{...secret, valueFrom: 'token:key::'}]}),
        executionRoleArn: 'arn:aws:iam::1:role/a'
      }
    ],
    [
      'When networkMode=awsvpc, the host ports and container ports in port mappings must match.',
      onFargate({containerDefinitions: [{name: 'app', image, portMappings: [{containerPort: 80, hostPort: 81}]}]})
    ],
    [
      "Cannot depend on container + 'db' because it does not exist",
      onBridge({dependsOn: [{containerName: 'db', condition: 'START'}]})
    ],
    [
      'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container',
      onBridge({}, {dependsOn: [{containerName: 'c0', condition: 'SUCCESS'}]})
    ],
    [
      'A dependency container with HEALTHY condition must have health check configured',
      onBridge({}, {dependsOn: [{containerName: 'c0', condition: 'HEALTHY'}]})
    ],
    [
      "Container 'c0' depends on itself through its dependencies.",
      onBridge(
        {dependsOn: [{containerName: 'c1', condition: 'START'}]},
        {dependsOn: [{containerName: 'c0', condition: 'START'}]}
      )
    ],
    ["Unknown volume 'data'.", onBridge({mountPoints: [{sourceVolume: 'data', containerPath: '/data'}]})],
    [
      'Tasks using the Fargate launch type must have a container stop timeout of less than 120 seconds.',
      onFargateWith({stopTimeout: 1})
    ],
    [
      "Invalid setting for container 'c0'. 'memory' must be greater than 'memoryReservation'.",
      onBridge({memory: 64, memoryReservation: 64})
    ],
    [
      "Invalid setting for container 'c0'. 'memory' and 'memoryReservation' must be at least 6 MiB.",
      onBridge({memory: 5})
    ],
    [
      'No Fargate configuration exists for given values: 256 CPU, 512 memory. See the Amazon ECS documentation for the valid values.',
      onFargate({runtimePlatform: {operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE'}})
    ],
    [
      "Invalid setting for container 'c0'. Ports must be between 1 and 65535.",
      onBridge({portMappings: [{containerPort: 65_536}]})
    ],
    [
      "Invalid setting for container 'c0'. The 'containerPortRange' 90-80 is invalid.",
      onBridge({portMappings: [{containerPortRange: '90-80'}]})
    ],
    [
      "Invalid setting for container 'c0'. The 'containerPortRange' 80-90, 90-99 is invalid.",
      onBridge({portMappings: [{containerPortRange: '80-90'}, {containerPortRange: '90-99'}]})
    ],
    [
      "Invalid setting for container 'c0'. A 'containerPortRange' is not supported when networkMode=host.",
      {...onBridge({portMappings: [{containerPortRange: '80-90'}]}), networkMode: 'host'}
    ],
    [
      "Invalid setting for container 'c0'. The environment file 'arn:aws:s3:::settings/web.txt' must end with .env.",
      onBridge({environmentFiles: [{type: 's3', value: 'arn:aws:s3:::settings/web.txt'}]})
    ],
    [
      'syslog is not a valid log driver for tasks using the Managed Instances launch type.',
      {...onBridge({logConfiguration: {logDriver: 'syslog'}}), requiresCompatibilities: ['MANAGED_INSTANCES']}
    ],
    [
      "Volume 'data' must have no 'rootDirectory' but / to use an access point.",
      {
        ...onBridge({}),
        volumes: [
          {
            name: 'data',
            efsVolumeConfiguration: {
              fileSystemId: 'fs-1',
              rootDirectory: '/data',
              transitEncryption: 'ENABLED',
              authorizationConfig: {accessPointId: 'fsap-1'}
            }
          }
        ]
      }
    ],
    [
      'A volume of S3 Files requires a task role.',
      {...onBridge({}), volumes: [{name: 'data', s3filesVolumeConfiguration: {fileSystemArn: 'arn:aws:s3files:1'}}]}
    ],
    ['Tags can not be empty.', {...onBridge({}), tags: []}],
    ['A task definition can have at most 10 containers.', onBridge(...Array.from({length: 11}, () => ({})))],
    [
      "1 validation error detected: Value 'x86_64' at 'runtimePlatform.cpuArchitecture' failed to satisfy constraint: " +
        'Member must satisfy enum value set: [ARM64, X86_64]',
      {...onBridge({}), runtimePlatform: {cpuArchitecture: 'x86_64'}}
    ],
    [
      "1 validation error detected: Value 'TCP' at 'containerDefinitions.2.member.portMappings.1.member.protocol' " +
        'failed to satisfy constraint: Member must satisfy enum value set: [tcp, udp]',
      onBridge({}, {portMappings: [{containerPort: 80, protocol: 'TCP' as 'tcp'}]})
    ]
  ])('%s', async (text, request) => {
    expect(await refusal(request)).toBe(`ClientException: ${text}`)
  })

  test('more than 64 KiB', async () => {
    const environment = [{name: 'LONG', value: 'x'.repeat(65_536)}]
    expect(await refusal(onBridge({environment}))).toMatch(
      /^ClientException: Actual length: '65\d\d\d'\. Max allowed length is '65536' bytes\.$/
    )
  })
})

describe('RegisterTaskDefinition', () => {
  test('fills in what ECS fills in', async () => {
    const request = onFargate({
      cpu: '.25 vCPU',
      memory: '0.5GB',
      containerDefinitions: [
        {
          name: 'app',
          image: ecrImage,
          portMappings: [{containerPort: 8080}],
          healthCheck: {command: ['CMD', 'true']}
        }
      ]
    }) as RegisterTaskDefinitionRequest
    const {taskDefinition} = await stage.client.send(new RegisterTaskDefinitionCommand(request))
    expect(taskDefinition).toEqual({
      ...request,
      cpu: '256',
      memory: '512',
      taskDefinitionArn: arn('task-definition/web:1'),
      revision: 1,
      status: 'ACTIVE',
      volumes: [],
      placementConstraints: [],
      compatibilities: ['EC2', 'FARGATE', 'MANAGED_INSTANCES'],
      requiresAttributes: [
        {name: 'com.amazonaws.ecs.capability.docker-remote-api.1.18'},
        {name: 'com.amazonaws.ecs.capability.ecr-auth'},
        {name: 'ecs.capability.execution-role-ecr-pull'},
        {name: 'ecs.capability.container-health-check'},
        {name: 'ecs.capability.task-eni'}
      ],
      registeredAt: new Date(stage.clock.now()),
      registeredBy: `arn:aws:iam::${account}:user/deployer`,
      containerDefinitions: [
        {
          name: 'app',
          image: ecrImage,
          cpu: 0,
          essential: true,
          environment: [],
          mountPoints: [],
          volumesFrom: [],
          systemControls: [],
          portMappings: [{containerPort: 8080, hostPort: 8080, protocol: 'tcp'}],
          healthCheck: {command: ['CMD', 'true'], interval: 30, timeout: 5, retries: 3}
        }
      ]
    })
  })

  test('gives bridge networks a dynamic host port', async () => {
    const request = onBridge({portMappings: [{containerPort: 80}]}) as RegisterTaskDefinitionRequest
    const {taskDefinition} = await stage.client.send(new RegisterTaskDefinitionCommand(request))
    expect(taskDefinition?.containerDefinitions?.[0]?.portMappings).toEqual([
      {containerPort: 80, hostPort: 0, protocol: 'tcp'}
    ])
    expect(taskDefinition?.compatibilities).toEqual(['EXTERNAL', 'EC2'])
  })

  test('gives the container port for a host port of 0 where both are one', async () => {
    const portMappings = [{containerPort: 80, hostPort: 0}]
    const request = onFargateWith({portMappings}) as RegisterTaskDefinitionRequest
    const {taskDefinition} = await stage.client.send(new RegisterTaskDefinitionCommand(request))
    expect(taskDefinition?.containerDefinitions?.[0]?.portMappings).toEqual([
      {containerPort: 80, hostPort: 80, protocol: 'tcp'}
    ])
  })

  test('may refuse an empty list of tags by another name', async () => {
    stage.ecs.variants.emptyTagsError = 'InvalidParameterException'
    expect(await refusal({...onBridge({}), tags: []})).toBe('InvalidParameterException: Tags can not be empty.')
  })

  test('counts revisions up, also of equal definitions and after deregistration', async () => {
    expect(await stage.define('ok')).toBe(arn('task-definition/web:1'))
    await stage.client.send(new DeregisterTaskDefinitionCommand({taskDefinition: 'web:1'}))
    expect(await stage.define('ok')).toBe(arn('task-definition/web:2'))
  })

  test('keeps tags apart from the definition', async () => {
    const tags = [{key: 'commit', value: 'abc'}]
    const answer = await stage.client.send(new RegisterTaskDefinitionCommand({...fargate(image), tags}))
    expect(answer.tags).toEqual(tags)
    const describeWith = async (include: 'TAGS'[]) =>
      (await stage.client.send(new DescribeTaskDefinitionCommand({taskDefinition: 'web', include}))).tags
    expect(await describeWith([])).toBeUndefined()
    expect(await describeWith(['TAGS'])).toEqual(tags)
  })
})

describe('task definitions', () => {
  beforeEach(async () => {
    for (const tag of ['1', '2', '3']) await stage.define(tag)
    await stage.define('1', {family: 'api'})
    await stage.client.send(new DeregisterTaskDefinitionCommand({taskDefinition: arn('task-definition/web:3')}))
  })

  test.each([
    ['web', 2],
    ['web:1', 1],
    ['web:3', 3],
    [arn('task-definition/web:2'), 2]
  ])('%s is found', async (taskDefinition, revision) => {
    const answer = await stage.client.send(new DescribeTaskDefinitionCommand({taskDefinition}))
    expect(answer.taskDefinition?.revision).toBe(revision)
  })

  test.each(['none', 'web:4', 'web:01'])('%s is not found', async taskDefinition => {
    await expect(stage.client.send(new DescribeTaskDefinitionCommand({taskDefinition}))).rejects.toMatchObject({
      name: 'ClientException',
      message: 'Unable to describe task definition.'
    })
  })

  test.each([
    ['web', 'Revision is missing.'],
    ['web:x', 'Invalid revision number. Number: x']
  ])('%s cannot be deregistered', async (taskDefinition, message) => {
    await expect(stage.client.send(new DeregisterTaskDefinitionCommand({taskDefinition}))).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message
    })
  })

  test('are listed by family and revision, page by page', async () => {
    const all = await stage.client.send(new ListTaskDefinitionsCommand({}))
    const names = (arns: string[] | undefined) => arns?.map(each => each.split('/').at(-1))
    expect(names(all.taskDefinitionArns)).toEqual(['api:1', 'web:1', 'web:2'])
    const first = await stage.client.send(
      new ListTaskDefinitionsCommand({familyPrefix: 'web', sort: 'DESC', maxResults: 1})
    )
    expect(names(first.taskDefinitionArns)).toEqual(['web:2'])
    const {taskDefinitionArns, nextToken} = await stage.client.send(
      new ListTaskDefinitionsCommand({familyPrefix: 'web', sort: 'DESC', maxResults: 1, nextToken: first.nextToken})
    )
    expect([names(taskDefinitionArns), nextToken]).toEqual([['web:1'], undefined])
    const inactive = await stage.client.send(new ListTaskDefinitionsCommand({status: 'INACTIVE'}))
    expect(names(inactive.taskDefinitionArns)).toEqual(['web:3'])
  })

  test('have families', async () => {
    const families = async (familyPrefix: string) =>
      (await stage.client.send(new ListTaskDefinitionFamiliesCommand({familyPrefix, status: 'ACTIVE'}))).families
    expect([await families(''), await families('w')]).toEqual([['api', 'web'], ['web']])
  })
})

describe('definitions of real repositories', () => {
  const corpus = new URL('../corpus/', import.meta.url)
  const noFamily = 'ClientException: Family can not be blank.'
  const noTags = 'ClientException: Tags can not be empty.'
  const textForNumber = 'SerializationException: STRING_VALUE cannot be converted to Integer'
  const wrongArchitecture =
    "ClientException: 1 validation error detected: Value 'x86_64' at 'runtimePlatform.cpuArchitecture' failed to satisfy " +
    'constraint: Member must satisfy enum value set: [ARM64, X86_64]'
  /** What is wrong with a file, by its number, once it has an image. */
  const faults: Readonly<Record<string, string>> = {
    '02': noTags,
    '10': "ClientException: Invalid setting for container 'mongodb'. At least one of 'memory' or 'memoryReservation' must be specified.",
    '15': noTags,
    '18': textForNumber,
    '21': noFamily,
    '22': textForNumber,
    '24': textForNumber,
    '26': noTags,
    '27': "ClientException: The 'memory' setting for container 'banbury-backend-dev' is greater than for the task.",
    '29': noTags,
    '42':
      "ClientException: 1 validation error detected: Value 'none' at 'containerDefinitions.1.member.logConfiguration.logDriver' " +
      'failed to satisfy constraint: Member must satisfy enum value set: ' +
      '[awsfirelens, awslogs, fluentd, gelf, journald, json-file, splunk, syslog]',
    '46': noFamily,
    '48': wrongArchitecture,
    '49': wrongArchitecture,
    '55': noTags,
    '56': noTags,
    '58': noTags,
    '61': noTags,
    '64': noFamily
  }
  const brokenJson = ['43', '44']

  const files = readdirSync(corpus).filter(file => file.endsWith('.json') && !brokenJson.includes(file.slice(0, 2)))
  test.each(files)('%s', async file => {
    const parsed: unknown = JSON.parse(readFileSync(new URL(file, corpus), 'utf8'))
    expect(await refusal(withImages(parsed))).toBe(faults[file.slice(0, 2)] ?? 'accepted')
  })

  function withImages(parsed: unknown): unknown {
    const wrapped = parsed as {taskDefinition?: object}
    const definition = structuredClone(wrapped.taskDefinition ?? wrapped) as {containerDefinitions?: {image?: string}[]}
    for (const container of definition.containerDefinitions ?? []) container.image = image
    return definition
  }
})
