import {buildOptions} from '../arguments.ts'
import type {Builder} from '../builder.ts'
import {digestInFile} from '../digest.ts'

const USE_DOCKER = 'leave that out, or use a runner with Docker and buildx'

/**
 * podman or buildah, which build without a daemon and are called alike. The image is pushed by its id: it needs no name.
 * The format is Docker's, as it is with Docker: in the other one, HEALTHCHECK and SHELL of the Dockerfile would get lost.
 * Source: podman-build(1), podman-push(1).
 * @param program `podman`, `buildah`, or `docker` where that is podman
 * @param instead what to do about inputs that these cannot do
 */
export function podman(program: string, version: string, instead = USE_DOCKER): Builder {
  return {
    name: `${program === 'buildah' ? 'buildah' : 'podman'} ${version}`,
    program,
    env: {},
    cannot: {features: ['provenance', 'sbom', 'builder', 'several platforms'], instead},
    withoutCache:
      'podman and buildah write an image for each instruction instead of one; name a repository for those, without a tag, in both `cache-from` and `cache-to`',
    build: (build, details) => [
      'build',
      '--format=docker',
      // buildah caches nothing otherwise.
      ...(build.cacheFrom.length + build.cacheTo.length > 0 ? ['--layers'] : []),
      `--iidfile=${details.idFile}`,
      ...buildOptions(build, details)
    ],
    push: (image, reference, {digestFile}) => [['push', `--digestfile=${digestFile}`, image, `docker://${reference}`]],
    digest: (_, {digestFile}) => digestInFile(digestFile)
  }
}
