import {type Node, parseTree, type ParseError, printParseErrorCode} from 'jsonc-parser'
import {Failure, type Place} from '../workflow/failure.ts'
import {bounded} from '../workflow/text.ts'
import type {DefinitionFile} from './find.ts'
import type {Json, JsonObject, JsonPath} from './json.ts'

/** A definition as it stands in a file. */
export interface ParsedDefinition {
  readonly json: JsonObject
  /** The file is a bare list of containers, as Terraform uses them: `json` has nothing but `containerDefinitions`. */
  readonly containersOnly: boolean
  /**
   * Where a value stands in the file; if it is not there, what would hold it. Items of a list are counted as in the
   * cleaned definition: those that are `null` do not count.
   * @param part of a member of an object that is there, its name or its value
   */
  readonly locate: (path: JsonPath, part?: 'name' | 'value') => Place
}

/**
 * Parses a task definition. It is JSON; comments, trailing commas and a byte order mark are tolerated. What
 * `aws ecs describe-task-definition` prints, `{"taskDefinition": …, "tags": …}`, is unwrapped.
 * @throws Failure at the line and column of what is wrong
 */
export function parseDefinition(file: DefinitionFile): ParsedDefinition {
  const errors: ParseError[] = []
  const root = parseTree(file.text, errors, {allowTrailingComma: true})
  const [error] = errors
  if (error !== undefined || root === undefined) throw notJson(file, error)
  if (root.type !== 'object' && root.type !== 'array') {
    throw new Failure(
      `The task definition \`${file.shown}\` is ${withArticle(root.type)}, but must be an object: put the definition in \`{\` and \`}\`.`,
      {place: placeOf(root.offset, file)}
    )
  }
  refuseInexact(root, file)
  const members = membersOf(root)
  return {
    json: Object.fromEntries([...members].map(([name, node]) => [name, valueOf(node)])),
    containersOnly: root.type === 'array',
    locate: (path, part) => placeOf(offsetOf(find(root, members, path), part), file)
  }
}

/** Numbers that JavaScript cannot hold would reach ECS as other numbers. @throws Failure at the first one */
function refuseInexact(node: Node, file: DefinitionFile): void {
  const {type, offset, length, children = []} = node
  for (const child of children) refuseInexact(child, file)
  const value: unknown = node.value
  if (type !== 'number' || typeof value !== 'number' || Math.abs(value) <= Number.MAX_SAFE_INTEGER) return
  const place = placeOf(offset, file)
  const written = bounded(file.text.slice(offset, offset + length), 80)
  throw new Failure(
    `The number ${written} in the task definition \`${file.shown}\` (line ${place.line}) cannot be kept as it is: ` +
      `write one between -${Number.MAX_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}.`,
    {place}
  )
}

/** The definition's members, whatever they are wrapped in. */
function membersOf(root: Node): Map<string, Node> {
  if (root.type === 'array') return new Map([['containerDefinitions', root]])
  const outer = propertiesOf(root)
  const inner = outer.get('taskDefinition')
  if (inner?.type !== 'object') return outer
  const tags = outer.get('tags')
  return new Map([...(tags === undefined ? [] : [['tags', tags] as const]), ...propertiesOf(inner)])
}

/** Of members with the same name the last one counts, as for JSON.parse. */
function propertiesOf(node: Node): Map<string, Node> {
  return new Map(
    (node.children ?? []).flatMap(({children: [key, value] = []}) =>
      key === undefined || value === undefined ? [] : [[String(key.value), value] as const]
    )
  )
}

function valueOf(node: Node): Json {
  if (node.type === 'array') return (node.children ?? []).map(valueOf)
  if (node.type !== 'object') return node.value as Json
  return Object.fromEntries([...propertiesOf(node)].map(([name, value]) => [name, valueOf(value)]))
}

/** Where a node begins, or the member that it is the value of. */
function offsetOf(node: Node, part: 'name' | 'value' = 'value'): number {
  const isMember = part === 'name' && node.parent?.type === 'property'
  return isMember ? node.parent.offset : node.offset
}

/** The node at `path`, or the last one on the way there. */
function find(root: Node, members: ReadonlyMap<string, Node>, path: JsonPath): Node {
  const [first, ...rest] = path
  let found = members.get(String(first))
  if (found === undefined) return root
  for (const step of rest) {
    const next = childOf(found, step)
    if (next === undefined) return found
    found = next
  }
  return found
}

function childOf(node: Node, step: string | number): Node | undefined {
  if (node.type === 'object') return propertiesOf(node).get(String(step))
  return (node.children ?? []).filter(child => child.type !== 'null')[Number(step)]
}

function placeOf(offset: number, {text, shown}: DefinitionFile): Required<Place> {
  const before = text.slice(0, offset).split('\n')
  return {file: shown, line: before.length, column: (before.at(-1) ?? '').length + 1}
}

/** Where the parser misses a comma, a bracket of the wrong kind means that another is missing. */
const MISSING_BEFORE: Readonly<Record<string, string>> = {'`}`': 'a closing `]`', '`]`': 'a closing `}`'}

/** What the parser missed or stumbled over, to complete "line 4, column 7: …"; `found` is the character there. */
const FAULTS: Readonly<Record<ReturnType<typeof printParseErrorCode>, (found: string) => string>> = {
  InvalidSymbol: found => `${found} begins no value; text is put in double quotes`,
  InvalidNumberFormat: () => 'this is not a number',
  PropertyNameExpected: found => `${found} stands where the name of a member in double quotes is due`,
  ValueExpected: found => `${found} stands where a value is due`,
  ColonExpected: found => `${found} stands where a colon is due`,
  CommaExpected: found => `${MISSING_BEFORE[found] ?? 'a comma'} is missing before ${found}`,
  CloseBraceExpected: found => `a closing \`}\` is missing before ${found}`,
  CloseBracketExpected: found => `a closing \`]\` is missing before ${found}`,
  EndOfFileExpected: found => `${found} follows after the end of the definition`,
  InvalidCommentToken: () => 'a comment has no place here',
  UnexpectedEndOfComment: () => 'this comment has no end',
  UnexpectedEndOfString: () => 'this text has no closing double quote on its line',
  UnexpectedEndOfNumber: () => 'this number is not complete',
  InvalidUnicode: () => 'this text has a `\\u` without four hexadecimal digits',
  InvalidEscapeCharacter: () => 'this text has a backslash that begins no escape; a backslash itself is written `\\\\`',
  InvalidCharacter: () =>
    'this text has a tab or another control character, which is written as an escape such as `\\t`',
  '<unknown ParseErrorCode>': found => `${found} is not understood`
}

function notJson(file: DefinitionFile, error: ParseError | undefined): Failure {
  const offset = error?.offset ?? 0
  const place = placeOf(offset, file)
  const [character] = file.text.slice(offset)
  const found = character === undefined ? 'the end of the file' : `\`${character}\``
  const fault = FAULTS[error === undefined ? '<unknown ParseErrorCode>' : printParseErrorCode(error.error)](found)
  return new Failure(
    `The task definition \`${file.shown}\` is not JSON: line ${place.line}, column ${place.column}: ${fault}.`,
    {place}
  )
}

function withArticle(type: string): string {
  return type === 'null' ? 'null' : `a ${type}`
}
