import {execFileSync} from 'node:child_process'
import {mkdir, realpath, symlink, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {expect, test} from '@jest/globals'
import {definitionFiles, findDefinition} from '../../src/definition/find.ts'
import {laterFailureOf, temporaryDirectory} from './support.ts'

const TEXT = '{"family": "web"}'

test('without the input the usual files are tried in order, then what the service runs', async () => {
  await using directory = await temporaryDirectory()
  const workspace = directory.path
  await mkdir(join(workspace, '.aws'))
  expect(await findDefinition(undefined, workspace, undefined)).toEqual({kind: 'running'})
  for (const name of [
    'task_definition.json',
    'ecs-task-def.json',
    'taskdef.json',
    '.aws/task-definition.json',
    'task-definition.json'
  ]) {
    await writeFile(join(workspace, name), TEXT)
    expect(await findDefinition(undefined, workspace, undefined)).toEqual({
      kind: 'file',
      path: await realpath(join(workspace, name)),
      shown: name,
      text: TEXT
    })
  }
})

test.each(['ecs/production.json', './ecs/production.json', 'ecs/../ecs/production.json'])(
  'the path %s is read',
  async wanted => {
    await using directory = await temporaryDirectory()
    await mkdir(join(directory.path, 'ecs'))
    await writeFile(join(directory.path, 'ecs/production.json'), TEXT)
    expect(await findDefinition(wanted, directory.path, undefined)).toMatchObject({
      shown: 'ecs/production.json',
      text: TEXT
    })
  }
)

test('a file without an ending is read if it exists; otherwise the name is a family', async () => {
  await using directory = await temporaryDirectory()
  expect(await findDefinition('web', directory.path, undefined)).toEqual({kind: 'revision', name: 'web'})
  await writeFile(join(directory.path, 'web'), TEXT)
  expect(await findDefinition('web', directory.path, undefined)).toMatchObject({kind: 'file', shown: 'web'})
})

test.each(['web', 'web:41', 'arn:aws:ecs:eu-central-1:111122223333:task-definition/web:41'])(
  '%s is a revision',
  async name => {
    await using directory = await temporaryDirectory()
    expect(await findDefinition(name, directory.path, undefined)).toEqual({kind: 'revision', name})
  }
)

test('a file in the directory for temporary files is read, an absolute path too', async () => {
  await using workspace = await temporaryDirectory()
  await using temp = await temporaryDirectory()
  const path = join(temp.path, 'rendered.json')
  await writeFile(path, TEXT)
  expect(await findDefinition(path, workspace.path, temp.path)).toMatchObject({kind: 'file', shown: path, text: TEXT})
})

test('a byte order mark is no part of the text', async () => {
  await using directory = await temporaryDirectory()
  await writeFile(join(directory.path, 'taskdef.json'), `\uFEFF${TEXT}`)
  expect(await findDefinition(undefined, directory.path, undefined)).toMatchObject({text: TEXT})
})

test('a link within the workspace is followed', async () => {
  await using directory = await temporaryDirectory()
  await mkdir(join(directory.path, 'ecs'))
  await writeFile(join(directory.path, 'ecs/web.json'), TEXT)
  await symlink('ecs/web.json', join(directory.path, 'task-definition.json'))
  expect(await findDefinition(undefined, directory.path, undefined)).toMatchObject({
    shown: 'task-definition.json',
    text: TEXT
  })
})

test('a workspace that is itself reached by a link is no way out', async () => {
  await using directory = await temporaryDirectory()
  await mkdir(join(directory.path, 'real'))
  await symlink('real', join(directory.path, 'workspace'))
  await writeFile(join(directory.path, 'real/task-definition.json'), TEXT)
  expect(await findDefinition(undefined, join(directory.path, 'workspace'), undefined)).toMatchObject({text: TEXT})
})

test.each(['task-definition.json', 'ecs/web.json'])('a link out of the workspace is refused: %s', async wanted => {
  await using outside = await temporaryDirectory()
  await using directory = await temporaryDirectory()
  await writeFile(join(outside.path, 'web.json'), TEXT)
  // Once the file itself is a link, once a directory on the way.
  await symlink(join(outside.path, 'web.json'), join(directory.path, 'task-definition.json'))
  await symlink(outside.path, join(directory.path, 'ecs'))
  const failure = await laterFailureOf(findDefinition(wanted, directory.path, undefined))
  expect(failure.message).toBe(
    `The task definition \`${wanted}\` is a link that leads out of the workspace, and only files in the workspace or in RUNNER_TEMP are read: put the file itself there.`
  )
})

test('a usual file that leads out of the workspace is refused, not passed over', async () => {
  await using outside = await temporaryDirectory()
  await using directory = await temporaryDirectory()
  await writeFile(join(outside.path, 'web.json'), TEXT)
  await symlink(join(outside.path, 'web.json'), join(directory.path, 'task-definition.json'))
  await writeFile(join(directory.path, 'taskdef.json'), TEXT)
  const failure = await laterFailureOf(findDefinition(undefined, directory.path, undefined))
  expect(failure.message).toMatch(/^The task definition `task-definition.json` is a link that leads out/)
})

test('a path out of the workspace is refused', async () => {
  await using directory = await temporaryDirectory()
  await mkdir(join(directory.path, 'workspace'))
  await writeFile(join(directory.path, 'web.json'), TEXT)
  const failure = await laterFailureOf(findDefinition('../web.json', join(directory.path, 'workspace'), undefined))
  expect(failure.message).toMatch(/web.json` lies outside of the workspace, and only files in the workspace or in /)
})

test('a link to nothing is told', async () => {
  await using directory = await temporaryDirectory()
  await symlink('gone.json', join(directory.path, 'task-definition.json'))
  expect((await laterFailureOf(findDefinition(undefined, directory.path, undefined))).message).toBe(
    'The task definition `task-definition.json` is a link to a file that does not exist: correct the link.'
  )
})

test('a directory is refused', async () => {
  await using directory = await temporaryDirectory()
  await mkdir(join(directory.path, 'ecs'))
  expect((await laterFailureOf(findDefinition('./ecs', directory.path, undefined))).message).toBe(
    'The task definition `ecs` is a directory: name the file in it.'
  )
})

test('a family may be called like a directory, or a link to one', async () => {
  await using directory = await temporaryDirectory()
  await mkdir(join(directory.path, 'web'))
  await symlink('web', join(directory.path, 'api'))
  for (const name of ['web', 'api']) {
    expect(await findDefinition(name, directory.path, undefined)).toEqual({kind: 'revision', name})
  }
})

test('a directory for temporary files that is missing does no harm', async () => {
  await using directory = await temporaryDirectory()
  await mkdir(join(directory.path, 'workspace'))
  await writeFile(join(directory.path, 'web.json'), TEXT)
  const failure = await laterFailureOf(
    findDefinition('../web.json', join(directory.path, 'workspace'), join(directory.path, 'gone'))
  )
  expect(failure.message).toMatch(/web.json` lies outside of the workspace/)
})

// Windows has no such files.
if (process.platform !== 'win32') {
  test('a pipe is refused instead of waited for', async () => {
    await using directory = await temporaryDirectory()
    execFileSync('mkfifo', [join(directory.path, 'taskdef.json')])
    expect((await laterFailureOf(findDefinition(undefined, directory.path, undefined))).message).toBe(
      'The task definition `taskdef.json` is not a regular file: name one that is.'
    )
  })
}

test.each(['', ' \n', '\uFEFF'])('the empty file %j is refused', async text => {
  await using directory = await temporaryDirectory()
  await writeFile(join(directory.path, 'taskdef.json'), text)
  const failure = await laterFailureOf(findDefinition(undefined, directory.path, undefined))
  expect(failure.message).toBe('The task definition `taskdef.json` is empty: put the JSON of the definition into it.')
  expect(failure.place).toEqual({file: 'taskdef.json'})
})

test('a file beyond 1 MiB is refused without reading it', async () => {
  await using directory = await temporaryDirectory()
  await writeFile(join(directory.path, 'taskdef.json'), ' '.repeat(1024 * 1024 + 1))
  expect((await laterFailureOf(findDefinition(undefined, directory.path, undefined))).message).toBe(
    'The task definition `taskdef.json` has 1048577 bytes, but ECS takes no more than 65536: name the file that holds the definition.'
  )
})

test('a file that is not UTF-8 is refused, as Windows PowerShell writes them', async () => {
  await using directory = await temporaryDirectory()
  await writeFile(join(directory.path, 'taskdef.json'), Buffer.from(`\uFEFF${TEXT}`, 'utf16le'))
  expect((await laterFailureOf(findDefinition(undefined, directory.path, undefined))).message).toBe(
    'The task definition `taskdef.json` is not UTF-8 text: save it as UTF-8.'
  )
})

test('a missing file is told with those that may have been meant', async () => {
  await using directory = await temporaryDirectory()
  await mkdir(join(directory.path, '.aws'))
  await mkdir(join(directory.path, 'deploy'))
  for (const name of ['package.json', '.aws/task-definition.json', 'deploy/Web.json', 'deploy/other.json']) {
    await writeFile(join(directory.path, name), TEXT)
  }
  expect((await laterFailureOf(findDefinition('deploy/web.jsn', directory.path, undefined))).message).toBe(
    'There is no file `deploy/web.jsn` in the workspace: correct the input `task-definition`, or check the repository out before this step; the workspace has `deploy/Web.json` and `.aws/task-definition.json`.'
  )
  expect(
    (await laterFailureOf(findDefinition('.aws\\task_definition.json', directory.path, undefined))).message
  ).toMatch(/; the workspace has `.aws\/task-definition.json`\.$/)
})

test('with nothing near, nothing is suggested', async () => {
  await using directory = await temporaryDirectory()
  expect((await laterFailureOf(findDefinition('taskdef.json', directory.path, undefined))).message).toBe(
    'There is no file `taskdef.json` in the workspace: correct the input `task-definition`, or check the repository out before this step.'
  )
})

test('what is neither a file nor a family is told', async () => {
  await using directory = await temporaryDirectory()
  await writeFile(join(directory.path, 'task-def.json'), TEXT)
  expect((await laterFailureOf(findDefinition('web:latest', directory.path, undefined))).message).toBe(
    'The input `task-definition` is `web:latest`, which is neither a file in the workspace nor a family, `family:revision` or ARN of a task definition: correct it; the workspace has `task-def.json`.'
  )
  expect((await laterFailureOf(findDefinition('task-def.yml', directory.path, undefined))).message).toMatch(
    /^The input `task-definition` is `task-def.yml`, which is neither .* the workspace has `task-def.json`\.$/
  )
})

test('the ARN of something else is refused', async () => {
  await using directory = await temporaryDirectory()
  const arn = 'arn:aws:ecs:eu-central-1:111122223333:service/prod/web'
  expect((await laterFailureOf(findDefinition(arn, directory.path, undefined))).message).toBe(
    `The input \`task-definition\` is \`${arn}\`, which is not the ARN of a task definition: it has the form \`arn:aws:ecs:eu-central-1:111122223333:task-definition/web:41\`.`
  )
})

test('a family may be a file whose ending was forgotten', async () => {
  await using directory = await temporaryDirectory()
  await writeFile(join(directory.path, 'Task_Definition.json'), TEXT)
  await writeFile(join(directory.path, 'ecs-params.json'), TEXT)
  expect(await definitionFiles(directory.path, 'task-definition')).toEqual(['Task_Definition.json', 'ecs-params.json'])
})
