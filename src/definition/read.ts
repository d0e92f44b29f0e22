import {familyAndRevision} from '../aws/arn.ts'
import type {Aws} from '../aws/clients.ts'
import {listed} from '../workflow/text.ts'
import type {World} from '../world.ts'
import {clean} from './clean.ts'
import type {Definition} from './definition.ts'
import {type DescribedDefinition, describeDefinition} from './describe.ts'
import {definitionFiles, type DefinitionPlace} from './find.ts'
import type {JsonPath} from './json.ts'
import {parseDefinition} from './parse.ts'
import {checkSize, complete} from './render.ts'
import {checkShape} from './shape.ts'

/**
 * Reads the definitions to start from, cleaned, completed and checked. What is the same for several services is read once.
 * @param running ARNs of the revisions that the services run, `undefined` for a service that is not known
 * @returns the definitions in the order of the services; `undefined` where one is to be had from an unknown service
 * @throws Failure when it cannot be read, or when ECS would certainly refuse it
 */
export async function readDefinitions(
  place: DefinitionPlace,
  running: readonly (string | undefined)[],
  workspace: string,
  aws: Aws,
  world: World
): Promise<(Definition | undefined)[]> {
  const definitions = await definitionsAt(place, running, workspace, aws, world)
  const distinct = [...new Set(definitions)].filter(definition => definition !== undefined)
  for (const definition of distinct) {
    checkShape(definition)
    checkSize(definition)
  }
  return definitions
}

async function definitionsAt(
  place: DefinitionPlace,
  running: readonly (string | undefined)[],
  workspace: string,
  aws: Aws,
  {signal}: World
): Promise<(Definition | undefined)[]> {
  if (place.kind === 'running') {
    return forEachRevision(running, async arn => ofRevision(await describeDefinition(arn, aws, signal)))
  }
  if (place.kind === 'revision') {
    const named = ofRevision(await describeDefinition(place.name, aws, signal, () => adviceFor(place.name, workspace)))
    return running.map(() => named)
  }
  const {json, containersOnly, locate} = parseDefinition(place)
  const definition = {json: clean(json), name: place.shown, locate}
  if (!containersOnly) return running.map(() => definition)
  const inFile = (path: JsonPath): boolean => path[0] === 'containerDefinitions'
  return forEachRevision(running, async arn => {
    const current = await describeDefinition(arn, aws, signal)
    const json = complete(definition.json, current.json)
    return {...definition, json, locate: (path, part) => (inFile(path) ? locate(path, part) : undefined)}
  })
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
