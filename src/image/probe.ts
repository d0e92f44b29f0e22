import {getExecOutput} from '@actions/exec'
import type {BuildInputs} from '../workflow/inputs.ts'
import type {World} from '../world.ts'
import {ask} from './ask.ts'
import {builderEnvironment} from './builder.ts'
import {probeBuilder, type ProbedBuilder, worksAlone} from './probe-builder.ts'

/** What `docker version` tells. */
export interface DockerVersion {
  readonly Client: {
    readonly Version: string
    /** Only podman has this, where it is installed as `docker`. */
    readonly OsArch?: string
  }
  readonly Server?: {
    readonly Version: string
    readonly Os?: string
    readonly Components?: readonly {readonly Name: string}[]
  } | null
}

/** podman or buildah, with a version if it works, else with its words. */
export interface Daemonless {
  readonly program: string
  readonly version: string | undefined
  readonly error: string
}

/** What was found on the runner; what is of no interest is not looked for. */
export interface Probes extends ProbedBuilder {
  readonly docker?: DockerVersion | undefined
  /** What Docker said when its engine did not answer. */
  readonly engineError?: string
  /** The version of the buildx plugin. */
  readonly buildx?: string | undefined
  /** In order of preference. */
  readonly daemonless?: readonly Daemonless[]
}

/**
 * Looks what can build on this runner: Docker, and without a Docker that works, podman and buildah.
 * @throws Failure when the builder that is named does not exist
 */
export async function probe(build: BuildInputs, world: World): Promise<Probes> {
  const [version, buildx] = await Promise.all([
    ask('docker', ['version', '--format', '{{json .}}'], world),
    buildxVersion(world)
  ])
  const docker = version && readVersion(version.stdout)
  if (docker?.Client.OsArch !== undefined) return {daemonless: await probeDaemonless('docker', world)}
  const found = {docker, engineError: version?.stderr ?? '', buildx}
  const asked = docker && buildx !== undefined ? await probeBuilder(build, hasBuildKit(docker), world) : {}
  const works = docker?.Server ?? (asked.builder && worksAlone(asked.builder))
  if (works || (docker && build.builder !== undefined)) return {...found, ...asked}
  return {...found, ...asked, daemonless: await probeDaemonless('podman', world)}
}

/** Whether an engine answers that has BuildKit: those for Windows containers have none, nor has podman in its place. */
export function hasBuildKit({Server}: DockerVersion): boolean {
  if (!Server) return false
  const {Os, Components = []} = Server
  return Os !== 'windows' && !Components.some(({Name}) => Name === 'Podman Engine')
}

/** The version of the plugin, which talks to nobody to tell it; `undefined` without one. */
async function buildxVersion({env}: World): Promise<string | undefined> {
  const options = {silent: true, ignoreReturnCode: true, env: builderEnvironment(env)}
  const told = await getExecOutput('docker', ['buildx', 'version'], options).catch(() => undefined)
  return told?.exitCode === 0 ? (/\bv?(\d+\.\d+\.\d+)/.exec(told.stdout)?.[1] ?? '') : undefined
}

/** @param podman the name of its program */
async function probeDaemonless(podman: string, world: World): Promise<Daemonless[]> {
  const found = await Promise.all([
    probeVersion(podman, ['info', '--format', '{{.Version.Version}}'], world),
    probeBuildah(world)
  ])
  return found.filter(tool => tool !== undefined)
}

/** It tells its version also where it cannot work, as podman does not. */
async function probeBuildah(world: World): Promise<Daemonless | undefined> {
  const found = await probeVersion('buildah', ['--version'], world)
  const info = found && (await ask('buildah', ['info'], world))
  return found && info?.exitCode !== 0 ? {...found, version: undefined, error: info?.stderr ?? ''} : found
}

async function probeVersion(program: string, args: readonly string[], world: World): Promise<Daemonless | undefined> {
  const answer = await ask(program, args, world)
  if (answer === undefined) return undefined
  const version = answer.exitCode === 0 ? /\d+\.\d+\S*/.exec(answer.stdout)?.[0] : undefined
  return {program, version, error: answer.stderr}
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
