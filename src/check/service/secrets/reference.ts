import {REGION} from '../../../aws/arn.ts'
import {isObject, itemsOf, type Json, type JsonObject, type JsonPath} from '../../../definition/json.ts'

/** A secret or parameter that a definition names. */
export interface SecretReference {
  /** Where it is named. */
  readonly path: JsonPath
  readonly names: ManagedSecret | Parameter | Malformed
}

/** A secret of Secrets Manager. */
export interface ManagedSecret {
  readonly kind: 'secret'
  /** That of the release where none is named. */
  readonly region: string | undefined
  /** ARN without what may follow it, or name. */
  readonly id: string
  /** The staging label that is asked for. */
  readonly stage: string
  /** The version that is asked for by its id, instead of the label. */
  readonly version: string | undefined
}

/** A parameter of Systems Manager. */
export interface Parameter {
  readonly kind: 'parameter'
  readonly region: string | undefined
  readonly account: string | undefined
  /** An ARN does not tell whether the name begins with a slash, so there may be two. */
  readonly names: readonly string[]
  /** Whether it is an ARN; a bare name may be a secret that somebody put there. */
  readonly isArn: boolean
}

/** The ARN of a secret that no task can read, whatever there is. */
export interface Malformed {
  readonly kind: 'malformed'
}

/** All secrets and parameters that containers, their log drivers, registries and volumes of a definition name. */
export function secretReferences(json: JsonObject): SecretReference[] {
  const containers = itemsOf(json['containerDefinitions']).flatMap((container, index) =>
    isObject(container) ? ofContainer(container, ['containerDefinitions', index]) : []
  )
  const volumes = itemsOf(json['volumes']).flatMap((volume, index) =>
    credentials(volume, ['volumes', index], ['fsxWindowsFileServerVolumeConfiguration', 'authorizationConfig'])
  )
  return [...containers, ...volumes]
}

function ofContainer(container: JsonObject, path: JsonPath): SecretReference[] {
  const logging = container['logConfiguration']
  return [
    ...fromList(container['secrets'], [...path, 'secrets']),
    ...(isObject(logging) ? fromList(logging['secretOptions'], [...path, 'logConfiguration', 'secretOptions']) : []),
    ...credentials(container, path, ['repositoryCredentials'])
  ]
}

function fromList(list: Json | undefined, path: JsonPath): SecretReference[] {
  return itemsOf(list).flatMap((item, index) =>
    reference(isObject(item) ? item['valueFrom'] : undefined, [...path, index, 'valueFrom'], parameterNamed)
  )
}

/** The `credentialsParameter` of a member: the ARN of a secret or parameter, or the name of a secret. */
function credentials(from: Json, path: JsonPath, members: readonly string[]): SecretReference[] {
  const holder = members.reduce<Json | undefined>(
    (value, member) => (isObject(value) ? value[member] : undefined),
    from
  )
  const value = isObject(holder) ? holder['credentialsParameter'] : undefined
  return reference(value, [...path, ...members, 'credentialsParameter'], secretNamed)
}

/** What is neither an ARN nor a name that AWS would give, such as a placeholder, is none. */
function reference(
  value: Json | undefined,
  path: JsonPath,
  named: (name: string) => SecretReference['names'] | undefined
): SecretReference[] {
  if (typeof value !== 'string') return []
  const names = value.startsWith('arn:') ? parseArn(value) : named(value)
  return names === undefined ? [] : [{path, names}]
}

function parseArn(value: string): SecretReference['names'] | undefined {
  const [, service, region = '', account, resource = ''] =
    new RegExp(`^arn:[\\w-]+:(secretsmanager|ssm):(${REGION}):(\\d{12}):(.+)$`).exec(value) ?? []
  if (service === 'secretsmanager') return parseSecret(value, region, resource.split(':'))
  // `:version` or `:label` may follow the name.
  const [, name] = /^parameter\/([\w./-]+)(?::|$)/.exec(resource) ?? []
  if (service === undefined || name === undefined) return undefined
  if (OF_AWS.test(name)) return undefined
  const names = name.includes('/') ? [`/${name}`] : [name, `/${name}`]
  return {kind: 'parameter', region, account, names, isArn: true}
}

/**
 * The agent takes `secret:name` or `secret:name:json-key:version-stage:version-id`, of which the last three may be empty
 * (amazon-ecs-agent, asmsecret.go: "an invalid ARN format for the AWS Secrets Manager secret was specified").
 */
function parseSecret(value: string, region: string, resource: readonly string[]): SecretReference['names'] | undefined {
  const [, name = '', , stage, version] = resource
  if (!SECRET_NAME.test(name)) return undefined
  if (resource.length !== 2 && resource.length !== 5) return {kind: 'malformed'}
  const id = value.split(':').slice(0, 7).join(':')
  return {kind: 'secret', region, id, stage: stage || 'AWSCURRENT', version: version || undefined}
}

const SECRET_NAME = /^[\w/+=.@-]+$/

/** Parameters of AWS's own, and those that stand for secrets of Secrets Manager, are in no list of an account's parameters. */
const OF_AWS = /^\/?aws\//

/** What is no ARN is the name of a parameter in the region of the service. */
function parameterNamed(name: string): SecretReference['names'] | undefined {
  if (!/^[\w./-]+$/.test(name) || OF_AWS.test(name)) return undefined
  return {kind: 'parameter', region: undefined, account: undefined, names: [name], isArn: false}
}

function secretNamed(id: string): SecretReference['names'] | undefined {
  if (!SECRET_NAME.test(id)) return undefined
  return {kind: 'secret', region: undefined, id, stage: 'AWSCURRENT', version: undefined}
}
