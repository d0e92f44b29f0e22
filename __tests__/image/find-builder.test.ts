import {chmod, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {describe, expect, test} from '@jest/globals'
import type {Builder} from '../../src/image/builder.ts'
import {findBuilder} from '../../src/image/find-builder.ts'
import {buildInputs, temporaryDirectory, testWorld} from './support.ts'

describe('looking at the runner', () => {
  interface Look {
    readonly build?: Partial<ReturnType<typeof buildInputs>>
    readonly env?: Record<string, string>
  }

  /** Looks where there are only programs of these words. */
  async function lookWith(
    programs: Record<string, string>,
    {build, env}: Look = {}
  ): Promise<Builder & {log: readonly string[]}> {
    await using directory = await temporaryDirectory()
    for (const [name, script] of Object.entries(programs)) {
      const file = join(directory.path, name)
      await writeFile(file, `#!/bin/sh\n${script}`)
      await chmod(file, 0o755)
    }
    // `@actions/exec` looks a program up in the environment of its own process.
    const {PATH} = process.env
    process.env['PATH'] = directory.path
    try {
      const world = testWorld({...env, PATH: directory.path})
      return {...(await findBuilder(buildInputs(build), world)), log: world.lines}
    } finally {
      process.env['PATH'] = PATH
    }
  }

  // The imitations are shell scripts.
  const onUnix = process.platform === 'win32' ? test.skip : test

  const server = '{"Version":"28.2.2","Os":"linux"}'
  const windowsServer = '{"Version":"28.2.2","Os":"windows"}'
  /** Docker with buildx, which inspects and lists as it is told to. */
  const dockerWith = (cases: string, engine = server): string => `case "$*" in
  "version --format {{json .}}") echo '{"Client":{"Version":"28.2.2"},"Server":${engine}}'; echo 'no engine' >&2 ;;
  "buildx version") echo 'github.com/docker/buildx v0.30.1 9e66234aa13328a5e75b75aa5574e1ca6d6d9c01' ;;
  ${cases}
  *) echo "unexpected: $*" >&2; exit 1 ;;
esac`

  onUnix('finds buildx, and asks no more than it needs', async () => {
    const builder = await lookWith({docker: dockerWith('"buildx inspect") /bin/sleep 60 ;;')})
    expect(builder.name).toBe('buildx 0.30.1')
  })

  const kubernetes = `"buildx inspect --builder=far") printf 'Name:   far\\nDriver: kubernetes\\n' ;;`

  onUnix('finds a remote builder', async () => {
    const far = {build: {builder: 'far'}}
    expect((await lookWith({docker: dockerWith(kubernetes, 'null')}, far)).name).toBe('buildx 0.30.1')
  })

  onUnix('finds one beside an engine that has no BuildKit, also the current one', async () => {
    const current = dockerWith(`"buildx inspect") printf 'Name: far\\nDriver: remote\\n' ;;`, windowsServer)
    expect((await lookWith({docker: current})).name).toBe('buildx 0.30.1')
  })

  onUnix('refuses what the task definition cannot have of an engine for Windows containers', async () => {
    const current = dockerWith(`"buildx inspect") printf 'Name: default\\nDriver: docker\\n' ;;`, windowsServer)
    await expect(lookWith({docker: current}, {build: {platforms: ['linux/amd64']}})).rejects.toThrow(
      'The platform `linux/amd64` is not supported by Docker 28.2.2 for Windows containers'
    )
  })

  const none = `"buildx inspect"*) echo 'ERROR: no builder "far" found' >&2; exit 1 ;;
  "buildx ls") printf 'NAME/NODE DRIVER/ENDPOINT STATUS\\nnear docker-container\\n \\\\_ near0 \\\\_ unix:///x inactive\\ndefault* docker\\n' ;;`

  onUnix.each<[string, Look]>([
    ['the input', {build: {builder: 'far'}}],
    ['the variable', {env: {BUILDX_BUILDER: 'far'}}]
  ])('says that the builder in %s does not exist, and which do', async (_, look) => {
    await expect(lookWith({docker: dockerWith(none)}, look)).rejects.toMatchObject({
      message:
        'There is no buildx builder `far` on this runner, which has near and default: correct the input `builder` or the variable BUILDX_BUILDER, or create the builder before this step.',
      fix: '- uses: docker/setup-buildx-action@v4\n  with:\n    name: far'
    })
  })

  onUnix('asks the engine of the builder whether it has the image store of containerd, for a cache', async () => {
    const store = '[["driver-type","io.containerd.snapshotter.v1"]]'
    const cases = `"buildx inspect") printf 'Name: there\\nDriver: docker\\n\\nNodes:\\nName: there\\nEndpoint: there\\n' ;;
  "--context=there info --format {{json .DriverStatus}}") echo '${store}' ;;`
    const builder = await lookWith({docker: dockerWith(cases)}, {build: {cache: 'ecr'}})
    expect(builder.withoutCache).toBeUndefined()
  })

  onUnix('tells the words of a builder that does not answer from one that cannot write a cache', async () => {
    const cases = `"buildx inspect --builder=far") echo 'ERROR: no such host' >&2; exit 1 ;;`
    const builder = await lookWith({docker: dockerWith(cases)}, {build: {builder: 'far', cache: 'ecr'}})
    expect(builder.withoutCache).toBe('the builder did not answer (ERROR: no such host)')
  })

  const podman = 'case "$*" in "info --format {{.Version.Version}}") echo 5.4.2 ;; *) exit 125 ;; esac'

  onUnix('finds podman where the engine does not answer, and does not look for it where that does', async () => {
    expect(await lookWith({docker: dockerWith('', 'null'), podman})).toMatchObject({
      program: 'podman',
      log: ["Docker's engine does not answer (no engine): building with podman 5.4.2"]
    })
    expect(await lookWith({docker: dockerWith(''), podman: '/bin/sleep 60'})).toMatchObject({
      program: 'docker',
      log: []
    })
  })

  onUnix('refuses what needs the engine that does not answer', async () => {
    const build = {sbom: 'true'}
    await expect(lookWith({docker: dockerWith('', 'null'), podman}, {build})).rejects.toThrow(
      "The input `sbom` is not supported by podman 5.4.2: start Docker's engine, which does not answer (no engine), or leave that out."
    )
  })

  onUnix('takes no podman for a builder that is named', async () => {
    await expect(lookWith({docker: dockerWith('', 'null'), podman}, {build: {builder: 'far'}})).rejects.toThrow(
      "Docker's engine does not answer on this runner (no engine)"
    )
  })

  onUnix('refuses a builder that is named where there is only podman', async () => {
    await expect(lookWith({podman}, {build: {builder: 'far'}})).rejects.toThrow(
      'The input `builder` is not supported by podman 5.4.2: leave that out, or use a runner with Docker and buildx.'
    )
  })

  onUnix('knows podman that is called docker', async () => {
    const docker = `case "$*" in
  "version --format {{json .}}") echo '{"Client":{"APIVersion":"5.4.2","Version":"5.4.2","OsArch":"linux/amd64"}}' ;;
  "buildx version") echo 'github.com/containers/buildah 1.39.3' ;;
  "info --format {{.Version.Version}}") echo 5.4.2 ;;
esac`
    expect(await lookWith({docker})).toMatchObject({name: 'podman 5.4.2', program: 'docker'})
  })

  const buildahWith = (info: string): string => `case "$1" in
  --version) echo "buildah version 1.28.2 (image-spec 1.1.0-rc2, runtime-spec 1.0.2-dev)" ;;
  info) ${info} ;;
esac`

  onUnix('finds buildah', async () => {
    expect(await lookWith({buildah: buildahWith('echo {}')})).toMatchObject({name: 'buildah 1.28.2', log: []})
  })

  onUnix('takes no buildah that only tells its version', async () => {
    const buildah = buildahWith("echo 'Error: cannot set up namespace' >&2; exit 125")
    await expect(lookWith({buildah})).rejects.toThrow(
      'buildah does not work on this runner (Error: cannot set up namespace): set it up for the user of the runner'
    )
  })

  test('says that there is nothing', async () => {
    await using empty = await temporaryDirectory()
    await expect(findBuilder(buildInputs(), testWorld({PATH: empty.path}))).rejects.toThrow(
      'There is no Docker, podman or buildah on this runner to build the image'
    )
  })
})
