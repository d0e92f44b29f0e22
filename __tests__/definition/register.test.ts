import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {text} from 'node:stream/consumers'
import {DeregisterTaskDefinitionCommand} from '@aws-sdk/client-ecs'
import {expect, test} from '@jest/globals'
import type {Fault, FaultRule} from '../../emulator/faults.ts'
import {describeRunning} from '../../src/definition/describe.ts'
import {registerDefinition} from '../../src/definition/register.ts'
import {renderDefinition} from '../../src/definition/render.ts'
import {definition, laterFailureOf} from './support.ts'
import {awsAt, IMAGE, Stage, worldWith} from './stage.ts'

const WEB = {family: 'web', containerDefinitions: [{name: 'web', image: IMAGE, memory: 512}]}
const FILE = `{
  "family": "web",
  "containerDefinitions": [{"name": "web", "memory": 512}],
  "taskRoleArn": "arn:aws:iam::111122223333:role/task"
}`
const rendered = (json: object = WEB) => renderDefinition(definition(JSON.stringify(json)), IMAGE, ['web'])
const fault = (kind: Fault, rule: Omit<FaultRule, 'fault'> = {call: 1}): FaultRule => ({
  operation: 'RegisterTaskDefinition',
  ...rule,
  fault: kind
})
const arnOf = (name: string): string => `arn:aws:ecs:eu-central-1:111122223333:task-definition/${name}`

const TEAM = {key: 'team', value: 'shop'}
const ORIGIN = [{key: 'ecs-release:commit', value: '3c5f1e2'}]
const OLD_ORIGIN = {key: 'ecs-release:commit', value: '0000000'}

/** The tags of the requests to register. */
function sentTags(stage: Stage): unknown[] {
  return stage.bodies('RegisterTaskDefinition').map(body => (JSON.parse(body) as {tags?: unknown}).tags)
}

test('a revision is tagged with where it is from, besides its own tags', async () => {
  await using stage = await Stage.open()
  const {aws, world} = stage
  const json = {...WEB, tags: [TEAM, OLD_ORIGIN]}
  await registerDefinition(rendered(json), undefined, aws, world, ORIGIN)
  expect(sentTags(stage)).toEqual([[TEAM, ...ORIGIN]])
})

test('where a revision is from does not make it another one', async () => {
  await using stage = await Stage.open()
  const {aws, world} = stage
  await registerDefinition(rendered(), undefined, aws, world, ORIGIN)
  for (const tags of [[], [OLD_ORIGIN]]) {
    expect(await registerDefinition(rendered({...WEB, tags}), undefined, aws, world, [OLD_ORIGIN])).toEqual({
      arn: arnOf('web:1'),
      registered: false
    })
  }
})

test('who may not tag registers without, and that is said once', async () => {
  await using stage = await Stage.open()
  const {aws, world} = stage
  const denied: Fault = {kind: 'access-denied', action: 'ecs:TagResource', resource: arnOf('web:*')}
  for (const call of [1, 3]) stage.emulator.faults.add(fault(denied, {call}))
  for (const family of ['web', 'worker']) {
    await registerDefinition(rendered({...WEB, family}), undefined, aws, world, ORIGIN)
  }
  expect(sentTags(stage)).toEqual([ORIGIN, undefined, ORIGIN, undefined])
  expect(world.lines.filter(line => line.includes('ecs:TagResource'))).toEqual([
    'revision not tagged with where it is from: missing ecs:TagResource'
  ])
})

test.each<[string, Fault, string]>([
  ['to tag', {kind: 'access-denied', action: 'ecs:TagResource', resource: arnOf('web:*')}, 'missing ecs:TagResource'],
  ['to register so', {kind: 'access-denied', resource: arnOf('web:*')}, 'AWS refuses the tags']
])('who may use its own tags only registers with these: denied %s', async (_, denied, why) => {
  await using stage = await Stage.open()
  const {aws, world} = stage
  stage.emulator.faults.add(fault(denied))
  const json = {...WEB, tags: [TEAM]}
  expect(await registerDefinition(rendered(json), undefined, aws, world, ORIGIN)).toMatchObject({registered: true})
  expect(sentTags(stage)).toEqual([[TEAM, ...ORIGIN], [TEAM]])
  expect(world.lines[0]).toBe(`revision not tagged with where it is from: ${why}`)
})

test('tags of its own are never left out', async () => {
  await using stage = await Stage.open()
  const {aws, world} = stage
  stage.emulator.faults.add(
    fault({kind: 'access-denied', action: 'ecs:TagResource', resource: arnOf('web:*')}, {from: 1})
  )
  const failure = await laterFailureOf(
    registerDefinition(rendered({...WEB, tags: [TEAM]}), undefined, aws, world, ORIGIN)
  )
  expect(failure.message).toContain('may not ecs:TagResource')
  expect(sentTags(stage)).toEqual([[TEAM, ...ORIGIN], [TEAM]])
  expect(world.lines).toEqual([])
})

test('a role that may not be passed is not asked for twice', async () => {
  await using stage = await Stage.open()
  const role = 'arn:aws:iam::111122223333:role/task'
  stage.emulator.faults.add(fault({kind: 'access-denied', action: 'iam:PassRole', resource: role}, {from: 1}))
  const {aws, world} = stage
  await laterFailureOf(registerDefinition(rendered(), undefined, aws, world, ORIGIN))
  expect(sentTags(stage)).toEqual([ORIGIN])
})

test('a definition is registered as it is', async () => {
  await using stage = await Stage.open()
  const {aws, world} = stage
  const json = {...WEB, containerDefinitions: [{...WEB.containerDefinitions[0], user: 'ä€😀', dockerLabels: {}}]}
  expect(await registerDefinition(rendered(json), undefined, aws, world)).toEqual({
    arn: arnOf('web:1'),
    registered: true
  })
  expect(stage.bodies('RegisterTaskDefinition')).toEqual([JSON.stringify(json)])
  expect(world.lines).toEqual(['registered web:1'])
})

test("the family's latest revision is used if it is identical", async () => {
  await using stage = await Stage.open()
  const {aws, world} = stage
  await stage.register({...WEB, cpu: '256'})
  await stage.register({...WEB, cpu: '1 vCPU'})
  expect(await registerDefinition(rendered({...WEB, cpu: '1024', volumes: []}), undefined, aws, world)).toEqual({
    arn: arnOf('web:2'),
    registered: false
  })
  expect(stage.bodies('RegisterTaskDefinition')).toHaveLength(2)
  expect(world.lines).toEqual(['web:2 is identical, used'])
})

test('what the service runs is used if it is identical, even if there is a later revision', async () => {
  await using stage = await Stage.open()
  const {aws, world} = stage
  const current = await stage.register(WEB)
  await stage.register({...WEB, cpu: '256'})
  await stage.register(WEB)
  expect(await registerDefinition(rendered(), current, aws, world)).toMatchObject({
    arn: arnOf('web:1'),
    registered: false
  })
})

test('a revision of another family is not looked at', async () => {
  await using stage = await Stage.open()
  const current = await stage.register({...WEB, family: 'web-2'})
  expect(await registerDefinition(rendered(), current, stage.aws, stage.world)).toMatchObject({registered: true})
  expect(stage.bodies('DescribeTaskDefinition').map(body => JSON.parse(body) as unknown)).toEqual([
    {taskDefinition: 'web', include: ['TAGS']}
  ])
})

test('an identical revision that is not active any more is registered again', async () => {
  await using stage = await Stage.open()
  const {aws, world} = stage
  const current = await stage.register(WEB)
  await aws.ecsOnce.send(new DeregisterTaskDefinitionCommand({taskDefinition: current}))
  expect(await registerDefinition(rendered(), current, aws, world)).toMatchObject({
    arn: arnOf('web:2'),
    registered: true
  })
})

test('tags that are wanted must be there, others do not matter', async () => {
  await using stage = await Stage.open()
  const {aws, world} = stage
  const [team, stack] = [
    {key: 'team', value: 'shop'},
    {key: 'stack', value: 'web'}
  ]
  await stage.register({...WEB, tags: [stack]})
  expect(await registerDefinition(rendered({...WEB, tags: [team]}), undefined, aws, world)).toMatchObject({
    arn: arnOf('web:2'),
    registered: true
  })
  expect(await registerDefinition(rendered({...WEB, tags: [team]}), undefined, aws, world)).toMatchObject({
    arn: arnOf('web:2'),
    registered: false
  })
  expect(await registerDefinition(rendered(), undefined, aws, world)).toMatchObject({
    arn: arnOf('web:2'),
    registered: false
  })
})

test('without the permission to look it is registered anew, and that is said once', async () => {
  await using stage = await Stage.open()
  const {aws, world, emulator} = stage
  const current = await stage.register(WEB)
  emulator.faults.add({operation: 'DescribeTaskDefinition', fault: {kind: 'access-denied'}})
  expect(await registerDefinition(rendered(), current, aws, world)).toMatchObject({
    arn: arnOf('web:2'),
    registered: true
  })
  expect(world.lines).toEqual([
    'whether there is an identical revision not checked: missing ecs:DescribeTaskDefinition',
    'registered web:2'
  ])
})

test.each<[string, Fault]>([
  ['the answer was lost', {kind: 'answer-lost'}],
  ['the connection broke before', {kind: 'reset'}],
  ['AWS failed', {kind: 'server-error'}]
])('after an unknown outcome it is looked before it is repeated: %s', async (_, kind) => {
  await using stage = await Stage.open()
  const {aws, world, emulator} = stage
  emulator.faults.add(fault(kind))
  expect(await registerDefinition(rendered(), undefined, aws, world)).toMatchObject({
    arn: arnOf('web:1'),
    registered: true
  })
  expect(stage.bodies('RegisterTaskDefinition')).toHaveLength(kind.kind === 'answer-lost' ? 1 : 2)
  expect(await stage.register(WEB)).toBe(arnOf('web:2'))
  expect(world.lines.at(0)).toMatch(/^the registration of web: the answer was lost/)
})

test('throttling is retried with growing pauses', async () => {
  await using stage = await Stage.open()
  const {aws, world, emulator} = stage
  emulator.faults.add(fault({kind: 'throttling'}, {to: 3}))
  const before = emulator.clock.now()
  expect(await registerDefinition(rendered(), undefined, aws, world)).toMatchObject({
    arn: arnOf('web:1'),
    registered: true
  })
  expect(stage.bodies('RegisterTaskDefinition')).toHaveLength(4)
  expect(emulator.clock.now() - before).toBe(500 + 1000 + 2000)
})

test('throttling without end is told', async () => {
  await using stage = await Stage.open()
  stage.emulator.faults.add(fault({kind: 'throttling'}, {from: 1}))
  const failure = await laterFailureOf(registerDefinition(rendered(), undefined, stage.aws, stage.world))
  expect(failure.message).toMatch(
    /^AWS was throttling requests \(Rate exceeded\) while registering the task definition/
  )
})

test('a role that may not be passed is told with its line and the statement to add', async () => {
  await using stage = await Stage.open()
  const role = 'arn:aws:iam::111122223333:role/task'
  stage.emulator.faults.add(fault({kind: 'access-denied', action: 'iam:PassRole', resource: role}))
  const failure = await laterFailureOf(
    registerDefinition(renderDefinition(definition(FILE), IMAGE, ['web']), undefined, stage.aws, stage.world)
  )
  expect(failure.message).toBe(
    `The role that releases may not pass ${role} to ECS (iam:PassRole was denied while registering the task definition task-definition.json): add this statement to its policy.`
  )
  expect(failure.place).toEqual({file: 'task-definition.json', line: 4, column: 18})
  expect(JSON.parse(failure.fix ?? '')).toEqual({
    Effect: 'Allow',
    Action: 'iam:PassRole',
    Resource: role,
    Condition: {StringEquals: {'iam:PassedToService': 'ecs-tasks.amazonaws.com'}}
  })
})

test('a role whose name begins like another one is told with its own line', async () => {
  await using stage = await Stage.open()
  const role = 'arn:aws:iam::111122223333:role/task-execution'
  const text = FILE.replace('"taskRoleArn"', `"executionRoleArn": "${role}",\n  "taskRoleArn"`)
  stage.emulator.faults.add(fault({kind: 'access-denied', action: 'iam:PassRole', resource: role}))
  const failure = await laterFailureOf(
    registerDefinition(renderDefinition(definition(text), IMAGE, ['web']), undefined, stage.aws, stage.world)
  )
  expect(failure.place).toEqual({file: 'task-definition.json', line: 4, column: 23})
})

test('a registration that nobody can tell of is told as unknown', async () => {
  await using stage = await Stage.open()
  stage.emulator.faults.add(fault({kind: 'answer-lost'}))
  stage.emulator.faults.add({operation: 'DescribeTaskDefinition', from: 2, fault: {kind: 'server-error'}})
  const failure = await laterFailureOf(registerDefinition(rendered(), undefined, stage.aws, stage.world))
  expect(failure.message).toMatch(
    /^Whether the registration of web was done is unknown: the answer was lost \(.+; run the job again, which uses the revision if it is there\.$/
  )
})

test('a denied registration is told with action, resource and statement', async () => {
  await using stage = await Stage.open()
  const resource = 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:*'
  stage.emulator.faults.add(fault({kind: 'access-denied', resource}))
  const failure = await laterFailureOf(registerDefinition(rendered(), undefined, stage.aws, stage.world))
  expect(failure.message).toBe(
    `The role that releases may not ecs:RegisterTaskDefinition on ${resource} (denied while registering the task definition task-definition.json): add this statement to its policy.`
  )
  expect(JSON.parse(failure.fix ?? '')).toEqual({
    Effect: 'Allow',
    Action: 'ecs:RegisterTaskDefinition',
    Resource: resource
  })
})

test('what ECS refuses is told in its words, with the line', async () => {
  await using stage = await Stage.open()
  const failure = await laterFailureOf(
    registerDefinition(
      renderDefinition(
        definition(
          '{"family": "web",\n"networkMode": "host",\n"containerDefinitions": [\n{"name": "web", "memory": 512, "portMappings": [\n{"containerPort": 80, "hostPort": 80},\n{"containerPort": 81, "hostPort": 8081}]}]}'
        ),
        IMAGE,
        ['web']
      ),
      undefined,
      stage.aws,
      stage.world
    )
  )
  expect(failure.message).toBe(
    'ECS refused the task definition (task-definition.json, line 6) with “When networkMode=host, the host ports and container ports in port mappings must match.”: leave `hostPort` out, or make it the same as `containerPort`.'
  )
  expect(stage.bodies('RegisterTaskDefinition')).toHaveLength(1)
})

/** An ECS of the future, whose definitions have members that the SDK does not know; it keeps what it is sent. */
async function futureEcs(refusal: (json: object) => string | undefined = () => undefined) {
  const requests: {operation: string; length: string | undefined; body: string}[] = []
  const revisions: object[] = []
  const server = createServer((request, response) => {
    void text(request).then(body => {
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
      requests.push({operation, length: request.headers['content-length'], body})
      const refused = operation === 'RegisterTaskDefinition' ? refusal(JSON.parse(body) as object) : undefined
      if (operation === 'RegisterTaskDefinition' && refused === undefined) {
        const revision = revisions.length + 1
        revisions.push({
          ...(JSON.parse(body) as object),
          taskDefinitionArn: arnOf(`web:${revision}`),
          revision,
          status: 'ACTIVE',
          newInAnswers: {deep: [1]}
        })
      }
      const taskDefinition = revisions.at(-1)
      response.writeHead(taskDefinition === undefined ? 400 : 200, {'content-type': 'application/x-amz-json-1.1'})
      const error = {__type: 'ClientException', message: refused ?? 'Unable to describe task definition.'}
      response.end(JSON.stringify(taskDefinition === undefined ? error : {taskDefinition, tags: []}))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  const aws = awsAt(`http://127.0.0.1:${port}`)
  const close = async (): Promise<void> => {
    aws.ecs.destroy()
    aws.ecsOnce.destroy()
    await new Promise(resolve => server.close(resolve))
  }
  return {aws, requests, [Symbol.asyncDispose]: close}
}

test('members that the SDK does not know reach ECS untouched and survive being described', async () => {
  await using ecs = await futureEcs()
  const world = worldWith(() => undefined)
  const json = {
    family: 'web',
    newAtTheTop: {a: [1, {b: 'ä'}]},
    containerDefinitions: [
      {name: 'web', image: IMAGE, newInContainer: true, portMappings: [{containerPort: 80, newInPort: 'x'}]}
    ]
  }
  await registerDefinition(rendered(json), undefined, ecs.aws, world)
  const sent = ecs.requests.find(({operation}) => operation === 'RegisterTaskDefinition')
  expect(sent?.body).toBe(JSON.stringify(json))
  expect(sent?.length).toBe(String(Buffer.byteLength(JSON.stringify(json))))

  const described = await describeRunning('web', ecs.aws, world.signal)
  expect(described).toEqual({
    arn: arnOf('web:1'),
    status: 'ACTIVE',
    json: {...json, newInAnswers: {deep: [1]}},
    tags: []
  })
})

test("tags that the organization's tag policy refuses are left out", async () => {
  const message = "The tag policy does not allow the specified value for the following tag key: 'ecs-release:commit'."
  await using ecs = await futureEcs(json => ('tags' in json ? message : undefined))
  const world = worldWith(() => undefined)
  expect(await registerDefinition(rendered(), undefined, ecs.aws, world, ORIGIN)).toMatchObject({registered: true})
  expect(world.lines[0]).toBe('revision not tagged with where it is from: AWS refuses the tags')
})

test('an identical definition with such members is recognised', async () => {
  await using ecs = await futureEcs()
  const world = worldWith(() => undefined)
  const json = {...WEB, newInAnswers: {deep: [1]}, newAtTheTop: [1]}
  expect(await registerDefinition(rendered(json), undefined, ecs.aws, world)).toMatchObject({
    arn: arnOf('web:1'),
    registered: true
  })
  expect(await registerDefinition(rendered(json), undefined, ecs.aws, world)).toMatchObject({
    arn: arnOf('web:1'),
    registered: false
  })
  expect(await registerDefinition(rendered({...json, newAtTheTop: [2]}), undefined, ecs.aws, world)).toMatchObject({
    arn: arnOf('web:2')
  })
})
