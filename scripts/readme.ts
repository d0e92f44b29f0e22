/**
 * `npm run readme`: writes the inputs and outputs of action.yml into README.md, and the list of checks into docs/checks.md;
 * with `--check`, says whether they are there already.
 */
import {readFile, writeFile} from 'node:fs/promises'
import {relative} from 'node:path'
import {fileURLToPath} from 'node:url'
import {format, resolveConfig} from 'prettier'
import {parse} from 'yaml'
import type {Check} from '../src/check/check.ts'
import {CHECKS} from '../src/check/checks.ts'

interface Field {
  readonly description: string
  readonly default?: string | number | boolean
  readonly required?: boolean
}

interface Action {
  readonly inputs: Readonly<Record<string, Field>>
  readonly outputs: Readonly<Record<string, Field>>
}

const project = fileURLToPath(new URL('..', import.meta.url))
const readmePath = `${project}/README.md`

if (import.meta.main) {
  const actionYaml = await readFile(`${project}/action.yml`, 'utf8')
  await keep(readmePath, readme => withTables(readme, actionYaml))
  for (const name of ['rollback', 'continue']) {
    const ofSubAction = await readFile(`${project}/${name}/action.yml`, 'utf8')
    await keep(`${project}/docs/${name}.md`, page => withTables(page, ofSubAction))
  }
  await keep(`${project}/docs/checks.md`, page => withChecks(page, CHECKS))
}

/** Writes a page as it is to be, or only says that it is not. */
async function keep(path: string, make: (page: string) => Promise<string>): Promise<void> {
  const page = await readFile(path, 'utf8')
  const wanted = await make(page)
  if (!process.argv.includes('--check')) await writeFile(path, wanted)
  else if (wanted !== page) {
    console.error(`${relative(project, path)} does not say what the code does: run \`npm run readme\`.`)
    process.exitCode = 1
  }
}

/**
 * The page of the checks with the table of all of them between its markers.
 * @throws Error where a marker is missing
 */
export async function withChecks(page: string, checks: readonly Check[]): Promise<string> {
  const rows = checks.map(({name, finds, level, needs}) => [
    code(name),
    level === 'error' ? '**error**' : level,
    cell(finds),
    needs.map(code).join(', ')
  ])
  return formatted(between(page, 'checks', table(['Check', 'Level', 'Finds', 'Needs'], rows)))
}

/**
 * The README with its two tables as `action.yml` has them, each between the markers of its name: `<!-- inputs -->` and
 * `<!-- /inputs -->`.
 * @throws Error where a marker is missing
 */
export async function withTables(readme: string, actionYaml: string): Promise<string> {
  const {inputs, outputs} = parse(actionYaml) as Action
  const inputRows = Object.entries(inputs).map(([name, input]) => [
    code(name),
    defaultOf(input),
    cell(input.description)
  ])
  const outputRows = Object.entries(outputs).map(([name, output]) => [code(name), cell(output.description)])
  const withInputs = between(readme, 'inputs', table(['Input', 'Default', 'Description'], inputRows))
  const withBoth = between(withInputs, 'outputs', table(['Output', 'Description'], outputRows))
  return formatted(withBoth)
}

async function formatted(page: string): Promise<string> {
  return format(page, {...(await resolveConfig(readmePath)), filepath: readmePath})
}

function defaultOf({default: value, required}: Field): string {
  if (required === true) return '**required**'
  return value === undefined ? '' : code(String(value))
}

function table(head: readonly string[], rows: readonly string[][]): string {
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

function code(text: string): string {
  return `\`${text}\``
}

function cell(text: string): string {
  return text.trim().replace(/\s+/g, ' ').replaceAll('|', '\\|')
}

function between(text: string, name: string, content: string): string {
  const markers = new RegExp(`(<!-- ${name} -->).*(<!-- /${name} -->)`, 's')
  if (!markers.test(text)) throw new Error(`The page lacks the markers <!-- ${name} --> and <!-- /${name} -->.`)
  return text.replace(markers, (_all, start: string, end: string) => `${start}\n\n${content}\n\n${end}`)
}
