import {expect, test} from '@jest/globals'
import {digestsOf} from '../../src/image/digests.ts'
import type {ReleaseImage} from '../../src/image/release-image.ts'
import {localAws, testWorld} from './support.ts'

const web = {account: '111122223333', region: 'eu-central-1', name: 'web'}

/** An image in ECR for these platforms; of several, an index. */
async function stage(platforms: string[]) {
  const local = await localAws()
  local.createRepository('web')
  const digest = local.ecr.putImage(web, 'v1', platforms)
  const uri = `${local.host}/web`
  const image: ReleaseImage = {reference: `${uri}:v1@${digest}`, uri, tag: 'v1', digest, origin: 'built'}
  return {local, digest, image, world: testWorld(), [Symbol.asyncDispose]: () => local[Symbol.asyncDispose]()}
}

test('an image for one platform has its own digest only', async () => {
  await using staged = await stage(['linux/amd64'])
  expect(await digestsOf(staged.image, staged.local.aws, staged.world)).toEqual([staged.digest])
})

test('an index has those of its images as well', async () => {
  await using staged = await stage(['linux/amd64', 'linux/arm64'])
  const digests = await digestsOf(staged.image, staged.local.aws, staged.world)
  expect(digests).toHaveLength(3)
  expect(new Set(digests).size).toBe(3)
  expect(digests?.[0]).toBe(staged.digest)
})

test('an image that may not be read, cannot be, or is elsewhere has none that are known', async () => {
  await using staged = await stage(['linux/amd64'])
  const {local, image, world} = staged
  local.emulator.faults.set([{operation: 'BatchGetImage', fault: {kind: 'access-denied'}}])
  expect(await digestsOf(image, local.aws, world)).toBeUndefined()
  expect(world.lines.at(-1)).toBe('image in ECR not checked: missing ecr:BatchGetImage')
  expect(world.lines).toHaveLength(1)
  local.emulator.faults.set([{operation: 'BatchGetImage', fault: {kind: 'server-error'}}])
  expect(await digestsOf(image, local.aws, world)).toBeUndefined()
  expect(world.lines.at(-1)).toMatch(/^image that the tasks run not checked: /)
  const elsewhere = {...image, reference: `ghcr.io/shop/web@${staged.digest}`}
  expect(await digestsOf(elsewhere, local.aws, world)).toBeUndefined()
  expect(world.lines.at(-1)).toMatch(/is known of images in ECR only, and ghcr.io\S+ is elsewhere$/)
})
