import {type ContainerSetting, readContainerSettings, readVariables} from './container-settings.ts'
import type {Environment} from './event.ts'
import {Failure} from './failure.ts'
import {readWaitFor, type WaitFor} from './wait-for.ts'
import {readWayBackInputs, type WayBackInputs} from './way-back-inputs.ts'

/** The inputs of `action.yml`, read once, trimmed, typed; an empty one is `undefined` or an empty list. */
export interface Inputs extends WayBackInputs {
  readonly service: readonly string[]
  /** Only look and say what would change. */
  readonly plan: boolean
  readonly cluster: string
  readonly awsRegion: string | undefined
  readonly roleToAssume: string | undefined
  readonly taskDefinition: readonly string[]
  readonly containerName: readonly string[]
  /** What fills the placeholders of a definition in a file; none when nothing there is a placeholder. */
  readonly variables: readonly NamedValue[]
  /** What is set and removed in the environment and the secrets of containers. */
  readonly containerSettings: readonly ContainerSetting[]
  readonly repository: string | undefined
  /** Whether a repository that is missing is made. */
  readonly createRepository: boolean
  readonly image: string | undefined
  readonly imageTag: string | undefined
  readonly tags: readonly string[]
  readonly desiredCount: number | undefined
  readonly forceNewDeployment: boolean
  /** What to do where another deployment of the service is on its way. */
  readonly onConflict: OnConflict
  readonly waitFor: WaitFor
  /** `undefined` for what fits the deployment. */
  readonly waitForMinutes: number | undefined
  /** Whether the ends of failed containers' logs are shown. */
  readonly showLogs: boolean
  readonly build: BuildInputs
  readonly codeDeploy: CodeDeployInputs
  /** For the comment of a plan. */
  readonly githubToken: string | undefined
  /** The matrix of the job as JSON, `null` for a job without one. */
  readonly matrix: string
}

/** How services are deployed whose deployment controller is CODE_DEPLOY; `undefined` for what is found, or the group says. */
export interface CodeDeployInputs {
  readonly application: string | undefined
  readonly deploymentGroup: string | undefined
  readonly deploymentConfig: string | undefined
  /** The AppSpec file. */
  readonly appSpec: string | undefined
}

/** End it, let it end first, or stop here. */
export type OnConflict = (typeof ON_CONFLICT)[number]

const ON_CONFLICT = ['supersede', 'wait', 'fail'] as const

/** What shapes the build; names and values as for `docker build`. */
export interface BuildInputs {
  readonly context: string
  readonly file: string | undefined
  readonly target: string | undefined
  readonly buildArgs: readonly NamedValue[]
  readonly buildSecrets: readonly NamedValue[]
  readonly platforms: readonly string[]
  readonly labels: readonly NamedValue[]
  /** Where in ECR to keep the layers of the build: `ecr`, or a repository with or without a tag. */
  readonly cache: string | undefined
  readonly cacheFrom: readonly string[]
  readonly cacheTo: readonly string[]
  readonly pull: boolean
  readonly noCache: boolean
  readonly network: string | undefined
  readonly builder: string | undefined
  /** `undefined` when off; otherwise the attestation's parameters, such as `mode=max`, or `true`. */
  readonly provenance: string | undefined
  readonly sbom: string | undefined
}

export interface NamedValue {
  readonly name: string
  readonly value: string
}

/**
 * Reads the step's inputs from the environment of the step.
 * @throws Failure for a value that cannot be meant, or for inputs that contradict each other
 */
export function readInputs(env: Environment): Inputs {
  const input = (name: string): string => (env[`INPUT_${name.toUpperCase()}`] ?? '').trim()
  const optional = (name: string): string | undefined => input(name) || undefined
  const flag = (name: string): boolean => readFlag(name, input(name))
  const list = (name: string): string[] => splitList(input(name), /[\n,]/)
  const lines = (name: string): string[] => splitList(input(name), /\n/)

  refuseAmbiguousSecrets(input('secrets'))
  const inputs: Inputs = {
    service: list('service'),
    plan: flag('plan'),
    cluster: input('cluster') || 'default',
    awsRegion: optional('aws-region'),
    roleToAssume: optional('role-to-assume'),
    taskDefinition: list('task-definition'),
    containerName: list('container-name'),
    variables: readVariables(input('variables'), env),
    containerSettings: readContainerSettings(
      {environment: input('container-environment'), secrets: input('container-secrets')},
      env
    ),
    repository: optional('repository'),
    createRepository: flag('create-repository'),
    image: optional('image'),
    imageTag: optional('image-tag'),
    tags: list('tags'),
    desiredCount: readNumber('desired-count', input('desired-count'), 0, 5000),
    forceNewDeployment: flag('force-new-deployment'),
    onConflict: readOnConflict(input('on-conflict')),
    waitFor: readWaitFor(input('wait-for')),
    waitForMinutes: readNumber('wait-for-minutes', input('wait-for-minutes'), 1, 360),
    showLogs: flag('show-logs'),
    ...readWayBackInputs(input),
    build: {
      context: input('context') || '.',
      file: optional('file'),
      target: optional('target'),
      buildArgs: lines('build-args').map(line => readNamedValue('build-args', line)),
      buildSecrets: lines('build-secrets').map(line => readSecret(line, env)),
      platforms: list('platforms'),
      labels: lines('labels').map(line => readNamedValue('labels', line)),
      cache: unlessOff(input('cache')),
      cacheFrom: lines('cache-from'),
      cacheTo: lines('cache-to'),
      pull: flag('pull'),
      noCache: flag('no-cache'),
      network: optional('network'),
      builder: optional('builder'),
      provenance: unlessOff(input('provenance')),
      sbom: unlessOff(input('sbom'))
    },
    codeDeploy: {
      application: optional('codedeploy-application'),
      deploymentGroup: optional('codedeploy-deployment-group'),
      deploymentConfig: optional('codedeploy-deployment-config'),
      appSpec: optional('codedeploy-appspec')
    },
    githubToken: optional('github-token'),
    matrix: input('matrix') || 'null'
  }
  check(inputs)
  return inputs
}

/** Contradictions, found before the first call to the outside. */
function check(inputs: Inputs): void {
  if (inputs.service.length === 0) {
    throw new Failure('The input `service` is empty: set it to the name of the ECS service to release.', {
      fix: 'with:\n  service: web'
    })
  }
  const names = inputs.service.map(service => service.replace(/^arn:.*\//, ''))
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new Failure(`The input \`service\` names ${twice} twice: name each service once.`)
  if (inputs.taskDefinition.length > 1 && inputs.taskDefinition.length !== inputs.service.length) {
    throw new Failure(
      `The input \`task-definition\` has ${inputs.taskDefinition.length} entries for ${inputs.service.length} services: ` +
        'give one for all of them, or one for each in the order of `service`.'
    )
  }
  refuseBuildOfGivenImage(inputs)
  if (inputs.imageTag !== undefined && !/^\w[\w.-]{0,127}$/.test(inputs.imageTag)) {
    throw new Failure(
      `The input \`image-tag\` is \`${inputs.imageTag}\`, which is no image tag: up to 128 letters, digits, \`_\`, \`.\` and \`-\`, not starting with \`.\` or \`-\`.`
    )
  }
}

/** An input that would be ignored in silence is refused. */
function refuseBuildOfGivenImage({image, imageTag, tags, createRepository, build}: Inputs): void {
  if (image === undefined) return
  const forBuild = Object.entries({
    imageTag,
    tags,
    createRepository,
    ...build,
    context: build.context === '.' ? undefined : build.context
  })
  const given = forBuild.find(([, value]) => (Array.isArray(value) ? value.length > 0 : Boolean(value)))
  if (given === undefined) return
  const name = given[0].replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
  throw new Failure(
    `The inputs \`image\` and \`${name}\` exclude each other: \`image\` is released as it is, \`${name}\` is for one that is built.`
  )
}

function refuseAmbiguousSecrets(value: string): void {
  if (value === '') return
  throw new Failure(
    'The input `secrets` could mean two things: for the build use `build-secrets`, for the container use `container-secrets`, or put `secrets` into the task definition.'
  )
}

/** The items of a list, trimmed; empty ones are left out. */
export function splitList(value: string, separator: RegExp): string[] {
  return value
    .split(separator)
    .map(item => item.trim())
    .filter(item => item !== '')
}

/** @throws Failure for anything but `true` and `false`; nothing is `false` */
export function readFlag(name: string, value: string): boolean {
  if (['', 'false', 'False', 'FALSE'].includes(value)) return false
  if (['true', 'True', 'TRUE'].includes(value)) return true
  throw new Failure(`The input \`${name}\` is \`${value}\`: set it to \`true\` or \`false\`.`)
}

function readOnConflict(value: string): OnConflict {
  const found = ON_CONFLICT.find(one => one === (value || 'supersede'))
  if (found !== undefined) return found
  throw new Failure(`The input \`on-conflict\` is \`${value}\`: set it to \`supersede\`, \`wait\` or \`fail\`.`)
}

/** @throws Failure for anything but a whole number in these bounds; nothing is `undefined` */
export function readNumber(name: string, value: string, least: number, most: number): number | undefined {
  if (value === '') return undefined
  const number = Number(value)
  if (!Number.isInteger(number) || number < least || number > most) {
    throw new Failure(`The input \`${name}\` is \`${value}\`: set it to a whole number from ${least} to ${most}.`)
  }
  return number
}

function readNamedValue(input: string, line: string): NamedValue {
  const at = line.indexOf('=')
  if (at < 1) throw new Failure(`The input \`${input}\` has the line \`${line}\`: write \`NAME=value\`, one a line.`)
  return {name: line.slice(0, at).trim(), value: line.slice(at + 1)}
}

/** The message never shows a line of this input: it may be a piece of a secret. */
function readSecret(line: string, env: Environment): NamedValue {
  const at = line.indexOf('=')
  const name = at < 0 ? line : line.slice(0, at).trim()
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) {
    throw new Failure(
      'The input `build-secrets` has a line that does not start with a name: write `NAME=value`, one a line, or `NAME` alone for a value with several lines, taken from the environment variable of that name.'
    )
  }
  if (at >= 0) return {name, value: line.slice(at + 1)}
  const value = env[name]
  if (value === undefined || value === '') {
    throw new Failure(
      `The input \`build-secrets\` names ${name} without a value, and there is no environment variable ${name}: set it in the step's \`env\`.`,
      {fix: `env:\n  ${name}: \${{ secrets.${name} }}`}
    )
  }
  return {name, value}
}

function unlessOff(value: string): string | undefined {
  return ['', 'false', 'False', 'FALSE'].includes(value) ? undefined : value
}
