import {createIds} from '../ids.ts'

/** The identifiers that CodeDeploy makes. */
export interface CodeDeployIds {
  readonly uuid: () => string
  /** Such as `d-A1B2C3D4E`. */
  readonly deployment: () => string
}

/** Identifiers out of `random`, so that the same seed gives the same ones. */
export function createCodeDeployIds(random: () => number): CodeDeployIds {
  const ids = createIds(random)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
  const character = (): string => alphabet.charAt(Math.floor(random() * alphabet.length))
  return {uuid: () => ids.uuid(), deployment: () => `d-${Array.from({length: 9}, character).join('')}`}
}
