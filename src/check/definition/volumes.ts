import {type JsonPath, textOf} from '../../definition/json.ts'
import {nearest} from '../../workflow/nearest.ts'
import {bounded, listed, oneLine} from '../../workflow/text.ts'
import {type Check, type Found, memberAt} from '../check.ts'
import type {Situation} from '../situation.ts'
import {containersIn, type Part, partIn, partsIn, textIn} from './parts.ts'

export const mountPoints: Check = {
  name: 'mount-points',
  finds: 'a mount point of a volume that the task definition does not have',
  level: 'error',
  needs: [],
  run: situation =>
    containersIn(situation)
      .flatMap(container => partsIn(container, 'mountPoints'))
      .flatMap(mount => unknownVolume(situation, mount))
}

function unknownVolume(situation: Situation, {value, path}: Part): Found[] {
  const name = textIn(value['sourceVolume'])
  const known = volumesIn(situation).map(volume => textOf(volume.value['name']))
  if (name === undefined || known.includes(name)) return []
  const at = [...path, 'sourceVolume']
  const meant = nearest(name, known)
  const has = known.length === 0 ? 'it has none' : `it has ${listed(known.map(other => `\`${other}\``))}`
  return [
    {
      message:
        `${memberAt(situation.definition, at)} is \`${bounded(oneLine(name), 80)}\`, but \`volumes\` of the task definition has no such one: ` +
        (meant === undefined ? `${has}, so add it.` : `did you mean \`${meant}\`?`),
      path: at
    }
  ]
}

/** What a volume can be, one at a time. Source: API reference, Volume. */
const KINDS = [
  'host',
  'dockerVolumeConfiguration',
  'efsVolumeConfiguration',
  's3filesVolumeConfiguration',
  'fsxWindowsFileServerVolumeConfiguration',
  'configuredAtLaunch'
]

export const volumes: Check = {
  name: 'volumes',
  finds: 'volumes of two kinds at once, EFS without the encryption that its access needs, S3 Files without a task role',
  level: 'error',
  needs: [],
  run: situation =>
    volumesIn(situation).flatMap(volume => [
      ...twoKinds(situation, volume),
      ...efs(situation, volume),
      ...s3Files(situation, volume)
    ])
}

function twoKinds({definition}: Situation, volume: Part): Found[] {
  const kinds = KINDS.filter(kind => isGiven(volume, kind))
  if (kinds.length < 2) return []
  const message = `${memberAt(definition, volume.path)} has ${listed(kinds.map(kind => `\`${kind}\``))}, but a volume is of one kind: leave one.`
  return [{message, path: volume.path}]
}

/** ECS answers volumes of other kinds with an empty `host`. */
function isGiven({value}: Part, kind: string): boolean {
  const given = value[kind]
  return given !== undefined && given !== false && JSON.stringify(given) !== '{}'
}

function efs({definition}: Situation, volume: Part): Found[] {
  return partIn(volume, 'efsVolumeConfiguration').flatMap(({value, path}) => {
    const [access] = partIn({value, path}, 'authorizationConfig')
    const hasPoint = textIn(access?.value['accessPointId']) !== undefined
    const encrypted = value['transitEncryption'] === 'ENABLED'
    const root = textIn(value['rootDirectory']) ?? '/'
    const needs = hasPoint ? 'an access point' : access?.value['iam'] === 'ENABLED' ? 'authorization by IAM' : undefined
    return [
      ...(needs === undefined || encrypted ? [] : [withoutEncryption(memberAt(definition, path), path, needs)]),
      ...(hasPoint && root !== '/' ? [withRoot(memberAt(definition, [...path, 'rootDirectory']), path)] : [])
    ]
  })
}

function withoutEncryption(shown: string, path: JsonPath, needs: string): Found {
  return {
    message: `${shown} uses ${needs}, which needs encryption in transit: set \`transitEncryption\` to \`ENABLED\`.`,
    path,
    fix: '"transitEncryption": "ENABLED",'
  }
}

function withRoot(shown: string, path: JsonPath): Found {
  return {
    message: `${shown} is set, but with an access point the root directory is that of the access point: leave it out.`,
    path: [...path, 'rootDirectory']
  }
}

function s3Files({definition}: Situation, volume: Part): Found[] {
  if (textIn(definition.json['taskRoleArn']) !== undefined) return []
  return partIn(volume, 's3filesVolumeConfiguration').map(({path}) => ({
    message: `${memberAt(definition, path)} needs a \`taskRoleArn\` with which the task reads the bucket, and the task definition has none: add it.`,
    path
  }))
}

function volumesIn({definition}: Situation): Part[] {
  return partsIn({value: definition.json, path: []}, 'volumes')
}
