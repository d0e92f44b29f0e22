import {mkdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {checkContext} from '../../src/image/context.ts'
import {temporaryDirectory} from './support.ts'

async function workspace(): Promise<{path: string} & AsyncDisposable> {
  const directory = await temporaryDirectory()
  await mkdir(join(directory.path, 'app', 'Dockerfile.d'), {recursive: true})
  await writeFile(join(directory.path, 'Dockerfile'), 'FROM scratch\n')
  await writeFile(join(directory.path, 'app', 'release.Dockerfile'), 'FROM scratch\n')
  return directory
}

describe('is built', () => {
  test.each([
    ['.', undefined],
    ['app', 'app/release.Dockerfile'],
    ['app', 'Dockerfile'],
    ['https://github.com/acme/shop.git#main', undefined],
    ['git@github.com:acme/shop.git', 'ops/Dockerfile'],
    ['github.com/acme/shop', undefined]
  ])('%s with %s', async (context, file) => {
    await using directory = await workspace()
    await expect(checkContext({context, file}, directory.path)).resolves.toBeUndefined()
  })
})

describe('is refused', () => {
  test.each([
    ['-', undefined, 'The input `context` is `-`, which Docker would take for an option: write `./-`.'],
    ['--push', undefined, 'The input `context` is `--push`, which Docker would take for an option: write `./--push`.'],
    ['ap', undefined, 'There is no directory `ap` in the workspace: correct the input `context`.'],
    ['Dockerfile', undefined, 'There is no directory `Dockerfile` in the workspace: correct the input `context`.'],
    [
      'app',
      undefined,
      'There is no Dockerfile in `app`: name its directory in the input `context`, or the file itself in `file`.'
    ],
    [
      '.',
      'ops/Dockerfile',
      'There is no Dockerfile `ops/Dockerfile` in the workspace: correct the input `file`, which is relative to the workspace.'
    ],
    [
      '.',
      'app/Dockerfile.d',
      'There is no Dockerfile `app/Dockerfile.d` in the workspace: correct the input `file`, which is relative to the workspace.'
    ]
  ])('%s with %s', async (context, file, message) => {
    await using directory = await workspace()
    await expect(checkContext({context, file}, directory.path)).rejects.toMatchObject({name: 'Failure', message})
  })

  test('an empty workspace, with the likely reason', async () => {
    await using directory = await temporaryDirectory()
    await expect(checkContext({context: '.', file: undefined}, directory.path)).rejects.toThrow(
      'There is no Dockerfile in `.`: name its directory in the input `context`, or the file itself in `file`. The workspace is empty: is `actions/checkout` before this step?'
    )
  })
})
