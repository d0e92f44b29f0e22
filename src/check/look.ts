import {familyAndRevision} from '../aws/arn.ts'
import type {Aws} from '../aws/clients.ts'
import {chooseContainers} from '../definition/containers.ts'
import {containersOf, type Definition} from '../definition/definition.ts'
import {type DefinitionPlace, findDefinition} from '../definition/find.ts'
import {textOf} from '../definition/json.ts'
import {type ReadDefinitions, readDefinitions} from '../definition/read.ts'
import {renderDefinition} from '../definition/render.ts'
import {checkBuild, type ImagePlan, planImage} from '../image/index.ts'
import type {WorkflowRun} from '../workflow/event.ts'
import type {Inputs} from '../workflow/inputs.ts'
import type {PrivateDirectory} from '../workflow/private-directory.ts'
import {count, listed} from '../workflow/text.ts'
import {together} from '../workflow/together.ts'
import type {World} from '../world.ts'
import {runChecks} from './check.ts'
import {CHECKS} from './checks.ts'
import {withCodeDeploy} from './codedeploy/index.ts'
import {configure, lookForIdleVariables} from './configure.ts'
import {type Finding, findingOf, Findings, refusalOf} from './finding.ts'
import {type Facts, gather} from './gather.ts'
import {type Outlook, outlookOf} from './outlook.ts'
import {platformsOf} from './platform.ts'
import {chooseRepository, repositoryHint} from './repository.ts'
import {acceptService, readServices, type ServiceToRelease} from './services.ts'
import type {Situation} from './situation.ts'
import {refuseStageOfRolling} from './stage.ts'

/** A service and what it is to run: the definition, and the containers in it that get the image. */
export interface Target {
  readonly service: ServiceToRelease
  readonly definition: Definition
  readonly containers: readonly string[]
}

/** A target of which the service may be missing. */
export interface Candidate extends Omit<Target, 'service'> {
  readonly service: ServiceToRelease | undefined
  /** Whether it is known which containers get the image; if not, all of them stand here. */
  readonly isChosen: boolean
}

/** Everything that can be known before anything is changed. */
export interface Plan {
  readonly targets: readonly Target[]
  readonly image: ImagePlan
}

/** What was found, what would change, and the plan if there is one. */
export interface Checked {
  readonly findings: readonly Finding[]
  /** Of the services that could be read, in their order. */
  readonly outlooks: readonly Outlook[]
  readonly plan: Plan | undefined
}

/** What the look needs: all that a release does before its first change is given by these. */
interface Surroundings {
  readonly inputs: Inputs
  readonly run: WorkflowRun
  readonly directory: PrivateDirectory
  readonly aws: Aws
  readonly world: World
}

/**
 * Looks before anything is built: services, definitions, containers, repository, sign-in and builder are read and checked
 * side by side, and all that is wrong is collected. Nothing is changed.
 */
export async function look(
  inputs: Inputs,
  run: WorkflowRun,
  directory: PrivateDirectory,
  aws: Aws,
  world: World
): Promise<Checked> {
  const surroundings = {inputs, run, directory, aws, world}
  const findings = new Findings()
  const candidates = configure(await findCandidates(findings, surroundings), inputs, findings)
  tell(candidates, world)
  const [image, facts] = await Promise.all([
    planFor(candidates, findings, surroundings),
    Promise.all(candidates.map(async candidate => [candidate, await gather(candidate, run, aws, world)] as const))
  ])
  const situations = facts.map(([candidate, known]) => situationOf(candidate, image, known, surroundings))
  for (const situation of situations) findings.add(...runChecks(CHECKS, situation))
  const targets = candidates.flatMap(({service, definition, containers}) =>
    service === undefined ? [] : [{service, definition, containers}]
  )
  const isWhole = image !== undefined && targets.length === inputs.service.length
  const outlooks = situations.flatMap(situation => outlookOf(situation) ?? [])
  return {findings: findings.all, outlooks, plan: isWhole ? {targets, image} : undefined}
}

/**
 * The plan of a release that nothing found stops.
 * @throws Failure or Failures for the errors among the findings
 */
export function accepted({findings, plan}: Checked): Plan {
  const refusal = refusalOf(findings)
  if (refusal !== undefined) throw refusal
  if (plan === undefined) throw new TypeError('Nothing was found, but there is no plan')
  return plan
}

/** Services with their definitions and containers; of what could not be read, the reason is among the findings. */
async function findCandidates(findings: Findings, surroundings: Surroundings): Promise<Candidate[]> {
  const {inputs, run} = surroundings
  const [services, places] = await Promise.all([
    servicesOf(findings, surroundings),
    findings.of('task-definition', () => findDefinitions(inputs.taskDefinition, run))
  ])
  const running = services.map(service => service?.taskDefinitionArn)
  const read = await findings.of('task-definition', () => definitionsOf(running, places ?? [], surroundings))
  findings.add(...(read?.faults ?? []).map(fault => findingOf('task-definition', fault)))
  if (places !== undefined) await lookForIdleVariables(places, inputs, findings)
  const candidates = inputs.service.map(async (_, index) => {
    const definition = read?.definitions[index]
    if (definition === undefined || containersOf(definition.json).length === 0) return []
    const choose = () => chooseContainers(definition, inputs.containerName, repositoryHint(definition, inputs))
    const chosen = await findings.of('container', choose)
    // For the other checks: whichever get the image, the images that stand there now are no mistakes.
    const containers = chosen ?? containersOf(definition.json).map(({name}) => textOf(name))
    return [{service: services[index], definition, containers, isChosen: chosen !== undefined}]
  })
  return (await Promise.all(candidates)).flat()
}

/** In the order of the input; `undefined` for one that cannot be released to, the reason of which is among the findings. */
async function servicesOf(
  findings: Findings,
  {inputs, run, aws, world}: Surroundings
): Promise<(ServiceToRelease | undefined)[]> {
  const {service: names, cluster, waitFor} = inputs
  const read = await findings.of('service', () => readServices(names, cluster, aws, world))
  const found: (ServiceToRelease | undefined)[] = []
  // One after the other, so that the findings have the order of the input.
  for (const name of names) {
    const accept = () => read && acceptService(name, read, cluster, aws, world)
    found.push(await findings.of('service', accept))
  }
  const there = found.filter(service => service !== undefined)
  await findings.of('wait-for', () => {
    refuseStageOfRolling(there, waitFor)
  })
  const known = (await findings.of('codedeploy', () => withCodeDeploy(there, inputs, run, aws, world))) ?? there
  return found.map(service => known.find(({arn}) => arn === service?.arn))
}

/** One for all services, or one for each; the input pairs them by their order. */
async function findDefinitions(wanted: readonly string[], run: WorkflowRun): Promise<DefinitionPlace[]> {
  const all = wanted.length === 0 ? [undefined] : wanted
  return together(all.map(one => findDefinition(one, run.workspace, run.temp)))
}

/** A place that is for all services is read once. */
async function definitionsOf(
  running: readonly (string | undefined)[],
  places: readonly DefinitionPlace[],
  {inputs, run, aws, world}: Surroundings
): Promise<ReadDefinitions> {
  const read = (place: DefinitionPlace, arns: readonly (string | undefined)[]) =>
    readDefinitions(place, arns, run.workspace, aws, world, inputs.variables)
  const [first] = places
  if (first !== undefined && places.length === 1) return read(first, running)
  const all = await together(places.map((place, index) => read(place, running.slice(index, index + 1))))
  return {definitions: all.flatMap(({definitions}) => definitions), faults: all.flatMap(({faults}) => faults)}
}

function tell(candidates: readonly Candidate[], {log}: World): void {
  for (const {service, definition, containers, isChosen} of candidates) {
    if (service !== undefined) {
      const runs = `${familyAndRevision(service.taskDefinitionArn)}, ${count(service.desiredCount, 'task')}, ${service.rolls}`
      log.info(`service ${service.name} in ${service.cluster.name}: ${runs}`)
    }
    if (isChosen) log.info(`definition ${definition.name}: new image for ${listed(containers)}`)
  }
}

/**
 * Plans the image, as far as it can be without what is missing elsewhere.
 * @returns `undefined` where that leaves the repository or the containers unknown
 */
async function planFor(
  candidates: readonly Candidate[],
  findings: Findings,
  {inputs, run, directory, aws, world}: Surroundings
): Promise<ImagePlan | undefined> {
  const targets = candidates.map(({service, definition}) => ({service: service?.described, definition}))
  const wanted = {
    ...inputs,
    services: inputs.service,
    platforms: platformsOf(targets),
    containers: candidates.flatMap(({containers}) => containers)
  }
  const choose = () => (inputs.image === undefined ? chooseRepository(candidates, inputs, aws, world) : '')
  const repository = await findings.of('image', choose)
  const plan = await findings.of('image', async () => {
    if (repository !== undefined) return planImage({...wanted, repository}, run, directory, aws, world)
    await checkBuild(wanted, run, world)
    return undefined
  })
  return candidates.every(({isChosen}) => isChosen) ? plan : undefined
}

function situationOf(
  {service, definition, containers}: Candidate,
  image: ImagePlan | undefined,
  facts: Facts,
  {inputs, run}: Surroundings
): Situation {
  const reference = image && referenceOf(image)
  const rendered = reference === undefined ? definition : renderDefinition(definition, reference, containers)
  return {...facts, service: service?.described, definition: rendered, containers, inputs, run, image}
}

/** What the image will be called, apart from its digest. */
function referenceOf(plan: ImagePlan): string {
  return plan.kind === 'given' ? plan.image.reference : `${plan.repository.uri}:${plan.tag}`
}
