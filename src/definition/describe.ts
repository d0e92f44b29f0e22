import {text} from 'node:stream/consumers'
import type {Readable} from 'node:stream'
import {DescribeTaskDefinitionCommand} from '@aws-sdk/client-ecs'
import {HttpResponse} from '@smithy/core/transport'
import type {Aws} from '../aws/clients.ts'
import {explain} from '../aws/explain.ts'
import {Failure} from '../workflow/failure.ts'
import {clean} from './clean.ts'
import {isObject, itemsOf, type JsonObject, textOf} from './json.ts'

/** A revision as ECS has it. */
export interface DescribedDefinition {
  readonly arn: string
  /** `ACTIVE`, `INACTIVE` or `DELETE_IN_PROGRESS`. */
  readonly status: string
  /** What registers the same again, its own tags included; also members that the SDK does not know. */
  readonly json: JsonObject
  /** All tags, also those that AWS itself sets. */
  readonly tags: readonly JsonObject[]
}

/** Nobody named the revision, the service runs it. */
const OF_SERVICE =
  'the service runs it, but ECS does not have it any more, so put the definition into a file and name it in the input `task-definition`'

/** What was read of the revisions that services run, while a release looks around. */
const remembered = new WeakMap<Aws, Map<string, Promise<DescribedDefinition | undefined>>>()

/**
 * Reads the revision that a service runs, once for everything that asks before the first change; what comes later reads
 * anew.
 * @returns `undefined` when ECS does not have it any more
 * @throws what the SDK throws
 */
export function findRunning(arn: string, aws: Aws, signal: AbortSignal): Promise<DescribedDefinition | undefined> {
  const revisions = remembered.get(aws) ?? new Map<string, Promise<DescribedDefinition | undefined>>()
  remembered.set(aws, revisions)
  const reading = revisions.get(arn) ?? findRevision(arn, aws, signal)
  revisions.set(arn, reading)
  return reading
}

/**
 * Reads the revision that a service runs, which must be there.
 * @throws Failure when there is none or it may not be read
 */
export async function describeRunning(arn: string, aws: Aws, signal: AbortSignal): Promise<DescribedDefinition> {
  return mustBe(arn, findRunning(arn, aws, signal), aws, () => Promise.resolve(OF_SERVICE))
}

/**
 * Reads a revision that must be there.
 * @param name its ARN, `family:revision`, or a family for its latest active revision
 * @param advise what to do, asked for if there is no such revision
 * @throws Failure when there is none or it may not be read
 */
export async function describeDefinition(
  name: string,
  aws: Aws,
  signal: AbortSignal,
  advise: () => Promise<string>
): Promise<DescribedDefinition> {
  return mustBe(name, findRevision(name, aws, signal), aws, advise)
}

async function mustBe(
  name: string,
  reading: Promise<DescribedDefinition | undefined>,
  aws: Aws,
  advise: () => Promise<string>
): Promise<DescribedDefinition> {
  const described = await reading.catch((error: unknown) => {
    throw explain(error, `reading the task definition ${name}`)
  })
  if (described !== undefined) return described
  throw new Failure(`There is no active task definition \`${name}\` in ${aws.region}: ${await advise()}.`)
}

/** Reads a revision; `undefined` when there is none, or a family has no active one. @throws what the SDK throws */
export async function findRevision(
  name: string,
  aws: Aws,
  signal: AbortSignal
): Promise<DescribedDefinition | undefined> {
  const command = new DescribeTaskDefinitionCommand({taskDefinition: name, include: ['TAGS']})
  const answer = keepAnswer(command)
  try {
    await aws.ecs.send(command, {abortSignal: signal})
  } catch (error) {
    // ECS has no exception of its own for this.
    if (error instanceof Error && /^Unable to describe task definition/i.test(error.message)) return undefined
    throw error
  }
  return readAnswer(answer())
}

/**
 * Keeps the body of a command's answer as it came: the SDK drops the members that it does not know, and a definition that
 * is registered again would lose them.
 */
function keepAnswer({middlewareStack}: DescribeTaskDefinitionCommand): () => string {
  let body = '{}'
  middlewareStack.add(
    next => async args => {
      const result = await next(args)
      if (HttpResponse.isInstance(result.response)) {
        body = await text(result.response.body as Readable)
        result.response.body = Buffer.from(body)
      }
      return result
    },
    {step: 'deserialize', priority: 'low', name: 'keepAnswer'}
  )
  return () => body
}

function readAnswer(body: string): DescribedDefinition {
  const {taskDefinition, tags} = JSON.parse(body) as JsonObject
  if (!isObject(taskDefinition)) throw new Failure('ECS answered DescribeTaskDefinition without a task definition.')
  return {
    arn: textOf(taskDefinition['taskDefinitionArn']),
    status: textOf(taskDefinition['status']),
    json: clean({...taskDefinition, tags: itemsOf(tags)}),
    tags: itemsOf(tags).filter(isObject)
  }
}
