import {expect, test} from '@jest/globals'
import {useGivenImage} from '../../src/image/given.ts'
import {platformsOfImage} from '../../src/image/platforms.ts'
import {type LocalAws, localAws, testWorld} from './support.ts'

const web = {account: '111122223333', region: 'eu-central-1', name: 'web'}

async function withImage(platforms: readonly string[]): Promise<LocalAws> {
  const local = await localAws()
  local.createRepository('web')
  local.ecr.putImage(web, 'v1', platforms)
  return local
}

async function platformsIn(local: LocalAws, reference = `${local.host}/web:v1`, world = testWorld()) {
  return platformsOfImage(await useGivenImage(reference, local.aws, world), local.aws, world)
}

test.each([[['linux/arm64']], [['linux/amd64', 'linux/arm64']], [['windows/amd64']]])(
  'an image for %p',
  async platforms => {
    await using local = await withImage(platforms)
    expect(await platformsIn(local)).toEqual(platforms)
  }
)

test('the attestations beside the images of an index are none', async () => {
  await using local = await withImage(['linux/amd64', 'unknown/unknown'])
  expect(await platformsIn(local)).toEqual(['linux/amd64'])
})

test('an image that is not in ECR is not looked at', async () => {
  await using local = await withImage(['linux/amd64'])
  expect(await platformsIn(local, 'ghcr.io/acme/web:v1')).toBeUndefined()
  expect(local.emulator.journal.entries()).toEqual([])
})

test('what may not be read is not known, and the log says why', async () => {
  await using local = await withImage(['linux/amd64'])
  local.emulator.faults.set([{operation: 'GetDownloadUrlForLayer', fault: {kind: 'access-denied'}}])
  const world = testWorld()
  expect(await platformsIn(local, undefined, world)).toBeUndefined()
  expect(world.lines).toEqual(['build and platform of an image not checked: missing ecr:GetDownloadUrlForLayer'])
})

test('a download that fails fails nothing', async () => {
  await using local = await withImage(['linux/amd64'])
  local.emulator.route('/_layers/', (_, response) => {
    response.writeHead(503).end()
    return Promise.resolve()
  })
  expect(await platformsIn(local)).toBeUndefined()
})
