/**
 * Draws a log for the README, as GitHub shows one: `npm run --silent try 2>&1 | node scripts/picture.ts .github/log.svg`.
 * Build output is left out and long lines are cut; everything else is as it was printed.
 */
import {writeFileSync} from 'node:fs'
import {text} from 'node:stream/consumers'
import {bounded} from '../src/workflow/text.ts'

const LINE_HEIGHT = 20
const CHARACTER = 7.8
const MARGIN = 16
const LONGEST_LINE = 132

/** Lines of a builder or of `docker push`, and those that `npm run try` says around the step. */
const LEFT_OUT =
  /^(#\d+ |$|The push refers|[0-9a-f]{12}: |\S+: digest: |A local AWS|The tasks are|Started a|Using the|The step ended|The registry|The service's|\d+ containers run)/

const file = process.argv[2]
if (file === undefined) throw new Error('Say which file to write: node scripts/picture.ts .github/log.svg')
writeFileSync(file, draw((await text(process.stdin)).split('\n').filter(line => !LEFT_OUT.test(line))))

function draw(lines: readonly string[]): string {
  const shown = lines.map(line =>
    bounded(line.replace(/sha256:([0-9a-f]{12})[0-9a-f]{52}/, 'sha256:$1…'), LONGEST_LINE)
  )
  const width = Math.ceil(LONGEST_LINE * CHARACTER + 2 * MARGIN)
  const height = shown.length * LINE_HEIGHT + 2 * MARGIN
  const rows = shown.map(
    (line, index) =>
      `<text x="${MARGIN}" y="${MARGIN + 14 + index * LINE_HEIGHT}" fill="${colour(line)}" xml:space="preserve">${escape(line)}</text>`
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13">`,
    `<rect width="${width}" height="${height}" rx="6" fill="#0d1117"/>`,
    ...rows,
    '</svg>\n'
  ].join('\n')
}

function colour(line: string): string {
  if (line.startsWith('Error:')) return '#ff7b72'
  if (line.startsWith('Deployed')) return '#7ee787'
  if (line.startsWith('▼')) return '#d2a8ff'
  return '#e6edf3'
}

function escape(line: string): string {
  return line.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}
