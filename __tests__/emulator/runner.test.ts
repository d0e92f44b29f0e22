import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from '@jest/globals'
import {jobOutputs, runJob, runStep, type StepOptions, type StepResult} from '../../emulator/runner.ts'
import {commandIn} from '../../emulator/runner/commands.ts'
import {readNamedValues} from '../../emulator/runner/files.ts'

let action: string

beforeEach(async () => {
  action = await mkdtemp(join(tmpdir(), 'action-'))
})

afterEach(async () => {
  await rm(action, {recursive: true})
})

/** Runs a step of an action whose `main` and `post` are given as source text. */
async function run(
  main: string,
  options: Partial<StepOptions> & {post?: string; inputs?: Record<string, string>} = {}
): Promise<StepResult> {
  const {post, ...rest} = options
  const declared =
    'inputs: {name: {default: Ada}, flag: {default: true}, matrix: {default: "${{ toJSON(matrix) }}"}, empty: {}}'
  const runs = `runs: {using: node24, main: main.mjs${post === undefined ? '' : ', post: post.mjs'}}`
  await writeFile(join(action, 'action.yml'), `${declared}\n${runs}\n`)
  await writeFile(join(action, 'main.mjs'), main)
  if (post !== undefined) await writeFile(join(action, 'post.mjs'), post)
  return runStep({action, workspace: action, ...rest})
}

const printEnv = (...names: string[]): string =>
  `for (const name of ${JSON.stringify(names)}) console.log(name + '=' + process.env[name])`

describe('what a step gets', () => {
  test('its inputs, with defaults from action.yml', async () => {
    const {log} = await run(printEnv('INPUT_NAME', 'INPUT_FLAG', 'INPUT_MATRIX', 'INPUT_EMPTY'), {
      inputs: {name: 'Grace'}
    })
    expect(log).toBe('INPUT_NAME=Grace\nINPUT_FLAG=true\nINPUT_MATRIX=null\nINPUT_EMPTY=')
  })

  test('the matrix as the runner writes it', async () => {
    const {log} = await run(printEnv('INPUT_MATRIX'), {matrix: {service: 'web'}})
    expect(log).toBe('INPUT_MATRIX={\n  "service": "web"\n}')
  })

  test('inputs that are not declared, with a warning', async () => {
    const {annotations, lines} = await run(printEnv('INPUT_COLOUR'), {inputs: {colour: 'red'}})
    expect(annotations).toEqual([
      {
        level: 'warning',
        message: "Unexpected input(s) 'colour', valid inputs are ['name', 'flag', 'matrix', 'empty']",
        properties: {}
      }
    ])
    expect(lines).toContain('INPUT_COLOUR=red')
  })

  test('the run, the workspace and a home of its own', async () => {
    const {log} = await run(
      `${printEnv('GITHUB_REF_NAME', 'GITHUB_REF_TYPE', 'GITHUB_RUN_ATTEMPT', 'NODE_OPTIONS')}
       import {readFileSync} from 'node:fs'
       import {homedir} from 'node:os'
       console.log(JSON.parse(readFileSync(process.env.GITHUB_EVENT_PATH)).ref, process.cwd() === process.env.GITHUB_WORKSPACE)
       console.log(homedir() === process.env.HOME)`,
      {ref: 'refs/heads/feature/login', attempt: 2}
    )
    expect(log.split('\n')).toEqual([
      'GITHUB_REF_NAME=feature/login',
      'GITHUB_REF_TYPE=branch',
      'GITHUB_RUN_ATTEMPT=2',
      'NODE_OPTIONS=undefined',
      'refs/heads/feature/login true',
      'true'
    ])
  })

  test('modules loaded before it', async () => {
    await writeFile(join(action, 'before.mjs'), 'globalThis.before = "loaded"')
    const {log} = await run('console.log(globalThis.before)', {preload: [join(action, 'before.mjs')]})
    expect(log).toBe('loaded')
  })
})

describe('what a step leaves behind', () => {
  test('outputs, state for post, a summary, exports', async () => {
    const result = await run(
      `import {appendFileSync} from 'node:fs'
       const {GITHUB_OUTPUT, GITHUB_STATE, GITHUB_ENV, GITHUB_PATH, GITHUB_STEP_SUMMARY} = process.env
       appendFileSync(GITHUB_OUTPUT, 'image=web:1\\nresult<<END\\n{\\n}\\nEND\\n')
       appendFileSync(GITHUB_STATE, 'isPost=true\\n')
       appendFileSync(GITHUB_ENV, 'LEAKED=yes\\n')
       appendFileSync(GITHUB_PATH, '/opt/tool\\n')
       appendFileSync(GITHUB_STEP_SUMMARY, '# Done\\n')
       process.exitCode = 3`,
      {post: printEnv('STATE_isPost', 'INPUT_NAME')}
    )
    expect(result).toMatchObject({
      exitCode: 3,
      postExitCode: 0,
      outputs: {image: 'web:1', result: '{\n}'},
      state: {isPost: 'true'},
      summary: '# Done\n',
      exported: {env: {LEAKED: 'yes'}, path: ['/opt/tool']},
      log: 'STATE_isPost=true\nINPUT_NAME=Ada',
      leftovers: [],
      orphans: false
    })
  })

  test('files that it forgot', async () => {
    const {leftovers} = await run(`
      import {mkdirSync, writeFileSync} from 'node:fs'
      import {homedir, tmpdir} from 'node:os'
      mkdirSync(homedir() + '/.docker')
      writeFileSync(homedir() + '/.docker/config.json', '{}')
      writeFileSync(process.env.RUNNER_TEMP + '/secret', '')
      writeFileSync(tmpdir() + '/iid', '')`)
    expect(leftovers.map(path => path.replaceAll('\\', '/'))).toEqual([
      'home/.docker/config.json',
      'work/_temp/secret',
      'tmp/iid'
    ])
  })

  test('a malformed output, which fails it', async () => {
    const main = `import {appendFileSync} from 'node:fs'; appendFileSync(process.env.GITHUB_OUTPUT, 'image<<END\\nweb:1\\n')`
    await expect(run(main)).rejects.toThrow("Invalid value. Matching delimiter not found 'END'")
  })
})

describe('what a user sees', () => {
  test('annotations, groups and starred secrets, line by line', async () => {
    const seen: string[] = []
    const {log, annotations, masks} = await run(
      String.raw`console.log('::add-mask::hunter2\n::group::Build\nlogging in with hunter2\n::endgroup::')
       console.log('::error title=Release failed,file=a%2Cb.json,line=3::no such%0Aservice\n::debug::hidden')`,
      {onLine: line => seen.push(line)}
    )
    expect(log).toBe('▼ Build\nlogging in with ***\nError: no such\nservice')
    expect(seen.join('\n')).toBe(log)
    expect(masks).toEqual(['hunter2'])
    expect(annotations).toEqual([
      {level: 'error', message: 'no such\nservice', properties: {title: 'Release failed', file: 'a,b.json', line: '3'}}
    ])
  })

  test('standard error too, and lines that end in a carriage return', async () => {
    const {lines, annotations} = await run(String.raw`process.stderr.write('50 %\r::warning::full\r\nlast')`)
    expect(lines).toEqual(['50 %', '::warning::full', 'last'])
    expect(annotations).toHaveLength(1)
  })

  test('no commands between stop-commands and its token', async () => {
    const {commands, log} = await run(
      String.raw`console.log('::stop-commands::pause7\n::error::not one\n##[error]nor this\n::pause7::\n::notice::one')`
    )
    expect(commands.map(({name}) => name)).toEqual(['stop-commands', 'notice'])
    expect(log).toBe('::error::not one\n##[error]nor this\nNotice: one')
  })
})

test('outputs with a mask in them do not leave the job, also where an earlier step made it', async () => {
  const step = await run(
    `import {appendFileSync} from 'node:fs'
     appendFileSync(process.env.GITHUB_OUTPUT, 'arn=role/111122223333/web\\nkey=hunter2\\nname=web\\n')
     console.log('::add-mask::hunter2')`,
    {masks: ['111122223333']}
  )
  expect(step.outputs).toEqual({arn: 'role/111122223333/web', key: 'hunter2', name: 'web'})
  expect(jobOutputs(step)).toEqual({name: 'web'})
})

test('the steps of a job share a disk, and clean up in the opposite order', async () => {
  const main = `
    import {appendFileSync, readFileSync} from 'node:fs'
    const notes = process.env.RUNNER_TEMP + '/notes'
    appendFileSync(notes, process.env.GITHUB_ACTION + ' ')
    appendFileSync(process.env.GITHUB_STATE, 'own=' + process.env.GITHUB_ACTION + '\\n')
    console.log(readFileSync(notes, 'utf8').trim())`
  const post = main.replace("process.env.GITHUB_ACTION + ' '", "'after:' + process.env.STATE_own + ' '")
  await run(main, {post})
  const steps = await runJob(['one', 'two'].map(step => ({action, workspace: action, step})))
  expect(steps.map(({log}) => log.split('\n'))).toEqual([
    ['one', 'one two after:two after:one'],
    ['one two', 'one two after:two']
  ])
})

describe('a cancelled step', () => {
  test('gets SIGINT, alone, and post runs', async () => {
    const cancel = new AbortController()
    const result = await run(
      `import {spawn} from 'node:child_process'
       const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {stdio: 'ignore'})
       process.on('SIGINT', () => { console.log('cancelled; child ' + (child.exitCode ?? 'runs')); child.unref(); clearInterval(timer); process.exitCode = 1 })
       const timer = setInterval(() => {}, 1000)
       console.log('ready')`,
      {
        post: 'console.log("post")',
        cancel: cancel.signal,
        onLine: line => {
          if (line === 'ready') cancel.abort()
        }
      }
    )
    expect(result).toMatchObject({exitCode: 1, log: 'ready\ncancelled; child runs\npost', orphans: true})
  })

  test('that does not stop gets SIGTERM after 7.5 s', async () => {
    const cancel = new AbortController()
    const {exitCode, log} = await run(
      `process.on('SIGINT', () => { console.log('deaf') })
       setInterval(() => {}, 1000)
       console.log('ready')`,
      {
        cancel: cancel.signal,
        onLine: line => {
          if (line === 'ready') cancel.abort()
        }
      }
    )
    expect({exitCode, log}).toEqual({exitCode: null, log: 'ready\ndeaf'})
  }, 15_000)
})

describe('commands', () => {
  test.each([
    ['::error::x', 'error'],
    ['  \t::warning title=a::x', 'warning'],
    ['text ##[group]x', 'group'],
    ['##[ERROR]x', 'error'],
    ['::add-mask::', 'add-mask']
  ])('%j is one', (line, name) => {
    expect(commandIn(line)?.name).toBe(name)
  })

  test.each(['text ::error::x', '::unknown::x', '::error x', '##[unknown]x', '\u200B::error::x', '##\u200B[error]x'])(
    '%j is none',
    line => {
      expect(commandIn(line)).toBeUndefined()
    }
  )
})

test.each([
  ['a=1\nb=x=y\n', {a: '1', b: 'x=y'}],
  ['a<<E\n1\n\n2\nE\nb=\n', {a: '1\n\n2', b: ''}],
  ['a=<<E\n', {a: '<<E'}]
])('named values of %j', (text, values) => {
  expect(readNamedValues(text)).toEqual(values)
})

test.each(['just text', '=1', '<<E', 'a<<'])('named values refuse %j', text => {
  expect(() => readNamedValues(text)).toThrow(`Invalid format '${text}'`)
})
