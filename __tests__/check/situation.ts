import type {Service} from '@aws-sdk/client-ecs'
import type {Check} from '../../src/check/check.ts'
import type {Situation} from '../../src/check/situation.ts'
import {clean} from '../../src/definition/clean.ts'
import type {JsonObject} from '../../src/definition/json.ts'
import {parseDefinition} from '../../src/definition/parse.ts'
import {readInputs} from '../../src/workflow/inputs.ts'

const FILE = 'task-definition.json'

/** A definition as it stands in a file, one member a line, so that findings have lines. */
export function definitionOf(json: JsonObject): Situation['definition'] {
  const parsed = parseDefinition({kind: 'file', path: FILE, text: JSON.stringify(json, undefined, 2), shown: FILE})
  return {json: clean(parsed.json), name: FILE, locate: parsed.locate}
}

/** A definition that nothing is wrong with on Fargate; `changes` replace its members. */
export function fargate(changes: JsonObject = {}): JsonObject {
  return {
    family: 'web',
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: '256',
    memory: '512',
    executionRoleArn: 'arn:aws:iam::111122223333:role/web-execution',
    containerDefinitions: [container()],
    ...changes
  }
}

/** A container that nothing is wrong with; `changes` replace its members. */
export function container(changes: JsonObject = {}): JsonObject {
  return {
    name: 'app',
    image: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/web:v1',
    portMappings: [{containerPort: 8080}],
    ...changes
  }
}

/** What checks get to see: a service on Fargate with a definition that fits, or what the test makes of it. */
export function situation({
  definition = fargate(),
  service = {},
  inputs = {},
  ...facts
}: Partial<Omit<Situation, 'definition' | 'service' | 'inputs'>> & {
  readonly definition?: JsonObject
  readonly service?: Service | null
  readonly inputs?: Readonly<Record<string, string>>
} = {}): Situation {
  return {
    service: service === null ? undefined : {...SERVICE, ...service},
    definition: definitionOf(definition),
    containers: ['app'],
    inputs: readInputs(
      Object.fromEntries(
        Object.entries({service: 'web', cluster: 'demo', ...inputs}).map(([name, value]) => [
          `INPUT_${name.toUpperCase()}`,
          value
        ])
      )
    ),
    run: RUN,
    image: undefined,
    running: undefined,
    released: undefined,
    goneImages: undefined,
    targetGroups: undefined,
    secrets: undefined,
    capacity: undefined,
    ...facts
  }
}

/** The sentences of what a check finds. */
export function messages(check: Check, seen: Situation): string[] {
  return check.run(seen).map(({message}) => message)
}

const SERVICE: Service = {
  serviceName: 'web',
  serviceArn: 'arn:aws:ecs:eu-central-1:111122223333:service/demo/web',
  clusterArn: 'arn:aws:ecs:eu-central-1:111122223333:cluster/demo',
  status: 'ACTIVE',
  launchType: 'FARGATE',
  schedulingStrategy: 'REPLICA',
  desiredCount: 2,
  taskDefinition: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:1',
  deploymentConfiguration: {minimumHealthyPercent: 100, maximumPercent: 200},
  networkConfiguration: {awsvpcConfiguration: {subnets: ['subnet-1'], assignPublicIp: 'ENABLED'}}
}

const RUN: Situation['run'] = {
  repository: 'octo/web',
  serverUrl: 'https://github.com',
  workspace: '/home/runner/web',
  temp: '/home/runner/temp',
  commit: '3c5f1e2a'.padEnd(40, '0'),
  refName: 'v1.4.0',
  refType: 'tag',
  runId: '100',
  attempt: 1,
  job: 'release',
  step: '__run',
  url: 'https://github.com/octo/web/actions/runs/100/attempts/1',
  action: undefined
}
