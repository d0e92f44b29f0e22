import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {parse} from 'yaml'

/** What the runner takes from `action.yml`. */
export interface Action {
  readonly inputs: Readonly<Record<string, {readonly default?: string | number | boolean}>>
  /** Paths of the scripts. */
  readonly main: string
  readonly post: string | undefined
}

/** @param directory where `action.yml` is */
export async function readAction(directory: string): Promise<Action> {
  const {inputs, runs} = parse(await readFile(join(directory, 'action.yml'), 'utf8')) as {
    inputs?: Action['inputs']
    runs: {using: string; main: string; post?: string}
  }
  if (runs.using !== 'node24') throw new Error(`This runner knows \`using: node24\`, not \`${runs.using}\`.`)
  return {
    inputs: inputs ?? {},
    main: join(directory, runs.main),
    post: runs.post === undefined ? undefined : join(directory, runs.post)
  }
}

/** What expressions in defaults stand for. */
export interface Contexts {
  readonly matrix: unknown
  /** `github.token` */
  readonly token: string
}

/** The step's inputs as environment variables: every declared one, with its default or empty, and what else `given` has. */
export function inputVariables(
  action: Action,
  given: Readonly<Record<string, string>>,
  contexts: Contexts
): Record<string, string> {
  const declared = Object.entries(action.inputs).map(
    ([name, input]) => [name, defaultOf(input.default, contexts)] as const
  )
  const values = {...Object.fromEntries(declared), ...given}
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`, value])
  )
}

function defaultOf(value: string | number | boolean | undefined, {matrix, token}: Contexts): string {
  const text = String(value ?? '')
  if (/^\$\{\{ *github\.token *\}\}$/.test(text)) return token
  if (/^\$\{\{ *toJSON\(matrix\) *\}\}$/.test(text)) return JSON.stringify(matrix, null, 2)
  if (text.includes('${{')) throw new Error(`This runner cannot evaluate \`${text}\`.`)
  return text
}

/** The runner's warning about inputs that `action.yml` does not declare, if there are any. */
export function unexpectedInputs(action: Action, given: Readonly<Record<string, string>>): string | undefined {
  const list = (names: string[]): string => names.map(name => `'${name}'`).join(', ')
  const declared = Object.keys(action.inputs)
  const unexpected = Object.keys(given).filter(name => !declared.includes(name))
  if (unexpected.length === 0) return undefined
  return `Unexpected input(s) ${list(unexpected)}, valid inputs are [${list(declared)}]`
}
