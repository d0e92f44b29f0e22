import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import type {Service} from '@aws-sdk/client-ecs'
import {expect, test} from '@jest/globals'
import {runChecks} from '../../src/check/check.ts'
import {CHECKS} from '../../src/check/checks.ts'
import {findingOf, type Finding} from '../../src/check/finding.ts'
import {clean} from '../../src/definition/clean.ts'
import {chooseContainers} from '../../src/definition/containers.ts'
import type {Definition} from '../../src/definition/definition.ts'
import {itemsOf, type Json} from '../../src/definition/json.ts'
import {parseDefinition} from '../../src/definition/parse.ts'
import {complete, renderDefinition} from '../../src/definition/render.ts'
import {shapeFaults} from '../../src/definition/shape.ts'
import {failuresIn} from '../../src/workflow/failure.ts'
import {NAMED, RUNNING} from '../definition/corpus-services.ts'
import {corpus} from '../definition/support.ts'
import {situation} from './situation.ts'

const IMAGE = '111122223333.dkr.ecr.eu-central-1.amazonaws.com/web:v1'

/** What is found in each file. In files that are not named here, nothing is found. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  '01-eph-health-nulls-rp-secrets-tags.json': [
    '27 warning placeholder: `REGION`, also in lines 73, 77, 81, 85, 89, 93, 97, 101, 105 and 109',
    '73 warning placeholder: `ACCOUNT_ID`, also in lines 77, 81, 85, 89, 93, 97, 101, 105 and 109'
  ],
  '02-rp.json': ['24 warning plaintext-secret: DB_PASSWORD (line 24)'],
  '09-plain.json': ['36 warning plaintext-secret: SPRING_DATASOURCE_PASSWORD (line 36), JWT_SECRET (line 40)'],
  '10-depends-multi-nocompat.json': [
    '21 warning plaintext-secret: MONGO_INITDB_ROOT_PASSWORD (line 21)',
    '41 warning plaintext-secret: ME_CONFIG_MONGODB_ADMINPASSWORD (line 41)',
    '5 error container-memory: mongodb',
    '25 error container-memory: mongo-express',
    '55 error container-memory: UserServer',
    '85 error container-memory: TravelNoteServer',
    '115 error container-memory: PostServer',
    '145 error container-memory: client'
  ],
  '11-plain.json': ['32 warning plaintext-secret: DB_PASSWORD (line 32)'],
  '12-health.json': ['18 warning plaintext-secret: COGNITO_CLIENT_SECRET (line 18), DB_PASSWORD (line 46)'],
  '13-described-health.json': ['19 warning plaintext-secret: COGNITO_CLIENT_SECRET (line 19), DB_PASSWORD (line 47)'],
  '18-placeholder.json': [
    '13 error types: containerDefinitions[0].name',
    '17 error types: containerDefinitions[0].portMappings[0].containerPort',
    '8 warning placeholder: `<task-role-arn>`',
    '9 warning placeholder: `<execution-role-arn>`',
    '13 warning placeholder: `<container-name>`',
    '17 warning placeholder: `<container-port>`'
  ],
  '22-strmem.json': ['8 error types: containerDefinitions[0].memory'],
  '24-strmem.json': ['7 error types: containerDefinitions[0].memory', '24 error fargate-size: memory'],
  '27-described-rp.json': ['8 error containers-fit: containerDefinitions[0].memory'],
  '34-placeholder-rp.json': [
    '29 warning plaintext-secret: ENC_KEY (line 29), MAIL_PASSWORD (line 53), SMTP_PASSWORD (line 81)'
  ],
  '42-ec2-nulls.json': ['6 warning unknown-word: containerDefinitions[0].logConfiguration.logDriver'],
  '43-broken.json': ['6 error types: 43-broken.json'],
  '44-broken.json': ['6 error types: 44-broken.json'],
  '47-health-placeholder.json': [
    '76 warning placeholder: `AWS_REGION`',
    '23 warning plaintext-secret: ERC4337_BUNDLER_PRIVATE_KEY (line 23)'
  ],
  '48-fault-health-nocompat-placeholder-rp.json': ['54 error types: runtimePlatform.cpuArchitecture'],
  '49-fault-health-nocompat-placeholder-rp.json': ['54 error types: runtimePlatform.cpuArchitecture'],
  '59-ec2-rp-volumes.json': [
    '33 warning plaintext-secret: AWS_SECRET_ACCESS_KEY (line 33), OAUTH2_CLIENT_SECRET (line 37), DB_PASSWORD (line 45), COGNITO_CLIENT_SECRET (line 69)'
  ],
  '64-depends-firelens-health-nofamily-placeholder-proxy-secrets-t.json': [
    '2 error types: family',
    '8 error types: containerDefinitions[0].name',
    '216 error fargate-size: cpu',
    '217 error fargate-size: memory',
    '225 error fargate-refused: ipcMode',
    '207 error fargate-refused: placementConstraints',
    '184 error fargate-refused: volumes[0].dockerVolumeConfiguration',
    '108 error fargate-refused: containerDefinitions[0].privileged',
    '107 error fargate-refused: containerDefinitions[0].disableNetworking',
    '167 error fargate-refused: containerDefinitions[0].resourceRequirements[0].type',
    '116 warning fargate-unsupported: containerDefinitions[0].extraHosts',
    '67 warning fargate-unsupported: containerDefinitions[0].linuxParameters.devices',
    '87 warning fargate-unsupported: containerDefinitions[0].linuxParameters.maxSwap',
    '77 warning fargate-unsupported: containerDefinitions[0].linuxParameters.sharedMemorySize',
    '88 warning fargate-unsupported: containerDefinitions[0].linuxParameters.swappiness',
    '4 error execution-role: executionRoleArn',
    '14 warning small-memory: containerDefinitions[0].memory',
    '15 warning small-memory: containerDefinitions[0].memoryReservation',
    '21 error port-mappings: containerDefinitions[0].portMappings[0].containerPort',
    '138 error log-driver: containerDefinitions[0].logConfiguration.logDriver',
    '153 error health-check: containerDefinitions[0].healthCheck.interval',
    '154 error health-check: containerDefinitions[0].healthCheck.timeout',
    '155 error health-check: containerDefinitions[0].healthCheck.retries',
    '150 warning health-check-command: containerDefinitions[0].healthCheck.command',
    '179 error volumes: volumes[0]',
    '195 error volumes: volumes[0].efsVolumeConfiguration',
    '102 error timeouts: containerDefinitions[0].startTimeout',
    '103 error timeouts: containerDefinitions[0].stopTimeout'
  ]
}

const files = readdirSync(corpus).filter(name => name.endsWith('.json'))

test('there are 64 files, and each that is spoken of exists', () => {
  expect(files).toHaveLength(64)
  expect(files).toEqual(expect.arrayContaining(Object.keys(EXPECTED)))
})

test.each(files)('%s', name => {
  const findings = findingsIn(name)
  expect(findings.map(inShort)).toEqual(EXPECTED[name] ?? [])
  expect(findings.every(({place}) => place?.file === name)).toBe(true)
})

/** Its line, level and check, and what it names first; of secrets and placeholders all, with their lines. */
function inShort({place, level, check, message}: Finding): string {
  const secrets = [...message.matchAll(/`(\w+)` (\(line \d+\))/g)].map(([, name = '', line = '']) => `${name} ${line}`)
  const [, placeholder] = /placeholder (`.+?`(?:, also in lines? .+?)?), which/.exec(message) ?? []
  const [, named = ''] = /`(.+?)`/.exec(message) ?? []
  const what = secrets.length > 0 ? secrets.join(', ') : (placeholder ?? named)
  return `${String(place?.line)} ${level} ${check}: ${what}`
}

function findingsIn(name: string): Finding[] {
  const {failures, value: definition} = tried(() => read(name))
  const shape = definition === undefined ? [] : shapeFaults(definition)
  const types = [...failures, ...shape].map(failure => findingOf('types', failure))
  return [...types, ...(definition === undefined ? [] : check(name, definition))]
}

function tried<T>(work: () => T) {
  try {
    return {value: work(), failures: []}
  } catch (error) {
    return {value: undefined, failures: failuresIn(error) ?? []}
  }
}

function read(name: string): Definition {
  const text = readFileSync(join(corpus, name), 'utf8')
  const {json, containersOnly, locate} = parseDefinition({kind: 'file', path: name, shown: name, text})
  return {json: containersOnly ? complete(clean(json), clean(RUNNING)) : clean(json), name, locate}
}

/** With a service that fits the definition. */
function check(name: string, definition: Definition): Finding[] {
  const containers = chooseContainers(definition, NAMED[name] ?? [], undefined)
  const rendered = renderDefinition(definition, IMAGE, containers)
  const wanted = itemsOf(definition.json['requiresCompatibilities'])
  return runChecks(CHECKS, {
    ...situation({service: serviceFor(wanted, definition.json['networkMode'])}),
    definition: rendered,
    containers
  })
}

function serviceFor(wanted: readonly Json[], mode: Json | undefined): Service {
  const isFargate = wanted.includes('FARGATE')
  const awsvpcConfiguration = {
    subnets: ['subnet-1'],
    ...(isFargate && {assignPublicIp: 'ENABLED' as const})
  }
  return {
    launchType: isFargate ? 'FARGATE' : 'EC2',
    networkConfiguration: mode === 'awsvpc' ? {awsvpcConfiguration} : undefined
  }
}
