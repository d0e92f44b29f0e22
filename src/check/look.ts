import type {Aws} from '../aws/clients.ts'
import {familyAndRevision} from '../aws/arn.ts'
import {chooseContainers} from '../definition/containers.ts'
import type {Definition} from '../definition/definition.ts'
import {type DefinitionPlace, findDefinition} from '../definition/find.ts'
import {readDefinitions} from '../definition/read.ts'
import {type ImagePlan, planImage} from '../image/index.ts'
import type {WorkflowRun} from '../workflow/event.ts'
import type {Inputs} from '../workflow/inputs.ts'
import type {PrivateDirectory} from '../workflow/private-directory.ts'
import {count, listed} from '../workflow/text.ts'
import {together} from '../workflow/together.ts'
import type {World} from '../world.ts'
import {withCodeDeploy} from './codedeploy/index.ts'
import {platformsOf} from './platform.ts'
import {chooseRepository, repositoryHint} from './repository.ts'
import {findServices, type ServiceToRelease} from './services.ts'
import {refuseStageOfRolling} from './stage.ts'

/** A service and what it is to run: the definition, and the containers in it that get the image. */
export interface Target {
  readonly service: ServiceToRelease
  readonly definition: Definition
  readonly containers: readonly string[]
}

/** Everything that can be known before anything is changed. */
export interface Plan {
  readonly targets: readonly Target[]
  readonly image: ImagePlan
}

/**
 * Looks before anything is built: services, definitions, containers, repository, sign-in and builder are read and checked.
 * Nothing is changed.
 * @throws Failure for the first thing that would make the release fail
 */
export async function look(
  inputs: Inputs,
  run: WorkflowRun,
  directory: PrivateDirectory,
  aws: Aws,
  world: World
): Promise<Plan> {
  const [services, places] = await together([
    servicesOf(inputs, run, aws, world),
    findDefinitions(inputs.taskDefinition, run)
  ])
  refuseStageOfRolling(services, inputs.waitFor)
  const definitions = await definitionsOf(services, places, run, aws, world)
  const targets = services.map((service, index) => target(service, definitions[index], inputs))
  for (const {service, definition, containers} of targets) {
    const runs = `${familyAndRevision(service.taskDefinitionArn)}, ${count(service.desiredCount, 'task')}, ${service.rolls}`
    world.log.info(`service ${service.name} in ${service.cluster.name}: ${runs}`)
    world.log.info(`definition ${definition.name}: new image for ${listed(containers)}`)
  }
  const image = await planImage(
    {
      ...inputs,
      services: inputs.service,
      repository: inputs.image === undefined ? await chooseRepository(targets, inputs.repository, aws, world) : '',
      platforms: platformsOf(targets),
      containers: targets.flatMap(({containers}) => containers)
    },
    run,
    directory,
    aws,
    world
  )
  return {targets, image}
}

async function servicesOf(inputs: Inputs, run: WorkflowRun, aws: Aws, world: World): Promise<ServiceToRelease[]> {
  const services = await findServices(inputs.service, inputs.cluster, aws, world)
  return withCodeDeploy(services, inputs, run, aws, world)
}

/** One for all services, or one for each; the input pairs them by their order. */
async function findDefinitions(wanted: readonly string[], run: WorkflowRun): Promise<DefinitionPlace[]> {
  const all = wanted.length === 0 ? [undefined] : wanted
  return Promise.all(all.map(one => findDefinition(one, run.workspace, run.temp)))
}

/** A place that is for all services is read once. */
async function definitionsOf(
  services: readonly ServiceToRelease[],
  places: readonly DefinitionPlace[],
  run: WorkflowRun,
  aws: Aws,
  world: World
): Promise<Definition[]> {
  const arns = services.map(({taskDefinitionArn}) => taskDefinitionArn)
  const read = (place: DefinitionPlace, running: string[]) => readDefinitions(place, running, run.workspace, aws, world)
  const [first] = places
  if (first !== undefined && places.length === 1) return read(first, arns)
  return (await together(places.map((place, index) => read(place, arns.slice(index, index + 1))))).flat()
}

function target(service: ServiceToRelease, definition: Definition | undefined, inputs: Inputs): Target {
  if (definition === undefined) throw new TypeError(`No definition for ${service.name}`)
  const repository = repositoryHint(definition, inputs)
  return {service, definition, containers: chooseContainers(definition, inputs.containerName, repository)}
}
