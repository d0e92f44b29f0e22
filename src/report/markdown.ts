/**
 * Markdown for GitHub's job summary from text that comes from elsewhere: nothing in it can become markup, close a code
 * block or reach the next cell of a table.
 */

/** Control characters, and those that turn the direction of writing: a reader would not see what is there. */
const UNSEEN = /(?![\t\n])[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu

/** Plain text in a paragraph or a table cell. */
export function plain(text: string): string {
  return text
    .replace(/\s*[\r\n]+\s*/g, ' ')
    .replace(UNSEEN, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]#|~@$]/g, character => `&#${character.codePointAt(0) ?? 0};`)
    .replace(/^\s*[-+=]/, start => `&#${start.trim().codePointAt(0) ?? 0};`)
    .replace(/:\/\//g, '&#58;//')
    .replace(/\bwww\./gi, www => `${www.slice(0, -1)}&#46;`)
}

/** Text in the style of code, in a paragraph or a table cell. HTML, because backquotes could be closed by the text. */
export function code(text: string): string {
  return `<code>${plain(text)}</code>`
}

/** A sentence in which backquotes mark code, as in the log; what is between them is no markup either. */
export function prose(text: string): string {
  const parts = text.split('`')
  if (parts.length % 2 === 0) return plain(text)
  return parts.map((part, index) => (index % 2 === 1 ? code(part) : plain(part))).join('')
}

/** A block of code, fenced by more backquotes than the text has in a row. */
export function block(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${text.replace(/\r\n?/g, '\n').replace(UNSEEN, '')}\n${fence}`
}

/** A link whose text may come from elsewhere; the address is our own. */
export function link(text: string, address: string): string {
  return `<a href="${address.replace(/&/g, '&amp;').replace(/"/g, '&quot;')}">${plain(text)}</a>`
}

/** A table of cells that are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** A table of names and values, without a head; both are Markdown for a cell already. HTML, because Markdown's has a head. */
export function facts(rows: readonly (readonly [name: string, value: string])[]): string {
  const lines = rows.map(([name, value]) => `<tr><th align="left">${name}</th><td>${value}</td></tr>`)
  return ['<table>', ...lines, '</table>'].join('\n')
}

/** A part that is folded until it is clicked, or the other way round. */
export function folded(title: string, content: string, open = false): string {
  return `<details${open ? ' open' : ''}><summary>${plain(title)}</summary>\n\n${content}\n\n</details>`
}
