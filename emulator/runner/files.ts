import {mkdtemp, readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'

/** What one script told the runner by way of files. */
export interface FileCommands {
  readonly outputs: Record<string, string>
  readonly state: Record<string, string>
  /** For later steps. */
  readonly env: Record<string, string>
  /** For later steps, the last line first in their path. */
  readonly path: readonly string[]
  /** Markdown. */
  readonly summary: string
}

/**
 * Makes the files that a script may write to, each empty.
 * @returns the variables that name them, and what reads them after the script
 */
export async function commandFiles(
  directory: string
): Promise<{variables: Record<string, string>; read(): Promise<FileCommands>}> {
  const own = await mkdtemp(join(directory, 'commands-'))
  const names = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY']
  for (const name of names) await writeFile(join(own, name), '')
  const text = (name: string): Promise<string> => readFile(join(own, name), 'utf8')
  return {
    variables: Object.fromEntries(names.map(name => [name, join(own, name)])),
    read: async () => ({
      outputs: readNamedValues(await text('GITHUB_OUTPUT')),
      state: readNamedValues(await text('GITHUB_STATE')),
      env: readNamedValues(await text('GITHUB_ENV')),
      path: (await text('GITHUB_PATH')).split(/\r?\n/).filter(line => line !== ''),
      summary: await text('GITHUB_STEP_SUMMARY')
    })
  }
}

/**
 * Reads `name=value` lines, and `name<<DELIMITER` with the lines up to the delimiter.
 * Source: actions/runner, FileCommandManager.cs.
 * @throws Error where the runner would fail the step
 */
export function readNamedValues(text: string): Record<string, string> {
  const values: Record<string, string> = {}
  const lines = text.split(/\r?\n/)
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    if (line === '') continue
    const [, name = '', separator, rest = ''] = /^(.*?)(=|<<)(.*)$/.exec(line) ?? []
    if (name === '' || (separator === '<<' && rest === '')) throw new Error(`Invalid format '${line}'`)
    values[name] = separator === '=' ? rest : linesUpTo(rest, lines).join('\n')
  }
  return values
}

function linesUpTo(delimiter: string, lines: string[]): string[] {
  const end = lines.indexOf(delimiter)
  if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`)
  const taken = lines.splice(0, end)
  lines.shift()
  return taken
}
