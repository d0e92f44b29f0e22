import {randomBytes} from 'node:crypto'
import {mkdir, readdir, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {describe, expect, jest, test} from '@jest/globals'
import type {StepResult} from '../../emulator/runner.ts'
import {Account} from '../release/account.ts'
import {Machine, watchCommandLines} from './machine.ts'

/** How the second of two releases fails. */
const failures = {
  'in its build': {dockerfile: 'FROM scratch\nCOPY missing /missing\n', tag: 'b-1', status: 'error'},
  'in its deployment': {dockerfile: 'FROM scratch\nCOPY message /message\n', tag: 'b-crash', status: 'rolled-back'}
} as const

const secretOf = (release: string): string => `${release}-${randomBytes(18).toString('hex')}`
const secretKey = randomBytes(30).toString('base64')
const buildSecrets = {a: secretOf('a'), b: secretOf('b')}

const buildsWith = (secret: string, {buildsWithSecrets}: Machine): Record<string, string> =>
  buildsWithSecrets ? {'build-secrets': `TOKEN=${secret}`} : {}

/** Several releases one after the other, two of which may wait for each other. */
jest.setTimeout(180_000)

/** An account with two services whose images are in one repository. */
async function open(): Promise<Account> {
  const account = await Account.open()
  await account.service({serviceName: 'worker'})
  account.advance(600)
  account.aws.emulator.credentials.addUser('AKIAIOSFODNN7MACHINE', 'machine')
  return account
}

/** A checked-out repository of its own. */
async function checkOut(account: Account, service: string, dockerfile: string): Promise<string> {
  const workspace = join(account.workspace, service)
  await mkdir(workspace)
  const files = {
    Dockerfile: dockerfile,
    message: service,
    'task-definition.json': JSON.stringify(account.definition('v1', {family: service}))
  }
  for (const [name, content] of Object.entries(files)) await writeFile(join(workspace, name), content)
  return workspace
}

/** Releases `web`, which succeeds, with the job's OIDC token. */
async function releaseA(account: Account, machine: Machine): Promise<StepResult> {
  const {emulator} = account.aws
  const role = emulator.roles.create({name: 'release-a', trustsGithub: {subjects: ['repo:octo-org/web:*']}})
  const workspace = await checkOut(account, 'web', 'FROM scratch\nCOPY message /message\n')
  return account.release(
    {image: '', 'image-tag': 'a-1', 'role-to-assume': role, ...buildsWith(buildSecrets.a, machine)},
    {
      workspace,
      runId: '1',
      env: {
        ...machine.env('a'),
        AWS_ACCESS_KEY_ID: undefined,
        AWS_SECRET_ACCESS_KEY: undefined,
        ACTIONS_ID_TOKEN_REQUEST_URL: `${emulator.url}/_github/token?repository=octo-org/web`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: emulator.github.requestToken
      }
    }
  )
}

/** Releases `worker`, which fails, with keys. */
async function releaseB(
  account: Account,
  machine: Machine,
  {dockerfile, tag}: {readonly dockerfile: string; readonly tag: string}
): Promise<StepResult> {
  const workspace = await checkOut(account, 'worker', dockerfile)
  return account.release(
    {image: '', service: 'worker', 'image-tag': tag, ...buildsWith(buildSecrets.b, machine)},
    {
      workspace,
      runId: '2',
      env: {...machine.env('b'), AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7MACHINE', AWS_SECRET_ACCESS_KEY: secretKey}
    }
  )
}

/** What a release came to, as far as it does not depend on the account's port, the time and what BuildKit calls its files. */
function resultOf(account: Account, {exitCode, postExitCode, orphans, annotations, outputs}: StepResult): object {
  const {status, 'image-tag': tag, 'task-definition': definition} = outputs
  const said = annotations.map(({message}) =>
    message.replaceAll(account.host, 'HOST').replace(/\bof ref [a-z0-9:]+: /, 'of ref REF: ')
  )
  return {exitCode, postExitCode, orphans, said, status, tag, definition, hasDigest: 'image-digest' in outputs}
}

async function alone(release: (account: Account, machine: Machine) => Promise<StepResult>): Promise<object> {
  await using account = await open()
  await using machine = await Machine.open(1)
  return resultOf(account, await release(account, machine))
}

/** A secret as it is, and as programs write it. */
function forms(secret: string): string[] {
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString('hex'), ...base64Forms(secret)]
}

/** What is the same in base64, whatever stands before and after the secret: up to two bytes before it shift all the rest. */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].flatMap(shift => {
    const bytes = Buffer.from('x'.repeat(shift) + secret)
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3))
    const touched = shift === 0 ? 0 : shift + 1
    return (['base64', 'base64url'] as const).map(encoding => whole.toString(encoding).slice(touched))
  })
}

/** All that a step shows or hands on; the runner alone reads what is to be masked. */
function shown({lines, outputs, state, summary, exported}: StepResult): string {
  const log = lines.filter(line => !line.startsWith('::add-mask::'))
  return JSON.stringify([log, outputs, state, summary, exported])
}

/** Where the argument lists of all processes can be read. */
const onLinux = process.platform === 'linux' ? test : test.skip

describe('two releases at once on one machine', () => {
  onLinux.each(Object.entries(failures))('one fails %s', async (_, failure) => {
    await using account = await open()
    await using machine = await Machine.open(2)
    let steps: StepResult[] = []
    const commandLines = await watchCommandLines(async () => {
      steps = await Promise.all([releaseA(account, machine), releaseB(account, machine, failure)])
    })
    const [a, b] = steps as [StepResult, StepResult]

    // Each is what it would have been alone.
    expect(a.outputs['status']).toBe('deployed')
    expect(b.outputs['status']).toBe(failure.status)
    expect(resultOf(account, a)).toEqual(await alone(releaseA))
    expect(resultOf(account, b)).toEqual(await alone((...where) => releaseB(...where, failure)))
    expect((await account.described()).taskDefinition).toMatch(/\/web:2$/)

    // Each has a login of its own beside the user's, and the user's own are as they were.
    for (const [release, own, other] of [['a', a, b] as const, ['b', b, a] as const]) {
      const configs = (await machine.configs(release)).map(
        config => JSON.parse(config) as {auths: Record<string, {auth: string}>}
      )
      const tokens = new Set(configs.flatMap(({auths}) => auths[account.host]?.auth ?? []))
      expect(tokens.size).toBe(1)
      for (const token of tokens) {
        expect(own.masks).toContain(token)
        expect(other.masks).not.toContain(token)
      }
      expect(configs.every(({auths}) => auths['registry.example.com'] !== undefined)).toBe(true)
    }
    expect(await machine.hasOwnConfig()).toBe(true)

    // Of the one: the OIDC token, two parts of the session, two of the login to ECR. Of the other: the login.
    const ofBuild = machine.buildsWithSecrets ? 1 : 0
    expect([new Set(a.masks).size, new Set(b.masks).size]).toEqual([5 + ofBuild, 2 + ofBuild])
    const secrets = [...new Set([...a.masks, ...b.masks, ...Object.values(buildSecrets), secretKey])].flatMap(forms)
    const leaksIn = (text: string): string[] => secrets.filter(secret => text.includes(secret))
    const calls = [...(await machine.calls('a')), ...(await machine.calls('b'))]
    expect(calls.filter(call => /^(buildx )?build /.test(call))).toHaveLength(2)
    expect(commandLines.join('\n')).toMatch(/dist\/index\.js[^]*docker(-buildx)? (buildx )?build /)
    expect(leaksIn([...calls, ...commandLines].join('\n'))).toEqual([])
    expect(leaksIn(shown(a) + shown(b))).toEqual([])

    // Nothing is left.
    expect(await readdir(machine.temp)).toEqual([])
    expect(await machine.filesWith(secrets)).toEqual([])
  })
})
