/** `npm run readme`: writes the inputs and outputs of action.yml into README.md; with `--check`, says whether they are there already. */
import {readFile, writeFile} from 'node:fs/promises'
import {fileURLToPath} from 'node:url'
import {format, resolveConfig} from 'prettier'
import {parse} from 'yaml'

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
  const readme = await readFile(readmePath, 'utf8')
  const wanted = await withTables(readme, await readFile(`${project}/action.yml`, 'utf8'))
  if (!process.argv.includes('--check')) await writeFile(readmePath, wanted)
  else if (wanted !== readme) {
    console.error('README.md does not say what action.yml does: run `npm run readme`.')
    process.exitCode = 1
  }
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
  return format(withBoth, {...(await resolveConfig(readmePath)), filepath: readmePath})
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
  if (!markers.test(text)) throw new Error(`README.md lacks the markers <!-- ${name} --> and <!-- /${name} -->.`)
  return text.replace(markers, (_all, start: string, end: string) => `${start}\n\n${content}\n\n${end}`)
}
