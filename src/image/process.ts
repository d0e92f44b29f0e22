import {spawn, spawnSync, type ChildProcess} from 'node:child_process'
import {createInterface} from 'node:readline'
import type {Readable} from 'node:stream'

/** How a program ended. */
export interface Ended {
  /** `undefined` when a signal ended it. */
  readonly exitCode: number | undefined
  /** The last lines of both streams, in the order they came. */
  readonly lastLines: readonly string[]
}

export interface ProcessOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Gets each line as it comes. */
  readonly onLine: (line: string) => void
}

const LAST_LINES = 20
/** From the polite request to the end by force, in milliseconds; the runner gives 7.5 s after a cancellation. */
const GRACE = 3000

/**
 * Runs a program until it ends or `signal` aborts, which ends the program and all that it started.
 * @throws the signal's reason, or the system's error when the program cannot be started
 */
export async function runProcess(program: string, args: readonly string[], options: ProcessOptions): Promise<Ended> {
  const {cwd, env, signal, onLine} = options
  signal.throwIfAborted()
  // A group of its own, so that a signal reaches the plugins and helpers that Docker starts.
  const child = spawn(program, args, {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32'
  })
  const lastLines: string[] = []
  const take = (line: string): void => {
    lastLines.push(line)
    if (lastLines.length > LAST_LINES) lastLines.shift()
    onLine(line)
  }
  eachLine(child.stdout, take)
  eachLine(child.stderr, take)
  const exitCode = await ended(child, signal)
  signal.throwIfAborted()
  return {exitCode, lastLines}
}

function eachLine(stream: Readable, take: (line: string) => void): void {
  createInterface({input: stream, crlfDelay: Infinity}).on('line', take)
}

async function ended(child: ChildProcess, signal: AbortSignal): Promise<number | undefined> {
  let force: NodeJS.Timeout | undefined
  const stop = (): void => {
    kill(child, 'SIGTERM')
    force = setTimeout(() => {
      kill(child, 'SIGKILL')
    }, GRACE)
  }
  signal.addEventListener('abort', stop, {once: true})
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', code => {
        resolve(code ?? undefined)
      })
    })
  } finally {
    signal.removeEventListener('abort', stop)
    clearTimeout(force)
  }
}

/** Signals a program and all that it started; one that has ended already is left alone. */
function kill({pid}: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  if (process.platform === 'win32') {
    // Windows has no signals for programs without a window.
    spawnSync('taskkill', ['/pid', String(pid), '/t', '/f'])
    return
  }
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
