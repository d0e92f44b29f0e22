import {expect, test} from '@jest/globals'
import {
  fireLens,
  logDriver,
  logDriverManagedInstances,
  logMode,
  logOptions
} from '../../../src/check/definition/logs.ts'
import type {JsonObject} from '../../../src/definition/json.ts'
import {situation} from '../situation.ts'
import {ec2WithContainers, finds, withContainers} from './support.ts'

const log = (logDriver: string, options: JsonObject = {}): JsonObject => ({logConfiguration: {logDriver, options}})
const AWSLOGS = {'awslogs-group': '/ecs/web', 'awslogs-region': 'eu-central-1', 'awslogs-stream-prefix': 'ecs'}
const managed = (container: JsonObject): JsonObject => ({
  ...ec2WithContainers(container),
  requiresCompatibilities: ['MANAGED_INSTANCES']
})

finds(
  logDriver,
  [
    [
      withContainers(log('json-file')),
      '`containerDefinitions[0].logConfiguration.logDriver` (task-definition.json, line 20) is `json-file`, but Fargate has only `awslogs`, `awsfirelens` and `splunk`: choose another.'
    ]
  ],
  [
    ...['awslogs', 'awsfirelens', 'splunk', 'newer'].map(driver => withContainers(log(driver))),
    ec2WithContainers(log('json-file')),
    withContainers({})
  ]
)

finds(
  logDriverManagedInstances,
  [
    [
      managed(log('syslog')),
      '`containerDefinitions[0].logConfiguration.logDriver` (task-definition.json, line 14) is `syslog`, but by their documentation ECS Managed Instances have only `awslogs`, `awsfirelens`, `json-file` and `splunk`: choose another.'
    ]
  ],
  [managed(log('json-file')), ec2WithContainers(log('syslog'))]
)

finds(
  logOptions,
  [
    [
      withContainers({logConfiguration: {logDriver: 'awslogs'}}),
      '`containerDefinitions[0].logConfiguration` (task-definition.json, line 19) has the log driver `awslogs` without `awslogs-group`, `awslogs-region` and `awslogs-stream-prefix`, which it needs: add them to `options`.'
    ],
    [
      withContainers(log('awslogs', {...AWSLOGS, 'awslogs-group': '', 'aws-logs-group': '/ecs/web'})),
      '`containerDefinitions[0].logConfiguration` (task-definition.json, line 19) has the log driver `awslogs` without `awslogs-group` (it has `aws-logs-group`), which it needs: add it to `options`.'
    ],
    [
      ec2WithContainers(log('awslogs', {'awslogs-group': '/ecs/web'})),
      '`containerDefinitions[0].logConfiguration` (task-definition.json, line 13) has the log driver `awslogs` without `awslogs-region`, which it needs: add it to `options`.'
    ]
  ],
  [
    withContainers(log('awslogs', AWSLOGS)),
    ec2WithContainers(log('awslogs', {'awslogs-group': '/ecs/web', 'awslogs-region': 'eu-central-1'})),
    withContainers(log('splunk'))
  ]
)

test('what is missing can be pasted', () => {
  const [found] = logOptions.run(situation({definition: withContainers(log('awslogs', {'awslogs-group': '/ecs/web'}))}))
  expect(found?.fix).toBe('"awslogs-region": "eu-central-1",\n"awslogs-stream-prefix": "ecs"')
})

finds(
  logMode,
  [
    [
      withContainers(log('awslogs', {...AWSLOGS, mode: 'nonblocking', 'awslogs-create-group': 'yes'})),
      '`containerDefinitions[0].logConfiguration.options.mode` (task-definition.json, line 25) is neither `blocking` nor `non-blocking`, so that the container may not start: correct it.',
      '`containerDefinitions[0].logConfiguration.options.awslogs-create-group` (task-definition.json, line 26) is neither `true` nor `false`, so that the container may not start: correct it.'
    ],
    [
      withContainers(
        log('awslogs', {...AWSLOGS, 'awslogs-datetime-format': '%Y', 'awslogs-multiline-pattern': '^INFO'})
      ),
      '`containerDefinitions[0].logConfiguration.options.awslogs-multiline-pattern` (task-definition.json, line 26) cannot be used together with `awslogs-datetime-format`: remove one of the two.'
    ]
  ],
  [
    withContainers(log('awslogs', {...AWSLOGS, mode: 'non-blocking', 'awslogs-create-group': 'true'})),
    withContainers(log('awslogs', {...AWSLOGS, 'awslogs-datetime-format': '%Y'}))
  ]
)

finds(
  fireLens,
  [
    [
      withContainers(log('awsfirelens')),
      "`containerDefinitions[0].logConfiguration.logDriver` (task-definition.json, line 20) is `awsfirelens`, but no container has a `firelensConfiguration`, which receives these logs: add the log router's container."
    ]
  ],
  [withContainers(log('awsfirelens'), {firelensConfiguration: {type: 'fluentbit'}}), withContainers(log('awslogs'))]
)
