import {execFile} from 'node:child_process'
import {once} from 'node:events'
import {chmod, mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {delimiter, join} from 'node:path'
import {promisify} from 'node:util'
import {describe, expect, test} from '@jest/globals'
import type {Builder} from '../../src/image/builder.ts'
import {engine} from '../../src/image/builders/engine.ts'
import {type ImagePlan, planImage, provideImage, type WantedImage} from '../../src/image/index.ts'
import {
  type LocalAws,
  buildInputs,
  localAws,
  temporaryDirectory,
  testWorld,
  type TestWorld,
  workflowRun
} from '../image/support.ts'

const run = promisify(execFile)
await run('docker', ['version']).catch((error: unknown) => {
  throw new Error('No Docker engine answers; `npm test` provides one, or set DOCKER_HOST.', {cause: error})
})

/** The builder that the step finds on this machine, and the one that every engine has. */
const builders: readonly [string, Builder | undefined][] = [
  ['the builder of this machine', undefined],
  ['the legacy builder', engine('28.2.2', false)]
]

const told = (): void => undefined

const secret = 'correct horse battery staple'

interface Stage extends AsyncDisposable {
  readonly local: LocalAws
  readonly workspace: string
  /** The private directory of the run. */
  readonly directory: string
  readonly world: TestWorld
  plan(changes?: Partial<WantedImage>, attempt?: number): Promise<ImagePlan>
}

/** A workspace, a registry and what is to be built there; unlike those of any other test. */
async function stage(builder: Builder | undefined, world = testWorld(process.env)): Promise<Stage> {
  const local = await localAws()
  local.createRepository('team/web', {mutability: 'IMMUTABLE'})
  const temporary = await temporaryDirectory()
  const workspace = join(temporary.path, 'workspace')
  await mkdir(workspace)
  await writeFile(join(workspace, 'Dockerfile'), 'FROM scratch\nCOPY page.html /\n')
  await writeFile(join(workspace, 'page.html'), `<p>${temporary.path}`)
  let runs = 0
  const plan = async (changes: Partial<WantedImage> = {}, attempt = 1): Promise<ImagePlan> => {
    const path = join(temporary.path, `private-${++runs}`)
    await mkdir(path, {mode: 0o700})
    const directory = {path, [Symbol.asyncDispose]: () => Promise.resolve()}
    const planned = await planImage(
      {...wanted, ...changes},
      workflowRun({workspace, attempt}),
      directory,
      local.aws,
      world
    )
    return planned.kind === 'build' && builder !== undefined ? {...planned, builder} : planned
  }
  return {
    local,
    workspace,
    directory: join(temporary.path, 'private-1'),
    world,
    plan,
    [Symbol.asyncDispose]: async () => {
      await forgetImages(local.host)
      await temporary[Symbol.asyncDispose]()
      await local[Symbol.asyncDispose]()
    }
  }
}

const wanted: WantedImage = {
  image: undefined,
  imageTag: undefined,
  tags: [],
  build: buildInputs(),
  repository: 'team/web',
  createRepository: false,
  platforms: [],
  cluster: 'default',
  services: ['web'],
  containers: ['web'],
  matrix: 'null'
}

/** Takes the images of a registry that is gone out of the engine. */
async function forgetImages(host: string): Promise<void> {
  const {stdout} = await run('docker', ['images', '--format', '{{.Repository}}:{{.Tag}}', `${host}/team/web`])
  const references = stdout.split('\n').filter(line => line !== '')
  if (references.length > 0) await run('docker', ['rmi', '--force', ...references])
}

/** What the registry itself has, in its own words. */
async function served({local, directory}: Stage, path: string): Promise<Response> {
  const config = JSON.parse(await readFile(join(directory, 'docker', 'config.json'), 'utf8')) as {
    auths: Record<string, {auth: string}>
  }
  const accept = ['vnd.docker.distribution.manifest.v2', 'vnd.oci.image.manifest.v1', 'vnd.oci.image.index.v1']
    .map(type => `application/${type}+json`)
    .join(', ')
  const authorization = `Basic ${config.auths[local.host]?.auth ?? ''}`
  return fetch(`http://${local.host}/v2/team/web/${path}`, {headers: {accept, authorization}})
}

describe.each(builders)('%s', (_, builder) => {
  test('builds and pushes, and tells the digest that the registry serves', async () => {
    await using staged = await stage(builder)
    const {local, world} = staged
    const image = await provideImage(await staged.plan({tags: ['latest', 'stable']}), local.aws, world, told)

    expect(image).toMatchObject({
      reference: `${local.host}/team/web:${image.tag ?? ''}@${image.digest ?? ''}`,
      tag: expect.stringMatching(/^v1\.4\.0-3c5f1e2-9871234567-[0-9a-f]{8}$/) as unknown,
      origin: 'built'
    })
    for (const tag of [image.tag, 'latest', 'stable']) {
      const manifest = await served(staged, `manifests/${tag ?? ''}`)
      expect(manifest.headers.get('docker-content-digest')).toBe(image.digest)
      // One manifest, no index of an image and its attestation.
      expect(await manifest.json()).toHaveProperty('config')
    }
    expect(world.lines.join('\n')).toMatch(/COPY page\.html/)
  })

  test('leaves it to an earlier attempt, and builds again with no-cache', async () => {
    await using staged = await stage(builder)
    const {local, world} = staged
    const first = await provideImage(await staged.plan(), local.aws, world, told)
    const second = await provideImage(await staged.plan({}, 2), local.aws, world, told)
    expect(second).toEqual({...first, origin: 'reused'})
    expect(world.lines).toContain('reusing the image pushed by attempt 1; `no-cache` rebuilds')

    const rebuilt = await provideImage(
      await staged.plan({build: buildInputs({noCache: true})}, 3),
      local.aws,
      world,
      told
    )
    expect(rebuilt.origin).toBe('built')
    expect(rebuilt.tag).not.toBe(first.tag)
  })

  test('finds its own image under a given tag by its mark, and takes no other', async () => {
    await using staged = await stage(builder)
    const {local, world} = staged
    const first = await provideImage(await staged.plan({imageTag: 'v1'}), local.aws, world, told)
    expect(await provideImage(await staged.plan({imageTag: 'v1'}, 2), local.aws, world, told)).toEqual({
      ...first,
      origin: 'reused'
    })
    await expect(staged.plan({imageTag: 'v1', containers: ['worker']}, 2)).rejects.toThrow(
      'The tag v1 is taken in the repository team/web, whose tags are immutable'
    )
  })

  test('says what is wrong with the Dockerfile', async () => {
    await using staged = await stage(builder)
    await writeFile(join(staged.workspace, 'Dockerfile'), 'FROM scratch\nCOPY missing.html /\n')
    const failed = provideImage(await staged.plan(), staged.local.aws, staged.world, told)
    await expect(failed).rejects.toMatchObject({
      message: expect.stringMatching(/^The build failed: .*missing\.html/) as unknown,
      lines: expect.arrayContaining([expect.stringContaining('missing.html')]) as unknown
    })
    expect(staged.local.emulator.journal.entries().filter(({service}) => service === 'registry')).toEqual([])
  })

  test('says which right is missing for the push', async () => {
    await using staged = await stage(builder)
    const {local, world} = staged
    const plan = await staged.plan()
    local.emulator.faults.set([{service: 'registry', operation: 'InitiateLayerUpload', fault: {kind: 'access-denied'}}])
    await expect(provideImage(plan, local.aws, world, told)).rejects.toMatchObject({
      // Docker with the containerd image store does not pass on the registry's words.
      message: expect.stringMatching(
        /^(ECR denied ecr:InitiateLayerUpload on arn:|127\S+ denied the push to )/
      ) as unknown,
      fix: expect.stringContaining('"Resource": "arn:aws:ecr:eu-central-1:111122223333:repository/team/web"') as unknown
    })
  })

  test('stops when the job is cancelled', async () => {
    const requests = new AbortController()
    // A registry that never answers keeps the build waiting for its base image.
    const silent = createServer(() => {
      requests.abort()
    }).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const cancelled = new AbortController()
    await using staged = await stage(builder, testWorld(process.env, cancelled.signal))
    const base = `127.0.0.1:${(silent.address() as AddressInfo).port}/base`
    await writeFile(join(staged.workspace, 'Dockerfile'), `FROM ${base}\n`)
    const build = provideImage(await staged.plan(), staged.local.aws, staged.world, told).catch(
      (error: unknown) => error
    )
    if (!requests.signal.aborted) await once(requests.signal, 'abort')

    const started = performance.now()
    cancelled.abort(new Error('The job was cancelled'))
    expect(await build).toEqual(new Error('The job was cancelled'))
    expect(performance.now() - started).toBeLessThan(6000)
    silent.closeAllConnections()
    silent.close()
  })
})

test('secrets reach the builder in files that are gone afterwards, and nothing else', async () => {
  await using tools = await temporaryDirectory()
  // Notes what Docker is called with, and the rights of what it is given, then goes on as Docker.
  const {stdout} = await run('sh', ['-c', 'command -v docker'])
  const notes = join(tools.path, 'notes')
  await writeFile(
    join(tools.path, 'docker'),
    `#!/bin/sh
printf '%s\\n' "$@" >>${notes}
for argument; do case "$argument" in --secret=*) stat -c 'mode %a' "\${argument##*src=}" >>${notes} ;; esac; done
exec ${stdout.trim()} "$@"
`
  )
  await chmod(join(tools.path, 'docker'), 0o755)
  const env = {...process.env, PATH: [tools.path, process.env['PATH']].join(delimiter)}
  await using staged = await stage(undefined, testWorld(env))
  const {local, world, directory} = staged
  const planned = staged.plan({build: buildInputs({buildSecrets: [{name: 'TOKEN', value: secret}]})})
  const {builder} = (await staged.plan()) as ImagePlan & {kind: 'build'}
  if (builder.cannot?.features.includes('build-secrets')) {
    await expect(planned).rejects.toThrow('The input `build-secrets` is not supported by Docker')
    return
  }
  const image = await provideImage(await planned, local.aws, world, told)

  const called = await readFile(notes, 'utf8')
  expect(called).toContain(`--secret=id=TOKEN,src=${join(directory, 'secret-0')}`)
  expect(called).toContain('mode 600')
  expect(called).not.toContain(secret)
  expect(world.hidden).toContain(secret)
  expect(world.lines.join('\n')).not.toContain(secret)
  expect((await readdir(directory)).filter(name => name.startsWith('secret-'))).toEqual([])
  const manifest = (await (await served(staged, `manifests/${image.tag ?? ''}`)).json()) as {config: {digest: string}}
  const config = await (await served(staged, `blobs/${manifest.config.digest}`)).text()
  expect(config).toContain('COPY')
  expect(config).not.toContain(secret)
})

test('the private directory holds the login, for this user only', async () => {
  await using staged = await stage(undefined)
  await staged.plan()
  const config = join(staged.directory, 'docker', 'config.json')
  expect((await stat(config)).mode & 0o777).toBe(0o600)
  expect(JSON.parse(await readFile(config, 'utf8'))).toHaveProperty(['auths', staged.local.host])
})
