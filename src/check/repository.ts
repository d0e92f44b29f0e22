import type {Aws} from '../aws/clients.ts'
import {imageOf, repositoryOf} from '../definition/containers.ts'
import {containersOf, type Definition} from '../definition/definition.ts'
import {describeRunning} from '../definition/describe.ts'
import {type JsonObject, textOf} from '../definition/json.ts'
import {parseEcrHost, parseImage, parseRepository} from '../image/repository.ts'
import {Failure} from '../workflow/failure.ts'
import {listed} from '../workflow/text.ts'
import type {World} from '../world.ts'
import type {Candidate} from './look.ts'

/**
 * The URI by which containers are recognised as those that get the image: that of the input `image` or `repository`, of the
 * first container whose image is in a repository of that name, or of the only ECR repository that the definition has
 * images from.
 */
export function repositoryHint(
  definition: Definition,
  wanted: {readonly repository: string | undefined; readonly image: string | undefined}
): string | undefined {
  if (wanted.image !== undefined) return repositoryOf(wanted.image)
  const images = containersOf(definition.json).flatMap(container => imageOf(container) ?? [])
  if (wanted.repository === undefined) return onlyEcrRepository(images)
  const {name, host} = parseRepository(wanted.repository)
  if (host !== undefined) return `${host}/${name}`
  const found = images.find(image => parseImage(image)?.repository === name)
  return found && repositoryOf(found)
}

function onlyEcrRepository(images: readonly string[]): string | undefined {
  const inEcr = images.filter(image => parseEcrHost(parseImage(image)?.host ?? '') !== undefined)
  const [only, ...others] = new Set(inEcr.map(repositoryOf))
  return others.length === 0 ? only : undefined
}

/**
 * The repository to push to: the input, else that of the image which the chosen containers have in the definition, else in
 * what the service runs now. It is never guessed from the name of the GitHub repository.
 * @returns `undefined` where it may be known from a service or a definition that could not be read
 * @throws Failure when there is none, or more than one
 */
export async function chooseRepository(
  targets: readonly Candidate[],
  wanted: {readonly repository: string | undefined; readonly service: readonly string[]},
  aws: Aws,
  world: World
): Promise<string | undefined> {
  if (wanted.repository !== undefined) return wanted.repository
  const found = await Promise.all(targets.map(target => repositoryFor(target, aws, world)))
  const repositories = [...new Set(found.flat())]
  const [only, ...others] = repositories
  const isAllKnown = targets.filter(({service}) => service !== undefined).length === wanted.service.length
  if (only === undefined && !isAllKnown) return undefined
  if (only === undefined) throw noRepository(targets)
  if (others.length === 0) return only
  throw new Failure(
    `The containers that get the image are in several repositories, ${listed(repositories)}: say in the input \`repository\` which of them it is pushed to.`,
    {fix: `with:\n  repository: ${only}`}
  )
}

async function repositoryFor({service, definition, containers}: Candidate, aws: Aws, world: World): Promise<string[]> {
  const inDefinition = repositoriesOf(definition.json, containers)
  if (inDefinition.some(isInEcr)) return inDefinition.filter(isInEcr)
  if (service === undefined) return inDefinition
  const {json} = await describeRunning(service.taskDefinitionArn, aws, world.signal)
  const running = repositoriesOf(json, containers)
  return [running.filter(isInEcr), inDefinition, running].find(found => found.length > 0) ?? []
}

/** Other hosts, such as that of a mirror, are taken only where there is no ECR's. */
function isInEcr(repository: string): boolean {
  return parseEcrHost(repository.slice(0, repository.indexOf('/'))) !== undefined
}

/** The repositories of the containers' images; placeholders and images of Docker Hub have no host and are none. */
function repositoriesOf(json: JsonObject, containers: readonly string[]): string[] {
  return containersOf(json)
    .filter(container => containers.includes(textOf(container['name'])))
    .flatMap(container => {
      const image = parseImage(imageOf(container) ?? '')
      return image?.host === undefined ? [] : [`${image.host}/${image.repository}`]
    })
}

function noRepository(targets: readonly Candidate[]): Failure {
  const containers = listed([...new Set(targets.flatMap(target => target.containers))])
  return new Failure(
    `No ECR repository is known for the image of ${containers}: neither the task definition nor what the service runs now has an image from one, so name it in the input \`repository\`.`,
    {fix: 'with:\n  repository: web'}
  )
}
