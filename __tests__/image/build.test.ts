import {chmod, readdir, readFile, writeFile} from 'node:fs/promises'
import {delimiter, join} from 'node:path'
import {expect, test} from '@jest/globals'
import {buildAndPush} from '../../src/image/build.ts'
import type {Builder} from '../../src/image/builder.ts'
import {engine} from '../../src/image/builders/engine.ts'
import {podman} from '../../src/image/builders/podman.ts'
import {buildInputs, temporaryDirectory, testWorld, type TestWorld} from './support.ts'

const digest = `sha256:${'a'.repeat(64)}`
const other = `sha256:${'b'.repeat(64)}`
const repository = {name: 'web', region: 'eu-west-1', host: 'h', uri: 'h/web', mutabilityExceptions: []}

/** Builds with a program that notes its arguments and its environment, and pushes what it is told to. */
async function build(
  env: Record<string, string>,
  secrets: Record<string, string> = {},
  builder: Builder = engine('20.10.24', true)
): Promise<{pushed: string; world: TestWorld; called: string[]; environment: string; left: string[]}> {
  await using directory = await temporaryDirectory()
  const {path} = directory
  const script = `#!/bin/sh
echo "$*" >>${path}/called
env >>${path}/environment
case "$1" in
  build) for argument; do case "$argument" in --iidfile=*) printf sha256:built >"\${argument#*=}" ;; esac; done ;;
  push)
    echo "v1: digest: ${digest} size: 523"
    for argument; do case "$argument" in --digestfile=*) echo ${other} >"\${argument#*=}" ;; esac; done ;;
esac`
  await writeFile(join(path, builder.program), script)
  await chmod(join(path, builder.program), 0o755)
  const world = testWorld({...env, PATH: [path, process.env['PATH']].join(delimiter)})
  const pushed = await buildAndPush(
    {
      build: buildInputs({buildSecrets: Object.entries(secrets).map(([name, value]) => ({name, value}))}),
      builder,
      docker: {directory: path, env: {DOCKER_CONFIG: path}},
      repository,
      references: ['h/web:latest', 'h/web:v1'],
      mark: undefined,
      workspace: path,
      privateDirectory: path
    },
    world
  )
  const called = (await readFile(join(path, 'called'), 'utf8')).trim().replaceAll(path, '…').split('\n')
  return {
    pushed,
    world,
    called,
    environment: await readFile(join(path, 'environment'), 'utf8'),
    left: await readdir(path)
  }
}

// The imitation is a shell script.
const onUnix = process.platform === 'win32' ? test.skip : test

onUnix('the engine pushes what it built, whoever has named another image the same meanwhile', async () => {
  const {pushed, called} = await build({})
  expect(pushed).toBe(digest)
  expect(called).toEqual([
    'build --progress=plain --iidfile=…/image-id .',
    'tag sha256:built h/web:latest',
    'push h/web:latest',
    'tag sha256:built h/web:v1',
    'push h/web:v1'
  ])
})

onUnix('podman pushes what it built by its id, and tells the digest in a file', async () => {
  const {pushed, called} = await build({}, {}, podman('podman', '5.4.2'))
  expect(pushed).toBe(other)
  expect(called).toEqual([
    'build --format=docker --iidfile=…/image-id .',
    'push --digestfile=…/digest sha256:built docker://h/web:latest',
    'push --digestfile=…/digest sha256:built docker://h/web:v1'
  ])
})

onUnix('Docker does not get the inputs of the step', async () => {
  const {environment} = await build({'INPUT_BUILD-SECRETS': 'TOKEN=correct horse', DOCKER_CONTENT_TRUST: '1'})
  expect(environment).not.toContain('correct horse')
  expect(environment).toContain('DOCKER_CONTENT_TRUST=0')
})

onUnix('secrets are hidden, but for those that would blot out the log', async () => {
  const {world, left} = await build({}, {TOKEN: 'correct horse', DEBUG: '1', KEY: '{\n  "key": "x"\n}'})
  expect(world.hidden).toEqual(['correct horse', '"key": "x"'])
  expect(world.lines).toContain('build secret DEBUG is not hidden in the log: it is shorter than 4 characters')
  expect(left.filter(name => name.startsWith('secret-'))).toEqual([])
})
