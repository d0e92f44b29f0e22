import {RegisterTaskDefinitionCommand, UpdateServiceCommand} from '@aws-sdk/client-ecs'
import {describe, expect, test} from '@jest/globals'
import {readFileSync} from 'node:fs'
import {jobToken} from '../../emulator/github/comments.ts'
import type {StepResult} from '../../emulator/runner.ts'
import {Account} from './account.ts'

const NUMBER = 12
const BOT = 'github-actions[bot]'

/** The step on a pull request, as a plan. */
function planOf(
  account: Account,
  inputs: Record<string, string> = {},
  env: Record<string, string> = {}
): Promise<StepResult> {
  const head = {sha: 'c'.repeat(40)}
  return account.release(
    {plan: 'true', ...inputs},
    {
      event: {name: 'pull_request', payload: {pull_request: {number: NUMBER, head}}},
      ref: `refs/pull/${NUMBER}/merge`,
      env: {GITHUB_API_URL: `${account.aws.emulator.url}/_github/api`, ...env}
    }
  )
}

/** An account whose jobs may write to pull requests, unless `pullRequests` says otherwise. */
async function open(pullRequests: 'read' | 'write' = 'write'): Promise<Account> {
  const account = await Account.open()
  account.aws.emulator.comments.holders.set(jobToken, {login: BOT, pullRequests})
  const environment = [
    {name: 'LOG_LEVEL', value: 'debug'},
    {name: 'DATABASE_URL', value: 'postgres://web:hunter2@db/web'}
  ]
  await account.file('task-definition.json', account.definition('v1', {cpu: '512', memory: '1024'}, {environment}))
  return account
}

describe('a plan', () => {
  test('tells what changes and how the service rolls, in log and summary, and changes nothing', async () => {
    await using account = await open()
    const step = await account.release({plan: 'true'})
    expect(step).toMatchObject({exitCode: 0, outputs: {status: 'planned'}})
    expect(account.changes()).toEqual([])
    for (const text of [step.log, step.summary]) {
      expect(text).toContain('Planned: 5 changes to web in prod. Nothing was released.')
      expect(text).toContain('Starts 2 new tasks: 2 new, 2 old.')
      expect(text).toContain(
        'At most 4 tasks at a time of 512 CPU units and 1,024 MiB each; at least 2 carry the service.'
      )
      expect(text).not.toContain('hunter2')
    }
    expect(step.log).toContain('  cpu: 256 → 512')
    expect(step.log).toContain('  containerDefinitions[app].environment[DATABASE_URL]: (not set) → (hidden)')
    expect(step.log).toContain('  containerDefinitions[app].environment[LOG_LEVEL]: (not set) → debug')
    expect(step.summary).toContain('| <code>cpu</code> | <code>256</code> | <code>512</code> |')
  })

  test('of what the service runs already', async () => {
    await using account = await Account.open()
    await account.release()
    const step = await account.release({plan: 'true'})
    expect(step).toMatchObject({exitCode: 0, outputs: {status: 'planned'}})
    expect(step.log).toContain('Nothing changes in the task definition.')
    expect(step.log).toContain('Nothing is started: the service runs this already.')
  })

  test('of a release that would fail is red, and still tells what would change', async () => {
    await using account = await open()
    await account.file('task-definition.json', account.definition('v1', {cpu: '300'}))
    const step = await planOf(account)
    expect(step).toMatchObject({exitCode: 1, outputs: {status: 'error'}})
    expect(account.changes().filter(name => !name.includes('_github'))).toEqual([])
    expect(step.summary).toContain('| <code>cpu</code> | <code>256</code> | <code>300</code> |')
    expect(account.aws.emulator.comments.all.map(({body}) => body.includes('❌'))).toEqual([true])
  })
})

test('nothing is found in the task definition that the README shows', async () => {
  await using account = await Account.open()
  const [, json = ''] = /```json\n(\{\n {2}"family".*?\n\})\n```/s.exec(readFileSync('README.md', 'utf8')) ?? []
  await account.file('task-definition.json', json)
  expect(await account.release({plan: 'true'})).toMatchObject({annotations: [], outputs: {status: 'planned'}})
})

test('the same difference stands in the summary of a release', async () => {
  await using account = await open()
  const step = await account.release()
  expect(step.outputs['status']).toBe('deployed')
  expect(step.summary).toContain('Changes in the task definition of web (5)')
  expect(step.summary).toContain('| <code>cpu</code> | <code>256</code> | <code>512</code> |')
  expect(step.summary).not.toContain('hunter2')
})

test('what was changed elsewhere since the last release and is undone by this one is told', async () => {
  await using account = await open()
  await account.release()
  const running = await account.revision('web:2')
  await account.client.send(new RegisterTaskDefinitionCommand({...running, cpu: '1024', memory: '2048'} as never))
  await account.client.send(new UpdateServiceCommand({cluster: 'prod', service: 'web', taskDefinition: 'web:3'}))
  account.advance(600)
  account.forget()
  const step = await account.release({plan: 'true'})
  const told = step.annotations.filter(({message}) => message.startsWith('The revision'))
  expect(told.map(({level}) => level)).toEqual(['warning'])
  expect(told[0]?.message).toMatch(
    /^The revision web:3, which web runs, was registered elsewhere .* since web:2 of commit 6dcb09b: `cpu` \(1024 → 512\) and `memory` \(2048 → 1024\)/
  )
})

describe('on a pull request', () => {
  test('one comment is kept up to date', async () => {
    await using account = await open()
    const {comments} = account.aws.emulator
    const first = await planOf(account)
    expect(comments.all).toMatchObject([{pullRequest: NUMBER, login: BOT}])
    expect(comments.all[0]?.body).toContain('Planned: 5 changes to web in prod.')
    expect(first.log).toContain('comment on the pull request: https://github.com/octo-org/web/pull/12#issuecomment-')

    await account.file('task-definition.json', account.definition('v1', {cpu: '1024', memory: '2048'}))
    const second = await planOf(account)
    expect(second.exitCode).toBe(0)
    expect(comments.all).toHaveLength(1)
    expect(comments.all[0]?.body).toContain('| <code>cpu</code> | <code>256</code> | <code>1024</code> |')
    expect([...first.lines, ...second.lines].join('\n')).not.toContain(jobToken)
  })

  test('each step that plans has its own', async () => {
    await using account = await open()
    await planOf(account)
    await planOf(account, {
      'force-new-deployment': 'true',
      'aws-region': '',
      cluster: 'arn:aws:ecs:eu-central-1:111122223333:cluster/prod'
    })
    expect(account.aws.emulator.comments.all).toHaveLength(2)
  })

  test('comments of others stay as they are, also those that look like it, among many', async () => {
    await using account = await open()
    const {comments} = account.aws.emulator
    await planOf(account)
    const [own] = comments.all
    const body = own?.body ?? ''
    const marker = body.split('\n')[0] ?? ''
    comments.all.splice(0)
    const at = {repository: 'octo-org/web', pullRequest: NUMBER}
    for (let number = 0; number < 150; number += 1) comments.add({...at, login: 'octocat', body: `No. ${number}`})
    const forged = comments.add({...at, login: 'mallory', body: `${marker}\nforged`})
    const quoted = comments.add({...at, login: BOT, body: `Another action quotes ${marker}`})
    const mine = comments.add({...at, login: BOT, body: `${marker}\nold`})
    await planOf(account)
    expect([forged.body, quoted.body, comments.all.length]).toEqual([
      `${marker}\nforged`,
      `Another action quotes ${marker}`,
      153
    ])
    expect(mine.body).toBe(body)
  })

  test.each([
    [
      'the token may only read',
      'read',
      {},
      /the token may not write one; give the job `permissions: pull-requests: write`/
    ],
    ['GitHub cannot be reached', 'write', {GITHUB_API_URL: 'http://127.0.0.1:1'}, /no comment on the pull request: /]
  ] as const)('a comment that cannot be written fails nothing: %s', async (_, pullRequests, env, line) => {
    await using account = await open(pullRequests)
    const step = await planOf(account, {}, env)
    expect(step).toMatchObject({exitCode: 0, outputs: {status: 'planned'}})
    expect(step.log).toMatch(line)
    expect(account.aws.emulator.comments.all).toEqual([])
  })

  test('without a token, or without a plan, GitHub is not asked', async () => {
    await using account = await open()
    await planOf(account, {'github-token': ''})
    await planOf(account, {plan: 'false'})
    expect(account.requests().filter(({service}) => service === 'github')).toEqual([])
  })

  test('text from elsewhere tells nobody and stays text', async () => {
    await using account = await open()
    const links = ['@octocat', '#1', 'GH-1']
    await account.file(
      'task-definition.json',
      account.definition('v1', {tags: links.map(key => ({key, value: '<img src=x>'}))})
    )
    await planOf(account)
    const {body = ''} = account.aws.emulator.comments.all[0] ?? {}
    expect(body).toContain('&#64;\u200Boctocat')
    expect(body).toContain('&lt;img src=x&gt;')
    expect(body).not.toMatch(/@octocat|#1\b(?!;)|GH-1|<img/)
  })

  test('a comment that would be too long leaves out what is too much', async () => {
    await using account = await open()
    const environment = Array.from({length: 300}, (_, index) => ({name: `${'@'.repeat(100)}${index}`, value: '1'}))
    await account.file('task-definition.json', account.definition('v1', {}, {environment}))
    const step = await planOf(account)
    expect(step.log).toContain('comment on the pull request: ')
    const {body = ''} = account.aws.emulator.comments.all[0] ?? {}
    expect(body).toContain('Something is left out')
    expect(body.length).toBeLessThan(65_536)
  })
})
