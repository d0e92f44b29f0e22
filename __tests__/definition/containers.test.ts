import {expect, test} from '@jest/globals'
import {chooseContainers, imageOf, repositoryOf} from '../../src/definition/containers.ts'
import {definition, failureOf} from './support.ts'

const REPOSITORY = '111122223333.dkr.ecr.eu-central-1.amazonaws.com/web'
const withImages = (images: Readonly<Record<string, string | undefined>>) =>
  definition(
    JSON.stringify({
      family: 'web',
      containerDefinitions: Object.entries(images).map(([name, image]) => ({name, image}))
    }).replace(',', ',\n')
  )

test('named containers are taken, whatever their images', () => {
  expect(chooseContainers(withImages({web: 'a', worker: '', redis: 'redis'}), ['worker', 'web'], undefined)).toEqual([
    'worker',
    'web'
  ])
})

test('a named container that is missing is told with those that are there', () => {
  const failure = failureOf(() => chooseContainers(withImages({web: 'a', redis: 'b'}), ['web', 'app'], undefined))
  expect(failure.message).toBe(
    'The input `container-name` names `app`, but the task definition (task-definition.json, line 2) has `web` and `redis`: correct the name.'
  )
  expect(failure.place).toEqual({file: 'task-definition.json', line: 2, column: 24})
  expect(failureOf(() => chooseContainers(withImages({web: 'a'}), ['app'], undefined)).message).toBe(
    'The input `container-name` names `app`, but the task definition (task-definition.json, line 2) has only `web`: correct the name.'
  )
})

test('the only container is taken, whatever its image', () => {
  expect(chooseContainers(withImages({web: 'nginx'}), [], REPOSITORY)).toEqual(['web'])
})

test('of several, those with an image in the repository are taken', () => {
  const images = {
    web: `${REPOSITORY}:v1`,
    worker: `${REPOSITORY}@sha256:00`,
    plain: REPOSITORY,
    other: `${REPOSITORY}-2:v1`
  }
  expect(chooseContainers(withImages(images), [], REPOSITORY)).toEqual(['web', 'worker', 'plain'])
})

test.each([undefined, REPOSITORY])('of several without a hint, the user says which (repository %s)', repository => {
  const failure = failureOf(() => chooseContainers(withImages({web: 'x', redis: 'redis'}), [], repository))
  expect(failure.message).toBe(
    'The task definition (task-definition.json, line 2) has the containers `web` and `redis`: say in the input `container-name` which of them get the new image.'
  )
  expect(failure.fix).toBe('with:\n  container-name: web')
})

test('another container without an image is told before anything is built', () => {
  const failure = failureOf(() =>
    chooseContainers(withImages({web: '', worker: '', redis: 'redis'}), ['web'], undefined)
  )
  expect(failure.message).toBe(
    'The container `worker` (task-definition.json, line 2) has no image, and gets none because only `web` gets the new one: give it an image, or add it to the input `container-name`.'
  )
})

test.each([
  [REPOSITORY, REPOSITORY],
  [`${REPOSITORY}:v1`, REPOSITORY],
  [`${REPOSITORY}@sha256:00`, REPOSITORY],
  [`${REPOSITORY}:v1@sha256:00`, REPOSITORY],
  ['localhost:5000/web', 'localhost:5000/web'],
  ['localhost:5000/web:v1', 'localhost:5000/web'],
  ['nginx', 'nginx']
])('the repository of %s', (image, repository) => {
  expect(repositoryOf(image)).toBe(repository)
})

test('an empty image is none', () => {
  expect([imageOf({image: 'nginx'}), imageOf({image: ''}), imageOf({})]).toEqual(['nginx', undefined, undefined])
})
