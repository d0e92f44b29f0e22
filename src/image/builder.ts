import {getExecOutput} from '@actions/exec'
import {Failure} from '../workflow/failure.ts'
import type {BuildInputs} from '../workflow/inputs.ts'
import {oneLine} from '../workflow/text.ts'
import type {World} from '../world.ts'
import {dockerEnvironment} from './arguments.ts'
import {runProcess} from './process.ts'

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

/** How long Docker may take to say what it is, in milliseconds. */
const PATIENCE = 15_000

const SET_UP_BUILDX = '- uses: docker/setup-buildx-action@v4'

/**
 * Looks what can build on this runner.
 * @throws Failure when nothing can, or when an input asks for what the builder there cannot do
 */
export async function findBuilder(build: BuildInputs, world: World): Promise<Builder> {
  const builder = chooseBuilder(await probe(build.builder, world))
  refuseImpossible(builder, build)
  return builder
}

async function probe(builder: string | undefined, world: World): Promise<Probes> {
  const [version, buildx] = await Promise.all([ask(['version', '--format', '{{json .}}'], world), buildxVersion(world)])
  if (version === undefined) return {docker: undefined, engineError: '', buildx: undefined, remoteBuilder: false}
  const docker = readVersion(version.stdout)
  const remoteBuilder = buildx !== undefined && !docker.Server && (await isRemote(builder, world))
  return {docker, engineError: version.stderr, buildx, remoteBuilder}
}

/** Builders of the remote and Kubernetes drivers work without a local engine. */
async function isRemote(builder: string | undefined, world: World): Promise<boolean> {
  const inspected = await ask(['buildx', 'inspect', ...(builder === undefined ? [] : [`--builder=${builder}`])], world)
  return inspected !== undefined && /^Driver:\s*(remote|kubernetes)\s*$/m.test(inspected.stdout)
}

/** The version of the plugin, which talks to nobody to tell it; `undefined` without one. */
async function buildxVersion({env}: World): Promise<string | undefined> {
  const options = {silent: true, ignoreReturnCode: true, env: dockerEnvironment(env)}
  const told = await getExecOutput('docker', ['buildx', 'version'], options).catch(() => undefined)
  return told?.exitCode === 0 ? (/\bv?(\d+\.\d+\.\d+)/.exec(told.stdout)?.[1] ?? '') : undefined
}

/**
 * Asks Docker what may take the engine's or a builder's answer, which may never come.
 * @returns what it said within some seconds; `undefined` when there is no `docker`
 */
async function ask(
  args: readonly string[],
  {env, signal}: World
): Promise<Record<'stdout' | 'stderr', string> | undefined> {
  const said: Record<'stdout' | 'stderr', string[]> = {stdout: [], stderr: []}
  const timeout = AbortSignal.timeout(PATIENCE)
  try {
    await runProcess('docker', args, {
      cwd: process.cwd(),
      env: dockerEnvironment(env),
      signal: AbortSignal.any([signal, timeout]),
      onLine: (line, stream) => said[stream].push(line)
    })
  } catch (error) {
    signal.throwIfAborted()
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    said.stderr.push(timeout.aborted ? `docker does not answer within ${PATIENCE / 1000} s` : String(error))
  }
  return {stdout: said.stdout.join('\n'), stderr: said.stderr.join('\n')}
}

/** Docker that does not tell its version is there, but of no use. */
function readVersion(json: string): DockerVersion {
  try {
    const version = JSON.parse(json) as DockerVersion
    if (typeof version.Client.Version === 'string') return version
  } catch {
    // It was interrupted, or is another program of that name.
  }
  return {Client: {Version: ''}}
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
      `Docker's engine does not answer on this runner${lastLine(engineError)}: start it, or release an image that exists already with the input \`image\`.`
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

/** In brackets. */
function lastLine(text: string): string {
  const line = oneLine(text.trim().split('\n').pop() ?? '')
  return line === '' ? '' : ` (${line})`
}
