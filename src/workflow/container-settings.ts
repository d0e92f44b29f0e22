import type {Environment} from './event.ts'
import {Failure} from './failure.ts'
import type {NamedValue} from './inputs.ts'

/** A line of the input `container-environment` or `container-secrets`. */
export interface ContainerSetting {
  readonly list: 'environment' | 'secrets'
  /** Without it, the setting is for all containers that get the image. */
  readonly container: string | undefined
  readonly name: string
  /** Of a secret, where ECS reads it from; `undefined` removes the name. */
  readonly value: string | undefined
}

/** The input that a setting is from. */
export const SETTINGS_INPUTS = {environment: 'container-environment', secrets: 'container-secrets'} as const

/** What a secret can be read from: an ARN, or the name of a parameter; source: ECS API reference, Secret. */
const VALUE_FROM = /^(?:arn:\S+|[\w./-]+)$/

/**
 * Reads the input `variables`: `NAME=value`, or `NAME` for the environment variable of that name.
 * @throws Failure for a line that is neither, and for a name that comes twice; values are never shown
 */
export function readVariables(text: string, env: Environment): NamedValue[] {
  const variables = linesOf(text).map(({line, number}) => {
    const {name, value} = split(line)
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      throw badLine('variables', number, '`NAME=value`, the name made of letters, digits and `_`')
    }
    return {name, value: value ?? fromEnvironment('variables', name, env)}
  })
  const twice = variables.find(({name}, index) => variables.findIndex(other => other.name === name) !== index)
  if (twice === undefined) return variables
  throw new Failure(`The input \`variables\` has \`${twice.name}\` twice: leave one of them.`)
}

/**
 * Reads the inputs `container-environment` and `container-secrets`: `NAME=value`, `container/NAME=value`, `-NAME` and
 * `-container/NAME`, and in the environment `NAME` for the environment variable of that name.
 * @throws Failure for a line that is none of them, and for lines that contradict each other; values are never shown
 */
export function readContainerSettings(
  texts: Readonly<Record<ContainerSetting['list'], string>>,
  env: Environment
): ContainerSetting[] {
  const settings = (['environment', 'secrets'] as const).flatMap(list =>
    linesOf(texts[list]).map(({line, number}) => readSetting(list, line, number, env))
  )
  refuseContradictions(settings)
  return settings
}

function readSetting(list: ContainerSetting['list'], line: string, number: number, env: Environment): ContainerSetting {
  const input = SETTINGS_INPUTS[list]
  const {name: subject, value} = split(line)
  const {minus, container, name} =
    /^(?<minus>-)?(?:(?<container>[\w-]+)\/)?(?<name>[^\s/-][^\s/]*)$/.exec(subject)?.groups ?? {}
  if (name === undefined || (minus !== undefined && value !== undefined)) {
    throw badLine(input, number, '`NAME=value`, `container/NAME=value`, `-NAME` or `-container/NAME`')
  }
  if (minus !== undefined) return {list, container, name, value: undefined}
  if (list === 'environment') return {list, container, name, value: value ?? fromEnvironment(input, name, env)}
  if (value !== undefined && VALUE_FROM.test(value)) return {list, container, name, value}
  throw new Failure(
    `The input \`${input}\` does not say in line ${number} where ECS reads \`${name}\` from: write the ARN of a secret or parameter behind the \`=\`, or the name of a parameter.`,
    {fix: `with:\n  ${input}: |\n    ${subject}=arn:aws:secretsmanager:eu-central-1:111122223333:secret:web-AbCdEf`}
  )
}

function refuseContradictions(settings: readonly ContainerSetting[]): void {
  for (const [index, {list, container, name, value}] of settings.entries()) {
    const other = settings
      .slice(0, index)
      .find(
        other =>
          other.container === container && other.name === name && (other.list === list || isBothSet(other.value, value))
      )
    if (other === undefined) continue
    const subject = container === undefined ? name : `${container}/${name}`
    const where =
      other.list === list
        ? `The input \`${SETTINGS_INPUTS[list]}\` has \`${subject}\` twice`
        : `The inputs \`${SETTINGS_INPUTS.environment}\` and \`${SETTINGS_INPUTS.secrets}\` both set \`${subject}\``
    throw new Failure(`${where}: leave one of them.`)
  }
}

function isBothSet(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined
}

/** Lines with their numbers in the input; empty ones are left out. */
function linesOf(text: string): {readonly line: string; readonly number: number}[] {
  return text
    .split('\n')
    .map((line, index) => ({line: line.trim(), number: index + 1}))
    .filter(({line}) => line !== '')
}

/** The name, and the value if there is a `=`; white space around both is none of them. */
function split(line: string): {readonly name: string; readonly value: string | undefined} {
  const at = line.indexOf('=')
  return at < 0 ? {name: line, value: undefined} : {name: line.slice(0, at).trim(), value: line.slice(at + 1).trim()}
}

/** An empty one is one that was not set: GitHub makes an empty text of a variable or secret that does not exist. */
function fromEnvironment(input: string, name: string, env: Environment): string {
  const value = env[name]
  if (value !== undefined && value !== '') return value
  throw new Failure(
    `The input \`${input}\` names \`${name}\` without a value, and the step has no environment variable ${name}: set it in the step's \`env\`, or write \`${name}=\` for an empty value.`,
    {fix: `env:\n  ${name}: \${{ vars.${name} }}`}
  )
}

/** The line is not shown: it may be a piece of a secret. */
function badLine(input: string, number: number, forms: string): Failure {
  return new Failure(
    `The input \`${input}\` is not understood in line ${number}: write ${forms}, one a line; a value of several lines goes into an environment variable of the step, and \`NAME\` alone takes it from there.`
  )
}
