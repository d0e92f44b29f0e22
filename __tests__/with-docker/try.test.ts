import {execFile} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {expect, test} from '@jest/globals'

const script = fileURLToPath(new URL('../../scripts/try.ts', import.meta.url))

/** @returns the exit code, and all that was printed */
function runTry(...args: string[]): Promise<{code: unknown; printed: string}> {
  return new Promise(resolve => {
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) => {
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

test.each([
  [
    'crash',
    /^Error: Rolled back: web in demo runs web:1 again/m,
    [
      / container app exited with code 3$/m,
      /^In CloudWatch Logs \(\/ecs\/web\), from \d tasks:\n {2}Error: connect .*\n {6}at connect \(.*\)\n {6}at start \(.*\)$/m
    ]
  ],
  ['bad-image', /^Error: Rolled back: web in demo runs web:1 again/m, []],
  [
    'never-healthy',
    /^Error: Rolled back: web in demo runs web:1 again/m,
    [
      /Health checks failed with these codes: \[503\]/,
      /^In CloudWatch Logs \(\/ecs\/web\), from \d tasks:\n {2}Listening on port 8080$/m
    ]
  ],
  ['wrong-service', /^Error: There is no service wbe in the cluster demo/m, []]
])(
  '%s fails the step, and the last lines of its log say why',
  async (variant, reason, others) => {
    const {code, printed} = await runTry(variant)
    const [step = ''] = printed.split('\nThe step ended with exit code 1.')
    expect(step.trimEnd().split('\n').slice(-4).join('\n')).toMatch(reason)
    for (const other of others) expect(printed).toMatch(other)
    expect(printed).not.toMatch(/^ {4}at /m)
    expect(code).toBe(1)
  },
  120_000
)

test('an unknown variant is refused', async () => {
  const {code, printed} = await runTry('crush')
  expect(printed).toContain('There is no variant crush: give one of crash, bad-image, wrong-service, never-healthy')
  expect(code).toBe(1)
})
