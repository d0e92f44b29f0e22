/**
 * Text from elsewhere (service events, stop reasons, build output, branch names) made harmless for the log.
 *
 * The runner reads a command at the start of a line (`::error::…`, after white space) and anywhere in it (`##[error]…`),
 * and takes a bare carriage return for a new line. A zero-width space breaks both forms and is not seen by the reader.
 * Source: actions/runner, ActionCommand.cs and OutputManager.cs.
 */
export function harmless(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/##\[/g, '##\u200B[')
    .replace(/^((?:[^\S\n\u2028\u2029]|\u0085)*)::/gm, '$1\u200B::')
}

/** The same on a single line: what follows a line break is joined with a space; other control characters are dropped. */
export function oneLine(text: string): string {
  const [first = '', ...others] = text.split(/[\r\n\u0085\u2028\u2029]+/)
  const more = others.map(line => line.trim()).filter(line => line !== '')
  const joined = others.length === 0 ? first : [first.trimEnd(), ...more].join(' ')
  return harmless(joined.replace(/(?!\t)\p{Cc}/gu, ''))
}

/** `text` cut to at most `length` characters, the cut marked with an ellipsis. */
export function bounded(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`
}

/** A span of time as people say it: `8 s`, `2 min 13 s`, `1 h 5 min`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  const minutes = Math.floor(seconds / 60)
  if (minutes === 0) return `${seconds} s`
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`
  return minutes % 60 === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** `1 task`, `2 tasks`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`
}

/** `a`, `a and b`, `a, b and c`; long lists end in `and N more`. */
export function listed(items: readonly string[], most = 10): string {
  const shown = items.length > most ? [...items.slice(0, most), `${items.length - most} more`] : [...items]
  const last = shown.pop()
  return last === undefined ? '' : shown.length === 0 ? last : `${shown.join(', ')} and ${last}`
}
