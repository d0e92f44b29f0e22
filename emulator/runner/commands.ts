/** A workflow command, as the runner understood it. */
export interface Command {
  /** In lower case, such as `error` or `add-mask`. */
  readonly name: string
  readonly properties: Readonly<Record<string, string>>
  readonly data: string
}

const commands = new Set([
  ...['add-mask', 'add-matcher', 'add-path', 'debug', 'echo', 'endgroup', 'error', 'group', 'notice', 'remove-matcher'],
  ...['save-state', 'set-env', 'set-output', 'stop-commands', 'warning']
])

/** How a form of command is written: where it stands, what parts its properties, and what is escaped in it. */
interface Form {
  readonly pattern: RegExp
  readonly separator: string
  readonly escapedInData: RegExp
  readonly escapedInProperties: RegExp
}

/** `::name key=value,…::data` after white space at the start of a line, and `##[name key=value;…]data` anywhere in it. */
const forms: readonly Form[] = [
  {
    pattern: /^[\s\u0085]*::(?<head>.*?)::(?<data>.*)$/s,
    separator: ',',
    escapedInData: /%(0D|0A|25)/g,
    escapedInProperties: /%(0D|0A|3A|2C|25)/g
  },
  {
    pattern: /##\[(?<head>.*?)\](?<data>.*)$/s,
    separator: ';',
    escapedInData: /%(0D|0A|3B|5D)/g,
    escapedInProperties: /%(0D|0A|3B|5D)/g
  }
]

/**
 * The command in a line of a step's output, if the runner sees one there. Source: actions/runner, ActionCommand.cs.
 * @param stopToken what ends `stop-commands`; it counts as a command then
 */
export function commandIn(line: string, stopToken?: string): Command | undefined {
  for (const {pattern, separator, escapedInData, escapedInProperties} of forms) {
    const {head = '', data = ''} = pattern.exec(line)?.groups ?? {}
    const [written = '', ...rest] = head.split(' ')
    const name = written === stopToken ? written : written.toLowerCase()
    if (name !== stopToken && !commands.has(name)) continue
    return {
      name,
      properties: readProperties(rest.join(' ').split(separator), escapedInProperties),
      data: unescaped(data, escapedInData)
    }
  }
  return undefined
}

function readProperties(pairs: readonly string[], escaped: RegExp): Record<string, string> {
  const properties: Record<string, string> = {}
  for (const pair of pairs) {
    const [, name, value = ''] = /^\s*([^=]+)=(.*)$/s.exec(pair) ?? []
    if (name !== undefined) properties[name] = unescaped(value, escaped)
  }
  return properties
}

function unescaped(text: string, escaped: RegExp): string {
  return text.replace(escaped, code => String.fromCharCode(parseInt(code.slice(1), 16)))
}
