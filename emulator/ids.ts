/** The kinds of identifiers that AWS makes. */
export interface Ids {
  /** Such as `84baee51-330f-4068-b202-d6d658414bef`. */
  uuid(): string
  /** 32 hexadecimal digits, as in a task's ARN. */
  task(): string
  /** The digits of a deployment id and of its service revision. */
  deployment(): string
  /** The 21 characters at the end of a service deployment's ARN. */
  serviceDeployment(): string
  /** The 43 characters at the end of a lifecycle hook's id. */
  hook(): string
}

/**
 * A generator of numbers from 0 up to, not including, 1, that starts the same for the same seed (mulberry32).
 * @param seed a whole number
 */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Identifiers out of `random`, so that the same seed gives the same ones. */
export function createIds(random: () => number): Ids {
  const draw = (alphabet: string, length: number): string =>
    Array.from({length}, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
  const hex = (length: number): string => draw('0123456789abcdef', length)
  const urlSafe = (length: number): string =>
    draw('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', length)
  return {
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${draw('89ab', 1)}${hex(3)}-${hex(12)}`,
    task: () => hex(32),
    deployment: () => draw('123456789', 1) + draw('0123456789', 18),
    serviceDeployment: () => urlSafe(21),
    hook: () => urlSafe(43)
  }
}
