import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {MESSAGE, openRepository, release, type Releases, releaseTwice, type Run, SECRET} from './builder-release.ts'
import {forgetBuilds, hasTools, machineRows, missingRows, openTools, type Row, type Tools} from './builder-rows.ts'
import {servedImage} from './served-image.ts'

/** Fetching the packages may take a while. */
const PATIENCE = 300_000

let tools: Tools | undefined

beforeAll(async () => {
  if (hasTools) tools = await openTools()
}, PATIENCE)

afterAll(async () => {
  await tools?.[Symbol.asyncDispose]()
  const missing = missingRows.map(({name}) => `Not on this machine, but as root on Debian 12: ${name}`)
  process.stdout.write([...table, ...missing, ''].join('\n'))
}, PATIENCE)

describe.each(machineRows.map((row): [string, Row] => [row.name, row]))('%s', (name, row) => {
  let releases: Releases

  beforeAll(async () => {
    await using runner = await row.runner(tools as Tools)
    releases = await releaseTwice(runner, {...row, busybox: tools?.podman.busybox})
    table.push(tableRow(name, releases))
  }, PATIENCE)

  test('is deployed, under the digest that the registry serves', () => {
    const {first, served} = releases
    expect(first.step.annotations).toEqual([])
    expect(first.step).toMatchObject({exitCode: 0, outputs: {status: 'deployed', 'image-digest': served.digest}})
    expect(first.step.outputs['image']).toContain(`@${served.digest ?? ''}`)
    // One image, no index of it and its attestation.
    expect(served.mediaType).toMatch(/\.(image\.manifest\.v1|distribution\.manifest\.v2)\+json$/)
    expect(served.content).toContain(MESSAGE)
    expect(builds(first)).toHaveLength(1)
    expect(writes(first)).not.toEqual([])
  })

  test('a re-run neither builds nor pushes it', () => {
    const {first, again} = releases
    expect(again.step).toMatchObject({exitCode: 0, outputs: {image: first.step.outputs['image']}})
    expect(again.step.log).toContain('reusing the image pushed by attempt 1')
    expect(builds(again)).toEqual([])
    expect(writes(again)).toEqual([])
  })

  if (row.secret === 'mounted') {
    test('its secret is in the build, and nowhere else', () => {
      const {first, again, served} = releases
      // The program in the Dockerfile has compared it.
      expect(builds(first).join('\n')).toContain('--secret=id=TOKEN,')
      expect(served.content).toContain('busybox sha256sum')
      for (const run of [first, again]) expect(traces(run)).not.toContain(SECRET)
      expect(served.content).not.toContain(SECRET)
    })
  }

  if (row.secret === 'refused') {
    test('its secret is refused before anything is built', () => {
      const {refused, served} = releases
      expect(refused?.step.annotations.map(({message}) => message)).toEqual([
        expect.stringMatching(/^The input `build-secrets` is not supported by Docker /)
      ])
      expect(refused?.changes).toEqual([])
      expect(refused && builds(refused)).toEqual([])
      expect(refused && traces(refused)).not.toContain(SECRET)
      expect(served.content).not.toContain(SECRET)
    })
  }

  test('nothing is left behind', () => {
    const {first, again, home} = releases
    for (const {step} of [first, again]) {
      expect(step).toMatchObject({postExitCode: 0, leftovers: [], orphans: false, exported: {env: {}, path: []}})
    }
    // buildx keeps a history of its builds there.
    const [before, after] = home.map(files => Object.entries(files).filter(([path]) => !path.includes('/buildx/')))
    expect(after).toEqual(before)
  })
})

const exporting = machineRows.filter(({exportsCache}) => exportsCache)

// On a machine without the packages there is none of these builders, and that is said at the end.
if (exporting.length > 0) {
  test.each(exporting.map((row): [string, Row] => [row.name, row]))(
    'keeps its cache in ECR and builds on it: %s',
    async (_, row) => {
      const {podman} = tools as Tools
      const wanted = {inputs: row.inputs ?? {}, secret: undefined, busybox: podman.busybox}
      await using runner = await row.runner(tools as Tools)
      await using account = await openRepository(wanted)
      const build = async (runId: string, inputs: Readonly<Record<string, string>>): Promise<string> => {
        await forgetBuilds(tools as Tools)
        const {step} = await release(account, runner, wanted, inputs, {runId})
        expect(step).toMatchObject({exitCode: 0, annotations: []})
        return step.log
      }
      const log = await build('1', {cache: 'ecr'})
      const [, tag = ''] = /cache: \S+\/web:(\S+)/.exec(log) ?? []
      expect(await servedImage(account, tag)).toMatchObject({mediaType: 'application/vnd.oci.image.manifest.v1+json'})
      expect(await build('2', {})).not.toContain('CACHED')
      expect(await build('3', {cache: 'ecr'})).toMatch(/^#\d+ CACHED$/m)
    },
    PATIENCE
  )
}

/** Calls that build. */
function builds({calls}: Run): readonly string[] {
  return calls.commands.filter(command => /^\w+ (-\S+ )*(buildx )?(build|bud) /.test(command))
}

/** Requests that changed something in the registry. */
function writes({changes}: Run): readonly string[] {
  return changes.filter(operation => /^(PUT|POST|PATCH) /.test(operation))
}

/** What everybody on the machine, and everybody who reads the log, could see. */
function traces({step, calls}: Run): string {
  const lines = step.lines.filter(line => !line.startsWith('::add-mask::'))
  return [...calls.commands, calls.environment, ...lines, step.summary].join('\n')
}

const table = [
  '| on the runner | builder | digest reported | digest served | re-run | secret |',
  '| --- | --- | --- | --- | --- | --- |'
]

/** What was found, in the words of the table. */
function tableRow(name: string, {first, again, refused, served}: Releases): string {
  const builder = /builder: (.*), repository:/.exec(first.step.log)?.[1] ?? 'none'
  const reported = first.step.outputs['image-digest'] ?? 'none'
  const rerun = `${builds(again).length} builds, ${writes(again).length} writes`
  const [said] = refused?.step.annotations ?? []
  const found = [traces(first), traces(again), served.content].some(text => text.includes(SECRET))
  const secret = said === undefined ? `${found ? '' : 'not '}in arguments, log or image` : said.message
  return `| ${[name, builder, reported.slice(0, 19), served.digest?.slice(0, 19), rerun, secret].join(' | ')} |`
}
