import type {Environment} from '../workflow/event.ts'
import {Failure} from '../workflow/failure.ts'
import type {BuildInputs} from '../workflow/inputs.ts'

/** What builds the image and pushes it: how it is called, and what it cannot do. */
export interface Builder {
  /** With its version, such as `buildx 0.30.1`. */
  readonly name: string
  readonly program: string
  /** What it must find in its environment. */
  readonly env: Readonly<Record<string, string>>
  /** Absent where it can do all. */
  readonly cannot?: Limits
  /** Why it cannot keep its cache as the input `cache` asks, and what to do; absent where it can. */
  readonly withoutCache?: string
  /** Arguments that build the image; with buildx they push it too. */
  readonly build: (build: BuildInputs, details: BuildDetails) => string[]
  /** Arguments of one call after the other that push what was built under one reference; absent where the build does. */
  readonly push?: (image: string, reference: string, details: BuildDetails) => string[][]
  /** The digest of what was pushed, from the last lines that the last call printed or from the file that it wrote. */
  readonly digest: (lastLines: readonly string[], details: BuildDetails) => Promise<string> | string
}

/** What a builder would fail on, or ignore, and what to do instead. */
export interface Limits {
  readonly features: readonly Feature[]
  /** Goes on after a colon. */
  readonly instead: string
  /** The YAML to paste. */
  readonly fix?: string
}

/** What a build needs besides the inputs. */
export interface BuildDetails {
  /** What the image is to be called, `host/repository:tag`. */
  readonly references: readonly string[]
  /** Tells that the image is of this run, see `existing.ts`. */
  readonly mark: string | undefined
  readonly secretFiles: readonly SecretFile[]
  /** Where buildx writes what it pushed. */
  readonly metadataFile: string
  /** Where all others write the id of what they built. */
  readonly idFile: string
  /** Where podman and buildah write the digest of what they pushed. */
  readonly digestFile: string
}

export interface SecretFile {
  readonly name: string
  readonly file: string
}

/** Whether the inputs ask for what not every builder can do, by the name of the input or by what is in `platforms`. */
const FEATURES = {
  'build-secrets': ({buildSecrets}: BuildInputs) => buildSecrets.length > 0,
  'cache-to': ({cacheTo}: BuildInputs) => cacheTo.length > 0,
  provenance: ({provenance}: BuildInputs) => provenance !== undefined,
  sbom: ({sbom}: BuildInputs) => sbom !== undefined,
  builder: ({builder}: BuildInputs) => builder !== undefined,
  'several platforms': ({platforms}: BuildInputs) => platforms.length > 1,
  linux: (build: BuildInputs) => linuxPlatform(build) !== undefined
}

export type Feature = keyof typeof FEATURES

export const SET_UP_BUILDX = '- uses: docker/setup-buildx-action@v4'

/**
 * Refuses inputs that the builder cannot do, before it ignores them or fails on them.
 * @throws Failure naming the input
 */
export function refuseImpossible({name, cannot}: Builder, build: BuildInputs): void {
  const feature = cannot?.features.find(feature => FEATURES[feature](build))
  if (cannot === undefined || feature === undefined) return
  const {instead, fix} = cannot
  throw new Failure(
    `${described(feature, build)} not supported by ${name}: ${instead}.`,
    fix === undefined ? {} : {fix}
  )
}

function described(feature: Feature, build: BuildInputs): string {
  if (feature === 'several platforms') return 'Several `platforms` are'
  if (feature === 'linux') return `The platform \`${linuxPlatform(build) ?? ''}\` is`
  return `The input \`${feature}\` is`
}

/** What the input or the task definition asks for, such as `linux/amd64`. */
function linuxPlatform({platforms}: BuildInputs): string | undefined {
  return platforms.find(platform => /^linux(\/|$)/.test(platform))
}

/**
 * The environment of a builder: that of the step without its inputs, which hold the build's secrets, and without Docker's
 * content trust, which would sign or refuse what is pushed and pulled.
 */
export function builderEnvironment(env: Environment): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('INPUT_')
  )
  return {...Object.fromEntries(kept), DOCKER_CONTENT_TRUST: '0'}
}
