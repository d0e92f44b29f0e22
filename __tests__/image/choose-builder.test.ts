import {describe, expect, test} from '@jest/globals'
import {chooseBuilder} from '../../src/image/find-builder.ts'
import type {Daemonless, DockerVersion, Probes} from '../../src/image/probe.ts'
import type {BuildxBuilder} from '../../src/image/probe-builder.ts'

const engine = {Version: '28.2.2', Os: 'linux', Components: [{Name: 'Engine'}]}
const docker: DockerVersion = {Client: {Version: '28.2.2'}, Server: engine}
const noEngine: DockerVersion = {...docker, Server: null}
const podman: Daemonless = {program: 'podman', version: '5.4.2', error: ''}
const buildah: Daemonless = {program: 'buildah', version: '1.39.3', error: ''}
const broken = {version: undefined, error: 'Error: cannot find newuidmap\n'}

const windows: DockerVersion = {...docker, Server: {...engine, Os: 'windows'}}
const podmanServes: DockerVersion = {
  Client: {Version: '20.10.24'},
  Server: {Version: '5.4.2', Components: [{Name: 'Podman Engine'}]}
}

const driven = (driver: string, error = ''): BuildxBuilder => ({driver, endpoint: 'default', error})

const CANNOT_WRITE =
  'the builder of this engine cannot write one to a registry; add docker/setup-buildx-action before this step'

describe('what builds', () => {
  test.each<[string, Probes, string]>([
    ['buildx where it is', {docker, buildx: '0.30.1'}, 'buildx 0.30.1'],
    [
      'the engine with BuildKit behind an old command line',
      {docker: {Client: {Version: '20.10.24+dfsg1'}, Server: engine}},
      'Docker 20.10.24+dfsg1 with BuildKit'
    ],
    ['the engine without BuildKit behind a new one', {docker}, 'Docker 28.2.2 without BuildKit'],
    [
      'the engine for Windows containers, which has no BuildKit',
      {docker: windows, buildx: '0.30.1', builder: driven('docker')},
      'Docker 28.2.2 for Windows containers'
    ],
    ['a remote builder beside that', {docker: windows, buildx: '0.30.1', builder: driven('remote')}, 'buildx 0.30.1'],
    [
      'podman behind Docker’s socket, likewise',
      {docker: podmanServes, buildx: '0.30.1', builder: driven('docker')},
      'Docker 20.10.24 without BuildKit'
    ],
    [
      'a builder in a container of that podman',
      {docker: podmanServes, buildx: '0.30.1', builder: driven('docker-container')},
      'buildx 0.30.1'
    ],
    [
      'a remote builder without an engine',
      {docker: noEngine, buildx: '0.30.1', builder: driven('remote')},
      'buildx 0.30.1'
    ],
    [
      'one in Kubernetes, even if it does not answer yet',
      {docker: noEngine, buildx: '0.30.1', builder: driven('kubernetes', 'Cannot connect')},
      'buildx 0.30.1'
    ],
    [
      'one in a container of another engine',
      {docker: noEngine, buildx: '0.30.1', builder: driven('docker-container')},
      'buildx 0.30.1'
    ],
    [
      'one of another engine than the current one',
      {docker: noEngine, buildx: '0.30.1', builder: driven('docker')},
      'buildx 0.30.1'
    ],
    ['podman without Docker', {daemonless: [podman, buildah]}, 'podman 5.4.2'],
    ['podman in the place of Docker', {daemonless: [{...podman, program: 'docker'}]}, 'podman 5.4.2'],
    ['podman beside a Docker without an engine', {docker: noEngine, daemonless: [podman]}, 'podman 5.4.2'],
    [
      'podman beside a builder whose engine does not answer',
      {docker: noEngine, buildx: '0.30.1', builder: driven('docker-container', 'Cannot connect'), daemonless: [podman]},
      'podman 5.4.2'
    ],
    [
      'podman beside the builder of an engine that does not answer',
      {docker: noEngine, buildx: '0.30.1', builder: driven('', 'Cannot connect'), daemonless: [podman]},
      'podman 5.4.2'
    ],
    ['buildah alone', {daemonless: [buildah]}, 'buildah 1.39.3'],
    ['buildah where podman does not work', {daemonless: [{program: 'podman', ...broken}, buildah]}, 'buildah 1.39.3']
  ])('is %s', (_, probes, name) => {
    expect(chooseBuilder(probes).name).toBe(name)
  })

  test.each<[string, Probes, string]>([
    [
      'nothing',
      {daemonless: []},
      'There is no Docker, podman or buildah on this runner to build the image: use one that has it, such as `runs-on: ubuntu-latest`, or release an image that exists already with the input `image`.'
    ],
    [
      'an engine that says nothing',
      {docker: noEngine},
      "Docker's engine does not answer on this runner: start it, or release an image that exists already with the input `image`."
    ],
    [
      'an engine that does not answer, before a podman that does not work',
      {docker: noEngine, engineError: 'a\nCannot connect\n', daemonless: [{program: 'podman', ...broken}]},
      "Docker's engine does not answer on this runner (Cannot connect): start it, or release an image that exists already with the input `image`."
    ],
    [
      'a podman that does not work',
      {daemonless: [{program: 'podman', ...broken}]},
      'podman does not work on this runner (Error: cannot find newuidmap): set it up for the user of the runner, or release an image that exists already with the input `image`.'
    ]
  ])('cannot be %s', (_, probes, sentence) => {
    expect(() => chooseBuilder(probes)).toThrow(new Error(sentence))
  })

  test.each<[string, Probes, string | undefined]>([
    ['the docker driver', {builder: driven('docker')}, CANNOT_WRITE],
    [
      'the docker driver with the image store of containerd',
      {builder: driven('docker'), containerdStore: true},
      undefined
    ],
    ['a container', {builder: driven('docker-container')}, undefined],
    ['a builder that was not asked for', {}, CANNOT_WRITE],
    [
      'a builder that does not answer',
      {builder: driven('', 'a\nno such host\n')},
      'the builder did not answer (no such host)'
    ]
  ])('with buildx and %s keeps its cache in a registry, or tells why not', (_, probes, why) => {
    expect(chooseBuilder({docker, buildx: '0.30.1', ...probes}).withoutCache).toBe(why)
  })
})
