import {expect, test} from '@jest/globals'
import {execFileSync, spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {type Program, staticProgram} from '../../scripts/static-program.ts'

/** Builds an image of the program alone. @returns the image's id */
function build(program: Program): string {
  const directory = mkdtempSync(join(tmpdir(), 'program-'))
  try {
    writeFileSync(join(directory, 'program'), staticProgram(program, process.arch), {mode: 0o755})
    writeFileSync(join(directory, 'Dockerfile'), 'FROM scratch\nCOPY program /program\nENTRYPOINT ["/program"]\n')
    return execFileSync('docker', ['build', '--quiet', directory], {encoding: 'utf8'}).trim()
  } finally {
    rmSync(directory, {recursive: true})
  }
}

test('a program prints its text and ends with its exit code, alone in a container', () => {
  const image = build({prints: 'Error: cannot connect\n', exitCode: 3})
  const {status, stdout} = spawnSync('docker', ['run', '--rm', '--network=none', image], {encoding: 'utf8'})
  expect({status, stdout}).toEqual({status: 3, stdout: 'Error: cannot connect\n'})
})

test('a program without an exit code waits until it is ended', () => {
  const image = build({prints: 'Ready\n'})
  const id = execFileSync('docker', ['run', '--detach', '--network=none', image], {encoding: 'utf8'}).trim()
  const state = execFileSync('docker', ['inspect', '--format={{.State.Status}}', id], {encoding: 'utf8'}).trim()
  expect(state).toBe('running')
  expect(execFileSync('docker', ['logs', id], {encoding: 'utf8'})).toBe('Ready\n')
  execFileSync('docker', ['rm', '--force', id])
})
