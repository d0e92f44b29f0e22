import {buildOptions} from '../arguments.ts'
import {type Builder, type Feature, SET_UP_BUILDX} from '../builder.ts'
import {digestInPush} from '../digest.ts'
import {NO_DEFAULT_ATTESTATIONS} from './buildx.ts'

const ONLY_BUILDX: readonly Feature[] = ['cache-to', 'provenance', 'sbom', 'builder', 'several platforms']

/**
 * The Docker engine without buildx, with or without its own BuildKit. The image is named right before each push: another
 * job on the same engine may have given the name to an image of its own.
 * @param version of Docker's command line
 */
export function engine(version: string, buildKit: boolean): Builder {
  return {
    name: `Docker ${version} ${buildKit ? 'with BuildKit' : 'without BuildKit'}`,
    program: 'docker',
    // Said either way, because the job may have set it to what this Docker cannot do.
    env: {...NO_DEFAULT_ATTESTATIONS, DOCKER_BUILDKIT: buildKit ? '1' : '0'},
    cannot: {
      features: buildKit ? ONLY_BUILDX : ['build-secrets', ...ONLY_BUILDX],
      instead: 'add buildx before this step',
      fix: SET_UP_BUILDX
    },
    withoutCache:
      'Docker without buildx cannot write one to a registry; add docker/setup-buildx-action before this step',
    build: (build, details) => [
      'build',
      ...(buildKit ? ['--progress=plain'] : []),
      `--iidfile=${details.idFile}`,
      ...buildOptions(build, details)
    ],
    push: (image, reference) => [
      ['tag', image, reference],
      ['push', reference]
    ],
    digest: digestInPush
  }
}

/** The engine for Windows containers, which has no BuildKit: `docker/setup-buildx-action` alone would not help there. */
export function windowsEngine(version: string): Builder {
  return {
    ...engine(version, false),
    name: `Docker ${version} for Windows containers`,
    cannot: {
      features: ['linux', 'build-secrets', ...ONLY_BUILDX],
      instead:
        'build with buildx and a builder of the remote driver, or release an image that exists already with the input `image`'
    },
    withoutCache: 'Docker for Windows containers cannot write one to a registry'
  }
}
