import * as sdk from '@aws-sdk/client-ecs'
import type {EmulatorClock} from '../clock.ts'
import {AwsError, type Call, type Operations, operationOf} from '../service.ts'
import {ecsArn, lastPart, type Owner} from './arns.ts'
import {clientException, invalidParameter} from './errors.ts'
import {page} from './paging.ts'
import type {Tags} from './tags.ts'
import {type Registered, registeredDefinition} from './task-definition.ts'
import {registrationFault} from './task-definition-rules.ts'
import type {EcsVariants} from './variants.ts'

/** What task definitions depend on. */
export interface DefinitionSurroundings {
  readonly clock: EmulatorClock
  readonly owner: Owner
  readonly variants: EcsVariants
}

/** The task definitions: families with revisions that only count up. */
export class TaskDefinitions {
  readonly #in: DefinitionSurroundings
  readonly #tags: Tags
  readonly #families = new Map<string, Registered[]>()

  constructor(surroundings: DefinitionSurroundings, tags: Tags) {
    this.#in = surroundings
    this.#tags = tags
  }

  /** Makes the next revision, also of a definition equal to the last. @throws AwsError when it is invalid */
  register(request: sdk.RegisterTaskDefinitionRequest, caller: string): Registered {
    const fault = registrationFault(request)
    if (fault !== undefined) throw clientException(fault)
    // The text is not confirmed.
    if (request.tags?.length === 0) throw new AwsError(this.#in.variants.emptyTagsError, 'Tags can not be empty.')
    const family = request.family ?? ''
    const revisions = this.#families.get(family) ?? []
    const revision = revisions.length + 1
    const arn = ecsArn(this.#in.owner, `task-definition/${family}:${revision}`)
    const definition = registeredDefinition(request, {arn, revision, at: new Date(this.#in.clock.now()), by: caller})
    this.#families.set(family, [...revisions, definition])
    this.#tags.add(arn, request.tags)
    return definition
  }

  /** By ARN, `family:revision` (also inactive ones), or `family` for its latest active revision; `undefined` without one. */
  find(reference: string): Registered | undefined {
    const [family = '', revision] = lastPart(reference).split(':')
    const revisions = this.#families.get(family) ?? []
    const definition =
      revision === undefined
        ? revisions.findLast(({status}) => status === 'ACTIVE')
        : revisions.find(each => String(each.revision) === revision)
    return reference.startsWith('arn:') && definition?.taskDefinitionArn !== reference ? undefined : definition
  }

  /** The same, one that a service or task can be given. @throws AwsError when there is none or when it is inactive */
  usable(reference: string | undefined): Registered {
    // The text is not confirmed.
    if (reference === undefined) throw invalidParameter('TaskDefinition can not be blank.')
    const definition = this.find(reference)
    if (definition === undefined) throw clientException('TaskDefinition not found.')
    const {inactiveDefinitionUsable, inactiveDefinitionError} = this.#in.variants
    const usableUntil = (definition.deregisteredAt?.getTime() ?? Infinity) + inactiveDefinitionUsable
    if (this.#in.clock.now() < usableUntil) return definition
    throw new AwsError(inactiveDefinitionError, 'TaskDefinition is inactive')
  }

  /** Makes a revision INACTIVE; services and tasks that use it go on. @throws AwsError when there is no such revision */
  deregister(reference: string): Registered {
    const revision = lastPart(reference).split(':')[1]
    if (revision === undefined) throw invalidParameter('Revision is missing.')
    if (!/^\d+$/.test(revision)) throw invalidParameter(`Invalid revision number. Number: ${revision}`)
    const definition = this.find(reference)
    if (definition === undefined) throw clientException('Unable to describe task definition.')
    definition.status = 'INACTIVE'
    definition.deregisteredAt ??= new Date(this.#in.clock.now())
    return definition
  }

  /** All revisions, by family and revision. */
  all(): readonly Registered[] {
    return this.families().flatMap(family => this.#families.get(family) ?? [])
  }

  /** The names of all families in order. */
  families(): readonly string[] {
    return [...this.#families.keys()].sort()
  }
}

/** What the operations on task definitions work on. */
export interface DefinitionWorld {
  readonly definitions: TaskDefinitions
  readonly tags: Tags
  readonly variants: EcsVariants
}

/** The operations on task definitions. */
export function taskDefinitionOperations(world: DefinitionWorld): Operations {
  const {definitions, tags} = world
  return {
    RegisterTaskDefinition: operationOf(
      sdk.RegisterTaskDefinition$,
      (input: sdk.RegisterTaskDefinitionRequest, call: Call): sdk.RegisterTaskDefinitionResponse => {
        const taskDefinition = definitions.register(input, call.caller.arn)
        return {taskDefinition, ...(input.tags ? {tags: tags.of(taskDefinition.taskDefinitionArn)} : {})}
      }
    ),
    DescribeTaskDefinition: operationOf(
      sdk.DescribeTaskDefinition$,
      (input: sdk.DescribeTaskDefinitionRequest): sdk.DescribeTaskDefinitionResponse => {
        const taskDefinition = definitions.find(input.taskDefinition ?? '')
        if (taskDefinition === undefined) throw clientException('Unable to describe task definition.')
        const withTags = input.include?.includes('TAGS') ?? false
        return {taskDefinition, ...(withTags ? {tags: tags.of(taskDefinition.taskDefinitionArn)} : {})}
      }
    ),
    DeregisterTaskDefinition: operationOf(
      sdk.DeregisterTaskDefinition$,
      (input: sdk.DeregisterTaskDefinitionRequest): sdk.DeregisterTaskDefinitionResponse => {
        return {taskDefinition: definitions.deregister(input.taskDefinition ?? '')}
      }
    ),
    ListTaskDefinitions: operationOf(
      sdk.ListTaskDefinitions$,
      (input: sdk.ListTaskDefinitionsRequest): sdk.ListTaskDefinitionsResponse => listRevisions(world, input)
    ),
    ListTaskDefinitionFamilies: operationOf(
      sdk.ListTaskDefinitionFamilies$,
      (input: sdk.ListTaskDefinitionFamiliesRequest): sdk.ListTaskDefinitionFamiliesResponse =>
        listFamilies(world, input)
    )
  }
}

function listRevisions(
  {definitions, variants}: DefinitionWorld,
  input: sdk.ListTaskDefinitionsRequest
): sdk.ListTaskDefinitionsResponse {
  const found = definitions
    .all()
    .filter(definition => definition.status === (input.status ?? 'ACTIVE'))
    .filter(definition => input.familyPrefix === undefined || definition.family === input.familyPrefix)
    .map(definition => definition.taskDefinitionArn)
  const {items, ...rest} = page(input.sort === 'DESC' ? found.reverse() : found, input, 100, variants)
  return {taskDefinitionArns: items, ...rest}
}

function listFamilies(
  {definitions, variants}: DefinitionWorld,
  input: sdk.ListTaskDefinitionFamiliesRequest
): sdk.ListTaskDefinitionFamiliesResponse {
  const isActive = (family: string): boolean => definitions.find(family) !== undefined
  const status = input.status ?? 'ALL'
  const found = definitions
    .families()
    .filter(family => family.startsWith(input.familyPrefix ?? ''))
    .filter(family => status === 'ALL' || isActive(family) === (status === 'ACTIVE'))
  const {items, ...rest} = page(found, input, 100, variants)
  return {families: items, ...rest}
}
