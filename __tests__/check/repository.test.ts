import {expect, test} from '@jest/globals'
import {chooseRepository, repositoryHint} from '../../src/check/repository.ts'
import type {Candidate} from '../../src/check/look.ts'
import type {Definition} from '../../src/definition/definition.ts'
import {Stage} from '../definition/stage.ts'

const ECR = '111122223333.dkr.ecr.eu-central-1.amazonaws.com/web'

/** What is chosen for a container that has this image in the file, and runs that one. */
async function chosen(inFile: string, running: string): Promise<string | undefined> {
  await using stage = await Stage.open()
  const containerDefinitions = [{name: 'app', image: running, memory: 64}]
  const taskDefinitionArn = await stage.register({family: 'web', containerDefinitions})
  const target = {
    service: {taskDefinitionArn},
    definition: {json: {containerDefinitions: [{name: 'app', image: inFile}]}},
    containers: ['app']
  } as unknown as Candidate
  return await chooseRepository([target], {repository: undefined, service: ['web']}, stage.aws, stage.world)
}

test.each([
  ['the file has one in ECR', `${ECR}:v1`, 'ghcr.io/acme/web:v1', ECR],
  ['the file has a placeholder', '<IMAGE>', `${ECR}:v1`, ECR],
  ['the file has one of Docker Hub', 'nginx', `${ECR}:v1`, ECR],
  ['the file has one of another registry', 'ghcr.io/acme/web:v1', `${ECR}:v1`, ECR],
  ['there is only another registry', 'ghcr.io/acme/web:v1', 'registry.example/web:v1', 'ghcr.io/acme/web']
])('%s', async (_, inFile, running, repository) => {
  expect(await chosen(inFile, running)).toBe(repository)
})

test('there is none at all', async () => {
  await expect(chosen('<IMAGE>', 'nginx')).rejects.toThrow('No ECR repository is known for the image of app')
})

test.each([
  ['the only ECR repository', [`${ECR}:v1`, 'envoyproxy/envoy:v1.30', `${ECR}:v2`], ECR],
  ['two ECR repositories', [`${ECR}:v1`, `${ECR}-proxy:v1`], undefined],
  ['none', ['<IMAGE>', 'nginx'], undefined]
])('containers are recognised by %s', (_, images, hint) => {
  const definition = {json: {containerDefinitions: images.map(image => ({image}))}} as unknown as Definition
  expect(repositoryHint(definition, {repository: undefined, image: undefined})).toBe(hint)
})
