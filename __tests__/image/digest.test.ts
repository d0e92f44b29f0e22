import {writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {confirmDigest, digestInFile, digestInMetadata, digestInPush} from '../../src/image/digest.ts'
import {readImage} from '../../src/image/images.ts'
import type {EcrRepository} from '../../src/image/repository.ts'
import {type LocalAws, localAws, temporaryDirectory, testWorld} from './support.ts'

const digest = `sha256:${'a'.repeat(64)}`
const other = `sha256:${'b'.repeat(64)}`
const web = {account: '111122223333', region: 'eu-central-1', name: 'web'}

describe('what the builder pushed', () => {
  test('stands in the metadata of buildx', async () => {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, 'build.json')
    await writeFile(file, JSON.stringify({'containerimage.config.digest': other, 'containerimage.digest': digest}))
    expect(await digestInMetadata(file)).toBe(digest)
  })

  test.each([{}, {'containerimage.digest': 'sha256:12'}, {'containerimage.config.digest': digest}])(
    'does not stand in %j',
    async metadata => {
      await using directory = await temporaryDirectory()
      const file = join(directory.path, 'build.json')
      await writeFile(file, JSON.stringify(metadata))
      await expect(digestInMetadata(file)).rejects.toThrow(
        'The image was pushed, but the builder did not say under which digest: use a newer one, or run the job again.'
      )
    }
  )

  test('is not known without metadata', async () => {
    await expect(digestInMetadata('no-such-file.json')).rejects.toThrow('did not say under which digest')
  })

  test('stands in the file of podman and buildah', async () => {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, 'digest')
    await expect(digestInFile(file)).rejects.toThrow('did not say under which digest')
    await writeFile(file, `${digest}\n`)
    expect(await digestInFile(file)).toBe(digest)
  })

  test('stands in the last line of docker push', () => {
    const lines = ['The push refers to repository [h/web]', 'e082: Pushed', `v1: digest: ${digest} size: 523`]
    expect(digestInPush(lines)).toBe(digest)
    expect(() => digestInPush(lines.slice(0, 2))).toThrow('the builder did not say under which digest')
  })
})

describe('ECR', () => {
  function repositoryOf({host}: LocalAws): EcrRepository {
    return {name: 'web', region: 'eu-central-1', host, uri: `${host}/web`, mutabilityExceptions: []}
  }

  test('confirms it', async () => {
    await using local = await localAws()
    local.createRepository('web')
    const pushed = local.ecr.putImage(web, 'v1', ['linux/amd64'])
    expect(await confirmDigest(repositoryOf(local), 'v1', pushed, local.aws, testWorld())).toBe(pushed)
  })

  test('knows another image under the tag', async () => {
    await using local = await localAws()
    local.createRepository('web')
    const served = local.ecr.putImage(web, 'v1', ['linux/amd64'])
    await expect(confirmDigest(repositoryOf(local), 'v1', other, local.aws, testWorld())).rejects.toThrow(
      `ECR serves ${served} as web:v1, but ${other} was pushed: something else pushed the same tag meanwhile`
    )
  })

  test('knows the index that the pushed image is in', async () => {
    await using local = await localAws()
    local.createRepository('web')
    const index = local.ecr.putImage(web, 'v1', ['linux/amd64', 'linux/arm64'])
    const image = await readImage(repositoryOf(local), {imageTag: 'v1'}, local.aws, testWorld())
    const [first] = image?.manifest.manifests ?? []
    expect(await confirmDigest(repositoryOf(local), 'v1', first?.digest ?? '', local.aws, testWorld())).toBe(index)
  })

  test('may not be asked, and the builder is believed', async () => {
    await using local = await localAws()
    local.createRepository('web')
    local.emulator.faults.set([{operation: 'BatchGetImage', fault: {kind: 'access-denied'}}])
    const world = testWorld()
    expect(await confirmDigest(repositoryOf(local), 'v1', digest, local.aws, world)).toBe(digest)
    expect(world.lines).toEqual(['image in ECR not checked: missing ecr:BatchGetImage'])
  })

  test('is asked again when it does not know the tag yet', async () => {
    await using local = await localAws()
    local.createRepository('web')
    const waits: number[] = []
    const world = testWorld()
    const sleep = (milliseconds: number): Promise<void> => {
      waits.push(milliseconds)
      if (waits.length === 2) local.ecr.putImage(web, 'v1', ['linux/amd64'])
      return Promise.resolve()
    }
    const served = confirmDigest(repositoryOf(local), 'v1', digest, local.aws, {
      ...world,
      clock: {...world.clock, sleep}
    })
    await expect(served).rejects.toThrow(/^ECR serves /)
    expect(waits).toEqual([2000, 2000])
  })
})
