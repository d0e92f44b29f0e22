import {execFile} from 'node:child_process'
import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {expect, test} from '@jest/globals'

const script = fileURLToPath(new URL('../../scripts/try.ts', import.meta.url))
const summaryFile = fileURLToPath(new URL('../../.cache/try/summary.md', import.meta.url))

/** @returns the exit code, and all that was printed */
function runTry(...args: string[]): Promise<{code: unknown; printed: string}> {
  return new Promise(resolve => {
    execFile(process.execPath, [script, '--speed', '300', ...args], (error, stdout, stderr) => {
      resolve({code: error === null ? 0 : error.code, printed: stdout + stderr})
    })
  })
}

test('a release is deployed, and what it left is there and runs', async () => {
  const {code, printed} = await runTry()
  expect(printed).toMatch(/^The tasks are real containers of the image that is pushed\.$/m)
  expect(printed).toMatch(/^Deployed web:2 to web in demo: 2 of 2 tasks run it/m)
  expect(printed).toMatch(/^The registry has 127\.0\.0\.1:\d+\/web:v1\.4\.0-/m)
  expect(printed).toMatch(/^The service's primary deployment is ecs-svc\/\d+, that of this release\.$/m)
  const [, digest = 'none'] = /^Image \S+@(sha256:[0-9a-f]{64}), built$/m.exec(printed) ?? []
  expect(printed).toContain(`\n2 containers run ${digest}, the digest that was pushed.\n`)
  expect(code).toBe(0)
}, 120_000)

/** What a step printed, and the last lines of it. */
function stepOf(printed: string): {log: string; end: string} {
  const [log = ''] = printed.split('\nThe step ended with exit code 1.')
  return {log, end: log.trimEnd().split('\n').slice(-4).join('\n')}
}

test('a program that prints a stack trace and exits 3 fails the release with that stack trace and exit code in the log and in the summary', async () => {
  const {code, printed} = await runTry('crash')
  const {log, end} = stepOf(printed)
  const trace = [
    'Error: connect ECONNREFUSED 10.0.3.12:5432',
    '    at connect (/app/database.js:41:11)',
    '    at start (/app/server.js:12:9)'
  ]
  expect(end).toMatch(/^Error: Rolled back by the circuit breaker: container app exited with code 3 in \d tasks/m)
  const lines = log.split('\n')
  const first = lines.indexOf(`            ${trace[0] ?? ''}`)
  expect(lines.slice(first, first + 3).map(line => line.slice(12))).toEqual(trace)
  const summary = readFileSync(summaryFile, 'utf8')
  expect(summary).toContain('container app exited with code 3')
  expect(summary).toContain(`\n${trace.join('\n')}\n`)
  expect(code).toBe(1)
}, 120_000)

test.each([
  [
    'bad-image',
    /^Error: Rolled back by the circuit breaker: the image does not exist in \d tasks .* web in demo runs web:1 again/m,
    []
  ],
  [
    'never-healthy',
    /^Error: Rolled back by the circuit breaker: .* gets 503 in \d tasks .* web in demo runs web:1 again/m,
    [/Health checks failed with these codes: \[503\]/]
  ],
  ['wrong-service', /^Error: There is no service wbe in the cluster demo/m, []],
  ['mistakes', /^Warning: `ephemeralStorag` .*: did you mean `ephemeralStorage`\?$/m, [/^Error: `cpu` .* is 300/m]]
])(
  '%s fails the step, and the last lines of its log say why',
  async (variant, reason, others) => {
    const {code, printed} = await runTry(variant)
    const {log, end} = stepOf(printed)
    expect(end).toMatch(reason)
    for (const other of others) expect(log).toMatch(other)
    expect(printed).not.toMatch(/^ {4}at /m)
    expect(code).toBe(1)
  },
  120_000
)

test('a plan shows what a release would change', async () => {
  const {code, printed} = await runTry('plan')
  expect(printed).toContain('\n  cpu: 256 → 512\n')
  expect(printed).toMatch(/^Planned: 9 changes to web in demo\. Nothing was released\.$/m)
  expect(code).toBe(0)
}, 120_000)

test.each([
  [['crush'], 'There is no variant crush: give one of crash, bad-image, wrong-service, mistakes, plan, never-healthy'],
  [['--speed', '0'], '--speed 0 is no factor from 0 to 10000.']
])('%j is refused', async (args, message) => {
  const {code, printed} = await runTry(...args)
  expect(printed).toContain(message)
  expect(code).toBe(1)
})
