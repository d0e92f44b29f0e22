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

test('a release is deployed, and what it left is there', async () => {
  const {code, printed} = await runTry()
  expect(printed).toMatch(/^Deployed web:2 to web in demo: 2 of 2 tasks run it/m)
  expect(printed).toMatch(/^The registry has 127\.0\.0\.1:\d+\/web:v1\.4\.0-/m)
  expect(printed).toMatch(/^The service's primary deployment is ecs-svc\/\d+, that of this release\.$/m)
  expect(code).toBe(0)
}, 60_000)

test.each([
  ['crash', /^Error: Rolled back: web in demo runs web:1 again/m],
  ['bad-image', /^Error: Rolled back: web in demo runs web:1 again/m],
  ['never-healthy', /^Error: Rolled back: web in demo runs web:1 again/m],
  ['wrong-service', /^Error: There is no service wbe in the cluster demo/m]
])(
  '%s fails the step, and the last lines say why',
  async (variant, reason) => {
    const {code, printed} = await runTry(variant)
    expect(printed.trimEnd().split('\n').slice(-6).join('\n')).toMatch(reason)
    expect(printed).not.toMatch(/^ {4}at /m)
    expect(code).toBe(1)
  },
  60_000
)

test('an unknown variant is refused', async () => {
  const {code, printed} = await runTry('crush')
  expect(printed).toContain('There is no variant crush: give one of crash, bad-image, wrong-service, never-healthy')
  expect(code).toBe(1)
})
