import {Failure} from '../workflow/failure.ts'
import type {BuildInputs} from '../workflow/inputs.ts'
import {bounded, listed, oneLine} from '../workflow/text.ts'
import type {World} from '../world.ts'
import {ask} from './ask.ts'
import {SET_UP_BUILDX} from './builder.ts'

/** What `docker buildx inspect` tells of a builder. */
export interface BuildxBuilder {
  /** Empty when buildx does not tell, and for the engine's own builder when the engine does not answer. */
  readonly driver: string
  /** Of the docker driver, the name of a Docker context. */
  readonly endpoint: string
  /** Why it does not answer; empty if it does, or need not yet. */
  readonly error: string
}

/** What was found out of the builder that buildx would use. */
export interface ProbedBuilder {
  readonly builder?: BuildxBuilder | undefined
  /** Whether the engine of that builder has the image store of containerd. */
  readonly containerdStore?: boolean
}

/** buildx itself gives a builder 20 s to answer; in milliseconds. */
const INSPECT_PATIENCE = 25_000

/**
 * Asks buildx for the builder that it would use. Only where it matters: one on another machine may take its time.
 * @param hasBuildKit whether the current engine can build, so that no other builder is needed
 * @throws Failure when the builder that is named does not exist
 */
export async function probeBuilder(
  {builder, cache}: BuildInputs,
  hasBuildKit: boolean,
  world: World
): Promise<ProbedBuilder> {
  const name = builder ?? (world.env['BUILDX_BUILDER'] || undefined)
  if (hasBuildKit && name === undefined && cache === undefined) return {}
  const chosen = builder === undefined ? [] : [`--builder=${builder}`]
  const inspected = await ask('docker', ['buildx', 'inspect', ...chosen], world, INSPECT_PATIENCE)
  if (name !== undefined && /no builder .* found/.test(inspected?.stderr ?? '')) throw await noSuchBuilder(name, world)
  const found = readBuilder(inspected?.stdout ?? '', inspected?.stderr)
  if (cache === undefined || found.driver !== 'docker') return {builder: found}
  const info = ['info', '--format', '{{json .DriverStatus}}']
  const store = await ask('docker', [`--context=${found.endpoint}`, ...info], world)
  return {builder: found, containerdStore: store?.stdout.includes('io.containerd.snapshotter.v1') ?? false}
}

/**
 * Reads what `docker buildx inspect` prints: of the builder, then of each of its nodes.
 * @param complaint what it says besides, which counts if it tells no driver
 */
export function readBuilder(inspected: string, complaint = ''): BuildxBuilder {
  const value = (name: string): string => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(inspected)?.[1]?.trim() ?? ''
  const driver = value('Driver')
  return {driver, endpoint: value('Endpoint'), error: value('Error') || (driver === '' ? complaint.trim() : '')}
}

/**
 * Whether a builder works although the current engine does not answer: that of another engine, which does, or of a driver
 * that needs none, such as remote and Kubernetes.
 */
export function worksAlone({driver, error}: BuildxBuilder): boolean {
  return driver !== '' && (error === '' || !['docker', 'docker-container'].includes(driver))
}

async function noSuchBuilder(name: string, world: World): Promise<Failure> {
  const list = await ask('docker', ['buildx', 'ls'], world)
  const names = builderNames(list?.stdout ?? '')
  const there = names.length === 0 ? '' : `, which has ${listed(names)}`
  return new Failure(
    `There is no buildx builder \`${bounded(oneLine(name), 100)}\` on this runner${there}: correct the input \`builder\` or the variable BUILDX_BUILDER, or create the builder before this step.`,
    {fix: `${SET_UP_BUILDX}\n  with:\n    name: ${oneLine(name)}`}
  )
}

/** Names in what `docker buildx ls` prints; nodes are indented below their builder, and the current one has an asterisk. */
export function builderNames(list: string): string[] {
  return list.split('\n').flatMap(line => (/^(?!NAME)\S/.test(line) ? (/^[^\s*]+/.exec(line) ?? []) : []))
}
