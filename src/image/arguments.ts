import type {Environment} from '../workflow/event.ts'
import type {BuildInputs} from '../workflow/inputs.ts'
import type {Builder} from './builder.ts'

/** What a build needs besides the inputs. */
export interface BuildDetails {
  /** What the image is to be called, `host/repository:tag`; the engine pushes under these names later. */
  readonly references: readonly string[]
  /** Tells that the image is of this run, see `existing.ts`. */
  readonly mark: string | undefined
  readonly secretFiles: readonly SecretFile[]
  /** Where buildx writes what it pushed. */
  readonly metadataFile: string
  /** Where the engine writes the id of what it built. */
  readonly idFile: string
}

export interface SecretFile {
  readonly name: string
  readonly file: string
}

/** The label that tells which build an image is from. */
export const BUILD_LABEL = 'ecs-release.build'

/**
 * Arguments of `docker` that build the image; with buildx they push it too. Every value is attached to its option, and
 * the context has been checked, so that nothing a user writes can become an option.
 */
export function buildArguments(builder: Builder, build: BuildInputs, details: BuildDetails): string[] {
  const {references, metadataFile, idFile} = details
  const command =
    builder.kind === 'buildx'
      ? ['buildx', 'build', '--push', '--progress=plain', `--metadata-file=${metadataFile}`, ...each('tag', references)]
      : ['build', ...(builder.buildKit ? ['--progress=plain'] : []), `--iidfile=${idFile}`]
  return [...command, ...options(build, details), build.context]
}

function options(build: BuildInputs, {mark, secretFiles}: BuildDetails): string[] {
  const {buildArgs, labels, platforms} = build
  return [
    ...each('file', [build.file]),
    ...each('target', [build.target]),
    ...each('platform', platforms.length === 0 ? [] : [platforms.join(',')]),
    ...each(
      'build-arg',
      buildArgs.map(({name, value}) => `${name}=${value}`)
    ),
    ...each(
      'secret',
      secretFiles.map(({name, file}) => `id=${name},${csvField(`src=${file}`)}`)
    ),
    ...each(
      'label',
      labels.map(({name, value}) => `${name}=${value}`)
    ),
    ...each('label', mark === undefined ? [] : [`${BUILD_LABEL}=${mark}`]),
    ...each('cache-from', build.cacheFrom),
    ...each('cache-to', build.cacheTo),
    ...each('network', [build.network]),
    ...each('builder', [build.builder]),
    ...each('provenance', [build.provenance]),
    ...each('sbom', [build.sbom]),
    ...(build.pull ? ['--pull'] : []),
    ...(build.noCache ? ['--no-cache'] : [])
  ]
}

function each(option: string, values: readonly (string | undefined)[]): string[] {
  return values.flatMap(value => (value === undefined ? [] : [`--${option}=${value}`]))
}

/** Docker reads the value of `--secret` as comma-separated fields. */
function csvField(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** What the builder must find in its environment. */
export function buildEnvironment(builder: Builder): Record<string, string> {
  // An attestation nobody asked for would make the image an index.
  if (builder.kind === 'buildx') return {BUILDX_NO_DEFAULT_ATTESTATIONS: '1'}
  // Said either way, because the job may have set it to what this Docker cannot do.
  return {DOCKER_BUILDKIT: builder.buildKit ? '1' : '0'}
}

/**
 * The environment of Docker: that of the step without its inputs, which hold the build's secrets, and without content
 * trust, which would sign or refuse what is pushed and pulled.
 */
export function dockerEnvironment(env: Environment): Record<string, string> {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith('INPUT_')
  )
  return {...Object.fromEntries(kept), DOCKER_CONTENT_TRUST: '0'}
}
