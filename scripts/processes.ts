import {spawn} from 'node:child_process'

export interface Captured {
  /** The exit code; `null` for a program that is not there, was ended by a signal or took too long. */
  readonly status: number | null
  /** What it wrote to its standard output, trimmed. */
  readonly output: string
  /** What it wrote to its standard error, or why it could not be started; trimmed. */
  readonly errors: string
}

/** Runs a program to its end, at most `seconds`, and answers what it wrote; never throws. */
export async function capture(
  program: string,
  args: readonly string[],
  options: {env?: NodeJS.ProcessEnv; seconds?: number} = {}
): Promise<Captured> {
  const child = spawn(program, args, {
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: (options.seconds ?? 30) * 1000
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const status = await new Promise<number | null>(resolve => {
    child.once('error', error => {
      errors += error.message
      resolve(null)
    })
    child.once('close', resolve)
  })
  return {status, output: output.trim(), errors: errors.trim()}
}

/**
 * Runs a program with the terminal of this one and waits for its end; signals to this one are handed on to it.
 * @returns its exit code; 1 where a signal ended it
 */
export async function follow(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(program, args, {stdio: 'inherit', env})
  const handOn = (signal: NodeJS.Signals): void => {
    child.kill(signal)
  }
  process.on('SIGINT', handOn).on('SIGTERM', handOn)
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', code => {
        resolve(code ?? 1)
      })
    })
  } finally {
    process.off('SIGINT', handOn).off('SIGTERM', handOn)
  }
}
