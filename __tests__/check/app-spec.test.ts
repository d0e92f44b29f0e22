import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {appSpecFor, readAppSpec, taskDefinitionIn} from '../../src/check/codedeploy/app-spec.ts'

const ARN = 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:42'
const BALANCER = {containerName: 'app', containerPort: 8080}

let workspace: string

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'appspec-'))
})

afterAll(async () => {
  await rm(workspace, {recursive: true, force: true})
})

async function read(text: string, name = 'spec.yaml') {
  await writeFile(join(workspace, name), text)
  return readAppSpec(name, {workspace, temp: workspace})
}

const properties = (content: string): unknown => {
  const {Resources, resources} = JSON.parse(content) as Record<string, Record<string, Record<string, unknown>>[]>
  const [first = {}] = Object.values((Resources ?? resources)?.[0] ?? {})
  return first['Properties']
}

const yaml = `version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: "arn:aws:ecs:eu-central-1:111122223333:task-definition/web:1"
        LoadBalancerInfo:
          ContainerName: "proxy"
Hooks:
  - AfterAllowTestTraffic: smoke-test
`

describe('the AppSpec file', () => {
  test('is written where there is none', () => {
    const content = appSpecFor(ARN, undefined, BALANCER)
    expect(JSON.parse(content)).toEqual({
      version: 0,
      Resources: [
        {
          TargetService: {
            Type: 'AWS::ECS::Service',
            Properties: {TaskDefinition: ARN, LoadBalancerInfo: {ContainerName: 'app', ContainerPort: 8080}}
          }
        }
      ]
    })
    expect(taskDefinitionIn(content)).toBe(ARN)
  })

  test('keeps what it has; the revision, and what it lacks of the load balancer, are put in', async () => {
    const content = appSpecFor(ARN, await read(yaml), BALANCER)
    expect(properties(content)).toEqual({
      TaskDefinition: ARN,
      LoadBalancerInfo: {ContainerName: 'proxy', ContainerPort: 8080}
    })
    expect(JSON.parse(content)).toMatchObject({version: 0, Hooks: [{AfterAllowTestTraffic: 'smoke-test'}]})
  })

  test('may be JSON, with names in any case', async () => {
    const json = {
      resources: [
        {web: {type: 'AWS::ECS::Service', properties: {taskdefinition: 'x', loadBalancerInfo: {containerport: 80}}}}
      ]
    }
    expect(
      properties(appSpecFor(ARN, await read(JSON.stringify(json, undefined, '\t'), 'spec.json'), BALANCER))
    ).toEqual({
      TaskDefinition: ARN,
      LoadBalancerInfo: {ContainerName: 'app', ContainerPort: 80}
    })
  })

  test.each([
    ['a: [', /^The AppSpec file `spec\.yaml` is neither YAML nor JSON: .*\.$/],
    ['a: 1\na: 2', /^The AppSpec file `spec\.yaml` is neither YAML nor JSON: Map keys must be unique/],
    ['just a text', /^The AppSpec file `spec\.yaml` is neither YAML nor JSON: there is no mapping at its top\.$/],
    ['  \n', /^The AppSpec file `spec\.yaml` is empty: put the specification of the deployment into it\.$/],
    [
      'version: 0.0',
      /^The AppSpec file `spec\.yaml` has 0 resources, but CodeDeploy deploys exactly one ECS service by it/
    ],
    [
      'Resources: [{f: {Type: "AWS::Lambda::Function"}}]',
      /has a resource of the type AWS::Lambda::Function, but CodeDeploy deploys exactly one ECS service/
    ],
    ['Resources: [{a: {Type: x}, b: {Type: y}}]', /has a resource that is no mapping of one name/]
  ])('that cannot be used is refused: %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message)
  })

  test('that repeats itself without end is refused', async () => {
    const rows = Array.from(
      {length: 9},
      (_, row) => `a${row + 1}: &a${row + 1} [${Array(9).fill(`*a${row}`).join(', ')}]`
    )
    await expect(read(`a0: &a0 [x, x]\n${rows.join('\n')}\n`)).rejects.toThrow(
      /neither YAML nor JSON: Excessive alias count/
    )
  })

  test('is told by its line where it is not YAML', async () => {
    await expect(read('version: 0.0\nResources:\n\t- x')).rejects.toMatchObject({place: {file: 'spec.yaml', line: 3}})
  })

  test('of a usual name is found, unless it is for another compute platform', async () => {
    const place = {workspace, temp: workspace}
    expect(await readAppSpec(undefined, place)).toBeUndefined()
    await writeFile(join(workspace, 'appspec.yml'), 'version: 0.0\nos: linux\nfiles: []\n')
    expect(await readAppSpec(undefined, place)).toBeUndefined()
    await writeFile(join(workspace, 'appspec.yaml'), yaml)
    expect(await readAppSpec(undefined, place)).toMatchObject({shown: 'appspec.yaml'})
  })

  test('or the service has to say where traffic goes', async () => {
    expect(() => appSpecFor(ARN, undefined, undefined)).toThrow(/^To which container traffic goes is not known/)
    const file = await read(yaml)
    expect(() => appSpecFor(ARN, file, undefined)).toThrow(/the AppSpec file `spec\.yaml` has no ContainerPort/)
  })

  test('of somebody else may be anything', () => {
    expect(taskDefinitionIn(undefined)).toBeUndefined()
    expect(taskDefinitionIn('{')).toBeUndefined()
    expect(taskDefinitionIn('Resources: []')).toBeUndefined()
  })
})
