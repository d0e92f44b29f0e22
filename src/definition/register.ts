import {RegisterTaskDefinitionCommand} from '@aws-sdk/client-ecs'
import {HttpRequest} from '@smithy/core/transport'
import {isDeepStrictEqual} from 'node:util'
import {ifAllowed, isDenied, tellOnce} from '../aws/allowed.ts'
import {familyAndRevision} from '../aws/arn.ts'
import {change} from '../aws/change.ts'
import type {Aws} from '../aws/clients.ts'
import {explain} from '../aws/explain.ts'
import type {World} from '../world.ts'
import type {Definition} from './definition.ts'
import {type DescribedDefinition, findRevision} from './describe.ts'
import {itemsOf, type JsonObject, textOf} from './json.ts'
import {tagged, withoutOrigin} from './origin.ts'
import {explainRefusal} from './refusal.ts'
import {sameDefinition} from './same.ts'

/** A revision of a task definition that is released. */
export interface Revision {
  readonly arn: string
  /** Whether it was made for this release; an identical one is used instead of making another. */
  readonly registered: boolean
}

/**
 * Provides a revision of a rendered definition: the one the service runs or the family's latest if it is identical and
 * active, else a new one.
 * @param current ARN of the revision that the service runs
 * @param origin tags that say where the revision is from; a role that may not tag registers it without
 * @throws Failure in ECS's words, with what to change, when it refuses
 */
export async function registerDefinition(
  rendered: Definition,
  current: string | undefined,
  aws: Aws,
  world: World,
  origin: readonly JsonObject[] = []
): Promise<Revision> {
  const json = withoutOrigin(rendered.json)
  const family = textOf(json['family'])
  const candidates = [...(current !== undefined && familyOf(current) === family ? [current] : []), family]
  const identical = await findIdentical(json, candidates, aws, world)
  if (identical !== undefined) {
    world.log.info(`${familyAndRevision(identical)} is identical, used`)
    return {arn: identical, registered: false}
  }
  const arn = await change(
    {
      what: `the registration of ${family}`,
      make: () => registerTagged(json, origin, aws, world),
      // Not with the signal of the job: after a cancellation the answer matters all the more.
      readBack: () => findIdentical(json, [family], aws, {...world, signal: new AbortController().signal}),
      ifUnknown: 'run the job again, which uses the revision if it is there'
    },
    world
  ).catch((error: unknown) => {
    throw explainRefusal(error, rendered, aws.caller)
  })
  world.log.info(`registered ${familyAndRevision(arn)}`)
  return {arn, registered: true}
}

/** The ARN of the first candidate that is active and what ECS would make of `json`; `undefined` if it may not be looked. */
async function findIdentical(
  json: JsonObject,
  candidates: readonly string[],
  aws: Aws,
  world: World
): Promise<string | undefined> {
  const look = () => Promise.all(candidates.map(name => findRevision(name, aws, world.signal)))
  const found = await ifAllowed(world.log, 'ecs:DescribeTaskDefinition', look).catch((error: unknown) => {
    throw explain(error, `reading the task definition ${textOf(json['family'])}`)
  })
  return found?.find(described => described !== undefined && isIdentical(json, described))?.arn
}

/** Tags that the revision has beyond the wanted ones do not matter. */
function isIdentical(json: JsonObject, {status, json: described, tags}: DescribedDefinition): boolean {
  const hasAllTags = itemsOf(json['tags']).every(wanted => tags.some(tag => isDeepStrictEqual(tag, wanted)))
  return status === 'ACTIVE' && hasAllTags && sameDefinition(json, described)
}

/**
 * Who may not tag, or not with these keys, still registers, without what says where the revision is from. Tags of its own
 * are never left out.
 */
async function registerTagged(
  json: JsonObject,
  origin: readonly JsonObject[],
  aws: Aws,
  {log}: World
): Promise<string> {
  const withOrigin = tagged(json, origin)
  try {
    return await register(withOrigin, aws)
  } catch (error) {
    if (withOrigin === json || !mayBeAboutTags(error)) throw error
    const arn = await register(json, aws)
    const why = error.message.includes('ecs:TagResource') ? 'missing ecs:TagResource' : 'AWS refuses the tags'
    tellOnce(log, `revision not tagged with where it is from: ${why}`)
    return arn
  }
}

/**
 * Whether a refusal can be about the tags of a request: by permissions, of which those to register can depend on the tags
 * (`aws:RequestTag`, `aws:TagKeys`), or by the organization's tag policy.
 */
function mayBeAboutTags(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  return isDenied(error)
    ? /\becs:(?:TagResource|RegisterTaskDefinition)\b/.test(error.message)
    : /\btag/i.test(error.message)
}

/** @returns the ARN of the new revision */
async function register(json: JsonObject, aws: Aws): Promise<string> {
  const {taskDefinition} = await aws.ecsOnce.send(verbatim(json))
  const arn = taskDefinition?.taskDefinitionArn
  if (arn === undefined) throw new TypeError('RegisterTaskDefinition was answered without the revision')
  return arn
}

/**
 * A command whose body is `json` as it is: the SDK would leave out the members that it does not know without a word. Its
 * own steps after this one add the length and sign the request.
 */
function verbatim(json: JsonObject): RegisterTaskDefinitionCommand {
  const command = new RegisterTaskDefinitionCommand({family: undefined, containerDefinitions: undefined})
  command.middlewareStack.add(
    next => args => {
      if (HttpRequest.isInstance(args.request)) args.request.body = JSON.stringify(json)
      return next(args)
    },
    {step: 'build', priority: 'high', name: 'verbatim'}
  )
  return command
}

function familyOf(arn: string): string {
  return familyAndRevision(arn).replace(/:\d+$/, '')
}
