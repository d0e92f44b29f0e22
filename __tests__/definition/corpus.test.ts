import {readdirSync} from 'node:fs'
import {expect, test} from '@jest/globals'
import {chooseContainers} from '../../src/definition/containers.ts'
import {findDefinition} from '../../src/definition/find.ts'
import {registerDefinition} from '../../src/definition/register.ts'
import {renderDefinition} from '../../src/definition/render.ts'
import {failuresIn} from '../../src/workflow/failure.ts'
import {IMAGE, Stage, readDefinition} from './stage.ts'
import {NAMED, RUNNING} from './corpus-services.ts'
import {corpus, corpusText, failureOf, laterFailureOf} from './support.ts'

const files = readdirSync(corpus).filter(name => name.endsWith('.json'))

/** What is refused before ECS is asked. */
const FAULTS: Readonly<Record<string, readonly string[]>> = {
  '18-placeholder.json': [
    '`containerDefinitions[0].name` (18-placeholder.json, line 13) is `<container-name>`, but a name has up to 255 letters, digits, `-` and `_`: correct it.',
    '`containerDefinitions[0].portMappings[0].containerPort` (18-placeholder.json, line 17) is the text "<container-port>", but ECS takes a number without quotes there: correct it.'
  ],
  '22-strmem.json': [
    '`containerDefinitions[0].memory` (22-strmem.json, line 8) is the text "2048", but ECS takes a number without quotes there: write 2048.'
  ],
  '24-strmem.json': [
    '`containerDefinitions[0].memory` (24-strmem.json, line 7) is the text "1024", but ECS takes a number without quotes there: write 1024.'
  ],
  '43-broken.json': [
    'The task definition `43-broken.json` is not JSON: line 6, column 7: `{` stands where the name of a member in double quotes is due.'
  ],
  '44-broken.json': [
    'The task definition `44-broken.json` is not JSON: line 6, column 7: `{` stands where the name of a member in double quotes is due.'
  ],
  '48-fault-health-nocompat-placeholder-rp.json': [
    '`runtimePlatform.cpuArchitecture` (48-fault-health-nocompat-placeholder-rp.json, line 54) is `x86_64`: write it as ECS does, `X86_64`.'
  ],
  '49-fault-health-nocompat-placeholder-rp.json': [
    '`runtimePlatform.cpuArchitecture` (49-fault-health-nocompat-placeholder-rp.json, line 54) is `x86_64`: write it as ECS does, `X86_64`.'
  ],
  '64-depends-firelens-health-nofamily-placeholder-proxy-secrets-t.json': [
    '`family` (64-depends-firelens-health-nofamily-placeholder-proxy-secrets-t.json, line 2) is empty: give the name under which ECS counts the revisions.',
    '`containerDefinitions[0].name` (64-depends-firelens-health-nofamily-placeholder-proxy-secrets-t.json, line 8) is empty: name the container.'
  ]
}

/** What ECS itself refuses. */
const REFUSALS: Readonly<Record<string, string>> = {
  '10-depends-multi-nocompat.json':
    "ECS refused the task definition (10-depends-multi-nocompat.json, line 5) with “Invalid setting for container 'mongodb'. At least one of 'memory' or 'memoryReservation' must be specified.”: give the container a `memory` in MiB, or give one to the whole task.",
  '27-described-rp.json':
    "ECS refused the task definition (27-described-rp.json, line 8) with “The 'memory' setting for container 'banbury-backend-dev' is greater than for the task.”: lower it to at most the `memory` of the task (512), or raise that.",
  '42-ec2-nulls.json':
    "ECS refused the task definition (42-ec2-nulls.json, line 6) with “1 validation error detected: Value 'none' at 'containerDefinitions.1.member.logConfiguration.logDriver' failed to satisfy constraint: Member must satisfy enum value set: [awsfirelens, awslogs, fluentd, gelf, journald, json-file, splunk, syslog]”: correct that value."
}

/** Members of an answer that a registration does not take, by the API reference. */
const ONLY_IN_ANSWERS = [
  'taskDefinitionArn',
  'revision',
  'status',
  'requiresAttributes',
  'compatibilities',
  'registeredAt',
  'registeredBy',
  'deregisteredAt',
  'deleteRequestedAt'
]

type Container = Record<string, unknown> & {name: string}
type Document = Record<string, unknown> & {
  containerDefinitions: Container[]
  taskDefinition?: Document
  tags?: unknown[]
}

/** What has to be sent for a file: everything in it except nulls and what only answers have, and the image. */
async function expected(name: string): Promise<object> {
  const withoutNulls = (_: string, value: unknown): unknown => {
    if (Array.isArray(value)) return value.filter(item => item !== null) as unknown[]
    return value === null ? undefined : value
  }
  const parsed = JSON.parse(await corpusText(name), withoutNulls) as Document | Container[]
  const {taskDefinition = {}, ...outer} = Array.isArray(parsed)
    ? {...RUNNING, containerDefinitions: parsed, volumes: [], placementConstraints: []}
    : parsed
  const document = {...outer, ...taskDefinition} as Document
  const names = NAMED[name] ?? [document.containerDefinitions[0]?.name]
  const entries = Object.entries({
    ...document,
    containerDefinitions: document.containerDefinitions.map(container =>
      names.includes(container.name) ? {...container, image: IMAGE} : container
    )
  })
  return Object.fromEntries(
    entries.filter(
      ([member]) => !ONLY_IN_ANSWERS.includes(member) && !(member === 'tags' && document.tags?.length === 0)
    )
  )
}

async function rendered(name: string, stage: Stage) {
  const place = await findDefinition(name, corpus, undefined)
  const running = name.includes('array') ? await stage.register(RUNNING) : 'unused'
  const definition = await readDefinition(place, running, corpus, stage.aws, stage.world)
  return renderDefinition(definition, IMAGE, chooseContainers(definition, NAMED[name] ?? [], undefined))
}

test('there are 64 files, and each that is spoken of below exists', () => {
  expect(files).toHaveLength(64)
  expect(files).toEqual(expect.arrayContaining(Object.keys({...FAULTS, ...REFUSALS, ...NAMED})))
})

test.each(files.filter(name => !(name in FAULTS) && !(name in REFUSALS)))(
  '%s registers with only the image changed, and is recognised afterwards',
  async name => {
    await using stage = await Stage.open()
    const {aws, world} = stage
    const definition = await rendered(name, stage)
    const revision = await registerDefinition(definition, undefined, aws, world)
    expect(revision.registered).toBe(true)
    const sent = JSON.parse(stage.bodies('RegisterTaskDefinition').at(-1) ?? '') as unknown
    expect(sent).toStrictEqual(await expected(name))
    expect(await registerDefinition(definition, undefined, aws, world)).toEqual({...revision, registered: false})
    expect(world.lines).toHaveLength(2)
  }
)

test.each(Object.entries(FAULTS))('%s is refused before ECS is asked', async (name, messages) => {
  await using stage = await Stage.open()
  const failures = failuresIn(await laterFailureOf(rendered(name, stage))) ?? []
  expect(failures.map(({message}) => message)).toEqual(messages)
  expect(failures.map(({place}) => place?.file)).toEqual(messages.map(() => name))
  expect(stage.emulator.journal.entries()).toEqual([])
})

test.each(Object.entries(REFUSALS))('%s is refused by ECS', async (name, message) => {
  await using stage = await Stage.open()
  const {aws, world} = stage
  const failure = await laterFailureOf(registerDefinition(await rendered(name, stage), undefined, aws, world))
  expect(failure.message).toBe(message)
})

test.each([
  ['17-multi-placeholder-rp-secrets.json', 15, '`nginx` and `php`'],
  [
    '33-described-ec2-multi-nulls-placeholder-secrets.json',
    4,
    '`getprice-dex-bkc-telegram-bot-container` and `getprice-dex-bkc-fast-api-container`'
  ],
  ['45-ec2-multi-volumes.json', 2, '`webapp` and `nginx`'],
  ['53-ec2-multi-rp-secrets.json', 3, '`kafka-connect` and `kafka-connect-ui`']
])('%s needs the input container-name', async (name, line, names) => {
  await using stage = await Stage.open()
  const place = await findDefinition(name, corpus, undefined)
  const definition = await readDefinition(place, 'unused', corpus, stage.aws, stage.world)
  expect(failureOf(() => chooseContainers(definition, [], undefined)).message).toBe(
    `The task definition (${name}, line ${line}) has the containers ${names}: say in the input \`container-name\` which of them get the new image.`
  )
})

test('a companion in the repository tells which container gets the image', async () => {
  await using stage = await Stage.open()
  const place = await findDefinition('53-ec2-multi-rp-secrets.json', corpus, undefined)
  const definition = await readDefinition(place, 'unused', corpus, stage.aws, stage.world)
  expect(chooseContainers(definition, [], '123456789012.dkr.ecr.us-east-2.amazonaws.com/app-53')).toEqual([
    'kafka-connect'
  ])
})
