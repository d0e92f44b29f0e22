import {once} from 'node:events'
import {type AddressInfo, createServer, type Socket} from 'node:net'
import {describe, expect, test} from '@jest/globals'
import {runProcess} from '../../src/image/process.ts'

/** Runs a script with Node. */
async function run(script: string, signal = new AbortController().signal) {
  const lines: string[] = []
  const options = {cwd: process.cwd(), env: process.env, signal, onLine: (line: string) => lines.push(line)}
  const ended = await runProcess(process.execPath, ['--eval', script], options)
  return {...ended, lines}
}

describe('a program', () => {
  test('that ends gives its exit code and each line of both streams', async () => {
    const {exitCode, lines} = await run(
      "process.stdout.write('one\\rtwo\\r\\nthree'); process.stderr.write('four\\n'); process.exitCode = 3"
    )
    expect(exitCode).toBe(3)
    expect(lines.toSorted()).toEqual(['four', 'one', 'three', 'two'])
  })

  test('that says much leaves its last twenty lines', async () => {
    const {lastLines, lines} = await run('for (let i = 1; i <= 50; i++) console.log(`line ${i}`)')
    expect(lines).toHaveLength(50)
    expect(lastLines).toEqual(Array.from({length: 20}, (_, index) => `line ${index + 31}`))
  })

  test('gets no input to wait for', async () => {
    expect((await run("process.stdin.on('data', () => {}).on('end', () => console.log('end'))")).lines).toEqual(['end'])
  })

  test('that does not exist is an error', async () => {
    const options = {
      cwd: process.cwd(),
      env: {PATH: process.cwd()},
      signal: new AbortController().signal,
      onLine: () => undefined
    }
    await expect(runProcess('no-such-program-here', [], options)).rejects.toMatchObject({code: 'ENOENT'})
  })
})

describe('a cancellation', () => {
  /** A program that starts another; both connect, and a closed connection tells that a program has ended. */
  async function cancelled(onSignal: string): Promise<{milliseconds: number; reason: unknown}> {
    const sockets: Socket[] = []
    const server = createServer(socket => {
      sockets.push(socket.on('error', () => undefined))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const connect = `require('node:net').connect(${(server.address() as AddressInfo).port}, '127.0.0.1').on('error', () => {}); ${onSignal}`
    const controller = new AbortController()
    const ended = run(
      `require('node:child_process').spawn(process.execPath, ['--eval', ${JSON.stringify(connect)}]); ${connect}`,
      controller.signal
    ).catch((error: unknown) => error)
    while (sockets.length < 2) await once(server, 'connection')
    const started = performance.now()
    controller.abort(new Error('The job was cancelled'))
    const reason = await ended
    for (const socket of sockets) if (!socket.closed) await once(socket.resume(), 'close')
    server.close()
    return {milliseconds: performance.now() - started, reason}
  }

  test('ends the program and what it started', async () => {
    const {milliseconds, reason} = await cancelled('')
    expect(reason).toEqual(new Error('The job was cancelled'))
    expect(milliseconds).toBeLessThan(2500)
  })

  const onUnix = process.platform === 'win32' ? test.skip : test
  onUnix('ends by force those that do not listen, within the time that the runner gives', async () => {
    const {milliseconds} = await cancelled("process.on('SIGTERM', () => {})")
    expect(milliseconds).toBeGreaterThan(2500)
    expect(milliseconds).toBeLessThan(6000)
  })

  onUnix('does not wait for what has left the group and holds the output open', async () => {
    const controller = new AbortController()
    const lines: string[] = []
    const script = `const far = require('node:child_process').spawn(process.execPath, ['--eval', 'setTimeout(() => {}, 60000)'],
      {detached: true, stdio: 'inherit'}); console.log(far.pid)`
    const options = {
      cwd: process.cwd(),
      env: process.env,
      signal: controller.signal,
      onLine: (line: string) => {
        lines.push(line)
        controller.abort(new Error('The job was cancelled'))
      }
    }
    const started = performance.now()
    try {
      await expect(runProcess(process.execPath, ['--eval', script], options)).rejects.toThrow('The job was cancelled')
      expect(performance.now() - started).toBeLessThan(6000)
    } finally {
      process.kill(Number(lines[0]), 'SIGKILL')
    }
  })

  test('before the start starts nothing', async () => {
    await expect(run("console.log('started')", AbortSignal.abort(new Error('The job was cancelled')))).rejects.toThrow(
      'The job was cancelled'
    )
  })
})
