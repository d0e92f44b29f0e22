import type {EmulatorClock} from '../clock.ts'
import type {Caller} from '../service.ts'

/** How long ECR's authorization tokens are valid, in milliseconds. */
const validity = 12 * 60 * 60 * 1000

/** A token's owner; it opens the registries of one region. */
export interface TokenHolder {
  readonly caller: Caller
  readonly region: string
}

/** What the `authorization` header of a request to the registry is worth. */
export type TokenState =
  {readonly state: 'missing' | 'invalid'} | {readonly state: 'valid' | 'expired'; readonly holder: TokenHolder}

/** The authorization tokens that were issued. */
export class AuthorizationTokens {
  readonly #clock: EmulatorClock
  readonly #random: () => number
  readonly #issued = new Map<string, {holder: TokenHolder; expiresAt: number}>()

  constructor(clock: EmulatorClock, random: () => number) {
    this.#clock = clock
    this.#random = random
  }

  /** A new token, as GetAuthorizationToken answers it: base64 of `AWS:` and the password. */
  issue(holder: TokenHolder): {authorizationToken: string; expiresAt: Date} {
    const expiresAt = this.#clock.now() + validity
    const authorizationToken = Buffer.from(`AWS:${this.#password(expiresAt)}`).toString('base64')
    this.#issued.set(authorizationToken, {holder, expiresAt})
    return {authorizationToken, expiresAt: new Date(expiresAt)}
  }

  /** Judges a header such as `Basic QVdTOi…`, which is the token as it was issued. */
  check(header: string | undefined): TokenState {
    const token = /^basic (.+)$/i.exec(header ?? '')?.[1]
    if (token === undefined) return {state: 'missing'}
    const issued = this.#issued.get(token)
    if (issued === undefined) return {state: 'invalid'}
    return {state: this.#clock.now() < issued.expiresAt ? 'valid' : 'expired', holder: issued.holder}
  }

  /** Of the form and length of ECR's own: base64 of a JSON document. */
  #password(expiresAt: number): string {
    const bytes = (count: number): string => randomBytes(this.#random, count).toString('base64')
    const expiration = Math.floor(expiresAt / 1000)
    const document = {payload: bytes(900), datakey: bytes(220), version: '2', type: 'DATA_KEY', expiration}
    return Buffer.from(JSON.stringify(document)).toString('base64')
  }
}

/** `count` bytes out of a source of numbers from 0 up to, not including, 1. */
export function randomBytes(random: () => number, count: number): Buffer {
  return Buffer.from(Array.from({length: count}, () => Math.floor(random() * 256)))
}
