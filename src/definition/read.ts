import {familyAndRevision} from '../aws/arn.ts'
import type {Aws} from '../aws/clients.ts'
import {listed} from '../workflow/text.ts'
import type {World} from '../world.ts'
import {clean} from './clean.ts'
import type {Definition} from './definition.ts'
import {type DescribedDefinition, describeDefinition} from './describe.ts'
import {definitionFiles, type DefinitionFile, type DefinitionPlace} from './find.ts'
import {parseDefinition} from './parse.ts'
import {checkSize, complete} from './render.ts'
import {unknownMembers} from './schema.ts'
import {checkShape} from './shape.ts'

/**
 * Reads the definition to start from, cleaned, completed and checked.
 * @param running ARN of the revision that the service runs
 * @throws Failure when it cannot be read, or when ECS would certainly refuse it
 */
export async function readDefinition(
  place: DefinitionPlace,
  running: string,
  workspace: string,
  aws: Aws,
  world: World
): Promise<Definition> {
  const definition =
    place.kind === 'file'
      ? await readFile(place, running, aws, world)
      : place.kind === 'running'
        ? ofRevision(await describeDefinition(running, aws, world.signal))
        : ofRevision(
            await describeDefinition(place.name, aws, world.signal, () => definitionFiles(workspace, place.name))
          )
  checkShape(definition)
  checkSize(definition)
  mentionUnknown(definition, world)
  return definition
}

async function readFile(file: DefinitionFile, running: string, aws: Aws, world: World): Promise<Definition> {
  const {json, containersOnly, locate} = parseDefinition(file)
  const cleaned = clean(json)
  const completed = containersOnly
    ? complete(cleaned, (await describeDefinition(running, aws, world.signal)).json)
    : cleaned
  return {json: completed, name: file.shown, locate}
}

function ofRevision({json, arn}: DescribedDefinition): Definition {
  return {json, name: familyAndRevision(arn), locate: () => undefined}
}

/** ECS may know members that this action's SDK does not, so they are passed on; but one of them may be a typing error. */
function mentionUnknown({json, name}: Definition, {log}: World): void {
  const unknown = unknownMembers(json)
  if (unknown.length === 0) return
  log.info(
    `${name} has ${listed(unknown.map(member => `\`${member}\``))}, not known to this action and passed on to ECS as it is`
  )
}
