import type {Caller} from '../aws/clients.ts'
import {explain, readDenial} from '../aws/explain.ts'
import {Failure} from '../workflow/failure.ts'
import {oneLine} from '../workflow/text.ts'
import {containersOf, type Definition, whereIs} from './definition.ts'
import {itemsOf, isObject, type JsonObject, type JsonPath, textOf} from './json.ts'

/** What to do about a text of ECS. */
interface Rule {
  /** Of the text; wordings differ with the years, so it matches loosely. */
  readonly text: RegExp
  readonly advise: (json: JsonObject, match: readonly string[]) => Advice
}

interface Advice {
  /** What to change. */
  readonly path: JsonPath
  readonly advice: string
  readonly fix?: string
}

/** Names under which ECS refuses what is in a definition. */
const REFUSALS = new Set([
  'ClientException',
  'InvalidParameterException',
  'ValidationException',
  'SerializationException'
])

/**
 * Why a definition was not registered: ECS's words, where in the file the cause lies, and what to change.
 * @param caller who releases; for the account in what is to be pasted
 */
export function explainRefusal(error: unknown, definition: Definition, caller: Caller | undefined): Failure {
  if (!(error instanceof Error) || !REFUSALS.has(error.name)) return explainOther(error, definition)
  const {path, advice, fix} = adviceFor(error.message, definition.json)
  const place = definition.locate(path)
  return new Failure(
    `ECS refused the task definition (${whereIs(definition, path)}) with “${oneLine(error.message).trim()}”: ${advice}.`,
    {
      ...(place && {place}),
      ...(fix !== undefined && {fix: fix.replace('ACCOUNT', caller?.account ?? '111122223333')}),
      cause: error
    }
  )
}

/** For a role that may not be passed, the line that names it. */
function explainOther(error: unknown, definition: Definition): Failure {
  const failure = explain(error, `registering the task definition ${definition.name}`)
  const denied = error instanceof Error ? readDenial(error.message)?.resource : undefined
  const role = ['taskRoleArn', 'executionRoleArn'].find(
    member => denied !== undefined && definition.json[member] === denied
  )
  const place = role === undefined ? undefined : definition.locate([role])
  if (place === undefined) return failure
  return new Failure(failure.message, {...(failure.fix !== undefined && {fix: failure.fix}), place, cause: error})
}

function adviceFor(text: string, json: JsonObject): Advice {
  for (const rule of RULES) {
    const match = rule.text.exec(text)
    if (match !== null) return rule.advise(json, match)
  }
  return {path: [], advice: 'change the definition accordingly'}
}

const EXECUTION_ROLE: Advice = {
  path: ['executionRoleArn'],
  advice: 'add `executionRoleArn`, the role with which ECS pulls the image, writes logs and reads secrets',
  fix: '"executionRoleArn": "arn:aws:iam::ACCOUNT:role/ecsTaskExecutionRole",'
}

const RULES: readonly Rule[] = [
  {
    text: /at '([\w.]+)' failed to satisfy constraint/,
    advise: (_, [, member = '']) => ({path: pathOf(member), advice: 'correct that value'})
  },
  {
    text: /No Fargate configuration exists/,
    advise: ({cpu, memory}) => ({
      path: ['cpu'],
      advice:
        `change \`cpu\` (${textOf(cpu)}) or \`memory\` (${textOf(memory)}) to a pair that Fargate has, such as 256 with 512, ` +
        '1024 or 2048, 512 with 1024 to 4096, 1024 with 2048 to 8192'
    })
  },
  {
    text: /Invalid 'cpu' setting for task/,
    advise: () => ({path: ['cpu'], advice: 'set `cpu` to CPU units such as "256", or to vCPUs such as "1 vCPU"'})
  },
  {
    text: /Invalid 'memory' setting for task/,
    advise: () => ({path: ['memory'], advice: 'set `memory` to MiB such as "512", or to GB such as "1 GB"'})
  },
  {
    text: /Fargate requires that '(cpu|memory)' be defined/,
    advise: (_, [, member = '']) => ({
      path: [],
      advice: `add \`${member}\` beside \`family\``,
      fix: member === 'cpu' ? '"cpu": "256",' : '"memory": "512",'
    })
  },
  {
    text: /Fargate only supports network mode/,
    advise: () => ({path: ['networkMode'], advice: 'set `networkMode` to `awsvpc`', fix: '"networkMode": "awsvpc",'})
  },
  {text: /execution role ARN|'executionRoleArn'/, advise: () => EXECUTION_ROLE},
  {
    text: /host ports and container ports in port mappings must match/,
    advise: json => ({
      path: mismatchedPort(json),
      advice: 'leave `hostPort` out, or make it the same as `containerPort`'
    })
  },
  {
    text: /container '(.+?)'.*At least one of 'memory' or 'memoryReservation'/,
    advise: (json, [, name = '']) => ({
      path: containerPath(json, name),
      advice: 'give the container a `memory` in MiB, or give one to the whole task',
      fix: '"memory": 512,'
    })
  },
  {
    text: /'(memory|cpu)' setting for container '(.+?)' is greater than for the task/,
    advise: (json, [, member = '', name = '']) => ({
      path: [...containerPath(json, name), member],
      advice: `lower it to at most the \`${member}\` of the task (${textOf(json[member])}), or raise that`
    })
  },
  {
    text: /sum of all container '(memory|cpu)\w*' values cannot be greater than/,
    advise: (json, [, member = '']) => ({
      path: [member],
      advice: `lower what the containers take, or raise \`${member}\` of the task (${textOf(json[member])})`
    })
  },
  {
    text: /Container\.image/,
    advise: json => ({
      path: unusableImage(json),
      advice: 'put the image there that this container needs, or add it to the input `container-name`'
    })
  },
  {
    text: /parameter name specified for secret (\S+) is invalid/,
    advise: (json, [, name = '']) => ({
      path: secretPath(json, name),
      advice: 'give the full ARN of the secret; only an ARN can have the name of a key behind it'
    })
  },
  {
    text: /\bCannot depend on container|\bdependency container\b|\bdependsOn\b/,
    advise: json => ({
      path: firstWith(json, 'dependsOn'),
      advice: 'correct `dependsOn`, or the container that it names'
    })
  },
  {text: /pidMode/, advise: () => ({path: ['pidMode'], advice: 'leave `pidMode` out, or set it to `task`'})},
  {
    text: /Role is not valid/,
    advise: ({taskRoleArn}) => ({
      path: [taskRoleArn === undefined ? 'executionRoleArn' : 'taskRoleArn'],
      advice: 'check that `taskRoleArn` and `executionRoleArn` are the ARNs of roles that exist'
    })
  }
]

function containerPath(json: JsonObject, name: string): JsonPath {
  return pathOfFirst(json, container => container['name'] === name)
}

function unusableImage(json: JsonObject): JsonPath {
  return [...pathOfFirst(json, ({image}) => typeof image !== 'string' || !/^[\w\-:./#@]+$/.test(image)), 'image']
}

function firstWith(json: JsonObject, member: string): JsonPath {
  return [...pathOfFirst(json, container => itemsOf(container[member]).length > 0), member]
}

function pathOfFirst(json: JsonObject, isIt: (container: JsonObject) => boolean): JsonPath {
  const index = containersOf(json).findIndex(isIt)
  return index < 0 ? ['containerDefinitions'] : ['containerDefinitions', index]
}

/** The path of the first item of a list in a container. */
function itemPath(json: JsonObject, list: string, isIt: (item: JsonObject) => boolean): JsonPath {
  for (const [index, container] of containersOf(json).entries()) {
    const item = itemsOf(container[list]).findIndex(candidate => isObject(candidate) && isIt(candidate))
    if (item >= 0) return ['containerDefinitions', index, list, item]
  }
  return ['containerDefinitions']
}

function mismatchedPort(json: JsonObject): JsonPath {
  return itemPath(
    json,
    'portMappings',
    ({hostPort, containerPort}) => hostPort !== undefined && hostPort !== containerPort
  )
}

function secretPath(json: JsonObject, name: string): JsonPath {
  return itemPath(json, 'secrets', secret => secret['name'] === name)
}

/** AWS's notation for the place of a value, which counts from 1: `containerDefinitions.1.member.name`. */
function pathOf(member: string): JsonPath {
  return member
    .split('.')
    .filter(step => step !== 'member')
    .map(step => (/^\d+$/.test(step) ? Number(step) - 1 : step))
}
