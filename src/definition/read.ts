import {familyAndRevision} from '../aws/arn.ts'
import type {Aws} from '../aws/clients.ts'
import type {Failure, Place} from '../workflow/failure.ts'
import type {NamedValue} from '../workflow/inputs.ts'
import {listed} from '../workflow/text.ts'
import type {World} from '../world.ts'
import {clean} from './clean.ts'
import type {Definition} from './definition.ts'
import {type DescribedDefinition, describeDefinition, describeRunning} from './describe.ts'
import {definitionFiles, type DefinitionFile, type DefinitionPlace} from './find.ts'
import type {JsonPath} from './json.ts'
import {parseDefinition} from './parse.ts'
import {complete} from './render.ts'
import {shapeFaults} from './shape.ts'
import {type Filled, fillVariables, unusedVariables} from './variables.ts'

/** The definitions to start from. */
export interface ReadDefinitions {
  /** In the order of the services; `undefined` where one is to be had from an unknown service. */
  readonly definitions: readonly (Definition | undefined)[]
  /** What ECS would certainly refuse in them. */
  readonly faults: readonly Failure[]
}

/**
 * Reads the definitions to start from, filled, cleaned, completed and checked. What is the same for several services is
 * read once.
 * @param running ARNs of the revisions that the services run, `undefined` for a service that is not known
 * @param variables what fills the placeholders of a definition in a file
 * @throws Failure when one cannot be read
 */
export async function readDefinitions(
  place: DefinitionPlace,
  running: readonly (string | undefined)[],
  workspace: string,
  aws: Aws,
  world: World,
  variables: readonly NamedValue[] = []
): Promise<ReadDefinitions> {
  if (place.kind !== 'file') return checked(await ofEcs(place, running, workspace, aws, world))
  const file = readFile(place, variables)
  return checked(await complemented(file, running, aws, world), file)
}

/**
 * Tells of variables that no file uses.
 * @param places all definitions that the variables are for
 * @throws Failure for a file that is no definition
 */
export function idleVariables(places: readonly DefinitionPlace[], variables: readonly NamedValue[]): string[] {
  const files = places.filter(place => place.kind === 'file')
  if (variables.length === 0 || files.length > 0) {
    return unusedVariables(
      variables,
      files.map(file => readFile(file, variables))
    )
  }
  return [
    'The input `variables` fills a task definition in a file, but this one is from ECS and stays as it is: remove the input, or name a file in `task-definition`.'
  ]
}

/** A definition in a file, filled and cleaned. */
interface FromFile extends Filled {
  readonly containersOnly: boolean
}

function readFile(file: DefinitionFile, variables: readonly NamedValue[]): FromFile {
  const {json, containersOnly, locate} = parseDefinition(file)
  return {...fillVariables({json: clean(json), name: file.shown, locate}, variables), containersOnly}
}

/** What ECS answers itself it takes, too. */
function checked(definitions: readonly (Definition | undefined)[], file?: FromFile): ReadDefinitions {
  const distinct = [...new Set(definitions)].filter(definition => definition !== undefined)
  return {definitions, faults: file === undefined ? [] : distinct.flatMap(definition => faultsOf(definition, file))}
}

/** What ECS would refuse; a placeholder that is left is not told once more as a value of another type. */
function faultsOf(definition: Definition, file: FromFile): Failure[] {
  const key = (place: Place | undefined): string => JSON.stringify([place?.line, place?.column])
  const left = file.left.map(path => key(definition.locate(path)))
  return [...file.failures, ...shapeFaults(definition).filter(({place}) => !left.includes(key(place)))]
}

/** A bare list of containers has everything else from what each service runs. */
async function complemented(
  {definition, containersOnly}: FromFile,
  running: readonly (string | undefined)[],
  aws: Aws,
  {signal}: World
): Promise<(Definition | undefined)[]> {
  if (!containersOnly) return running.map(() => definition)
  const {locate} = definition
  const inFile = (path: JsonPath): boolean => path[0] === 'containerDefinitions'
  return forEachRevision(running, async arn => {
    const current = await describeRunning(arn, aws, signal)
    const json = complete(definition.json, current.json)
    return {...definition, json, locate: (path, part) => (inFile(path) ? locate(path, part) : undefined)}
  })
}

async function ofEcs(
  place: Exclude<DefinitionPlace, DefinitionFile>,
  running: readonly (string | undefined)[],
  workspace: string,
  aws: Aws,
  {signal}: World
): Promise<(Definition | undefined)[]> {
  if (place.kind === 'running') {
    return forEachRevision(running, async arn => ofRevision(await describeRunning(arn, aws, signal)))
  }
  const named = ofRevision(await describeDefinition(place.name, aws, signal, () => adviceFor(place.name, workspace)))
  return running.map(() => named)
}

/** Services that run the same revision share what is made of it. */
async function forEachRevision(
  running: readonly (string | undefined)[],
  make: (arn: string) => Promise<Definition>
): Promise<(Definition | undefined)[]> {
  const made = new Map([...new Set(running)].map(arn => [arn, arn === undefined ? undefined : make(arn)]))
  return Promise.all(running.map(async arn => made.get(arn)))
}

/** What to do about a revision that is named in the input and not there. */
async function adviceFor(name: string, workspace: string): Promise<string> {
  const files = await definitionFiles(workspace, name)
  const meant = files.length === 0 ? '' : `, or name one of the files ${listed(files.map(file => `\`${file}\``))}`
  return `correct the input \`task-definition\`${meant}`
}

function ofRevision({json, arn}: DescribedDefinition): Definition {
  return {json, name: familyAndRevision(arn), locate: () => undefined}
}
