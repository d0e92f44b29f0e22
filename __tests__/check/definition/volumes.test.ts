import {mountPoints, volumes} from '../../../src/check/definition/volumes.ts'
import type {JsonObject} from '../../../src/definition/json.ts'
import {fargate} from '../situation.ts'
import {finds, withContainers} from './support.ts'

const mounting = (sourceVolume: string, ...names: readonly string[]): JsonObject => ({
  ...withContainers({mountPoints: [{sourceVolume, containerPath: '/data'}]}),
  volumes: names.map(name => ({name}))
})

finds(
  mountPoints,
  [
    [
      mounting('dta', 'data', 'logs'),
      '`containerDefinitions[0].mountPoints[0].sourceVolume` (task-definition.json, line 21) is `dta`, but `volumes` of the task definition has no such one: did you mean `data`?'
    ],
    [
      mounting('cache', 'data', 'logs'),
      '`containerDefinitions[0].mountPoints[0].sourceVolume` (task-definition.json, line 21) is `cache`, but `volumes` of the task definition has no such one: it has `data` and `logs`, so add it.'
    ],
    [
      mounting('cache'),
      '`containerDefinitions[0].mountPoints[0].sourceVolume` (task-definition.json, line 21) is `cache`, but `volumes` of the task definition has no such one: it has none, so add it.'
    ]
  ],
  [mounting('data', 'data'), mounting('')]
)

const volume = (...all: readonly JsonObject[]): JsonObject =>
  fargate({volumes: all.map((members, index) => ({name: `v${index}`, ...members}))})
const efs = (members: JsonObject): JsonObject => volume({efsVolumeConfiguration: {fileSystemId: 'fs-1', ...members}})

finds(
  volumes,
  [
    [
      volume({host: {sourcePath: '/x'}, efsVolumeConfiguration: {fileSystemId: 'fs-1'}}),
      '`volumes[0]` (task-definition.json, line 22) has `host` and `efsVolumeConfiguration`, but a volume is of one kind: leave one.'
    ],
    [
      efs({authorizationConfig: {accessPointId: 'fsap-1'}}),
      '`volumes[0].efsVolumeConfiguration` (task-definition.json, line 24) uses an access point, which needs encryption in transit: set `transitEncryption` to `ENABLED`.'
    ],
    [
      efs({authorizationConfig: {iam: 'ENABLED'}, transitEncryption: 'DISABLED'}),
      '`volumes[0].efsVolumeConfiguration` (task-definition.json, line 24) uses authorization by IAM, which needs encryption in transit: set `transitEncryption` to `ENABLED`.'
    ],
    [
      efs({authorizationConfig: {accessPointId: 'fsap-1'}, transitEncryption: 'ENABLED', rootDirectory: '/data'}),
      '`volumes[0].efsVolumeConfiguration.rootDirectory` (task-definition.json, line 30) is set, but with an access point the root directory is that of the access point: leave it out.'
    ],
    [
      volume({
        s3filesVolumeConfiguration: {fileSystemArn: 'arn:aws:s3files:eu-central-1:111122223333:file-system/fs-1'}
      }),
      '`volumes[0].s3filesVolumeConfiguration` (task-definition.json, line 24) needs a `taskRoleArn` with which the task reads the bucket, and the task definition has none: add it.'
    ]
  ],
  [
    volume({host: {}}, {configuredAtLaunch: true}, {host: {}, efsVolumeConfiguration: {fileSystemId: 'fs-1'}}),
    efs({rootDirectory: '/data'}),
    efs({
      authorizationConfig: {accessPointId: 'fsap-1', iam: 'ENABLED'},
      transitEncryption: 'ENABLED',
      rootDirectory: '/'
    }),
    {...volume({s3filesVolumeConfiguration: {fileSystemArn: 'x'}}), taskRoleArn: 'arn:aws:iam::111122223333:role/web'}
  ]
)
