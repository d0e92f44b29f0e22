import * as core from '@actions/core'
import {AssumeRoleWithWebIdentityCommand, STSClient, type Credentials} from '@aws-sdk/client-sts'
import type {NodeHttpHandler} from '@smithy/node-http-handler'
import {Failure} from '../workflow/failure.ts'
import {oneLine} from '../workflow/text.ts'
import type {World} from '../world.ts'
import {isDenied} from './allowed.ts'
import {explain} from './explain.ts'

/** How STS is reached. */
export interface Connection {
  readonly region: string
  readonly requestHandler: NodeHttpHandler
}

/** What lets a job ask for an OIDC token and still check out its repository. */
export const PERMISSIONS = 'permissions:\n  id-token: write\n  contents: read'

/** Audiences that GitHub's identity provider in IAM has by default; in China both are in use. Source: configure-aws-credentials. */
function audiences(role: string): readonly string[] {
  return role.startsWith('arn:aws-cn:') ? ['sts.amazonaws.com', 'sts.amazonaws.com.cn'] : ['sts.amazonaws.com']
}

/**
 * Assumes a role with an OIDC token of the job.
 * @param session names the session in CloudTrail
 * @throws Failure without a token, or when AWS does not take it; then it names the condition that does not hold
 */
export async function assumeWithOidc(
  role: string,
  session: string,
  connection: Connection,
  {signal}: World
): Promise<Credentials | undefined> {
  const sts = new STSClient(connection)
  let refused: Failure | undefined
  for (const audience of audiences(role)) {
    const token = await requestToken(role, audience)
    try {
      const input = {RoleArn: role, RoleSessionName: session, WebIdentityToken: token}
      return (await sts.send(new AssumeRoleWithWebIdentityCommand(input), {abortSignal: signal})).Credentials
    } catch (error) {
      refused ??= refusal(error, role, token)
      if (!isDenied(error) && !isUnknownIssuer(error)) break
    }
  }
  throw refused ?? new TypeError('There is an audience for every role')
}

/** `getIDToken` hides the token from the log. */
async function requestToken(role: string, audience: string): Promise<string> {
  return core.getIDToken(audience).catch((error: unknown) => {
    throw new Failure(
      `GitHub gave this job no OIDC token to assume ${role} with (${oneLine(String(error))}): check that the job may ask for one, and run it again.`,
      {fix: PERMISSIONS, cause: error}
    )
  })
}

/** The account has no identity provider for GitHub, or not with this audience. */
function isUnknownIssuer(error: unknown): error is Error {
  return error instanceof Error && /^InvalidIdentityToken(Exception)?$/.test(error.name)
}

/** STS says only "Not authorized"; the claims tell which condition of the trust policy does not hold. The token is never shown. */
function refusal(error: unknown, role: string, token: string): Failure {
  const {iss, sub, aud} = claims(token)
  if (isDenied(error)) {
    return new Failure(
      `The role ${role} does not trust this job: AWS refused the OIDC token with sub \`${sub}\` and aud \`${aud}\`, so allow both in the role's trust policy.`,
      {fix: trustPolicy(role, {iss, sub, aud}), cause: error}
    )
  }
  if (isUnknownIssuer(error)) {
    return new Failure(
      `The account of ${role} does not accept GitHub's OIDC tokens: ${oneLine(error.message).replace(/\.$/, '')}: add the identity provider ${iss} with the audience \`${aud}\` to IAM.`,
      {cause: error}
    )
  }
  return explain(error, `assuming ${role} with an OIDC token (sub \`${sub}\`, aud \`${aud}\`)`)
}

interface Claims {
  /** The issuer: a GitHub Enterprise Server has its own, and so may an enterprise. */
  readonly iss: string
  readonly sub: string
  readonly aud: string
}

/** Reads claims of a token that AWS verifies; nothing is decided by them here. */
function claims(token: string): Claims {
  const claim = (value: unknown): string => oneLine(typeof value === 'string' ? value : 'unknown')
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    const {iss, sub, aud} = payload as {[claim in keyof Claims]?: unknown}
    return {iss: claim(iss), sub: claim(sub), aud: claim(aud)}
  } catch {
    return {iss: 'unknown', sub: 'unknown', aud: 'unknown'}
  }
}

/** The statement of the trust policy that lets in just this subject. IAM names a provider as its issuer without the scheme. */
function trustPolicy(role: string, {iss, sub, aud}: Claims): string {
  const provider = iss.replace(/^https:\/\//, '')
  return JSON.stringify(
    {
      Effect: 'Allow',
      Principal: {Federated: `${role.replace(/:role\/.*$/, '')}:oidc-provider/${provider}`},
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {StringEquals: {[`${provider}:aud`]: aud, [`${provider}:sub`]: sub}}
    },
    undefined,
    2
  )
}
