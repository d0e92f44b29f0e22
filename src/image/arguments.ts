import type {BuildInputs} from '../workflow/inputs.ts'
import type {BuildDetails} from './builder.ts'

/** The label that tells which build an image is from. */
export const BUILD_LABEL = 'ecs-release.build'

/**
 * The options that all builders have in common, and the context. Every value is attached to its option, and the context
 * has been checked, so that nothing a user writes can become an option.
 */
export function buildOptions(build: BuildInputs, {mark, secretFiles}: BuildDetails): string[] {
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
    ...(build.noCache ? ['--no-cache'] : []),
    build.context
  ]
}

/** An option once for each value; `undefined` is none. */
export function each(option: string, values: readonly (string | undefined)[]): string[] {
  return values.flatMap(value => (value === undefined ? [] : [`--${option}=${value}`]))
}

/** Docker reads the value of `--secret` as comma-separated fields. */
function csvField(text: string): string {
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
