import {buildOptions, each} from '../arguments.ts'
import type {Builder} from '../builder.ts'
import {digestInMetadata} from '../digest.ts'

/** An attestation nobody asked for would make the image an index. */
export const NO_DEFAULT_ATTESTATIONS = {BUILDX_NO_DEFAULT_ATTESTATIONS: '1'}

/**
 * buildx builds and pushes in one go, with whatever driver.
 * @param version of the plugin
 * @param withoutCache why it cannot write its cache to a registry, if so
 */
export function buildx(version: string, withoutCache?: string): Builder {
  return {
    name: `buildx ${version}`,
    program: 'docker',
    env: NO_DEFAULT_ATTESTATIONS,
    ...(withoutCache !== undefined && {withoutCache}),
    build: (build, details) => [
      ...['buildx', 'build', '--push', '--progress=plain', `--metadata-file=${details.metadataFile}`],
      ...each('tag', details.references),
      ...buildOptions(build, details)
    ],
    digest: (_, {metadataFile}) => digestInMetadata(metadataFile)
  }
}
