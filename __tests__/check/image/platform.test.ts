import {expect, test} from '@jest/globals'
import {imagePlatform} from '../../../src/check/image/platform.ts'
import type {Situation} from '../../../src/check/situation.ts'
import type {JsonObject} from '../../../src/definition/json.ts'
import {fargate, messages, situation} from '../situation.ts'

const ARM: JsonObject = {runtimePlatform: {cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX'}}
const REFERENCE = '111122223333.dkr.ecr.eu-central-1.amazonaws.com/web:v2'

/** A plan, as far as the check looks at it. */
function plan(image: object): Situation['image'] {
  return image as Situation['image']
}
const built = (...platforms: readonly string[]) => plan({kind: 'build', build: {platforms}})
const given = (platforms: readonly string[] | undefined) =>
  plan({kind: 'given', image: {reference: REFERENCE}, platforms})

function found(definition: JsonObject, image: Situation['image']): string[] {
  return messages(imagePlatform, situation({definition, image}))
}

test('an image that is built for another processor', () => {
  expect(found(fargate(ARM), built('linux/amd64'))).toEqual([
    'The input `platforms` has the image built for linux/amd64, but `runtimePlatform.cpuArchitecture` (task-definition.json, line 22) asks for linux/arm64, so no task would start: leave `platforms` out, which builds what the definition asks for, or change `runtimePlatform`.'
  ])
})

test('an image that is built for another processor than Fargate has without being asked', () => {
  expect(found(fargate(), built('linux/arm64', 'windows/amd64'))).toEqual([
    'The input `platforms` has the image built for linux/arm64 and windows/amd64, but without `runtimePlatform` Fargate runs task-definition.json on linux/amd64, so no task would start: leave `platforms` out, which builds what the definition asks for, or change `runtimePlatform`.'
  ])
})

test('an image that is given for another system', () => {
  const windows = {runtimePlatform: {operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE'}}
  expect(found(fargate(windows), given(['linux/amd64']))).toEqual([
    `The image ${REFERENCE} is for linux/amd64, but \`runtimePlatform\` (task-definition.json, line 21) asks for windows/amd64, so no task would start: give one that is for windows/amd64, or change \`runtimePlatform\`.`
  ])
})

test.each<[string, JsonObject, Situation['image']]>([
  ['one platform of several', fargate(ARM), built('linux/amd64', 'linux/arm64')],
  ['a variant', fargate(ARM), built('linux/arm64/v8')],
  ['another name of the processor', fargate(ARM), built('linux/aarch64')],
  ['what the definition asks for', fargate(), built('linux/amd64')],
  ['what only the builder knows', fargate(ARM), built()],
  ['what is not understood', fargate(ARM), built('local')],
  ['a given image that could not be read', fargate(ARM), given(undefined)],
  ['a given image that fits', fargate(ARM), given(['linux/amd64', 'linux/arm64'])],
  ['an image that is not known', fargate(ARM), undefined]
])('nothing is found with %s', (_, definition, image) => {
  expect(found(definition, image)).toEqual([])
})

test.each<[string, JsonObject]>([
  ['`runtimePlatform`', {}],
  ['its processor', {runtimePlatform: {operatingSystemFamily: 'LINUX'}}],
  ['it, though Fargate may have it too', {requiresCompatibilities: ['EC2', 'FARGATE']}]
])('on instances nothing is demanded without %s', (_, changes) => {
  const definition = fargate({requiresCompatibilities: ['EC2'], ...changes})
  const seen = situation({definition, service: {launchType: 'EC2'}, image: built('linux/arm64')})
  expect(messages(imagePlatform, seen)).toEqual([])
})

test('the service decides what a definition is for that does not say it', () => {
  const definition = fargate({requiresCompatibilities: []})
  expect(messages(imagePlatform, situation({definition, image: built('linux/arm64')}))).toHaveLength(1)
  const unknown = situation({definition, service: null, image: built('linux/arm64')})
  expect(messages(imagePlatform, unknown)).toEqual([])
})
