import {describe, expect, test} from '@jest/globals'
import {containersOf, type Definition} from '../../src/definition/definition.ts'
import {idleRemovals, setEnvironment, unknownContainers} from '../../src/definition/environment.ts'
import {readContainerSettings} from '../../src/workflow/container-settings.ts'
import {definition} from './support.ts'

const settings = (environment: string, secrets = '') => readContainerSettings({environment, secrets}, {})

/** A definition with a list of environment variables and one of secrets, a line each. */
const FILE = `{"family": "web", "containerDefinitions": [
  {"name": "web", "image": "web",
    "environment": [
      {"name": "STAGE", "value": "test"},
      {"name": "DB", "value": "local"},
      {"name": "OLD", "value": "1"}
    ],
    "secrets": [
      {"name": "TOKEN", "valueFrom": "/token"},
      {"name": "KEY", "valueFrom": "/key"}
    ]},
  {"name": "worker", "image": "web"},
  {"name": "proxy", "image": "proxy", "environment": [{"name": "STAGE", "value": "test"}]}
]}`
const BOTH = ['web', 'worker']

function made(container: string, list: 'environment' | 'secrets', environment: string, secrets = '') {
  return listOf(setEnvironment(definition(FILE), settings(environment, secrets), BOTH), container, list)
}

/** `NAME=value` for the items of a list, `undefined` when there is none. */
function listOf({json}: Definition, name: string, list: 'environment' | 'secrets'): string[] | undefined {
  const container = containersOf(json).find(one => one['name'] === name)
  const items = container?.[list] as {name: string; value?: string; valueFrom?: string}[] | undefined
  return items?.map(({name, value, valueFrom}) => `${name}=${value ?? valueFrom ?? ''}`)
}

describe('setting', () => {
  test('changes a value in its place and adds a new one at the end', () => {
    expect(made('web', 'environment', 'NEW=2\nSTAGE=prod\nNEWER=')).toEqual([
      'STAGE=prod',
      'DB=local',
      'OLD=1',
      'NEW=2',
      'NEWER='
    ])
  })

  test('is for all containers that get the image, and for no other', () => {
    expect(made('worker', 'environment', 'STAGE=prod')).toEqual(['STAGE=prod'])
    expect(made('proxy', 'environment', 'STAGE=prod')).toEqual(['STAGE=test'])
  })

  test('is for one container by its name, whether it gets the image or not', () => {
    expect(made('web', 'environment', 'proxy/STAGE=prod')).toEqual(['STAGE=test', 'DB=local', 'OLD=1'])
    expect(made('proxy', 'environment', 'proxy/STAGE=prod')).toEqual(['STAGE=prod'])
  })

  test('for one container wins over one for all, wherever it stands', () => {
    expect(made('worker', 'environment', 'worker/A=own\nA=all')).toEqual(['A=own'])
    expect(made('web', 'environment', 'worker/A=own\nA=all\n-OLD\n-DB\n-STAGE')).toEqual(['A=all'])
    expect(made('worker', 'environment', '-worker/A\nA=all')).toEqual([])
    expect(made('worker', 'environment', 'A=all', 'worker/A=/a')).toEqual([])
    expect(made('worker', 'secrets', 'A=all', 'worker/A=/a')).toEqual(['A=/a'])
  })

  test('a secret takes the name out of the environment', () => {
    expect(made('web', 'environment', '', 'DB=/db')).toEqual(['STAGE=test', 'OLD=1'])
    expect(made('web', 'secrets', '', 'DB=/db')).toEqual(['TOKEN=/token', 'KEY=/key', 'DB=/db'])
    expect(made('web', 'secrets', '-DB', 'DB=/db')).toEqual(['TOKEN=/token', 'KEY=/key', 'DB=/db'])
  })

  test('a variable takes the name out of the secrets', () => {
    expect(made('web', 'secrets', 'TOKEN=none')).toEqual(['KEY=/key'])
    expect(made('web', 'environment', 'TOKEN=none', '-TOKEN')).toEqual([
      'STAGE=test',
      'DB=local',
      'OLD=1',
      'TOKEN=none'
    ])
  })

  test('leaves one of several with the same name', () => {
    const twice = definition(
      '{"containerDefinitions": [{"name": "web", "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}, {"name": "A", "value": "3"}]}]}'
    )
    expect(listOf(setEnvironment(twice, settings('A=4'), ['web']), 'web', 'environment')).toEqual(['A=4', 'B=2'])
  })

  test('changes nothing else, and nothing at all without settings', () => {
    const before = definition(FILE)
    expect(setEnvironment(before, [], BOTH)).toBe(before)
    const after = setEnvironment(before, settings('web/STAGE=prod'), BOTH)
    expect(containersOf(after.json).slice(1)).toEqual(containersOf(before.json).slice(1))
    expect(after.json['family']).toBe('web')
    expect(before.json).toEqual(definition(FILE).json)
  })
})

describe('removing', () => {
  test('takes a name out of one list', () => {
    expect(made('web', 'environment', '-OLD', '-OLDER')).toEqual(['STAGE=test', 'DB=local'])
    expect(made('web', 'secrets', '-TOKEN', '-KEY')).toEqual(['TOKEN=/token'])
  })

  test('makes no list where there is none', () => {
    expect(made('worker', 'environment', '-OLD')).toBeUndefined()
  })
})

describe('the place in the file', () => {
  const after = setEnvironment(definition(FILE), settings('-STAGE\nOLD=2\nNEW=3', 'KEY=/new'), BOTH)
  const line = (index: number, list: string, item: number) =>
    after.locate(['containerDefinitions', index, list, item, 'value'])?.line

  test('stays known of what is as it was', () => {
    expect(listOf(after, 'web', 'environment')).toEqual(['DB=local', 'OLD=2', 'NEW=3'])
    expect([line(0, 'environment', 0), line(0, 'secrets', 0), line(2, 'environment', 0)]).toEqual([5, 9, 13])
    expect(after.locate(['containerDefinitions', 0, 'environment'])?.line).toBe(3)
    expect(after.locate(['containerDefinitions', 1, 'image'])?.line).toBe(12)
  })

  test('is none of what a setting made', () => {
    expect([line(0, 'environment', 1), line(0, 'environment', 2), line(0, 'secrets', 1)]).toEqual([
      undefined,
      undefined,
      undefined
    ])
  })
})

describe('what cannot be meant', () => {
  const targets = [{definition: definition(FILE), containers: BOTH}]

  test('a container that is not there', () => {
    const [failure, ...others] = unknownContainers(targets, settings('wroker/A=1\nweb/A=1\n-web/OLD', 'api/DB=/db'))
    expect(failure?.message).toBe(
      'The input `container-environment` names the container `wroker` in `wroker/A`, but task-definition.json has `web`, `worker` and `proxy`: write `worker/A`.'
    )
    expect(others.map(({message}) => message)).toEqual([
      'The input `container-secrets` names the container `api` in `api/DB`, but task-definition.json has `web`, `worker` and `proxy`: correct the name.'
    ])
  })

  test('is no container that another definition has', () => {
    const other = {...definition('{"containerDefinitions": [{"name": "api"}]}'), name: 'api.json'}
    expect(unknownContainers([...targets, {definition: other, containers: ['api']}], settings('api/A=1'))).toEqual([])
  })

  test('removing what is not there', () => {
    expect(idleRemovals(targets, settings('-OLDD\n-proxy/DB\n-OLD', '-TOKENS'))).toEqual([
      'The input `container-environment` removes `OLDD`, but there is no `OLDD` in the `environment` of `web` and `worker`: if `OLD` is meant, correct the name.',
      'The input `container-environment` removes `proxy/DB`, but there is no `DB` in the `environment` of `proxy`: remove the line, or correct the name.',
      'The input `container-secrets` removes `TOKENS`, but there is no `TOKENS` in the `secrets` of `web` and `worker`: if `TOKEN` is meant, correct the name.'
    ])
  })

  test('is not removing for one container what is set for all', () => {
    expect(idleRemovals(targets, settings('A=1\n-worker/A'))).toEqual([])
  })
})
