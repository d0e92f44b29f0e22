import {copyFile} from 'node:fs/promises'
import {createHash} from 'node:crypto'
import {join} from 'node:path'
import type {StepResult} from '../../emulator/runner.ts'
import {Account} from '../release/account.ts'
import type {Calls, Runner} from './builder-runner.ts'
import {type ServedImage, servedImage} from './served-image.ts'

export const SECRET = 'correct horse battery staple'
/** What must be found in the image, so that looking for the secret there is worth something. */
export const MESSAGE = 'a message for every builder'

/** A run of the step, and how it called the builder. */
export interface Run {
  readonly step: StepResult
  readonly calls: Calls
  /** Requests that changed something in the registry or in ECS. */
  readonly changes: readonly string[]
}

/** What became of a repository that was released and released again. */
export interface Releases {
  readonly first: Run
  readonly again: Run
  /** A run with a secret, where the builder cannot have one. */
  readonly refused: Run | undefined
  readonly served: ServedImage
  /** Files of the home directory, before and after. */
  readonly home: readonly [before: Record<string, string>, after: Record<string, string>]
}

export interface Wanted {
  readonly inputs?: Readonly<Record<string, string>>
  /** Whether the Dockerfile mounts a secret, or its builder is to refuse one; neither where there is no program to run. */
  readonly secret: 'mounted' | 'refused' | undefined
  /** A program for the image. */
  readonly busybox: string | undefined
}

/** Releases a repository twice, the second time as a re-run of the first. */
export async function releaseTwice(runner: Runner, wanted: Wanted): Promise<Releases> {
  const {secret} = wanted
  await using account = await openRepository(wanted)
  const run = (attempt: number, withSecret: boolean): Promise<Run> =>
    release(account, runner, wanted, withSecret ? {'build-secrets': `TOKEN=${SECRET}`} : {}, {attempt})
  const before = runner.files()
  const refused = secret === 'refused' ? await run(1, true) : undefined
  const first = await run(1, secret === 'mounted')
  const again = await run(2, secret === 'mounted')
  return {
    first,
    again,
    refused,
    served: await servedImage(account, first.step.outputs['image-tag'] ?? ''),
    home: [before, runner.files()]
  }
}

/** Runs the step once. */
export async function release(
  account: Account,
  runner: Runner,
  {inputs, busybox}: Wanted,
  more: Readonly<Record<string, string>>,
  options: {readonly attempt?: number; readonly runId?: string}
): Promise<Run> {
  account.forget()
  // The private engines have no network for containers.
  const network: Record<string, string> = busybox === undefined ? {} : {network: 'none'}
  const step = await account.release({image: '', ...network, ...inputs, ...more}, {...options, env: runner.env})
  return {step, calls: await runner.calls(), changes: account.changes()}
}

/** An account and a repository with something to build. */
export async function openRepository({secret, busybox}: Wanted): Promise<Account> {
  const account = await Account.open()
  await writeRepository(account, secret, busybox)
  return account
}

async function writeRepository(account: Account, secret: Wanted['secret'], busybox: string | undefined): Promise<void> {
  await account.file('task-definition.json', account.definition('v1'))
  await account.file('message', MESSAGE)
  const lines = ['FROM scratch', 'COPY message /message']
  if (busybox !== undefined) {
    await copyFile(busybox, join(account.workspace, 'busybox'))
    lines.push('COPY busybox /bin/busybox', `RUN ${runOf(secret)}`)
  }
  await account.file('Dockerfile', `${lines.join('\n')}\n`)
}

/** Fails the build unless the secret is what was given, without naming it. */
function runOf(secret: Wanted['secret']): string {
  const mount = secret === 'mounted' ? '--mount=type=secret,id=TOKEN ' : ''
  const digest = createHash('sha256').update(SECRET).digest('hex')
  const check = `echo '${digest}  /run/secrets/TOKEN' | /bin/busybox sha256sum -c`
  const script = secret === 'mounted' ? check : '/bin/busybox true'
  return mount + JSON.stringify(['/bin/busybox', 'sh', '-c', script])
}
