import {spawn, type ChildProcess} from 'node:child_process'
import type {Readable} from 'node:stream'
import {setTimeout as sleep} from 'node:timers/promises'

/** When a cancelled process gets SIGTERM and when its whole tree ends, in milliseconds. Source: actions/runner, ProcessInvoker.cs. */
const terminateAfter = 7_500
const killAfter = 10_000
/** How long the output of a process that has ended is still read, where a child of its own holds it open. */
const readFor = 5_000

export interface ProcessOptions {
  readonly directory: string
  readonly env: NodeJS.ProcessEnv
  readonly onLine: (line: string) => void
  /** Aborts when the job is cancelled. */
  readonly cancel: AbortSignal | undefined
}

export interface ProcessResult {
  /** `null` where a signal ended it. */
  readonly exitCode: number | null
  /** Whether it left children of its own running; they are ended, as the runner does after the job. Not seen on Windows. */
  readonly orphans: boolean
}

/** Runs Node as the runner does; a cancellation first sends SIGINT to the process alone, not to its children. */
export async function runNode(args: readonly string[], options: ProcessOptions): Promise<ProcessResult> {
  const child = spawn(process.execPath, args, {
    cwd: options.directory,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that what it leaves behind can be found and ended.
    detached: process.platform !== 'win32'
  })
  readLines(child.stdout, options.onLine)
  readLines(child.stderr, options.onLine)
  const closed = new Promise<void>(resolve =>
    child.once('close', () => {
      resolve()
    })
  )
  const settle = cancelWith(child, options.cancel)
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) =>
      child.once('error', reject).once('exit', resolve)
    )
    await Promise.race([closed, sleep(readFor, undefined, {ref: false})])
    return {exitCode, orphans: endGroup(child)}
  } finally {
    settle()
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

/** @returns what to call when the process has ended */
function cancelWith(child: ChildProcess, cancel: AbortSignal | undefined): () => void {
  const timers: NodeJS.Timeout[] = []
  const onCancel = (): void => {
    child.kill('SIGINT')
    timers.push(
      setTimeout(() => child.kill('SIGTERM'), terminateAfter),
      setTimeout(() => {
        endGroup(child)
        child.kill('SIGKILL')
      }, killAfter)
    )
  }
  if (cancel?.aborted) onCancel()
  else cancel?.addEventListener('abort', onCancel)
  return () => {
    cancel?.removeEventListener('abort', onCancel)
    timers.forEach(clearTimeout)
  }
}

/** Ends what is left of the process's group; `false` if nothing is. */
function endGroup(child: ChildProcess): boolean {
  if (child.pid === undefined || process.platform === 'win32') return false
  try {
    return process.kill(-child.pid, 'SIGKILL')
  } catch {
    return false
  }
}

/** Hands over lines as they come; a bare carriage return ends one too, and so does the end of the stream. */
export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8').on('data', (text: string) => {
    // The last character waits: a carriage return may be half of a line break.
    const parts = (rest + text).split(/\r\n|\n|\r(?!$)/)
    rest = parts.pop() ?? ''
    parts.forEach(onLine)
  })
  stream.on('end', () => {
    if (rest !== '') onLine(rest.replace(/\r$/, ''))
  })
}
