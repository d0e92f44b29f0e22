import type {Mistake} from '../mistake.ts'

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:web-database-AbCdEf'

/** What is wrong in the definition alone. */
export const inDefinition: readonly Mistake[] = [
  {
    name: 'task size',
    check: 'task-size',
    task: {cpu: 'half'},
    says: [/^`cpu` .* is "half", which ECS cannot read/]
  },
  {
    name: 'size that Fargate does not have',
    check: 'fargate-size',
    task: {memory: '3072'},
    says: [/^`memory` .* is 3072, but with a `cpu` of 256 Fargate has 512, 1024 and 2048 MiB/]
  },
  {
    name: 'network mode on Fargate',
    check: 'fargate-network-mode',
    task: {networkMode: 'bridge'},
    says: [/^`networkMode` .* is `bridge`, but Fargate runs only `awsvpc`/]
  },
  {
    name: 'privileged on Fargate',
    check: 'fargate-refused',
    app: {privileged: true},
    says: [/^`containerDefinitions\[0\]\.privileged` .* is set, which Fargate refuses/]
  },
  {
    name: 'Windows on ARM64',
    check: 'platform',
    task: {
      requiresCompatibilities: ['EC2'],
      networkMode: undefined,
      runtimePlatform: {cpuArchitecture: 'ARM64', operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE'}
    },
    inputs: {service: 'worker'},
    prepare: stage => stage.createWorker(),
    says: [/^`runtimePlatform\.cpuArchitecture` .* is `ARM64`, but ECS runs Windows only on `X86_64`/]
  },
  {
    name: 'no execution role',
    check: 'execution-role',
    task: {executionRoleArn: undefined},
    says: [/has no `executionRoleArn`/]
  },
  {
    name: 'memory below its reservation',
    check: 'container-memory',
    app: {memory: 256, memoryReservation: 300},
    says: [/^`containerDefinitions\[0\]\.memory` .* is 256, less than the `memoryReservation` of 300/]
  },
  {
    name: 'container larger than the task',
    check: 'containers-fit',
    app: {memory: 1024},
    says: [/^`containerDefinitions\[0\]\.memory` .* is 1024 MiB, more than the `memory` of the task, 512/]
  },
  {
    name: 'no essential container',
    check: 'essential',
    app: {essential: false},
    says: [/^`containerDefinitions\[0\]\.essential` .* is false as in every container/]
  },
  {
    name: 'containers of the same name',
    check: 'container-names',
    task: {containerDefinitions: [web(), web()]},
    inputs: {'container-name': 'app'},
    says: [/^`containerDefinitions\[1\]\.name` .* is `app`, as another container is called/]
  },
  {
    name: 'image that is no reference',
    check: 'image-reference',
    task: {containerDefinitions: [web(), {name: 'proxy', image: 'the proxy'}]},
    inputs: {'container-name': 'app'},
    says: [/^`containerDefinitions\[1\]\.image` .* is `the proxy`, which is no reference to an image/]
  },
  {
    name: 'secret named like a variable',
    check: 'secret-names',
    app: {environment: [{name: 'STAGE', value: 'test'}], secrets: [{name: 'STAGE', valueFrom: SECRET}]},
    says: [/^`containerDefinitions\[0\]\.secrets\[0\]\.name` .* is `STAGE`, which is in the `environment`/]
  },
  {
    name: 'key of a secret behind a name',
    check: 'secret-reference',
    app: {secrets: [{name: 'DATABASE', valueFrom: 'web-database:url::'}]},
    says: [/^`containerDefinitions\[0\]\.secrets\[0\]\.valueFrom` .* is no ARN but has the key of a secret behind it/]
  },
  {
    name: 'host port',
    check: 'port-mappings',
    app: {portMappings: [{containerPort: 8080, hostPort: 80}]},
    says: [/^`containerDefinitions\[0\]\.portMappings\[0\]\.hostPort` .* is 80, but .* only be the `containerPort`/]
  },
  {
    name: 'log driver on Fargate',
    check: 'log-driver',
    app: {logConfiguration: {logDriver: 'json-file'}},
    says: [/^`containerDefinitions\[0\]\.logConfiguration\.logDriver` .* is `json-file`, but Fargate has only/]
  },
  {
    name: 'options of the log driver',
    check: 'log-options',
    app: {logConfiguration: {logDriver: 'awslogs', options: {'awslogs-region': 'eu-central-1'}}},
    says: [/without `awslogs-group` and `awslogs-stream-prefix`, which it needs/]
  },
  {
    name: 'health check',
    check: 'health-check',
    app: {healthCheck: {command: ['CMD-SHELL', 'curl -f http://localhost:8080/health'], interval: 1}},
    says: [/^`containerDefinitions\[0\]\.healthCheck\.interval` .* is 1, but ECS takes 5 to 300 seconds/]
  },
  {
    name: 'dependency on a container',
    check: 'depends-on',
    app: {dependsOn: [{containerName: 'database', condition: 'START'}]},
    says: [/^`containerDefinitions\[0\]\.dependsOn\[0\]\.containerName` .* is `database`, but the task has no such/]
  },
  {
    name: 'mount point',
    check: 'mount-points',
    app: {mountPoints: [{sourceVolume: 'data', containerPath: '/data'}]},
    says: [/^`containerDefinitions\[0\]\.mountPoints\[0\]\.sourceVolume` .* is `data`, but `volumes`/]
  },
  {
    name: 'volume without encryption',
    check: 'volumes',
    task: {
      volumes: [
        {
          name: 'data',
          efsVolumeConfiguration: {fileSystemId: 'fs-0123456789abcdef0', authorizationConfig: {iam: 'ENABLED'}}
        }
      ]
    },
    says: [/^`volumes\[0\]\.efsVolumeConfiguration` .* uses authorization by IAM, which needs encryption/]
  },
  {
    name: 'timeout',
    check: 'timeouts',
    app: {stopTimeout: 300},
    says: [/^`containerDefinitions\[0\]\.stopTimeout` .* is 300, but ECS takes 2 to 120 seconds on Fargate/]
  },
  {
    name: 'definition too large',
    check: 'definition-size',
    app: {dockerLabels: {note: 'x'.repeat(65_536)}},
    says: [/^The task definition `task-definition\.json` has \d+ bytes when rendered, but ECS takes no more than 65536/]
  },
  {
    name: 'ARN of a secret',
    check: 'secret-arn',
    app: {secrets: [{name: 'DATABASE', valueFrom: `${SECRET}:url`}]},
    says: [/is the ARN of a secret with the wrong number of parts behind it/]
  },
  {
    name: 'secret missing',
    check: 'secret',
    app: {secrets: [{name: 'DATABASE', valueFrom: SECRET.replace('database', 'databse')}]},
    says: [/names the secret `web-databse-AbCdEf`, which does not exist/]
  },
  {
    name: 'parameter missing',
    check: 'parameter',
    app: {secrets: [{name: 'DATABASE', valueFrom: '/web/database'}]},
    says: [/names a parameter of Systems Manager, which does not exist/]
  },
  {
    name: 'image for another platform',
    check: 'image-platform',
    inputs: {platforms: process.arch === 'arm64' ? 'linux/amd64' : 'linux/arm64'},
    says: [/^The input `platforms` has the image built for linux\/\w+, but .*, so no task would start/]
  }
]

/** A container that the service can send requests to. */
function web(): object {
  return {name: 'app', image: '<IMAGE>', portMappings: [{containerPort: 8080}]}
}
