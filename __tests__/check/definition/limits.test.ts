import {limits, platform, timeouts, ulimits} from '../../../src/check/definition/limits.ts'
import type {JsonObject} from '../../../src/definition/json.ts'
import {fargate} from '../situation.ts'
import {ec2WithContainers, finds, withContainers} from './support.ts'

const many = (number: number, make: (index: number) => JsonObject): readonly JsonObject[] =>
  Array.from({length: number}, (_, index) => make(index))
const tags = (number: number): JsonObject => fargate({tags: many(number, index => ({key: `k${index}`, value: ''}))})
const tooMany = (member: string, line: number, number: number, most: number): string =>
  `\`${member}\` (task-definition.json, line ${line}) has ${number} entries, but ECS takes no more than ${most} by its documentation: remove some if it refuses.`

finds(
  limits,
  [
    [tags(51), tooMany('tags', 21, 51, 50)],
    [withContainers(...many(11, () => ({}))), tooMany('containerDefinitions', 10, 11, 10)],
    [
      withContainers({environmentFiles: many(11, index => ({type: 's3', value: `arn:aws:s3:::b/${index}.env`}))}),
      tooMany('containerDefinitions[0].environmentFiles', 19, 11, 10)
    ],
    [
      withContainers({restartPolicy: {enabled: true, ignoredExitCodes: many(51, () => ({}))}}),
      tooMany('containerDefinitions[0].restartPolicy.ignoredExitCodes', 21, 51, 50)
    ],
    [
      fargate({ephemeralStorage: {sizeInGiB: 20}}),
      '`ephemeralStorage.sizeInGiB` (task-definition.json, line 22) is 20, but ECS takes 21 to 200 GiB there: correct it.'
    ],
    [
      fargate({volumes: ['a', 'b'].map(name => ({name, configuredAtLaunch: true}))}),
      "`volumes[1].configuredAtLaunch` (task-definition.json, line 28) is the second volume that is configured at launch, of which a task has one by ECS's documentation: remove one if it refuses."
    ]
  ],
  [tags(50), withContainers(...many(10, () => ({}))), fargate({ephemeralStorage: {sizeInGiB: 200}})]
)

finds(
  timeouts,
  [
    [
      withContainers({startTimeout: 1, stopTimeout: 121, restartPolicy: {enabled: true, restartAttemptPeriod: 59}}),
      '`containerDefinitions[0].startTimeout` (task-definition.json, line 19) is 1, but ECS takes 2 to 120 seconds on Fargate there: correct it.',
      '`containerDefinitions[0].stopTimeout` (task-definition.json, line 20) is 121, but ECS takes 2 to 120 seconds on Fargate there: correct it.',
      '`containerDefinitions[0].restartPolicy.restartAttemptPeriod` (task-definition.json, line 23) is 59, but ECS takes 60 to 1800 seconds there: correct it.'
    ]
  ],
  [
    withContainers({startTimeout: 120, stopTimeout: 2, restartPolicy: {enabled: true, restartAttemptPeriod: 60}}),
    ec2WithContainers({startTimeout: 600, stopTimeout: 600})
  ]
)

const ulimit = (softLimit: number, hardLimit: number): JsonObject => ({
  ulimits: [{name: 'nofile', softLimit, hardLimit}]
})

finds(
  ulimits,
  [
    [
      withContainers(ulimit(2048, 1024)),
      '`containerDefinitions[0].ulimits[0].softLimit` (task-definition.json, line 22) is 2048, above the `hardLimit` of 1024, so that Docker cannot start the container: lower it, or raise that.'
    ],
    [
      withContainers(ulimit(65_535, 2_000_000)),
      '`containerDefinitions[0].ulimits[0].hardLimit` (task-definition.json, line 23) is 2000000, but Fargate has no more than 1048576 open files by its documentation: lower it.'
    ]
  ],
  [
    withContainers(ulimit(65_535, 1_048_576)),
    ec2WithContainers(ulimit(65_535, 2_000_000)),
    ec2WithContainers(ulimit(1024, -1))
  ]
)

const on = (operatingSystemFamily: string, cpuArchitecture: string): JsonObject =>
  fargate({runtimePlatform: {operatingSystemFamily, cpuArchitecture}})

finds(
  platform,
  [
    [
      on('WINDOWS_SERVER_2022_CORE', 'ARM64'),
      '`runtimePlatform.cpuArchitecture` (task-definition.json, line 23) is `ARM64`, but ECS runs Windows only on `X86_64`: correct one of the two.'
    ]
  ],
  [on('WINDOWS_SERVER_2022_CORE', 'X86_64'), on('LINUX', 'ARM64'), fargate()]
)
