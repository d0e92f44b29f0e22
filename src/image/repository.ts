import {DescribeRepositoriesCommand, type ImageTagMutability, type Repository} from '@aws-sdk/client-ecr'
import {ifAllowed, isDenied} from '../aws/allowed.ts'
import {partitionOf, REGION, registrySuffixes} from '../aws/arn.ts'
import type {Aws} from '../aws/clients.ts'
import {explain} from '../aws/explain.ts'
import {Failure} from '../workflow/failure.ts'
import type {World} from '../world.ts'
import type {Authorization} from './authorization.ts'

/** An image reference taken apart; see the grammar of the distribution project. */
export interface ImageReference {
  /** With its port; `undefined` for an image of Docker Hub such as `nginx`. */
  readonly host?: string
  readonly repository: string
  readonly tag?: string
  readonly digest?: string
}

/** A repository as the user names it. */
export interface WantedRepository {
  readonly name: string
  readonly host?: string
  readonly registryId?: string | undefined
  readonly region?: string
}

/** A repository that exists, that may not be looked at, or that the release makes. */
export interface EcrRepository {
  readonly name: string
  /** There is none of this name yet; the rest is how it will be. */
  readonly isMissing?: true
  readonly region: string
  /** The account that it belongs to; without it, the caller's own. */
  readonly registryId?: string
  /** `undefined` when neither it nor the account may be read. */
  readonly arn?: string
  readonly host: string
  /** `host/name`. */
  readonly uri: string
  /** `undefined` when it may not be read. */
  readonly mutability?: ImageTagMutability
  /** Patterns with `*` of the tags for which the opposite of `mutability` holds. */
  readonly mutabilityExceptions: readonly string[]
}

const NAME = '[a-z0-9]+(?:(?:\\.|_{1,2}|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_{1,2}|-+)[a-z0-9]+)*)*'
const IMAGE = new RegExp(
  `^(?:(?<host>(?:localhost|[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)+)(?::\\d+)?|[A-Za-z0-9-]+:\\d+)/)?(?<repository>${NAME})` +
    '(?::(?<tag>\\w[\\w.-]{0,127}))?(?:@(?<digest>sha256:[0-9a-f]{64}))?$'
)
const REPOSITORY_ARN = new RegExp(
  `^arn:[\\w-]+:ecr:(?<region>[\\w-]+):(?<registryId>\\d{12}):repository/(?<name>${NAME})$`
)
/** The host of a registry, plain, FIPS or dual-stack; source: "Amazon ECR endpoints". */
const ECR_HOST = new RegExp(
  `^(?<registryId>\\d{12})\\.dkr[.-]ecr(?:-fips)?\\.(?<region>${REGION})\\.(?<suffix>[a-z0-9.-]+)$`
)

/** Takes an image reference apart; `undefined` when it is none, such as a placeholder. */
export function parseImage(reference: string): ImageReference | undefined {
  const groups = IMAGE.exec(reference)?.groups
  return groups && (present(groups) as {repository: string})
}

/** The account and the region in the host name of a private ECR registry; `undefined` for any other host. */
export function parseEcrHost(host: string): {registryId: string; region: string} | undefined {
  const {registryId, region, suffix} = ECR_HOST.exec(host)?.groups ?? {}
  if (registryId === undefined || region === undefined || suffix === undefined) return undefined
  return registrySuffixes(region).includes(suffix) ? {registryId, region} : undefined
}

/**
 * Reads what the user calls the repository: its name, its URI or its ARN.
 * @throws Failure when it is none of them
 */
export function parseRepository(input: string): WantedRepository {
  const arn = REPOSITORY_ARN.exec(input)?.groups
  if (arn !== undefined) return present(arn) as {name: string; registryId: string; region: string}
  const image = parseImage(input)
  if (image === undefined || image.tag !== undefined || image.digest !== undefined) {
    throw new Failure(
      `The input \`repository\` is \`${input}\`, which is no ECR repository: give its name, URI or ARN, without a tag.`
    )
  }
  const {host, repository: name} = image
  return host === undefined ? {name} : {name, host, ...parseEcrHost(host)}
}

/** Groups that did not take part in a match are left out. */
function present(groups: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/**
 * Looks at the repository that is pushed to.
 * @param authorization of the repository's region; only awaited when the registry's host is not known otherwise
 * @param mayBeMissing it is no mistake that there is no such repository in the caller's own account
 * @throws Failure when there is no such repository, or it is not in ECR
 */
export async function describeRepository(
  wanted: WantedRepository,
  authorization: Promise<Authorization>,
  aws: Aws,
  world: World,
  mayBeMissing = false
): Promise<EcrRepository> {
  const inEcr = wanted.host === undefined || parseEcrHost(wanted.host) !== undefined
  if (!inEcr && (await authorization).host !== wanted.host) {
    throw new Failure(
      `The repository ${wanted.host ?? ''}/${wanted.name} is not in ECR: give the name, URI or ARN of an ECR repository in the input \`repository\`.`
    )
  }
  const read = await ifAllowed(world.log, 'ecr:DescribeRepositories', () => readRepository(wanted, aws, world))
  const isOwn = wanted.registryId === undefined || wanted.registryId === aws.caller?.account
  if (read === 'missing' && !(mayBeMissing && isOwn)) throw repositoryMissing(wanted, aws)
  const found = read === 'missing' ? undefined : read
  const uri =
    found?.repositoryUri ?? `${wanted.host ?? (await hostInAccount(wanted, authorization, aws))}/${wanted.name}`
  const host = wantedEndpoint(wanted.host, hostOf(uri))
  const registryId = found?.registryId ?? wanted.registryId
  const region = wanted.region ?? aws.region
  const account = registryId ?? parseEcrHost(host)?.registryId ?? aws.caller?.account
  return {
    name: wanted.name,
    ...(read === 'missing' && {isMissing: true}),
    region,
    ...(registryId !== undefined && {registryId}),
    host,
    uri: host + uri.slice(hostOf(uri).length),
    ...(account !== undefined && {
      arn: found?.repositoryArn ?? `arn:${partitionOf(region)}:ecr:${region}:${account}:repository/${wanted.name}`
    }),
    ...(found?.imageTagMutability && {mutability: found.imageTagMutability}),
    mutabilityExceptions: (found?.imageTagMutabilityExclusionFilters ?? []).flatMap(({filter}) => filter ?? [])
  }
}

async function readRepository(
  {name, registryId, region}: WantedRepository,
  aws: Aws,
  world: World
): Promise<Repository | 'missing' | undefined> {
  try {
    const answer = await aws
      .ecr(region ?? aws.region)
      .send(new DescribeRepositoriesCommand({repositoryNames: [name], registryId}), {abortSignal: world.signal})
    return answer.repositories?.[0]
  } catch (error) {
    if (isNamed(error, 'RepositoryNotFoundException')) return 'missing'
    throw isDenied(error) ? error : explain(error, `reading the ECR repository ${name} (ecr:DescribeRepositories)`)
  }
}

/** The host that the token is for is that of the caller's own registry, which is not to be taken for another account's. */
async function hostInAccount(
  {name, registryId}: WantedRepository,
  authorization: Promise<Authorization>,
  {caller}: Aws
): Promise<string> {
  const {host} = await authorization
  const account = parseEcrHost(host)?.registryId ?? caller?.account
  if (registryId === undefined || registryId === account) return host
  throw new Failure(
    `The repository ${name} of account ${registryId} may not be read (ecr:DescribeRepositories): give its URI in the input \`repository\`, or let the role read it.`
  )
}

/** The endpoint of the registry that the user names (FIPS, dual-stack), where AWS names another of the same one. */
function wantedEndpoint(wanted: string | undefined, named: string): string {
  return wanted !== undefined && parseEcrHost(named) !== undefined ? wanted : named
}

function hostOf(uri: string): string {
  return uri.slice(0, uri.indexOf('/'))
}

/** What to say about a repository that does not exist. */
export function repositoryMissing({name, registryId, region}: WantedRepository, aws: Aws): Failure {
  const place = region ?? aws.region
  const account = registryId ?? aws.caller?.account
  const where = account === undefined ? place : `${place} of account ${account}`
  return new Failure(
    `There is no ECR repository ${name} in ${where}: create it, or correct its name, the region or the account.`,
    {fix: `aws ecr create-repository --repository-name ${name} --region ${place} --image-tag-mutability IMMUTABLE`}
  )
}

/** Whether an existing tag cannot be pushed again; `undefined` when that may not be read. */
export function isImmutable({mutability, mutabilityExceptions}: EcrRepository, tag: string): boolean | undefined {
  if (mutability === undefined) return undefined
  const excepted = mutabilityExceptions.some(pattern => matches(pattern, tag))
  return mutability.startsWith('IMMUTABLE') !== excepted
}

function matches(pattern: string, tag: string): boolean {
  return new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(tag)
}

export function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name
}
