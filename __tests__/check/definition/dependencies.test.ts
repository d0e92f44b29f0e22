import {dependsOn, references} from '../../../src/check/definition/dependencies.ts'
import type {JsonObject} from '../../../src/definition/json.ts'
import {fargate} from '../situation.ts'
import {ec2WithContainers, finds, withContainers} from './support.ts'

const on = (containerName: string, condition: string): JsonObject => ({dependsOn: [{containerName, condition}]})
const CHECKED = {healthCheck: {command: ['CMD', 'true']}}

finds(
  dependsOn,
  [
    [
      withContainers(on('c11', 'START'), {}),
      '`containerDefinitions[0].dependsOn[0].containerName` (task-definition.json, line 21) is `c11`, but the task has no such container: did you mean `c1`?'
    ],
    [
      withContainers(on('database', 'START'), {}),
      '`containerDefinitions[0].dependsOn[0].containerName` (task-definition.json, line 21) is `database`, but the task has no such container: it has `app` and `c1`.'
    ],
    ...['COMPLETE', 'SUCCESS'].map(
      condition =>
        [
          withContainers(on('c1', condition), {}),
          `\`containerDefinitions[0].dependsOn[0].condition\` (task-definition.json, line 22) is \`${condition}\`, but the container \`c1\` is essential, and the task stops when it ends: set its \`essential\` to false, or wait for \`START\` or \`HEALTHY\`.`
        ] as const
    ),
    [
      withContainers(on('c1', 'HEALTHY'), {}),
      '`containerDefinitions[0].dependsOn[0].condition` (task-definition.json, line 22) is `HEALTHY`, but the container `c1` has no `healthCheck` in the task definition; one in the image does not count: add it, or wait for `START`.'
    ],
    [
      withContainers({}, on('c2', 'START'), on('c1', 'START')),
      '`containerDefinitions[1].dependsOn` (task-definition.json, line 28) leads back to `c1` itself, so that none of these containers could start first: break the circle.'
    ],
    [
      withContainers(on('app', 'START')),
      '`containerDefinitions[0].dependsOn` (task-definition.json, line 19) leads back to `app` itself, so that none of these containers could start first: break the circle.'
    ]
  ],
  [
    withContainers(on('c1', 'SUCCESS'), {essential: false}),
    withContainers(on('c1', 'HEALTHY'), CHECKED),
    withContainers(on('c1', 'START'), on('c2', 'START'), {}),
    withContainers({dependsOn: []})
  ]
)

finds(
  references,
  [
    [
      ec2WithContainers({links: ['c1:db', 'redis'], volumesFrom: [{sourceContainer: 'data'}]}, {}),
      '`containerDefinitions[0].links[1]` (task-definition.json, line 15) is `redis`, but the task has no such container: it has `app` and `c1`.',
      '`containerDefinitions[0].volumesFrom[0].sourceContainer` (task-definition.json, line 19) is `data`, but the task has no such container: it has `app` and `c1`.'
    ],
    [
      fargate({proxyConfiguration: {type: 'APPMESH', containerName: 'envoy'}}),
      '`proxyConfiguration.containerName` (task-definition.json, line 23) is `envoy`, but the task has no such container: it has `app`.'
    ],
    [
      withContainers({hostname: 'web'}),
      '`containerDefinitions[0].hostname` (task-definition.json, line 19) is set, which by its documentation the `networkMode` `awsvpc` does not have: remove it.'
    ]
  ],
  [
    ec2WithContainers({links: ['c1', 'c1:db'], hostname: 'web'}, {volumesFrom: [{sourceContainer: 'app'}]}),
    fargate({proxyConfiguration: {type: 'APPMESH', containerName: 'app'}})
  ]
)
