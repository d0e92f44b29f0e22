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

/**
 * Reads a revision that must be there.
 * @param name its ARN, `family:revision`, or a family for its latest active revision
 * @param advise what to do, asked for if there is no such revision; by default for one that a service runs
 * @throws Failure when there is none or it may not be read
 */
export async function describeDefinition(
  name: string,
  aws: Aws,
  signal: AbortSignal,
  advise: () => Promise<string> = () => Promise.resolve(OF_SERVICE)
): Promise<DescribedDefinition> {
  const described = await findRevision(name, aws, signal).catch((error: unknown) => {
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
