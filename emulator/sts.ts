import {createHash} from 'node:crypto'
import * as sdk from '@aws-sdk/client-sts'
import type {EmulatorClock} from './clock.ts'
import type {Credentials} from './credentials.ts'
import type {GithubTokens, TokenClaims} from './github.ts'
import {parsePolicy, type Policy} from './iam/policy.ts'
import {AwsError, operationOf, type AwsService, type Call, type Caller} from './service.ts'

/** A role and who may assume it. */
export interface Role {
  readonly name: string
  /** From a job's token: patterns for its claims, `*` and `?` as in IAM's StringLike. */
  readonly trustsGithub?: {readonly subjects: readonly string[]; readonly audiences?: readonly string[]}
  /** From other credentials: ARNs of users, sessions or the account's root. */
  readonly trustsPrincipals?: readonly string[]
  /** Default 3600, as in IAM. */
  readonly maxSessionSeconds?: number
}

/** The account's roles by ARN, and whose tokens it takes. */
export class Roles {
  /** The identity providers of the account: the audiences that they are for, by the issuer of the tokens. */
  readonly providers = new Map([['https://token.actions.githubusercontent.com', ['sts.amazonaws.com']]])
  readonly #account: string
  readonly #roles = new Map<string, Role>()

  constructor(account: string) {
    this.#account = account
  }

  /** Makes a role, or replaces the one of this name. @returns its ARN */
  create(role: Role): string {
    const arn = `arn:aws:iam::${this.#account}:role/${role.name}`
    this.#roles.set(arn, role)
    return arn
  }

  get(arn: string): Role | undefined {
    return this.#roles.get(arn)
  }
}

interface StsParts {
  readonly clock: EmulatorClock
  readonly account: string
  readonly credentials: Credentials
  readonly roles: Roles
  readonly github: GithubTokens
}

/** STS: who am I, and roles for other credentials or for the token of a job. */
export function createSts(parts: StsParts): AwsService {
  return {
    name: 'sts',
    protocol: {kind: 'query', version: '2011-06-15', xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/'},
    operations: {
      GetCallerIdentity: operationOf(
        sdk.GetCallerIdentity$,
        (_: sdk.GetCallerIdentityRequest, {caller}): sdk.GetCallerIdentityResponse => ({
          UserId: userId(caller),
          Account: caller.account,
          Arn: caller.arn
        })
      ),
      AssumeRole: operationOf(sdk.AssumeRole$, (input: sdk.AssumeRoleRequest, call) => assumeRole(parts, input, call)),
      AssumeRoleWithWebIdentity: operationOf(
        sdk.AssumeRoleWithWebIdentity$,
        (input: sdk.AssumeRoleWithWebIdentityRequest) => assumeRoleWithWebIdentity(parts, input)
      )
    }
  }
}

function assumeRole(parts: StsParts, input: sdk.AssumeRoleRequest, {caller}: Call): sdk.AssumeRoleResponse {
  const arn = input.RoleArn ?? ''
  const role = parts.roles.get(arn)
  const principals = [caller.arn, `arn:aws:iam::${caller.account}:root`, roleOf(caller)]
  if (role?.trustsPrincipals?.some(principal => principals.includes(principal)) !== true) {
    const refusal = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${arn}`
    throw new AwsError('AccessDenied', refusal, {status: 403})
  }
  const chained = caller.arn.includes(':assumed-role/')
  return session(parts, role, input, chained)
}

/**
 * An issuer or an audience that the account does not know is named; a missing role, a subject or an audience that the role
 * does not trust are refused alike, without a word about which.
 */
function assumeRoleWithWebIdentity(
  parts: StsParts,
  input: sdk.AssumeRoleWithWebIdentityRequest
): sdk.AssumeRoleWithWebIdentityResponse {
  const claims = parts.github.read(input.WebIdentityToken ?? '')
  if (claims === undefined) {
    throw new AwsError(
      'InvalidIdentityToken',
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)'
    )
  }
  const unknown = providerFault(parts.roles, claims)
  if (unknown !== undefined) throw new AwsError('InvalidIdentityToken', unknown)
  const now = Math.floor(parts.clock.now() / 1000)
  if (claims.exp <= now) {
    const expired = `Token expired: current date/time ${now} must be before the expiration date/time ${claims.exp}`
    throw new AwsError('ExpiredTokenException', expired)
  }
  const role = parts.roles.get(input.RoleArn ?? '')
  if (role === undefined || !trusts(role, claims)) {
    throw new AwsError('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', {status: 403})
  }
  return {
    ...session(parts, role, input, false),
    SubjectFromWebIdentityToken: claims.sub,
    Audience: claims.aud,
    Provider: `arn:aws:iam::${parts.account}:oidc-provider/${claims.iss.replace('https://', '')}`
  }
}

function providerFault({providers}: Roles, {iss, aud}: TokenClaims): string | undefined {
  const audiences = providers.get(iss)
  if (audiences === undefined) return `No OpenIDConnect provider found in your account for ${iss}`
  return audiences.includes(aud) ? undefined : 'Incorrect token audience'
}

function trusts(role: Role, claims: TokenClaims): boolean {
  const {subjects = [], audiences = ['sts.amazonaws.com']} = role.trustsGithub ?? {}
  return subjects.some(pattern => like(pattern, claims.sub)) && audiences.some(pattern => like(pattern, claims.aud))
}

/** IAM's StringLike: `*` for any text, `?` for one character. */
function like(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}

/** @throws AwsError ValidationError for a duration or a session's name that AWS or the role does not allow */
function session(
  parts: StsParts,
  role: Role,
  input: Pick<sdk.AssumeRoleRequest, 'Policy' | 'DurationSeconds'> & {RoleSessionName: string | undefined},
  chained: boolean
): Required<Pick<sdk.AssumeRoleResponse, 'Credentials' | 'AssumedRoleUser'>> {
  const duration = input.DurationSeconds ?? 3600
  const sessionName = input.RoleSessionName ?? ''
  const constraint = sessionNameFault(sessionName) ?? durationFault(duration, role.maxSessionSeconds ?? 3600, chained)
  if (constraint !== undefined) throw new AwsError('ValidationError', constraint)
  const arn = `arn:aws:sts::${parts.account}:assumed-role/${role.name}/${sessionName}`
  return {
    Credentials: parts.credentials.issue(arn, duration, sessionPolicy(input.Policy)),
    AssumedRoleUser: {AssumedRoleId: `${roleId(role.name)}:${sessionName}`, Arn: arn}
  }
}

/** @throws AwsError for a text that is no JSON; what else makes a policy wrong, the emulator does not understand */
function sessionPolicy(json: string | undefined): Policy | undefined {
  if (json === undefined) return undefined
  try {
    return parsePolicy(json)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new AwsError('MalformedPolicyDocument', 'The policy is not in the valid JSON format.')
  }
}

/** The pattern and the length of the API's model. */
function sessionNameFault(name: string): string | undefined {
  if (name.length < 2) return violation(name, 'roleSessionName', 'Member must have length greater than or equal to 2')
  if (name.length > 64) return violation(name, 'roleSessionName', 'Member must have length less than or equal to 64')
  return /^[\w+=,.@-]*$/.test(name)
    ? undefined
    : violation(name, 'roleSessionName', 'Member must satisfy regular expression pattern: [\\w+=,.@-]*')
}

function violation(value: string | number, member: string, constraint: string): string {
  return `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`
}

function durationFault(seconds: number, maximum: number, chained: boolean): string | undefined {
  const least = 'Member must have value greater than or equal to 900'
  if (seconds < 900) return violation(seconds, 'durationSeconds', least)
  if (seconds > 43_200)
    return violation(seconds, 'durationSeconds', 'Member must have value less than or equal to 43200')
  if (chained && seconds > 3600) {
    return 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining'
  }
  return seconds > maximum
    ? 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'
    : undefined
}

/** The ARN of the role behind a session, empty for a user. */
function roleOf(caller: Caller): string {
  const [, name] = /:assumed-role\/([^/]+)\//.exec(caller.arn) ?? []
  return name === undefined ? '' : `arn:aws:iam::${caller.account}:role/${name}`
}

function userId(caller: Caller): string {
  const [, role, name] = /:assumed-role\/([^/]+)\/(.+)$/.exec(caller.arn) ?? []
  return role === undefined || name === undefined ? identifier('AIDA', caller.arn) : `${roleId(role)}:${name}`
}

function roleId(name: string): string {
  return identifier('AROA', name)
}

/** An id in IAM's form, always the same for the same name. */
function identifier(prefix: string, name: string): string {
  return prefix + createHash('sha256').update(name).digest('hex').slice(0, 17).toUpperCase()
}
