import {Failure} from '../workflow/failure.ts'
import type {BuildInputs} from '../workflow/inputs.ts'
import {bounded, oneLine} from '../workflow/text.ts'
import type {World} from '../world.ts'
import {type Builder, refuseImpossible} from './builder.ts'
import {buildx} from './builders/buildx.ts'
import {engine, windowsEngine} from './builders/engine.ts'
import {podman} from './builders/podman.ts'
import {type DockerVersion, hasBuildKit, probe, type Probes} from './probe.ts'
import {type ProbedBuilder, worksAlone} from './probe-builder.ts'

/**
 * Looks what can build on this runner.
 * @throws Failure when nothing can, or when an input asks for what the builder there cannot do
 */
export async function findBuilder(build: BuildInputs, world: World): Promise<Builder> {
  const probes = await probe(build, world)
  const builder = chooseBuilder(probes)
  if (probes.docker && builder.program !== 'docker')
    world.log.info(`Docker's engine does not answer${lastLine(probes.engineError)}: building with ${builder.name}`)
  refuseImpossible(builder, build)
  return builder
}

/**
 * Decides what builds: buildx where it works, else the engine, else podman, else buildah.
 * @throws Failure when nothing can build
 */
export function chooseBuilder(probes: Probes): Builder {
  const {docker, builder, daemonless = [], engineError} = probes
  if (docker && (docker.Server ?? (builder && worksAlone(builder)))) return chooseDocker(docker, probes)
  const works = daemonless.find(({version}) => version !== undefined)
  if (works?.version === undefined) throw nothingBuilds(probes)
  const instead = docker && `start Docker's engine, which does not answer${lastLine(engineError)}, or leave that out`
  return podman(works.program, works.version, instead)
}

function chooseDocker(docker: DockerVersion, probes: Probes): Builder {
  if (probes.buildx !== undefined && isBuildxOfUse(docker, probes)) return buildx(probes.buildx, whyNoCache(probes))
  const {Version} = docker.Client
  if (docker.Server?.Os === 'windows') return windowsEngine(Version)
  // From 23 on, the command line needs buildx to use BuildKit.
  return engine(Version, hasBuildKit(docker) && Number.parseInt(Version, 10) < 23)
}

/** With an engine that has no BuildKit, buildx still builds elsewhere. */
function isBuildxOfUse(docker: DockerVersion, {builder}: ProbedBuilder): boolean {
  return !docker.Server || hasBuildKit(docker) || !['', 'docker'].includes(builder?.driver ?? '')
}

/** The docker driver does so only with the image store of containerd; source: Docker, "Cache storage backends". */
function whyNoCache({builder, containerdStore = false}: ProbedBuilder): string | undefined {
  if (builder?.driver === '') return `the builder did not answer${lastLine(builder.error)}`
  const isAble = builder !== undefined && (builder.driver !== 'docker' || containerdStore)
  if (isAble) return undefined
  return 'the builder of this engine cannot write one to a registry; add docker/setup-buildx-action before this step'
}

function nothingBuilds({docker, engineError, daemonless: [broken] = []}: Probes): Failure {
  const instead = 'or release an image that exists already with the input `image`'
  if (docker !== undefined)
    return new Failure(`Docker's engine does not answer on this runner${lastLine(engineError)}: start it, ${instead}.`)
  if (broken !== undefined)
    return new Failure(
      `${broken.program} does not work on this runner${lastLine(broken.error)}: set it up for the user of the runner, ${instead}.`
    )
  return new Failure(
    `There is no Docker, podman or buildah on this runner to build the image: use one that has it, such as \`runs-on: ubuntu-latest\`, ${instead}.`
  )
}

/** In brackets. */
function lastLine(text = ''): string {
  const line = bounded(oneLine(text.trim().split('\n').pop() ?? ''), 400)
  return line === '' ? '' : ` (${line})`
}
