import {spawn, spawnSync, type ChildProcess, type ChildProcessByStdio} from 'node:child_process'
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
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void
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
  for (const stream of ['stdout', 'stderr'] as const) {
    createInterface({input: child[stream], crlfDelay: Infinity}).on('line', line => {
      lastLines.push(line)
      if (lastLines.length > LAST_LINES) lastLines.shift()
      onLine(line, stream)
    })
  }
  const exitCode = await ended(child, signal)
  signal.throwIfAborted()
  return {exitCode, lastLines}
}

async function ended(
  child: ChildProcessByStdio<null, Readable, Readable>,
  signal: AbortSignal
): Promise<number | undefined> {
  let force: NodeJS.Timeout | undefined
  const stop = (): void => {
    kill(child, 'SIGTERM')
    force = setTimeout(() => {
      kill(child, 'SIGKILL')
      // Whatever left the group may hold them open for ever.
      child.stdout.destroy()
      child.stderr.destroy()
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

/** Signals a program and all that it started, as far as it still runs and may be signalled. */
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
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}
