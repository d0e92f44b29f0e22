import {expect, test} from '@jest/globals'
import {execFileSync, spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {type AddressInfo, createServer} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {httpAnswer, type Program, staticProgram} from '../../emulator/static-program.ts'

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

/** @returns a port that nobody listens on */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const {port} = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

test('a program gives everybody the same answer on its port', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'program-'))
  const file = join(directory, 'program')
  const port = await freePort()
  const listens = {port, answer: httpAnswer('503 Service Unavailable')}
  writeFileSync(file, staticProgram({prints: 'Listening\n', listens}, process.arch), {mode: 0o755})
  const program = spawn(file, {stdio: ['ignore', 'pipe', 'inherit']})
  try {
    // It prints when it listens.
    expect(String((await once(program.stdout, 'data'))[0])).toBe('Listening\n')
    const url = `http://127.0.0.1:${port}/health`
    expect([(await fetch(url)).status, (await fetch(url, {method: 'POST', body: 'hello'})).status]).toEqual([503, 503])
  } finally {
    program.kill()
    await once(program, 'close')
    rmSync(directory, {recursive: true})
  }
})
