import {execFile} from 'node:child_process'
import {mkdir, symlink, writeFile} from 'node:fs/promises'
import {delimiter, join} from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {newerDockerPackages} from '../../scripts/docker-packages.ts'
import {unpack} from '../../scripts/packages.ts'
import {startPrivateEngine} from '../../scripts/private-docker-engine.ts'
import {type ImagePlan, planImage, provideImage} from '../../src/image/index.ts'
import type {ReleaseImage} from '../../src/image/release-image.ts'
import {buildInputs, type LocalAws, localAws, temporaryDirectory, testWorld, workflowRun} from '../image/support.ts'
import {hasTools} from './builder-rows.ts'

const PATIENCE = 300_000

/** Docker with the image store of containerd, which can write a cache; the machine's own where that cannot be had. */
let env: Readonly<Record<string, string | undefined>> = process.env
const cleanUp = new AsyncDisposableStack()

beforeAll(async () => {
  if (!hasTools) return
  const engine = await startPrivateEngine({packages: newerDockerPackages, containerdStore: true})
  cleanUp.defer(engine.stop)
  const {root} = await unpack(newerDockerPackages)
  const home = cleanUp.use(await temporaryDirectory()).path
  await mkdir(join(home, '.docker'))
  await symlink(join(root, 'usr/libexec/docker/cli-plugins'), join(home, '.docker/cli-plugins'))
  const path = [join(root, 'usr/bin'), process.env['PATH']].join(delimiter)
  env = {...process.env, ...engine.env, HOME: home, PATH: path}
}, PATIENCE)

afterAll(() => cleanUp.disposeAsync(), PATIENCE)

interface Built {
  readonly plan: ImagePlan & {kind: 'build'}
  readonly image: ReleaseImage
  readonly lines: readonly string[]
}

/** Builds in a workspace of its own, the same one for each cache. */
async function build(local: LocalAws, workspace: string, cache: string): Promise<Built> {
  const world = testWorld(env)
  await using directory = await temporaryDirectory()
  const wanted = {
    image: undefined,
    imageTag: undefined,
    tags: [],
    build: buildInputs({cache}),
    repository: 'team/web',
    createRepository: false,
    platforms: [],
    cluster: 'default',
    services: ['web'],
    containers: ['web'],
    matrix: 'null'
  }
  const plan = await planImage(wanted, workflowRun({workspace}), directory, local.aws, world)
  if (plan.kind !== 'build') throw new Error('Nothing is to be built')
  const image = await provideImage(plan, local.aws, world, () => undefined)
  return {plan, image, lines: world.lines}
}

async function repository(directory: string): Promise<string> {
  await writeFile(
    join(directory, 'Dockerfile'),
    'FROM scratch AS first\nCOPY page /\nFROM scratch\nCOPY --from=first page /\n'
  )
  await writeFile(join(directory, 'page'), directory)
  return directory
}

/** Whether the machine's own Docker can write none, which the log tells. */
function hasNone({plan, lines}: Built): boolean {
  if (plan.builder.withoutCache === undefined) return false
  expect(hasTools).toBe(false)
  expect(lines).toContain(`cache: none, because ${plan.builder.withoutCache}`)
  return true
}

test(
  'a build finds in ECR what the one before it has left there',
  async () => {
    await using local = await localAws()
    await using directory = await temporaryDirectory()
    local.createRepository('team/web')
    const workspace = await repository(directory.path)

    const first = await build(local, workspace, 'ecr')
    if (hasNone(first)) return
    const tag = first.lines.find(line => line.startsWith('cache: '))?.split('/team/web:')[1]
    expect(tag).toMatch(/^build-cache-[0-9a-f]{8}$/)
    expect(first.lines.join('\n')).toContain(`/team/web:${tag ?? ''}: not found`)

    // A runner of its own has nothing of the build before; the machine's engine is not emptied.
    if (hasTools) await promisify(execFile)('docker', ['builder', 'prune', '--all', '--force'], {env})
    const second = await build(local, workspace, 'ecr')
    const log = second.lines.join('\n')
    expect(log).toContain('inferred cache manifest type: application/vnd.oci.image.manifest.v1+json')
    expect(log).toMatch(/^#\d+ CACHED$/m)
    expect(second.image.digest).toBe(first.image.digest)
  },
  PATIENCE
)

test(
  'a cache that cannot be written fails no build',
  async () => {
    await using local = await localAws()
    await using directory = await temporaryDirectory()
    local.createRepository('team/web')
    // So that nobody notices before the build that there is no such repository.
    local.emulator.faults.set([{operation: 'DescribeRepositories', fault: {kind: 'access-denied'}}])

    const built = await build(local, await repository(directory.path), 'team/missing')
    expect(built.image.origin).toBe('built')
    if (hasNone(built)) return
    expect(built.lines.join('\n')).toMatch(/exporting cache to registry[^]*ERROR/)
  },
  PATIENCE
)
