/**
 * Shows a job summary as GitHub does, in a picture: `node scripts/summary-picture.ts .cache/try/summary.md summary.png`.
 * Needs Chromium, in `CHROMIUM` or on the PATH.
 */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {marked} from 'marked'
import {capture} from './processes.ts'

const WIDTH = 980

const [source, picture] = process.argv.slice(2)
if (source === undefined || picture === undefined)
  throw new Error(
    'Say which summary to show and which file to write: node scripts/summary-picture.ts SUMMARY.md PICTURE.png'
  )

const directory = mkdtempSync(join(tmpdir(), 'ecs-release-summary-'))
try {
  const file = join(directory, 'summary.html')
  writeFileSync(file, page(readFileSync(source, 'utf8')))
  const height = Number(/data-height="(\d+)"/.exec(await chromium('--dump-dom', file))?.[1])
  await chromium(`--screenshot=${picture}`, file, height)
} finally {
  rmSync(directory, {recursive: true})
}

function page(markdown: string): string {
  const body = marked
    .parse(markdown, {async: false})
    .replace(/<pre><code class="language-mermaid">([\s\S]*?)<\/code><\/pre>/g, '<pre class="mermaid">$1</pre>')
  const asset = (path: string): string =>
    pathToFileURL(fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url))).href
  return `<!doctype html><meta charset="utf-8">
<link rel="stylesheet" href="${asset('github-markdown-css/github-markdown-light.css')}">
<body style="margin: 0"><article class="markdown-body" style="padding: 24px">${body}</article>
<script src="${asset('mermaid/dist/mermaid.min.js')}"></script>
<script>
  mermaid.initialize({startOnLoad: false})
  mermaid.run().then(() => { document.body.dataset.height = document.documentElement.scrollHeight })
</script>`
}

/** @returns what Chromium printed */
async function chromium(what: string, file: string, height = 800): Promise<string> {
  const quiet = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']
  const window = [`--window-size=${WIDTH},${height}`, '--hide-scrollbars', '--virtual-time-budget=10000']
  const program = process.env['CHROMIUM'] ?? 'chromium'
  const options = [...quiet, ...window, `--user-data-dir=${join(directory, 'profile')}`]
  const {status, output, errors} = await capture(program, [...options, what, pathToFileURL(file).href], {seconds: 60})
  if (status !== 0) throw new Error(`${program} could not show the summary: ${errors}`)
  return output
}
