import {Failure} from '../workflow/failure.ts'
import {listed} from '../workflow/text.ts'
import {containersOf, type Definition, whereIs} from './definition.ts'
import {type JsonObject, textOf} from './json.ts'

/** A container's image as it stands in the definition, `undefined` when there is none. */
export function imageOf(container: JsonObject): string | undefined {
  const image = container['image']
  return typeof image === 'string' && image !== '' ? image : undefined
}

/** `host/name` of `host/name:tag`, `host/name@sha256:…` or both. */
export function repositoryOf(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^:/]*$/, '')
}

/**
 * Chooses the containers that get the new image: those that are named, else the only one, else those whose image is in the
 * repository.
 * @param names the input `container-name`
 * @param repositoryUri such as `111122223333.dkr.ecr.eu-central-1.amazonaws.com/web`
 * @throws Failure when a name is not there, when there is a choice, or when another container has no image
 */
export function chooseContainers(
  definition: Definition,
  names: readonly string[],
  repositoryUri: string | undefined
): string[] {
  const containers = containersOf(definition.json)
  const chosen =
    names.length > 0 ? named(definition, names) : (onlyOne(containers) ?? inRepository(containers, repositoryUri))
  if (chosen.length === 0) {
    throw new Failure(
      `The task definition (${whereIs(definition, ['containerDefinitions'])}) has the containers ${listedNames(containers)}: ` +
        'say in the input `container-name` which of them get the new image.',
      {...placeOf(definition), fix: `with:\n  container-name: ${nameOf(containers[0])}`}
    )
  }
  refuseWithoutImage(definition, chosen)
  return chosen
}

function named(definition: Definition, names: readonly string[]): string[] {
  const containers = containersOf(definition.json)
  const missing = names.find(name => !containers.some(container => container['name'] === name))
  if (missing === undefined) return [...names]
  throw new Failure(
    `The input \`container-name\` names \`${missing}\`, but the task definition (${whereIs(definition, ['containerDefinitions'])}) ` +
      `has ${containers.length === 1 ? 'only ' : ''}${listedNames(containers)}: correct the name.`,
    placeOf(definition)
  )
}

function onlyOne(containers: readonly JsonObject[]): string[] | undefined {
  return containers.length === 1 ? containers.map(nameOf) : undefined
}

function inRepository(containers: readonly JsonObject[], repositoryUri: string | undefined): string[] {
  return containers
    .filter(container => repositoryUri !== undefined && repositoryOf(imageOf(container) ?? '') === repositoryUri)
    .map(nameOf)
}

/** ECS refuses a container without an image; nobody else gives it one. */
function refuseWithoutImage(definition: Definition, chosen: readonly string[]): void {
  const containers = containersOf(definition.json)
  const index = containers.findIndex(
    container => !chosen.includes(nameOf(container)) && imageOf(container) === undefined
  )
  const container = containers[index]
  if (container === undefined) return
  const path = ['containerDefinitions', index, 'image']
  const place = definition.locate(path)
  throw new Failure(
    `The container \`${nameOf(container)}\` (${whereIs(definition, path)}) has no image, and gets none because only ` +
      `${listed(chosen.map(name => `\`${name}\``))} ${chosen.length === 1 ? 'gets' : 'get'} the new one: ` +
      'give it an image, or add it to the input `container-name`.',
    place && {place}
  )
}

function placeOf(definition: Definition) {
  const place = definition.locate(['containerDefinitions'])
  return place ? {place} : {}
}

function nameOf(container: JsonObject | undefined): string {
  return textOf(container?.['name'])
}

function listedNames(containers: readonly JsonObject[]): string {
  return listed(containers.map(container => `\`${nameOf(container)}\``))
}
