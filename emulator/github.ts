import {createHmac, timingSafeEqual} from 'node:crypto'
import type {IncomingMessage, ServerResponse} from 'node:http'
import type {EmulatorClock} from './clock.ts'
import type {Journal} from './journal.ts'

const issuer = 'https://token.actions.githubusercontent.com'
/** GitHub's tokens live five minutes. */
const lifetimeSeconds = 300

/** The claims of a job's token that matter here; times in seconds since 1970. */
export interface TokenClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string
  readonly exp: number
  readonly [claim: string]: unknown
}

/**
 * GitHub's OIDC provider for the jobs of workflows. Its tokens are signed with a key of its own, which is why nobody but
 * the emulator's STS trusts them.
 */
export class GithubTokens {
  /** What a job has in ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  readonly requestToken = 'emulator-request-token'
  readonly #clock: EmulatorClock
  readonly #journal: Journal
  readonly #key = 'the key of the emulated token issuer'

  constructor(clock: EmulatorClock, journal: Journal) {
    this.#clock = clock
    this.#journal = journal
  }

  /**
   * Answers a job's request for a token, as ACTIONS_ID_TOKEN_REQUEST_URL does. The job is described by the URL's
   * parameters, all optional: `repository`, `repository_id`, `repository_owner_id`, `ref`, `environment`, `event_name`, and
   * `subject=immutable` for the form of repositories made since July 2026, which has the ids in it. The audience is
   * appended by the client.
   */
  readonly handle = (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const allowed = request.headers.authorization?.toLowerCase() === `bearer ${this.requestToken}`
    const {pathname, searchParams} = new URL(request.url ?? '/', 'http://localhost')
    const status = allowed ? 200 : 401
    this.#journal.begin({service: 'github', operation: `${request.method ?? ''} ${pathname}`})({status})
    response.writeHead(status, {'content-type': 'application/json; charset=utf-8'})
    response.end(JSON.stringify(allowed ? {value: this.issue(jobClaims(searchParams))} : {message: 'Unauthorized'}))
    return Promise.resolve()
  }

  /** A signed token with these claims, valid for five minutes from now unless they say otherwise. */
  issue(claims: Readonly<Record<string, unknown>>): string {
    const now = Math.floor(this.#clock.now() / 1000)
    const payload = {iss: issuer, iat: now, nbf: now, exp: now + lifetimeSeconds, ...claims}
    const signed = `${encode({typ: 'JWT', alg: 'HS256', kid: 'emulator'})}.${encode(payload)}`
    return `${signed}.${this.#sign(signed)}`
  }

  /** The claims of a token that this provider signed, also of an expired one; `undefined` for any other text. */
  read(token: string): TokenClaims | undefined {
    const [header = '', payload = '', signature = ''] = token.split('.')
    const expected = Buffer.from(this.#sign(`${header}.${payload}`))
    const given = Buffer.from(signature)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as TokenClaims
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url')
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function jobClaims(job: URLSearchParams): Record<string, unknown> {
  const repository = job.get('repository') ?? 'octo-org/web'
  const [owner = '', name = ''] = repository.split('/')
  const repositoryId = job.get('repository_id') ?? '4242'
  const ownerId = job.get('repository_owner_id') ?? '42'
  const ref = job.get('ref') ?? 'refs/heads/main'
  const environment = job.get('environment')
  const eventName = job.get('event_name') ?? 'push'
  const who = job.get('subject') === 'immutable' ? `${owner}@${ownerId}/${name}@${repositoryId}` : repository
  return {
    sub: `repo:${who}:${subjectContext(environment, eventName, ref)}`,
    aud: job.get('audience') ?? `https://github.com/${owner}`,
    repository,
    repository_id: repositoryId,
    repository_owner: owner,
    repository_owner_id: ownerId,
    ref,
    event_name: eventName,
    ...(environment !== null && {environment})
  }
}

function subjectContext(environment: string | null, eventName: string, ref: string): string {
  if (environment !== null) return `environment:${environment}`
  return eventName === 'pull_request' ? 'pull_request' : `ref:${ref}`
}
