import type {World} from '../world.ts'
import {builderEnvironment} from './builder.ts'
import {runProcess} from './process.ts'

/** How long a program may take to say what it is, in milliseconds. */
const PATIENCE = 15_000

/** What a program said. */
export interface Answer {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/**
 * Asks a program what may take an engine's or a builder's answer, which may never come.
 * @param patience in milliseconds
 * @returns what it said in that time; `undefined` when there is no such program
 */
export async function ask(
  program: string,
  args: readonly string[],
  {env, signal}: World,
  patience = PATIENCE
): Promise<Answer | undefined> {
  const said: Record<'stdout' | 'stderr', string[]> = {stdout: [], stderr: []}
  const timeout = AbortSignal.timeout(patience)
  let exitCode: number | undefined
  try {
    const ended = await runProcess(program, args, {
      cwd: process.cwd(),
      env: builderEnvironment(env),
      signal: AbortSignal.any([signal, timeout]),
      onLine: (line, stream) => said[stream].push(line)
    })
    exitCode = ended.exitCode
  } catch (error) {
    signal.throwIfAborted()
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    said.stderr.push(timeout.aborted ? `${program} does not answer within ${patience / 1000} s` : String(error))
  }
  return {exitCode, stdout: said.stdout.join('\n'), stderr: said.stderr.join('\n')}
}
