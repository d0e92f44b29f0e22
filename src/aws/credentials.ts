import {AssumeRoleCommand, STSClient, type Credentials as StsCredentials} from '@aws-sdk/client-sts'
import {createIsIdentityExpiredFunction, doesIdentityRequireRefresh, memoizeIdentityProvider} from '@smithy/core'
import {Failure} from '../workflow/failure.ts'
import type {World} from '../world.ts'
import {partitionOf} from './arn.ts'
import {explain} from './explain.ts'
import {assumeWithOidc, type Connection, PERMISSIONS} from './oidc.ts'

/** Credentials that are fetched again shortly before they expire. */
export type Credentials = () => Promise<SessionCredentials>

interface SessionCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiration?: Date
}

/** What names the session in CloudTrail. */
export interface Job {
  readonly repository: string
  readonly runId: string
  readonly attempt: number
}

/** Credentials are renewed when they have less than this to live, in milliseconds. */
const RENEW_BEFORE_EXPIRY = 5 * 60_000

/**
 * The credentials of the release: of `role`, assumed with the job's OIDC token or with the credentials the job has.
 * They live in memory only and are never exported to later steps.
 * @returns `undefined` without a role: the SDK's default chain then finds what the job has
 */
export function credentialsOf(
  role: string | undefined,
  job: Job,
  connection: Connection,
  world: World
): Credentials | undefined {
  if (role === undefined) return undefined
  checkRole(role, connection.region)
  const session = sessionName(job)
  const assume = usesOidc(world.env)
    ? () => assumeWithOidc(role, session, connection, world)
    : () => assumeWithOtherCredentials(role, session, connection, world)
  const provider = memoizeIdentityProvider(
    async () => identity(await assume(), role, world),
    createIsIdentityExpiredFunction(RENEW_BEFORE_EXPIRY),
    doesIdentityRequireRefresh
  )
  if (provider === undefined) throw new TypeError('A provider was given')
  return provider
}

/** Credentials of one partition mean nothing in another, and AWS's own words for that say nothing of it. */
function checkRole(role: string, region: string): void {
  const partition = partitionOf(region)
  const [, ofRole] = /^arn:([\w-]+):iam::\d{12}:role\/.+$/.exec(role) ?? []
  if (ofRole === undefined) {
    throw new Failure(
      `The input \`role-to-assume\` is \`${role}\`, which is no ARN of a role: it looks like arn:${partition}:iam::111122223333:role/deploy.`
    )
  }
  if (ofRole !== partition) {
    throw new Failure(
      `The role ${role} is of the partition ${ofRole}, but the region ${region} is in ${partition}: correct \`role-to-assume\` or \`aws-region\`.`
    )
  }
}

/**
 * `ecs-release-OWNER-REPOSITORY-RUN-ATTEMPT`, in the characters and the length that STS takes; where all of that is too
 * long, without the owner.
 */
export function sessionName({repository, runId, attempt}: Job): string {
  const run = `-${runId}-${attempt}`
  const room = 64 - run.length
  const nameOf = (text: string): string => `ecs-release-${text.replace(/[^\w+=,.@-]/g, '-')}`
  const whole = nameOf(repository)
  return (whole.length <= room ? whole : nameOf(repository.replace(/^.*\//, ''))).slice(0, room) + run
}

/** OIDC, unless the job brought credentials of its own (keys, or a web identity token such as that of an EKS pod). */
function usesOidc(env: World['env']): boolean {
  return (
    Boolean(env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] && env['ACTIONS_ID_TOKEN_REQUEST_URL']) &&
    !env['AWS_ACCESS_KEY_ID'] &&
    !env['AWS_WEB_IDENTITY_TOKEN_FILE']
  )
}

async function assumeWithOtherCredentials(
  role: string,
  session: string,
  connection: Connection,
  {env, signal}: World
): Promise<StsCredentials | undefined> {
  try {
    const answer = await new STSClient(connection).send(
      new AssumeRoleCommand({RoleArn: role, RoleSessionName: session}),
      {abortSignal: signal}
    )
    return answer.Credentials
  } catch (error) {
    if (error instanceof Error && error.name === 'CredentialsProviderError') throw noToken(role, env)
    throw explain(error, `assuming ${role}`)
  }
}

function noToken(role: string, env: World['env']): Failure {
  const where = env['GITHUB_JOB'] ? `The job ${env['GITHUB_JOB']}` : 'The job'
  return new Failure(
    `${where} has neither an OIDC token nor AWS credentials to assume ${role} with: let it ask for a token.`,
    {fix: PERMISSIONS}
  )
}

function identity(credentials: StsCredentials | undefined, role: string, world: World): SessionCredentials {
  const {AccessKeyId, SecretAccessKey, SessionToken, Expiration} = credentials ?? {}
  if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined) {
    throw new Failure(`AWS answered without credentials for ${role}: run the job again.`)
  }
  world.log.hide(SecretAccessKey)
  world.log.hide(SessionToken)
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    ...(Expiration && {expiration: Expiration})
  }
}
