import {expect, test} from '@jest/globals'
import {explainRefusal} from '../../src/definition/refusal.ts'
import {definition} from './support.ts'

const TEXT = `{
  "family": "web",
  "cpu": "256",
  "memory": "3072",
  "networkMode": "bridge",
  "pidMode": "host",
  "executionRoleArn": "execution",
  "containerDefinitions": [
    {"name": "web",
     "image": "web:1",
     "portMappings": [{"containerPort": 80},
                      {"containerPort": 81, "hostPort": 82}],
     "secrets": [{"name": "A", "valueFrom": "a"},
                 {"name": "B", "valueFrom": "b:key::"}]},
    {"name": "redis",
     "memory": 4096,
     "image": "<IMAGE>",
     "dependsOn": [{"containerName": "db", "condition": "START"}]}
  ],
  "taskRoleArn": "arn:aws:iam::111122223333:role/gone"
}`

/** How ECS says no: name and message. */
function refusal(message: string, name = 'ClientException'): Error {
  return Object.assign(new Error(message), {name})
}

const REFUSALS: readonly [text: string, line: number, advice: string, fix?: string][] = [
  [
    'No Fargate configuration exists for given values.',
    3,
    'change `cpu` (256) or `memory` (3072) to a pair that Fargate has, such as 256 with 512, 1024 or 2048, 512 with 1024 to 4096, 1024 with 2048 to 8192'
  ],
  [
    'No Fargate configuration exists for given values: 256 CPU, 3072 memory. See the Amazon ECS documentation for the valid values.',
    3,
    'change `cpu` (256) or `memory` (3072) to a pair that Fargate has, such as 256 with 512, 1024 or 2048, 512 with 1024 to 4096, 1024 with 2048 to 8192'
  ],
  ["Invalid 'cpu' setting for task.", 3, 'set `cpu` to CPU units such as "256", or to vCPUs such as "1 vCPU"'],
  [
    "Invalid 'memory' setting for task. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.",
    4,
    'set `memory` to MiB such as "512", or to GB such as "1 GB"'
  ],
  ["Fargate requires that 'cpu' be defined at the task level.", 1, 'add `cpu` beside `family`', '"cpu": "256",'],
  [
    "Fargate requires that 'memory' be defined at the task level.",
    1,
    'add `memory` beside `family`',
    '"memory": "512",'
  ],
  ['Fargate only supports network mode ‘awsvpc’.', 5, 'set `networkMode` to `awsvpc`', '"networkMode": "awsvpc",'],
  ["Fargate only supports network mode 'awsvpc'.", 5, 'set `networkMode` to `awsvpc`', '"networkMode": "awsvpc",'],
  [
    'Fargate requires task definition to have execution role ARN to support ECR images.',
    7,
    'add `executionRoleArn`, the role with which ECS pulls the image, writes logs and reads secrets',
    '"executionRoleArn": "arn:aws:iam::444455556666:role/ecsTaskExecutionRole",'
  ],
  [
    "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    7,
    'add `executionRoleArn`, the role with which ECS pulls the image, writes logs and reads secrets',
    '"executionRoleArn": "arn:aws:iam::444455556666:role/ecsTaskExecutionRole",'
  ],
  [
    'When networkMode=awsvpc, the host ports and container ports in port mappings must match.',
    12,
    'leave `hostPort` out, or make it the same as `containerPort`'
  ],
  [
    "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' must be specified.",
    9,
    'give the container a `memory` in MiB, or give one to the whole task',
    '"memory": 512,'
  ],
  [
    "The 'memory' setting for container 'redis' is greater than for the task.",
    16,
    'lower it to at most the `memory` of the task (3072), or raise that'
  ],
  [
    "The sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'.",
    4,
    'lower what the containers take, or raise `memory` of the task (3072)'
  ],
  [
    'Container.image contains invalid characters.',
    17,
    'put the image there that this container needs, or add it to the input `container-name`'
  ],
  [
    'The Systems Manager parameter name specified for secret B is invalid',
    14,
    'give the full ARN of the secret; only an ARN can have the name of a key behind it'
  ],
  [
    "Cannot depend on container + 'db' because it does not exist",
    18,
    'correct `dependsOn`, or the container that it names'
  ],
  [
    "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'.",
    6,
    'leave `pidMode` out, or set it to `task`'
  ],
  ['Role is not valid', 20, 'check that `taskRoleArn` and `executionRoleArn` are the ARNs of roles that exist'],
  [
    "1 validation error detected: Value 'x' at 'containerDefinitions.2.member.dependsOn.1.member.condition' failed to satisfy constraint: Member must satisfy enum value set: [START]",
    18,
    'correct that value'
  ],
  [
    'A dependency container with HEALTHY condition must have health check configured',
    18,
    'correct `dependsOn`, or the container that it names'
  ],
  ['The sidecar is an independent thing.', 1, 'change the definition accordingly'],
  ['The CPU is greater than what any task of this account may have.', 1, 'change the definition accordingly'],
  ['Something new.', 1, 'change the definition accordingly']
]

test.each(REFUSALS.map(([text, line, advice, fix]) => ({text, line, advice, fix})))(
  '$text',
  ({text, line, advice, fix}) => {
    const caller = {account: '444455556666', arn: 'arn:aws:iam::444455556666:user/ci'}
    const failure = explainRefusal(refusal(text), definition(TEXT), caller)
    expect(failure.message).toBe(
      `ECS refused the task definition (task-definition.json, line ${line}) with “${text}”: ${advice}.`
    )
    expect(failure.place?.line).toBe(line)
    expect(failure.fix).toBe(fix)
  }
)

test('the words of ECS stay on one line', () => {
  const {json} = definition(TEXT)
  const failure = explainRefusal(
    refusal('Bad.\n::error::x', 'InvalidParameterException'),
    {json, name: 'web:41', locate: () => undefined},
    undefined
  )
  expect(failure.message).toBe(
    'ECS refused the task definition (web:41) with “Bad. ::error::x”: change the definition accordingly.'
  )
})

test('what is no refusal of the definition is explained as elsewhere', () => {
  const failure = explainRefusal(refusal('The security token …', 'ExpiredTokenException'), definition(TEXT), undefined)
  expect(failure.message).toMatch(/^The AWS credentials of the job expired while registering the task definition/)
})
