import {cpSync, mkdirSync, mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {podmanPackages} from './docker-packages.ts'
import {unpack} from './packages.ts'
import {startPrivateService} from './private-service.ts'

/** podman and buildah with storage and settings of their own. */
export interface PrivatePodman {
  /** Paths of the programs. */
  readonly podman: string
  readonly buildah: string
  /** A program that needs no other file, for images. */
  readonly busybox: string
  /** What they must find in their environment. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * Sets podman and buildah up as an installed package does, in a directory of their own. Needs root on Debian, Ubuntu or a
 * relative of theirs.
 * @param directory an empty one, for all that they store
 */
export async function privatePodman(directory: string): Promise<PrivatePodman> {
  const {root, env} = await unpack(podmanPackages)
  const settings = {
    'storage.conf': `[storage]\ndriver = "vfs"\ngraphroot = "${directory}/images"\nrunroot = "${directory}/run"\n`,
    // The emulator's registry speaks HTTP.
    'registries.conf': '[[registry]]\nprefix = "127.0.0.1"\nlocation = "127.0.0.1"\ninsecure = true\n',
    'containers.conf': containersConfiguration(directory, root)
  }
  for (const [name, text] of Object.entries(settings)) writeFileSync(join(directory, name), text)
  const home = join(directory, 'home')
  mkdirSync(join(home, '.config/containers'), {recursive: true})
  cpSync(join(root, 'etc/containers/policy.json'), join(home, '.config/containers/policy.json'))
  return {
    podman: join(root, 'usr/bin/podman'),
    buildah: join(root, 'usr/bin/buildah'),
    busybox: join(root, 'bin/busybox'),
    env: {
      ...env,
      HOME: home,
      CONTAINERS_STORAGE_CONF: join(directory, 'storage.conf'),
      CONTAINERS_REGISTRIES_CONF: join(directory, 'registries.conf'),
      CONTAINERS_CONF: join(directory, 'containers.conf'),
      BUILDAH_RUNTIME: join(root, 'usr/sbin/runc')
    }
  }
}

/** crun, the default, does not run on every kind of control groups that runc runs on. */
function containersConfiguration(directory: string, root: string): string {
  return `[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
tmp_dir = "${directory}/tmp"
conmon_path = ["${root}/usr/bin/conmon"]
runtime = "runc"
[engine.runtimes]
runc = ["${root}/usr/sbin/runc"]
`
}

/**
 * Starts podman in the place of a Docker engine.
 * @returns what a client needs in its environment, and what stops it
 */
export async function servePodman({
  env
}: PrivatePodman): Promise<{env: Readonly<Record<string, string>>; stop: () => Promise<void>}> {
  const directory = mkdtempSync(join(tmpdir(), 'ecs-release-podman-'))
  const socket = join(directory, 'podman.sock')
  const stop = await startPrivateService({
    name: 'podman service',
    command: ['podman', 'system', 'service', '--time=0', `unix://${socket}`],
    env: {...process.env, ...env},
    socket,
    directory
  })
  return {env: {DOCKER_HOST: `unix://${socket}`, DOCKER_TLS_VERIFY: ''}, stop}
}
