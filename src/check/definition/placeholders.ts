import {
  isObject,
  itemsOf,
  type Json,
  type JsonPath,
  pathText,
  type TextAt,
  textOf,
  textsWithin
} from '../../definition/json.ts'
import {REGION} from '../../aws/arn.ts'
import {listed} from '../../workflow/text.ts'
import {type Check, type Found, memberAt} from '../check.ts'
import type {Situation} from '../situation.ts'

export const placeholders: Check = {
  name: 'placeholder',
  finds:
    'placeholders of other tools that nothing fills in, such as `<NAME>`, `%NAME%`, `{{ … }}`, `${NAME}`, `${{ … }}` or `REGION` in an ARN',
  level: 'warning',
  needs: [],
  run: situation => {
    const left = [...textsWithin(situation.definition.json)]
      .filter(({path}) => !isReplaced(situation, path))
      .flatMap(text => placeholdersIn(situation, text))
    return [...Map.groupBy(left, ({shown}) => shown).values()].map(same => tell(situation, same))
  }
}

/** A placeholder as it may be shown: what stands in `{{ … }}` can be anything. */
interface Placeholder {
  readonly shown: string
  readonly path: JsonPath
  readonly advice: string
  readonly fix?: string
}

/** The image of a container that gets the new one. */
function isReplaced({definition, containers}: Situation, [list, index, member]: JsonPath): boolean {
  if (list !== 'containerDefinitions' || member !== 'image') return false
  const container = itemsOf(definition.json[list])[Number(index)]
  return isObject(container) && containers.includes(textOf(container['name']))
}

function tell({definition}: Situation, same: readonly Placeholder[]): Found {
  const [first = {shown: '', path: [], advice: ''}, ...others] = same
  const lines = new Set(others.flatMap(({path}) => definition.locate(path)?.line ?? []))
  lines.delete(definition.locate(first.path)?.line ?? 0)
  const also = lines.size === 0 ? '' : `, also in line${lines.size === 1 ? '' : 's'} ${listed([...lines].map(String))}`
  return {
    message: `${memberAt(definition, first.path)} has the placeholder \`${first.shown}\`${also}, which nothing fills in: ${first.advice}.`,
    path: first.path,
    ...(first.fix !== undefined && {fix: first.fix})
  }
}

const VARIABLE = 'write the value, or `${NAME}` and give the value in the input `variables`'
const EXPRESSION =
  'GitHub fills in expressions in workflows but not in files, so write `${NAME}` and give the value in the input `variables`'

function placeholdersIn(situation: Situation, {path, text}: TextAt): Placeholder[] {
  if (/\$\{\{.*?\}\}/s.test(text)) return [{shown: '${{ … }}', path, advice: EXPRESSION}]
  if (isCommand(path)) return []
  const found = [...(isImage(path) ? [] : marked(path, text)), ...words(path, text)]
  return [
    ...found.map(shown => ({shown, path, advice: VARIABLE})),
    ...unfilled(situation, path, text).map(name => ({
      shown: `\${${name}}`,
      path,
      advice: 'write the value, or give it in the input `variables`',
      fix: `with:\n  variables: |\n    ${name}=…`
    }))
  ]
}

/** What is found in a container under that path, without the indexes. */
function memberOf([list, , ...rest]: JsonPath): string {
  return list === 'containerDefinitions' ? pathText(rest.filter(step => typeof step === 'string')) : ''
}

/** An image with a placeholder is no reference to one, which is told otherwise. */
function isImage(path: JsonPath): boolean {
  return memberOf(path) === 'image'
}

/** There shells and programs have placeholders of their own. */
function isCommand(path: JsonPath): boolean {
  return ['command', 'entryPoint', 'healthCheck.command'].includes(memberOf(path))
}

/** Values that are handed to programs, which have templates and markup in them. */
function isForProgram(path: JsonPath): boolean {
  return /^(environment\.value|dockerLabels|logConfiguration\.options|firelensConfiguration)/.test(memberOf(path))
}

/** `<NAME>`, `%NAME%` and `{{ … }}`; in what is handed to a program only where there is little else that it can be. */
function marked(path: JsonPath, text: string): string[] {
  const isProgram = isForProgram(path)
  const brackets = isProgram ? /^<[A-Za-z][\w -]*>$|<[A-Z][A-Z\d]*_[A-Z\d_]+>/g : /<[A-Za-z][\w -]*>/g
  const braces = isProgram ? /^\{\{\s*[A-Za-z_][\w ."'`-]*\}\}$/ : /\{\{.*?\}\}/s
  return [
    ...(text.match(brackets) ?? []),
    ...(text.match(/%[A-Z][A-Z\d_]{2,}%/g) ?? []),
    ...(braces.test(text) ? ['{{ … }}'] : [])
  ]
}

/** Words where an ARN, a log configuration or an ECR registry has a region or an account. */
function words(path: JsonPath, text: string): string[] {
  const [, , service = '', region = '', account = ''] = text.startsWith('arn:') ? text.split(':') : []
  const isS3 = service === 's3'
  const [, registry = '', registryRegion = ''] = isImage(path)
    ? (/^([^./]+)\.dkr\.ecr\.([^./]+)\.amazonaws\./.exec(text) ?? [])
    : []
  const logRegion = path.at(-1) === 'awslogs-region' ? text : ''
  return [
    ...[isS3 ? '' : region, registryRegion, logRegion].filter(word => isWord(word) && !IS_REGION.test(word)),
    ...[isS3 ? '' : account, registry].filter(word => isWord(word) && !/^(\d{12}|aws)$/.test(word))
  ]
}

const IS_REGION = new RegExp(`^${REGION}$`)

/** What has a mark around it is told as such. */
function isWord(text: string): boolean {
  return /^[A-Za-z][\w-]*$/.test(text)
}

/** `${NAME}` of no variable that the container itself has. With the input `variables`, all of them have been filled in. */
function unfilled({definition, inputs}: Situation, path: JsonPath, text: string): string[] {
  if (inputs.variables.length > 0 || isImage(path) || isFireLens(definition.json, path)) return []
  const own = ownVariables(definition.json, path)
  return [...text.matchAll(/\$\{([A-Za-z_]\w*)\}/g)].map(([, name = '']) => name).filter(name => !own.has(name))
}

/** Fluent Bit fills in variables of its own environment. */
function isFireLens(json: Json, [list, index, member]: JsonPath): boolean {
  const container = isObject(json) ? itemsOf(json[String(list)])[Number(index)] : undefined
  if (!isObject(container)) return false
  const log = container['logConfiguration']
  return (
    member === 'firelensConfiguration' ||
    (member === 'logConfiguration' && isObject(log) && log['logDriver'] === 'awsfirelens')
  )
}

/** Programs such as those with Spring fill one variable into another themselves. */
function ownVariables(json: Json, [list, index]: JsonPath): ReadonlySet<string> {
  const container = isObject(json) && list === 'containerDefinitions' ? itemsOf(json[list])[Number(index)] : undefined
  if (!isObject(container)) return new Set()
  const entries = [...itemsOf(container['environment']), ...itemsOf(container['secrets'])]
  return new Set(entries.flatMap(entry => (isObject(entry) ? [textOf(entry['name'])] : [])))
}
