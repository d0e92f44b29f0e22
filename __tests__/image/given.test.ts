import {describe, expect, test} from '@jest/globals'
import {useGivenImage} from '../../src/image/given.ts'
import {type LocalAws, localAws, testWorld} from './support.ts'

const web = {account: '111122223333', region: 'eu-central-1', name: 'web'}

async function withImage(): Promise<{local: LocalAws; digest: string} & AsyncDisposable> {
  const local = await localAws()
  local.createRepository('web')
  const digest = local.ecr.putImage(web, 'v1', ['linux/amd64'])
  return {local, digest, [Symbol.asyncDispose]: () => local[Symbol.asyncDispose]()}
}

describe('in ECR', () => {
  test('a tag is settled to its digest', async () => {
    await using staged = await withImage()
    const {local, digest} = staged
    const uri = `${local.host}/web`
    expect(await useGivenImage(`${uri}:v1`, local.aws, testWorld())).toEqual({
      reference: `${uri}:v1@${digest}`,
      uri,
      tag: 'v1',
      digest,
      origin: 'given'
    })
  })

  test('a digest is looked for', async () => {
    await using staged = await withImage()
    const {local, digest} = staged
    const reference = `${local.host}/web@${digest}`
    expect(await useGivenImage(reference, local.aws, testWorld())).toMatchObject({reference, digest})
  })

  test('an image that is not there is told', async () => {
    await using staged = await withImage()
    const {local} = staged
    const reference = `${local.host}/web:v2`
    await expect(useGivenImage(reference, local.aws, testWorld())).rejects.toThrow(
      `There is no image ${reference} in ECR: correct the input \`image\`, or push the image first.`
    )
  })

  test('a repository that is not there is told', async () => {
    await using staged = await withImage()
    const {local} = staged
    await expect(useGivenImage(`${local.host}/wen:v1`, local.aws, testWorld())).rejects.toThrow(
      'There is no ECR repository wen in eu-central-1 of account 111122223333: create it, or correct its name, the region or the account.'
    )
  })

  test('an image that may not be looked at is used as it is', async () => {
    await using staged = await withImage()
    const {local} = staged
    local.emulator.faults.set([{operation: 'BatchGetImage', fault: {kind: 'access-denied'}}])
    const world = testWorld()
    const reference = `${local.host}/web:v1`
    expect(await useGivenImage(reference, local.aws, world)).toEqual({
      reference,
      uri: `${local.host}/web`,
      tag: 'v1',
      origin: 'given'
    })
    expect(world.lines).toEqual(['image in ECR not checked: missing ecr:BatchGetImage'])
  })
})

describe('elsewhere', () => {
  test.each([
    ['nginx:1.27', 'nginx', '1.27'],
    ['ghcr.io/acme/web:v1', 'ghcr.io/acme/web', 'v1']
  ])('%s is used as it is', async (reference, uri, tag) => {
    await using local = await localAws()
    const world = testWorld()
    expect(await useGivenImage(reference, local.aws, world)).toEqual({reference, uri, tag, origin: 'given'})
    expect(world.lines).toEqual([`image ${reference} is not in ECR: not checked`])
  })

  test('is used as it is without a word to ECR, where its host cannot be ECR’s', async () => {
    await using local = await localAws()
    await useGivenImage('ghcr.io/acme/web:v1', local.aws, testWorld())
    expect(local.emulator.journal.entries()).toEqual([])
  })

  test('is used as it is even without a right to sign in to ECR', async () => {
    await using local = await localAws()
    local.emulator.faults.set([{operation: 'GetAuthorizationToken', fault: {kind: 'access-denied'}}])
    const reference = 'registry.example:5000/acme/web:v1'
    expect(await useGivenImage(reference, local.aws, testWorld())).toMatchObject({reference})
  })
})

test.each(['<IMAGE>', '--push', 'Web:v1'])('%s is refused', async reference => {
  await using local = await localAws()
  await expect(useGivenImage(reference, local.aws, testWorld())).rejects.toThrow(
    `The input \`image\` is \`${reference}\`, which is no image: write \`repository:tag\` or \`repository@sha256:…\`.`
  )
})
