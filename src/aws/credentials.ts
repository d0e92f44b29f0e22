import * as core from '@actions/core'
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  STSClient,
  type Credentials as StsCredentials
} from '@aws-sdk/client-sts'
import {createIsIdentityExpiredFunction, doesIdentityRequireRefresh, memoizeIdentityProvider} from '@smithy/core'
import type {NodeHttpHandler} from '@smithy/node-http-handler'
import {Failure} from '../workflow/failure.ts'
import {oneLine} from '../workflow/text.ts'
import type {World} from '../world.ts'
import {isDenied} from './allowed.ts'
import {explain} from './explain.ts'

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

interface Connection {
  readonly region: string
  readonly requestHandler: NodeHttpHandler
}

/** The audience that GitHub's identity provider in IAM expects by default. */
const AUDIENCE = 'sts.amazonaws.com'
/** Credentials are renewed when they have less than this to live, in milliseconds. */
const RENEW_BEFORE_EXPIRY = 5 * 60_000
/** What lets a job ask for an OIDC token and still check out its repository. */
const PERMISSIONS = 'permissions:\n  id-token: write\n  contents: read'

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
  if (!/^arn:[\w-]+:iam::\d{12}:role\/.+$/.test(role)) {
    throw new Failure(
      `The input \`role-to-assume\` is \`${role}\`, which is no ARN of a role: it looks like arn:aws:iam::111122223333:role/deploy.`
    )
  }
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

/** `ecs-release-OWNER-REPOSITORY-RUN-ATTEMPT`, in the characters and the length that STS takes. */
export function sessionName({repository, runId, attempt}: Job): string {
  const run = `-${runId}-${attempt}`
  return `ecs-release-${repository.replace(/[^\w+=,.@-]/g, '-')}`.slice(0, 64 - run.length) + run
}

/** OIDC, unless the job brought credentials of its own (keys, or a web identity token such as that of an EKS pod). */
function usesOidc(env: World['env']): boolean {
  return (
    Boolean(env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] && env['ACTIONS_ID_TOKEN_REQUEST_URL']) &&
    !env['AWS_ACCESS_KEY_ID'] &&
    !env['AWS_WEB_IDENTITY_TOKEN_FILE']
  )
}

async function assumeWithOidc(
  role: string,
  session: string,
  connection: Connection,
  {signal}: World
): Promise<StsCredentials | undefined> {
  const token = await core.getIDToken(AUDIENCE).catch((error: unknown) => {
    throw new Failure(
      `GitHub gave this job no OIDC token to assume ${role} with (${oneLine(String(error))}): check that the job may ask for one, and run it again.`,
      {fix: PERMISSIONS, cause: error}
    )
  })
  try {
    const answer = await new STSClient(connection).send(
      new AssumeRoleWithWebIdentityCommand({RoleArn: role, RoleSessionName: session, WebIdentityToken: token}),
      {abortSignal: signal}
    )
    return answer.Credentials
  } catch (error) {
    throw oidcFailure(error, role, token)
  }
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

/** STS says only "Not authorized"; the claims tell which condition of the trust policy does not hold. The token is never shown. */
function oidcFailure(error: unknown, role: string, token: string): Failure {
  const {sub, aud} = claims(token)
  const name = error instanceof Error ? error.name : ''
  if (isDenied(error)) {
    return new Failure(
      `The role ${role} does not trust this job: AWS refused the OIDC token with sub \`${sub}\` and aud \`${aud}\`, so allow both in the role's trust policy.`,
      {fix: trustPolicy(role, sub, aud), cause: error}
    )
  }
  if (name === 'InvalidIdentityToken' || name === 'InvalidIdentityTokenException') {
    return new Failure(
      `The account of ${role} does not accept GitHub's OIDC tokens: ${oneLine(error instanceof Error ? error.message : '')} Add the identity provider https://token.actions.githubusercontent.com with the audience \`${aud}\` to IAM.`,
      {cause: error}
    )
  }
  return explain(error, `assuming ${role} with an OIDC token (sub \`${sub}\`, aud \`${aud}\`)`)
}

/** Reads two claims of a token that AWS verifies; nothing is decided by them here. */
function claims(token: string): {sub: string; aud: string} {
  const claim = (value: unknown): string => oneLine(typeof value === 'string' ? value : 'unknown')
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    const {sub, aud} = payload as {sub?: unknown; aud?: unknown}
    return {sub: claim(sub), aud: claim(aud)}
  } catch {
    return {sub: 'unknown', aud: 'unknown'}
  }
}

/** The statement of the trust policy that lets in just this subject. */
function trustPolicy(role: string, sub: string, aud: string): string {
  const [, partition, account] = /^arn:([\w-]+):iam::(\d+):/.exec(role) ?? []
  return JSON.stringify(
    {
      Effect: 'Allow',
      Principal: {
        Federated: `arn:${partition ?? 'aws'}:iam::${account ?? ''}:oidc-provider/token.actions.githubusercontent.com`
      },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {'token.actions.githubusercontent.com:aud': aud, 'token.actions.githubusercontent.com:sub': sub}
      }
    },
    undefined,
    2
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
