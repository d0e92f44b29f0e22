import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {mkdir, readdir} from 'node:fs/promises'
import {join, resolve} from 'node:path'
import {describe, expect, test} from '@jest/globals'
import {jobOutputs, runJob, type StepOptions} from '../../emulator/runner.ts'
import {Account, releaser} from './account.ts'

const ISSUER = 'https://github.example.com/_services/token'
const SERVER = {
  GITHUB_SERVER_URL: 'https://github.example.com',
  GITHUB_API_URL: 'https://github.example.com/api/v3',
  GITHUB_GRAPHQL_URL: 'https://github.example.com/api/graphql'
}

/** A job on a GitHub Enterprise Server, which issues tokens of its own. */
async function serverJob({aws: {emulator}}: Account) {
  const server = createServer((request, response) => {
    const aud = new URL(request.url ?? '/', 'http://localhost').searchParams.get('audience')
    response.end(
      JSON.stringify({value: emulator.github.issue({iss: ISSUER, sub: 'repo:octo-org/web:pull_request', aud})})
    )
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  return {
    env: {
      ...SERVER,
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token?job=1`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request'
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise(closed => server.close(closed))
    }
  }
}

describe('a job on a GitHub Enterprise Server', () => {
  test('signs in with the tokens of the server, and links to it alone', async () => {
    await using account = await Account.open()
    await using job = await serverJob(account)
    account.aws.emulator.roles.providers.set(ISSUER, ['sts.amazonaws.com'])
    const role = account.role({name: 'release-web', trustsGithub: {subjects: ['repo:octo-org/web:*']}})
    const step = await account.release({'role-to-assume': role}, {env: job.env})
    expect(step.outputs['status']).toBe('deployed')
    expect(step.summary).toContain(
      '<a href="https://github.example.com/octo-org/web/commit/6dcb09b5b57875f334f61aebed695e2e4193db5e">'
    )
    expect(JSON.parse(step.outputs['result'] ?? '')).toMatchObject({
      run: 'https://github.example.com/octo-org/web/actions/runs/1658821493/attempts/1'
    })
    expect([...step.lines, step.summary, ...Object.values(step.outputs)].join('\n')).not.toMatch(
      /github\.com|githubusercontent/
    )
  })

  test('is told of the identity provider that the account has not', async () => {
    await using account = await Account.open()
    await using job = await serverJob(account)
    const role = account.role({name: 'release-web', trustsGithub: {subjects: ['repo:octo-org/web:*']}})
    const step = await account.release({'role-to-assume': role}, {env: job.env})
    expect(step.annotations.map(({message}) => message)).toEqual([
      `The account of ${role} does not accept GitHub's OIDC tokens: No OpenIDConnect provider found in your account for ${ISSUER}: add the identity provider ${ISSUER} with the audience \`sts.amazonaws.com\` to IAM.`
    ])
  })

  test('is shown a trust policy for its own tokens', async () => {
    await using account = await Account.open()
    await using job = await serverJob(account)
    account.aws.emulator.roles.providers.set(ISSUER, ['sts.amazonaws.com'])
    const role = account.role({name: 'release-web', trustsGithub: {subjects: ['repo:octo-org/other:*']}})
    const step = await account.release({'role-to-assume': role}, {env: job.env})
    expect(step.annotations).toHaveLength(1)
    for (const line of [
      '"Federated": "arn:aws:iam::111122223333:oidc-provider/github.example.com/_services/token"',
      '"github.example.com/_services/token:sub": "repo:octo-org/web:pull_request"'
    ]) {
      expect(step.log).toContain(line)
    }
  })
})

test('a masked account keeps from other jobs only what has it in it, and the step masks no account itself', async () => {
  await using account = await Account.open()
  const image = '111122223333.dkr.ecr.eu-central-1.amazonaws.com/web:v2'
  const step = await account.release({image}, {masks: ['111122223333']})
  expect(step.masks.filter(mask => mask === '111122223333')).toHaveLength(1)
  expect(step.outputs['image']).toContain(image)
  expect(step.outputs['task-definition-arn']).toBe('arn:aws:ecs:eu-central-1:111122223333:task-definition/web:2')
  expect(Object.keys(jobOutputs(step)).sort()).toEqual([
    'console-url',
    'deployment-id',
    'image-digest',
    'image-tag',
    'status',
    'task-definition'
  ])
  expect(jobOutputs(step)).toMatchObject({status: 'deployed', 'image-tag': 'v2', 'task-definition': 'web:2'})
})

/** Two steps of one job that use this action, in a temporary directory that can be looked at afterwards. */
async function twoSteps(account: Account, first: Partial<StepOptions>): Promise<{temp: string; steps: StepOptions[]}> {
  const temp = join(account.workspace, 'runner', '_temp')
  await mkdir(temp, {recursive: true})
  const options: StepOptions = {
    workspace: account.workspace,
    preload: [resolve('emulator/preload.ts')],
    inputs: {'aws-region': 'eu-central-1', cluster: 'prod', service: 'web', image: account.uri('v2')},
    env: {
      AWS_ENDPOINT_URL: account.aws.emulator.url,
      AWS_ACCESS_KEY_ID: releaser.accessKeyId,
      AWS_SECRET_ACCESS_KEY: releaser.secretAccessKey,
      ECS_EMULATOR_CLOCK: `${account.aws.emulator.url}/_emulator/clock`,
      RUNNER_TEMP: temp
    }
  }
  return {
    temp,
    steps: [
      {...options, ...first},
      {...options, step: 'release-2'}
    ]
  }
}

/** Ends the step without a word, as soon as it has made its directory. */
const DIES = `
import {readdirSync} from 'node:fs'
const look = () => {
  if (readdirSync(process.env.RUNNER_TEMP).length > 0) process.kill(process.pid, 'SIGKILL')
}
const isPost = Object.keys(process.env).some(name => name.startsWith('STATE_'))
if (!isPost) setInterval(look, 1).unref()`

const onUnix = process.platform === 'win32' ? test.skip : test

onUnix('of two steps in one job each removes what is its own, also after it was killed', async () => {
  await using account = await Account.open()
  await account.file('dies.mjs', DIES)
  const preload = [join(account.workspace, 'dies.mjs'), resolve('emulator/preload.ts')]
  const {temp, steps} = await twoSteps(account, {preload})
  const [killed, released] = await runJob(steps)
  expect(killed).toMatchObject({exitCode: null, postExitCode: 0})
  expect(released).toMatchObject({exitCode: 0, postExitCode: 0, outputs: {status: 'deployed'}})
  const directories = [killed, released].map(step => step?.state['private-directory'] ?? '')
  expect(new Set(directories).size).toBe(2)
  expect(directories.every(directory => directory.startsWith(join(temp, 'ecs-release-')))).toBe(true)
  expect(await readdir(temp)).toEqual([])
})

test('a runner without Docker, or any other program, releases an image that exists, and is told so where it cannot build', async () => {
  await using account = await Account.open()
  const env = {PATH: join(account.workspace, 'no-programs')}
  const step = await account.release({}, {env})
  expect(step).toMatchObject({exitCode: 0, outputs: {status: 'deployed'}})
  await account.file('Dockerfile', 'FROM scratch\n')
  const building = await account.release({image: ''}, {env})
  expect(building.annotations).toHaveLength(1)
  expect(building.annotations[0]?.message).toMatch(/release an image that exists already with the input `image`\.$/)
})

test('a job without a home directory', async () => {
  await using account = await Account.open()
  const step = await account.release({}, {env: {HOME: undefined, USERPROFILE: undefined}})
  expect(step).toMatchObject({exitCode: 0, outputs: {status: 'deployed'}})
})

test.each([
  [
    'no temporary directory',
    undefined,
    'The environment variable RUNNER_TEMP is not set: this action runs in a job of GitHub Actions.'
  ],
  [
    'one that is not there',
    'missing',
    /^The runner's system refused something the release needs \(ENOENT: no such file or directory, mkdir /
  ]
])('a runner with %s', async (_name, directory, message) => {
  await using account = await Account.open()
  const RUNNER_TEMP = directory && join(account.workspace, directory)
  const step = await account.release({}, {env: {RUNNER_TEMP}})
  expect(step.annotations.map(annotation => annotation.message)).toEqual([
    typeof message === 'string' ? message : expect.stringMatching(message)
  ])
  expect(account.requests()).toEqual([])
})
