import {distribution, hasPackages, type PackageSet} from './packages.ts'

/** The Docker engine of the machine's own release. */
export const dockerPackages: PackageSet = {
  name: 'docker',
  packages: ['docker.io'],
  // The client is in the engine's package in older releases.
  optional: ['docker-cli'],
  programs: ['docker', 'dockerd', 'containerd', 'runc']
}

/** For Debian 12: the Docker of the release after it, and buildx. They do with older libraries; runc does not. */
export const newerDockerPackages: PackageSet = {
  name: 'newer-docker',
  release: 'trixie',
  packages: ['docker.io', 'docker-cli', 'docker-buildx', 'containerd'],
  programs: ['docker', 'dockerd', 'containerd']
}

/** What builds images without a Docker engine, and a program for images that have no other file. */
export const podmanPackages: PackageSet = {
  name: 'podman',
  packages: ['podman', 'buildah', 'runc', 'busybox-static'],
  programs: ['podman', 'buildah', 'conmon', 'runc']
}

/** All that the tests of builders need, whose tools are those of Debian 12; none where this machine cannot have them. */
export function builderPackages(): readonly PackageSet[] {
  const available = hasPackages() && distribution() === 'debian-12'
  return available ? [dockerPackages, newerDockerPackages, podmanPackages] : []
}
