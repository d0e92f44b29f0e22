import {type ExecOutput, getExecOutput} from '@actions/exec'
import {Failure} from '../workflow/failure.ts'
import type {BuildInputs} from '../workflow/inputs.ts'
import {oneLine} from '../workflow/text.ts'
import type {World} from '../world.ts'

/** What builds: buildx, or the Docker engine itself with or without BuildKit. */
export type Builder =
  | {readonly kind: 'buildx'; readonly name: string}
  | {readonly kind: 'engine'; readonly buildKit: boolean; readonly name: string}

/** What `docker version` tells. */
export interface DockerVersion {
  readonly Client: {readonly Version: string}
  readonly Server?: {
    readonly Version: string
    readonly Os?: string
    readonly Components?: readonly {readonly Name: string}[]
  } | null
}

/** What was found on the runner. */
export interface Probes {
  readonly docker: DockerVersion | undefined
  /** What Docker said when its engine did not answer. */
  readonly engineError: string
  /** The version of the buildx plugin. */
  readonly buildx: string | undefined
  /** The current builder works without the local engine. */
  readonly remoteBuilder: boolean
}

const SET_UP_BUILDX = '- uses: docker/setup-buildx-action@v4'

/**
 * Looks what can build on this runner.
 * @throws Failure when nothing can, or when an input asks for what the builder there cannot do
 */
export async function findBuilder(build: BuildInputs, world: World): Promise<Builder> {
  const builder = chooseBuilder(await probe(build.builder, world.env))
  refuseImpossible(builder, build)
  return builder
}

async function probe(builder: string | undefined, env: World['env']): Promise<Probes> {
  const [version, plugin] = await Promise.all([
    docker(['version', '--format', '{{json .}}'], env),
    docker(['buildx', 'version'], env)
  ])
  if (version === undefined) return {docker: undefined, engineError: '', buildx: undefined, remoteBuilder: false}
  const found = readVersion(version.stdout)
  const buildx = plugin?.exitCode === 0 ? (/\bv?(\d+\.\d+\.\d+)/.exec(plugin.stdout)?.[1] ?? '') : undefined
  const needsNoEngine = buildx !== undefined && !found?.Server && (await isRemote(builder, env))
  return {docker: found, engineError: version.stderr, buildx, remoteBuilder: needsNoEngine}
}

/** Builders of the remote and Kubernetes drivers work without a local engine. */
async function isRemote(builder: string | undefined, env: World['env']): Promise<boolean> {
  const inspected = await docker(['buildx', 'inspect', ...(builder === undefined ? [] : [`--builder=${builder}`])], env)
  return inspected !== undefined && /^Driver:\s*(remote|kubernetes)\s*$/m.test(inspected.stdout)
}

/** A short call of Docker; `undefined` when there is no `docker`. */
async function docker(args: string[], env: World['env']): Promise<ExecOutput | undefined> {
  const defined = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  try {
    return await getExecOutput('docker', args, {silent: true, ignoreReturnCode: true, env: Object.fromEntries(defined)})
  } catch {
    return undefined
  }
}

function readVersion(json: string): DockerVersion | undefined {
  try {
    const version = JSON.parse(json) as DockerVersion
    return typeof version.Client.Version === 'string' ? version : undefined
  } catch {
    return undefined
  }
}

/** Decides what builds: buildx where it works, else the engine. */
export function chooseBuilder({docker, engineError, buildx, remoteBuilder}: Probes): Builder {
  if (docker === undefined) {
    throw new Failure(
      'There is no Docker on this runner to build the image: use one that has it, such as `runs-on: ubuntu-latest`, or release an image that exists already with the input `image`.'
    )
  }
  if (!docker.Server && !remoteBuilder) {
    throw new Failure(
      `Docker's engine does not answer on this runner (${lastLine(engineError)}): start it, or release an image that exists already with the input \`image\`.`
    )
  }
  const buildKit = !docker.Server || supportsBuildKit(docker.Server)
  if (buildx !== undefined && buildKit) return {kind: 'buildx', name: `buildx ${buildx}`}
  // From 23 on, the command line needs buildx to use BuildKit.
  const major = Number.parseInt(docker.Client.Version, 10)
  return engine(docker.Client.Version, buildKit && major < 23)
}

function engine(version: string, buildKit: boolean): Builder {
  return {kind: 'engine', buildKit, name: `Docker ${version} ${buildKit ? 'with BuildKit' : 'without BuildKit'}`}
}

/** Engines for Windows containers have no BuildKit, and podman answers as Docker does but for it. */
function supportsBuildKit({Os, Components = []}: NonNullable<DockerVersion['Server']>): boolean {
  return Os !== 'windows' && !Components.some(({Name}) => Name === 'Podman Engine')
}

/** Refuses inputs that the builder cannot do, before it ignores them or fails on them. */
export function refuseImpossible(builder: Builder, build: BuildInputs): void {
  if (builder.kind === 'buildx') return
  const needBuildx: Partial<Record<string, boolean>> = {
    'build-secrets': build.buildSecrets.length > 0 && !builder.buildKit,
    'cache-to': build.cacheTo.length > 0,
    provenance: build.provenance !== undefined,
    sbom: build.sbom !== undefined,
    builder: build.builder !== undefined,
    platforms: build.platforms.length > 1
  }
  const input = Object.keys(needBuildx).find(name => needBuildx[name])
  if (input === undefined) return
  const what = input === 'platforms' ? 'Several `platforms`' : `The input \`${input}\``
  throw new Failure(`${what} cannot be built by ${builder.name}: add buildx before this step.`, {fix: SET_UP_BUILDX})
}

function lastLine(text: string): string {
  return oneLine(text.trim().split('\n').pop() ?? '')
}
