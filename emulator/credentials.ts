import {createHash} from 'node:crypto'
import type {EmulatorClock} from './clock.ts'
import type {Policy} from './iam/policy.ts'
import type {Caller} from './service.ts'

/** The signature of a request, as far as it says who calls; signatures themselves are not verified. */
export interface Signature {
  readonly accessKeyId: string
  readonly region: string
  /** The service's name for signing, such as `ecs`. */
  readonly service: string
}

/** Credentials of a role's session, as STS answers them. */
export interface SessionCredentials {
  readonly AccessKeyId: string
  readonly SecretAccessKey: string
  readonly SessionToken: string
  readonly Expiration: Date
}

interface Session {
  readonly caller: Caller
  readonly token: string
  /** Milliseconds since 1970. */
  readonly expires: number
}

/** The access keys that the emulator knows: users with static keys, and sessions that STS opened. */
export class Credentials {
  readonly #clock: EmulatorClock
  readonly #account: string
  readonly #users = new Map<string, Caller>()
  readonly #sessions = new Map<string, Session>()

  constructor(clock: EmulatorClock, account: string) {
    this.#clock = clock
    this.#account = account
  }

  /** Adds a user with a static access key, whose secret may be anything. */
  addUser(accessKeyId: string, userName: string): Caller {
    const arn = `arn:aws:iam::${this.#account}:user/${userName}`
    const caller: Caller = {accessKeyId, arn, account: this.#account}
    this.#users.set(accessKeyId, caller)
    return caller
  }

  /**
   * Opens a session, as STS does.
   * @param arn the assumed role's, such as `arn:aws:sts::111122223333:assumed-role/deploy/run`
   * @param sessionPolicy what the session may do at most
   */
  issue(arn: string, durationSeconds: number, sessionPolicy?: Policy): SessionCredentials {
    const seed = createHash('sha256')
      .update(`${arn} ${this.#sessions.size + 1}`)
      .digest('hex')
      .toUpperCase()
    const accessKeyId = `ASIA${seed.slice(0, 16)}`
    const token = `IQoJb3JpZ2luX2Vj${seed}`
    const expires = this.#clock.now() + durationSeconds * 1000
    const caller: Caller = {accessKeyId, arn, account: this.#account, ...(sessionPolicy && {sessionPolicy})}
    this.#sessions.set(accessKeyId, {caller, token, expires})
    return {
      AccessKeyId: accessKeyId,
      SecretAccessKey: seed.slice(16, 56),
      SessionToken: token,
      // AWS gives whole seconds.
      Expiration: new Date(Math.floor(expires / 1000) * 1000)
    }
  }

  /** Whose key this is; `expired` after a session's end, `unrecognized` for a key or token that was never given out. */
  caller(accessKeyId: string, sessionToken: string | undefined): Caller | 'expired' | 'unrecognized' {
    const session = this.#sessions.get(accessKeyId)
    if (session === undefined) return this.#users.get(accessKeyId) ?? 'unrecognized'
    if (session.token !== sessionToken) return 'unrecognized'
    return this.#clock.now() < session.expires ? session.caller : 'expired'
  }
}

/** Reads who calls from an `Authorization` header of signature version 4; `undefined` for any other. */
export function readSignature(authorization: string | undefined): Signature | undefined {
  const scope = /^AWS4-HMAC-SHA256 Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([^/,\s]+)\/aws4_request/
  const [, accessKeyId, region, service] = scope.exec(authorization ?? '') ?? []
  if (accessKeyId === undefined || region === undefined || service === undefined) return undefined
  return {accessKeyId, region, service}
}
