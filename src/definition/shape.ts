import {Failure} from '../workflow/failure.ts'
import {bounded, listed, oneLine} from '../workflow/text.ts'
import {type Definition, whereIs} from './definition.ts'
import {isArray, isObject, itemsOf, type Json, type JsonObject, type JsonPath, pathText} from './json.ts'
import {type Expected, type Finding, findings, isSameIgnoringCase} from './schema.ts'

/** Something that ECS certainly refuses: what is wrong with the value at `path`, and what to do. */
interface Fault {
  readonly path: JsonPath
  readonly wrong: string
  readonly advice: string
  readonly fix?: string
}

/** What ECS would certainly refuse, in words that lead to the line in the file, in the order of the file. Pure. */
export function shapeFaults(definition: Definition): Failure[] {
  const faults = [...findings(definition.json).flatMap(faultOf), ...namelessThings(definition.json)]
  const inOrder = faults.sort((a, b) => position(definition, a) - position(definition, b))
  return inOrder.map(fault => failureOf(definition, fault))
}

function failureOf(definition: Definition, fault: Fault): Failure {
  const place = definition.locate(fault.path)
  return new Failure(sentence(definition, fault), {
    ...(place && {place}),
    ...(fault.fix !== undefined && {fix: fault.fix})
  })
}

function position(definition: Definition, {path}: Fault): number {
  const {line = 0, column = 0} = definition.locate(path) ?? {}
  return line * 1e6 + column
}

function sentence(definition: Definition, {path, wrong, advice}: Fault): string {
  const subject = path.length === 0 ? `\`${definition.name}\`` : `\`${pathText(path)}\` (${whereIs(definition, path)})`
  return `${subject} ${wrong}: ${advice}.`
}

function faultOf(finding: Finding): Fault[] {
  switch (finding.kind) {
    case 'unknown':
      return []
    case 'missing':
      return [missing(finding.path, finding.member)]
    case 'type':
      return [wrongType(finding.path, finding.value, finding.expected, finding.hidden)]
    case 'word':
      return finding.isCertain ? [wrongWord(finding.path, finding.value, finding.known)] : []
  }
}

const FAMILY_ADVICE = 'give the name under which ECS counts the revisions'

function missing(path: JsonPath, member: string): Fault {
  const wrong = `has no \`${member}\``
  if (path.length > 0) return {path, wrong: `${wrong}, without which ECS refuses it`, advice: 'add it'}
  return member === 'family'
    ? {path, wrong, advice: FAMILY_ADVICE, fix: '"family": "web",'}
    : {
        path,
        wrong,
        advice: 'give the list of containers',
        fix: '"containerDefinitions": [{"name": "web", "memory": 512, "portMappings": [{"containerPort": 8080}]}]'
      }
}

const TYPES: Readonly<Record<Expected, string>> = {
  object: 'an object in `{` and `}`',
  list: 'a list in `[` and `]`',
  text: 'a text in double quotes',
  number: 'a number without quotes',
  boolean: 'true or false without quotes'
}

function wrongType(path: JsonPath, value: Json, expected: Expected, hidden: boolean): Fault {
  // True and false give nothing away.
  const mayBeSecret = hidden && typeof value !== 'boolean'
  const meant = mayBeSecret ? undefined : meaning(value, expected)
  const member = path.at(-1)
  // A text where a list is due may be a whole command line, with who knows what in it.
  const shown = !mayBeSecret && expected !== 'list' && expected !== 'object'
  return {
    path,
    wrong: `is ${described(value, shown)}, but ECS takes ${TYPES[expected]} there`,
    advice: meant === undefined ? 'correct it' : `write ${meant}`,
    ...(meant !== undefined && typeof member === 'string' && {fix: `"${member}": ${meant}`})
  }
}

/** The value in the expected type, as JSON, where there is no doubt about it. */
function meaning(value: Json, expected: Expected): string | undefined {
  if (expected === 'number') return typeof value === 'string' && /^\d+$/.test(value) ? String(Number(value)) : undefined
  if (expected === 'boolean') return value === 'true' || value === 'false' ? value : undefined
  if (expected === 'text')
    return typeof value === 'number' || typeof value === 'boolean' ? `"${String(value)}"` : undefined
  return undefined
}

function described(value: Json, shown: boolean): string {
  if (isArray(value)) return 'a list'
  if (isObject(value)) return 'an object'
  if (typeof value === 'string') return shown ? `the text ${bounded(oneLine(JSON.stringify(value)), 80)}` : 'a text'
  return typeof value === 'number' && !shown ? 'a number' : String(value)
}

function wrongWord(path: JsonPath, value: string, known: readonly string[]): Fault {
  const meant = known.find(word => isSameIgnoringCase(word, value))
  if (meant !== undefined) {
    return {path, wrong: `is \`${value}\``, advice: `write it as ECS does, \`${meant}\``}
  }
  return {
    path,
    wrong: 'is empty',
    advice: `leave it out, or write ${listed(known.map(word => `\`${word}\``)).replace(/ and (?=[^,]*$)/, ' or ')}`
  }
}

/** Family and containers: there, with names that ECS takes (up to 255 letters, digits, `-` and `_`). */
function namelessThings(json: JsonObject): Fault[] {
  const containers = json['containerDefinitions']
  const empty: Fault[] =
    isArray(containers) && containers.length === 0
      ? [{path: ['containerDefinitions'], wrong: 'is empty', advice: 'a task definition has at least one container'}]
      : []
  return [
    ...empty,
    ...badName(json['family'], ['family'], FAMILY_ADVICE),
    ...itemsOf(containers).flatMap((container, index) => namelessContainer(container, index))
  ]
}

function namelessContainer(container: Json, index: number): Fault[] {
  if (!isObject(container)) return []
  const path = ['containerDefinitions', index]
  const name = container['name']
  if (name === undefined) return [{path, wrong: 'has no `name`', advice: 'name the container', fix: '"name": "web",'}]
  return badName(name, [...path, 'name'], 'name the container')
}

function badName(name: Json | undefined, path: JsonPath, advice: string): Fault[] {
  if (typeof name !== 'string' || /^[\w-]{1,255}$/.test(name)) return []
  if (name === '') return [{path, wrong: 'is empty', advice}]
  return [
    {
      path,
      wrong: `is \`${bounded(oneLine(name), 80)}\`, but a name has up to 255 letters, digits, \`-\` and \`_\``,
      advice: 'correct it'
    }
  ]
}
