import {execFile} from 'node:child_process'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {dockerPackages, newerDockerPackages} from '../../scripts/docker-packages.ts'
import {distribution, hasPackages, type Unpacked, unpack} from '../../scripts/packages.ts'
import {startPrivateEngine} from '../../scripts/private-docker-engine.ts'
import {privatePodman, servePodman, type PrivatePodman} from '../../scripts/private-podman.ts'
import {Runner} from './builder-runner.ts'
import {serveBuildKit} from './buildkit-socket.ts'

const run = promisify(execFile)

/** A builder that the table has a row for. */
export interface Row {
  /** What is on the runner, as a reader of the table needs to know it. */
  readonly name: string
  /** What becomes of a build's secrets; `undefined` where none is tried. */
  readonly secret: 'mounted' | 'refused' | undefined
  readonly inputs?: Readonly<Record<string, string>>
  /** Whether it can write its cache to a registry. */
  readonly exportsCache?: boolean
  /** @param tools those of the distribution; the row without any needs none */
  runner(tools: Tools): Promise<Runner>
}

/** What the rows share. */
export interface Tools extends AsyncDisposable {
  readonly docker: Unpacked
  readonly newerDocker: Unpacked
  readonly podman: PrivatePodman
  /** Where a client finds an engine: an old one, a newer one with the image store of containerd, and podman. */
  readonly engines: Readonly<Record<'old' | 'newer' | 'podman', Readonly<Record<string, string>>>>
  /** Socket of a BuildKit for the remote driver. */
  readonly buildKit: string
}

/** Fetches the packages that are not there yet and starts the engines, side by side. */
export async function openTools(): Promise<Tools> {
  await using started = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'builders-'))
  started.defer(() => rm(directory, {recursive: true, force: true}))
  const start = async (starting: Promise<Engine>) => {
    const engine = await starting
    started.defer(engine.stop)
    const {DOCKER_HOST = '', DOCKER_TLS_VERIFY = ''} = engine.env
    return {DOCKER_HOST, DOCKER_TLS_VERIFY}
  }
  const startPodman = async () => {
    const podman = await privatePodman(directory)
    return {podman, engine: await start(servePodman(podman))}
  }
  const [old, newer, {podman, engine}] = await Promise.all([
    start(startPrivateEngine()),
    start(startPrivateEngine({packages: newerDockerPackages, containerdStore: true})),
    startPodman()
  ])
  const buildKit = join(directory, 'buildkit.sock')
  started.use(await serveBuildKit(new URL(newer.DOCKER_HOST).pathname, buildKit))
  const stack = started.move()
  return {
    docker: await unpack(dockerPackages),
    newerDocker: await unpack(newerDockerPackages),
    podman,
    engines: {old, newer, podman: engine},
    buildKit,
    [Symbol.asyncDispose]: () => stack.disposeAsync()
  }
}

interface Engine {
  readonly env: Readonly<Record<string, string>>
  readonly stop: () => Promise<void>
}

const dockerIn = ({root}: Unpacked) => ({docker: join(root, 'usr/bin/docker')})

const buildxIn = ({root}: Unpacked): string => join(root, 'usr/libexec/docker/cli-plugins/docker-buildx')

/** A runner with the buildx builder `elsewhere`, whatever its engine is. */
async function withRemoteBuilder(
  {newerDocker, buildKit}: Tools,
  env: Readonly<Record<string, string>>,
  ...options: readonly string[]
): Promise<Runner> {
  const programs = dockerIn(newerDocker)
  const runner = await Runner.open({programs, buildx: buildxIn(newerDocker), env})
  const create = ['buildx', 'create', '--name=elsewhere', '--driver=remote', ...options, `unix://${buildKit}`]
  await run(programs.docker, create, {env: {...env, HOME: runner.home}})
  return runner
}

/** All that Debian 12 can give, with packages of its own and of the release after it. */
const rows: readonly Row[] = [
  {
    name: 'Docker 20.10, its own BuildKit',
    secret: 'mounted',
    runner: ({docker, engines}) => Runner.open({programs: dockerIn(docker), env: engines.old})
  },
  {
    name: 'Docker 26 without buildx, engine 20.10: the legacy builder',
    secret: 'refused',
    runner: ({newerDocker, engines}) => Runner.open({programs: dockerIn(newerDocker), env: engines.old})
  },
  {
    name: 'Docker 26 without buildx, image store of containerd: the legacy builder',
    secret: 'refused',
    runner: ({newerDocker, engines}) => Runner.open({programs: dockerIn(newerDocker), env: engines.newer})
  },
  {
    name: 'buildx 0.13, engine 20.10: the docker driver on the classic image store',
    secret: 'mounted',
    runner: ({newerDocker, engines}) =>
      Runner.open({programs: dockerIn(newerDocker), buildx: buildxIn(newerDocker), env: engines.old})
  },
  {
    name: 'buildx 0.13, engine 26: the docker driver on the image store of containerd',
    secret: 'mounted',
    exportsCache: true,
    runner: ({newerDocker, engines}) =>
      Runner.open({programs: dockerIn(newerDocker), buildx: buildxIn(newerDocker), env: engines.newer})
  },
  {
    name: 'buildx 0.13 without an engine: the `builder` of the remote driver',
    secret: 'mounted',
    exportsCache: true,
    inputs: {builder: 'elsewhere'},
    runner: tools => withRemoteBuilder(tools, {DOCKER_HOST: 'unix:///nonexistent/docker.sock'})
  },
  {
    name: 'buildx 0.13 with a current builder of the remote driver, podman in the place of the engine',
    secret: 'mounted',
    exportsCache: true,
    runner: tools => withRemoteBuilder(tools, tools.engines.podman, '--use')
  },
  {
    name: 'podman 4.3',
    secret: 'mounted',
    runner: ({podman: {podman, env}}) => Runner.open({programs: {podman}, installed: env, home: env['HOME'] ?? ''})
  },
  {
    name: 'buildah 1.28',
    secret: 'mounted',
    runner: ({podman: {buildah, env}}) => Runner.open({programs: {buildah}, installed: env, home: env['HOME'] ?? ''})
  },
  {
    name: 'Docker 20.10, podman in the place of the engine',
    secret: 'refused',
    runner: ({docker, engines}) => Runner.open({programs: dockerIn(docker), env: engines.podman})
  }
]

/** Takes from the newer engine what it could build on. */
export async function forgetBuilds({newerDocker, engines}: Tools): Promise<void> {
  await run(dockerIn(newerDocker).docker, ['builder', 'prune', '--all', '--force'], {env: engines.newer})
}

/** Whether this machine has the packages that the table needs; it must be Debian 12, as root. */
export const hasTools = hasPackages() && distribution() === 'debian-12'

/** The rows that cannot be on this machine. */
export const missingRows = hasTools ? [] : rows

/** The rows of this machine: all of them, or the Docker that is there. */
export const machineRows: readonly Row[] = hasTools
  ? rows
  : [
      {
        name: 'the Docker of this machine',
        secret: undefined,
        runner: async () => {
          const {stdout} = await run('sh', ['-c', 'command -v docker'])
          const {DOCKER_HOST = '', PATH = ''} = process.env
          return Runner.open({programs: {docker: stdout.trim()}, env: {DOCKER_HOST}, installed: {PATH}})
        }
      }
    ]
