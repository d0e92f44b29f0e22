import {mkdtempSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {delimiter, join} from 'node:path'
import type {DockerEngine} from './docker-engine.ts'
import {dockerPackages} from './docker-packages.ts'
import {type PackageSet, type Unpacked, unpack} from './packages.ts'
import {startPrivateService} from './private-service.ts'

export interface PrivateEngineOptions {
  /** What to take instead of the same programs of the machine's own release. */
  readonly packages?: PackageSet
  /** The image store of containerd, as new engines have it, instead of Docker's classic one. */
  readonly containerdStore?: boolean
}

/**
 * Starts a Docker engine that nobody else sees: own data directory and socket, no network for its containers. Needs root on
 * Debian, Ubuntu or a relative of theirs.
 * @throws Error with one sentence that says why it did not start
 */
export async function startPrivateEngine(options: PrivateEngineOptions = {}): Promise<DockerEngine> {
  const docker = await unpackDocker(options.packages)
  const directory = mkdtempSync(join(tmpdir(), 'ecs-release-docker-'))
  const socket = join(directory, 'docker.sock')
  const configuration = join(directory, 'daemon.json')
  writeFileSync(configuration, JSON.stringify(engineConfiguration(directory, socket, options)))
  const stop = await startPrivateService({
    name: 'Docker engine',
    command: ['dockerd', '--config-file', configuration],
    env: {...process.env, ...docker.env},
    socket,
    directory
  })
  const path = [join(docker.root, 'usr/bin'), process.env.PATH].join(delimiter)
  return {env: {PATH: path, DOCKER_HOST: `unix://${socket}`, DOCKER_TLS_VERIFY: ''}, stop}
}

/** The newer programs come first in the path; what they start may be older. */
async function unpackDocker(newer: PackageSet | undefined): Promise<Unpacked> {
  if (newer === undefined) return unpack(dockerPackages)
  const [{root, env}, own] = await Promise.all([unpack(newer), unpack(dockerPackages)])
  return {root, env: {PATH: [env.PATH, own.env.PATH].join(delimiter), LD_LIBRARY_PATH: own.env.LD_LIBRARY_PATH}}
}

/** As for `dockerd --config-file`. Given as a file, so that the one in /etc/docker has no say. */
function engineConfiguration(directory: string, socket: string, {containerdStore}: PrivateEngineOptions): object {
  return {
    'data-root': join(directory, 'data'),
    'exec-root': join(directory, 'exec'),
    pidfile: join(directory, 'docker.pid'),
    hosts: [`unix://${socket}`],
    bridge: 'none',
    iptables: false,
    ip6tables: false,
    ...(containerdStore && {features: {'containerd-snapshotter': true}})
  }
}
