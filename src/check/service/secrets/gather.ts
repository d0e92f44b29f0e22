import type {DescribeSecretResponse} from '@aws-sdk/client-secrets-manager'
import type {SSM} from '@aws-sdk/client-ssm'
import {ifAllowed} from '../../../aws/allowed.ts'
import type {Aws} from '../../../aws/clients.ts'
import type {Definition} from '../../../definition/definition.ts'
import {chunksOf} from '../../../workflow/chunks.ts'
import type {World} from '../../../world.ts'
import {type ManagedSecret, type Parameter, type SecretReference, secretReferences} from './reference.ts'

/** What AWS knows of a secret or parameter that a definition names. */
export interface SecretSeen {
  readonly reference: SecretReference
  readonly exists: boolean
  /** When it was marked for deletion: its value cannot be read any more. */
  readonly deletedAt: Date | undefined
  /** The staging labels of a secret's versions; `undefined` where there is no version, and for a parameter. */
  readonly stages: readonly string[] | undefined
}

export const SECRET_ACTION = 'secretsmanager:DescribeSecret'
export const PARAMETER_ACTION = 'ssm:DescribeParameters'

type Sources = Pick<Aws, 'region' | 'caller' | 'secretsManager' | 'ssm'>
type Surroundings = Pick<World, 'log' | 'signal'>

/**
 * Looks up the secrets and parameters that a definition names, never their values.
 * @returns those that could be looked up; the others are not checked
 */
export async function gatherSecrets(
  {json}: Definition,
  aws: Sources,
  world: Surroundings
): Promise<SecretSeen[] | undefined> {
  const references = secretReferences(json)
  const [secrets, parameters] = await Promise.all([
    lookUpSecrets(references, aws, world),
    lookUpParameters(references, aws, world)
  ])
  return [...secrets, ...parameters]
}

/** A reference to a secret or to a parameter. */
type Naming<Names> = SecretReference & {readonly names: Names}

/** Keys of one secret are asked for once. */
async function lookUpSecrets(
  references: readonly SecretReference[],
  aws: Sources,
  world: Surroundings
): Promise<SecretSeen[]> {
  const naming = references.filter((one): one is Naming<ManagedSecret> => one.names.kind === 'secret')
  const byId = Map.groupBy(naming, ({names: {region = aws.region, id}}) => `${region} ${id}`)
  const seen = [...byId.values()].map(async same => {
    const answer = await unlessUnknown(world, () => describeSecret(same[0]?.names, aws, world))
    if (answer === undefined) return []
    const stages = answer === 'missing' ? undefined : answer.VersionIdsToStages
    return same.map(reference => ({
      reference,
      exists: answer !== 'missing',
      deletedAt: answer === 'missing' ? undefined : answer.DeletedDate,
      stages: stages && Object.values(stages).flat()
    }))
  })
  return (await Promise.all(seen)).flat()
}

async function describeSecret(
  secret: ManagedSecret | undefined,
  aws: Sources,
  {log, signal}: Surroundings
): Promise<DescribeSecretResponse | 'missing' | undefined> {
  if (secret === undefined) return undefined
  const client = await aws.secretsManager(secret.region ?? aws.region)
  return ifAllowed(log, SECRET_ACTION, () =>
    client.describeSecret({SecretId: secret.id}, {abortSignal: signal}).catch((error: unknown) => {
      // Of another account's secret, that may mean that the caller may not see it.
      const account = secret.id.split(':')[4] ?? aws.caller?.account
      const isMissing = error instanceof Error && error.name === 'ResourceNotFoundException'
      if (isMissing && account === aws.caller?.account) return 'missing'
      throw error
    })
  )
}

/** A filter takes fifty names. */
const NAMES_A_CALL = 50

/** Parameters of other accounts cannot be looked up. */
async function lookUpParameters(
  references: readonly SecretReference[],
  aws: Sources,
  world: Surroundings
): Promise<SecretSeen[]> {
  const own = references.filter(
    (one): one is Naming<Parameter> =>
      one.names.kind === 'parameter' && (one.names.account ?? aws.caller?.account) === aws.caller?.account
  )
  const byRegion = Map.groupBy(own, ({names: {region = aws.region}}) => region)
  const seen = [...byRegion].map(async ([region, naming]) => {
    const names = [...new Set(naming.flatMap(({names: {names}}) => names))]
    const found = await unlessUnknown(world, () => findParameters(names, region, aws, world))
    if (found === undefined) return []
    return naming.map(reference => ({
      reference,
      exists: reference.names.names.some(name => found.has(name)),
      deletedAt: undefined,
      stages: undefined
    }))
  })
  return (await Promise.all(seen)).flat()
}

/** @returns those of the names that there are */
async function findParameters(
  names: readonly string[],
  region: string,
  aws: Sources,
  {log, signal}: Surroundings
): Promise<Set<string> | undefined> {
  const ssm = await aws.ssm(region)
  const found = await Promise.all(
    chunksOf(names, NAMES_A_CALL).map(chunk =>
      ifAllowed(log, PARAMETER_ACTION, () => listParameters(chunk, ssm, signal))
    )
  )
  return found.includes(undefined) ? undefined : new Set(found.flatMap(part => part ?? []))
}

async function listParameters(names: string[], ssm: SSM, abortSignal: AbortSignal): Promise<string[]> {
  const filter = {Key: 'Name', Option: 'Equals', Values: names}
  const found: string[] = []
  let token: string | undefined
  do {
    const input = {ParameterFilters: [filter], MaxResults: NAMES_A_CALL, NextToken: token}
    const {Parameters = [], NextToken} = await ssm.describeParameters(input, {abortSignal})
    found.push(...Parameters.flatMap(({Name}) => Name ?? []))
    // A page without parameters is not the last.
    token = NextToken
  } while (token !== undefined && token !== '')
  return found
}

/** One that cannot be looked up leaves the others. */
async function unlessUnknown<T>({log, signal}: Surroundings, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    signal.throwIfAborted()
    log.debug(`Secrets not checked: ${String(error)}`)
    return undefined
  }
}
