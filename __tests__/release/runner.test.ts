import {expect, test} from '@jest/globals'
import {createServer, request as forward, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {chmod} from 'node:fs/promises'
import {delimiter, join} from 'node:path'
import mermaid from 'mermaid'
import {Account} from './account.ts'

/** Cancels the job when a line of the log has this text. */
function cancelAt(text: string): {cancel: AbortSignal; onLine: (line: string) => void} {
  const controller = new AbortController()
  return {
    cancel: controller.signal,
    onLine: line => {
      if (line.includes(text)) controller.abort()
    }
  }
}

test('a cancelled job says what ECS goes on with, and still writes outputs and summary', async () => {
  await using account = await Account.open()
  const step = await account.release({}, cancelAt('has started 2 tasks'))
  expect(step.annotations.map(({message}) => message)).toEqual([
    'Cancelled: ECS goes on deploying web:2 to web in prod.'
  ])
  expect(step.outputs).toMatchObject({status: 'cancelled', 'task-definition': 'web:2'})
  expect(JSON.parse(step.outputs['result'] ?? '')).toMatchObject({status: 'cancelled'})
  expect(step.summary).toContain('Cancelled: ECS goes on deploying web:2 to web in prod.')
  expect(step).toMatchObject({exitCode: 1, leftovers: [], orphans: false})
})

test('a job that is cancelled before the update leaves production alone', async () => {
  await using account = await Account.open()
  const step = await account.release({}, cancelAt('service web in prod'))
  expect(step.annotations.map(({message, properties}) => [properties['title'], message])).toEqual([
    ['Release cancelled', 'The job was cancelled before any service was updated: production runs what it ran before.']
  ])
  expect(step).toMatchObject({exitCode: 1, outputs: {status: 'cancelled'}})
  expect(account.changes()).not.toContain('UpdateService')
})

const onUnix = process.platform === 'win32' ? test.skip : test

onUnix('a cancelled job does not wait for a Docker that hangs', async () => {
  await using account = await Account.open()
  await account.file('Dockerfile', 'FROM scratch\n')
  await account.file('bin/docker', '#!/bin/sh\necho asked >&2\nsleep 60\n')
  await chmod(join(account.workspace, 'bin', 'docker'), 0o755)
  const PATH = [join(account.workspace, 'bin'), process.env['PATH']].join(delimiter)
  const controller = new AbortController()
  const asked = setInterval(() => {
    if (account.requests().some(({operation}) => operation === 'DescribeRepositories')) controller.abort()
  }, 20)
  const started = performance.now()
  const step = await account.release({image: ''}, {cancel: controller.signal, env: {PATH}})
  clearInterval(asked)
  expect(performance.now() - started).toBeLessThan(9000)
  expect(step).toMatchObject({exitCode: 1, outputs: {status: 'cancelled'}})
  expect(step.summary).toContain('The job was cancelled')
})

test('a failure at the inputs still tells which commit it was about', async () => {
  await using account = await Account.open()
  const step = await account.release({'no-cache': 'perhaps'})
  expect(step.annotations.map(({properties}) => properties['title'])).toEqual(['Nothing was released'])
  expect(step.summary).toContain('6dcb09b')
  expect(step.summary).toContain('<th align="left">Time</th>')
})

test('the summary draws the course of the release', async () => {
  await using account = await Account.open()
  const {summary} = await account.release()
  const [, chart = ''] = /^```mermaid\n([\s\S]*?)\n```$/m.exec(summary) ?? []
  expect(await mermaid.parse(chart)).toMatchObject({diagramType: 'gantt'})
  const bars = [...chart.matchAll(/^ {2}([A-Z][a-z ]+) \d.* :/gm)].map(([, name]) => name)
  expect(bars).toEqual(['Check', 'Image', 'Register', 'Place', 'Start', 'Become healthy', 'Drain'])
})

test('requests go through the proxy of the runner, but for the hosts it excepts', async () => {
  await using account = await Account.open()
  await using proxy = await startProxy()
  const {host} = account
  const through = await account.release({}, {env: {HTTP_PROXY: proxy.url}})
  expect(through.outputs['status']).toBe('deployed')
  expect(proxy.hosts).toContain(host)

  proxy.hosts.clear()
  const past = await account.release({}, {env: {HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1'}})
  expect(past.exitCode).toBe(0)
  expect([...proxy.hosts]).toEqual([])
})

interface Proxy extends AsyncDisposable {
  readonly url: string
  /** The hosts that requests went to. */
  readonly hosts: Set<string>
}

async function startProxy(): Promise<Proxy> {
  const hosts = new Set<string>()
  const server: Server = createServer((request, response) => {
    const {host, pathname, search} = new URL(request.url ?? '')
    hosts.add(host)
    const {method, headers} = request
    const onward = forward({...address(host), path: pathname + search, method, headers})
    onward.on('response', answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hosts,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
  }
}

function address(host: string): {host: string; port: string} {
  const [name = '', port = '80'] = host.split(':')
  return {host: name, port}
}
