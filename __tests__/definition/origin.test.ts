import {expect, test} from '@jest/globals'
import {originTags, tagged, withoutOrigin} from '../../src/definition/origin.ts'
import type {WorkflowRun} from '../../src/workflow/event.ts'

const run = {
  repository: 'shop/web',
  commit: '3c5f1e2a'.repeat(5),
  url: 'https://github.com/shop/web/actions/runs/42/attempts/1'
} as WorkflowRun
const team = {key: 'team', value: 'shop'}

test('the tags name repository, commit and run', () => {
  expect(originTags(run)).toEqual([
    {key: 'ecs-release:repository', value: 'shop/web'},
    {key: 'ecs-release:commit', value: run.commit},
    {key: 'ecs-release:run', value: run.url}
  ])
})

test('what AWS does not take as a value is left out', () => {
  expect(originTags({...run, url: 'https://git.example.org/?run=42'}).map(({key}) => key)).not.toContain(
    'ecs-release:run'
  )
  expect(originTags({...run, repository: `shop/${'x'.repeat(300)}`})).toHaveLength(2)
})

test('a definition keeps its own tags, and has no more than ECS takes', () => {
  const origin = originTags(run)
  expect(tagged({family: 'web', tags: [team]}, origin)).toEqual({family: 'web', tags: [team, ...origin]})
  expect(tagged({family: 'web'}, [])).toEqual({family: 'web'})
  const many = {family: 'web', tags: Array.from({length: 48}, (_, index) => ({key: `k${index}`, value: 'v'}))}
  expect(tagged(many, origin)).toBe(many)
})

test('tags of an earlier release are dropped', () => {
  const json = {family: 'web', tags: [team, ...originTags(run)]}
  expect(withoutOrigin(json)).toEqual({family: 'web', tags: [team]})
  expect(withoutOrigin({family: 'web', tags: originTags(run)})).toEqual({family: 'web'})
  expect(withoutOrigin({family: 'web', tags: [team]})).toEqual({family: 'web', tags: [team]})
})
