import http from 'node:http'
import {afterAll, beforeAll, describe, expect, test} from '@jest/globals'
import {agents} from '../../src/aws/http.ts'
import type {Environment} from '../../src/workflow/event.ts'
import {startProxy, type Proxy} from '../release/gateways.ts'

let proxy: Proxy

beforeAll(async () => {
  proxy = await startProxy()
})

afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
})

/** Whether a request went to the proxy. Nothing has a name in `.invalid` or listens on port 9, so it ends either way. */
async function isProxied(url: string, env: Environment): Promise<boolean> {
  const before = proxy.passed.length
  const {promise, resolve} = Promise.withResolvers<undefined>()
  const end = (): void => {
    resolve(undefined)
  }
  http.get(url, {agent: agents(env).http}, response => response.resume().on('end', end)).on('error', end)
  await promise
  return proxy.passed.length > before
}

describe('a proxy', () => {
  test.each(['HTTP_PROXY', 'http_proxy'])('is read from %s, with and without a scheme', async name => {
    const url = 'http://api.example.invalid/'
    expect(await isProxied(url, {[name]: proxy.url})).toBe(true)
    expect(await isProxied(url, {[name]: proxy.url.replace('http://', '')})).toBe(true)
    expect(await isProxied(url, {[name]: ''})).toBe(false)
  })

  test('for TLS is none for plain requests', async () => {
    expect(await isProxied('http://api.example.invalid/', {HTTPS_PROXY: proxy.url})).toBe(false)
  })

  test.each(['http://user:hunter2@[proxy', 'http://user:hunter2%zz@proxy', 'socks5://user:hunter2@proxy'])(
    'at %s is told by the name of the variable, without its password',
    address => {
      const env = {HTTPS_PROXY: address}
      expect(() => agents(env)).toThrow(
        /^The environment variable HTTPS_PROXY of this runner is no address of an HTTP proxy: /
      )
      expect(() => agents(env)).not.toThrow('hunter2')
    }
  )
})

describe('exceptions from the proxy', () => {
  test.each([
    ['api.example.invalid', 'http://api.example.invalid/'],
    ['example.invalid', 'http://api.example.invalid/'],
    ['.example.invalid', 'http://api.example.invalid/'],
    ['*.example.invalid', 'http://api.example.invalid/'],
    ['.example.invalid', 'http://example.invalid/'],
    ['EXAMPLE.invalid', 'http://api.example.INVALID/'],
    ['one.invalid, example.invalid', 'http://api.example.invalid/'],
    ['one.invalid example.invalid', 'http://api.example.invalid/'],
    ['api.example.invalid:81', 'http://api.example.invalid:81/'],
    ['127.0.0.1', 'http://127.0.0.1:9/'],
    ['::1', 'http://[::1]:9/'],
    ['[::1]', 'http://[::1]:9/'],
    ['*', 'http://api.example.invalid/']
  ])('%s is one for %s', async (exceptions, url) => {
    expect(await isProxied(url, {HTTP_PROXY: proxy.url, NO_PROXY: exceptions})).toBe(false)
    expect(await isProxied(url, {http_proxy: proxy.url, no_proxy: exceptions})).toBe(false)
  })

  test.each([
    ['', 'http://api.example.invalid/'],
    ['ample.invalid', 'http://api.example.invalid/'],
    ['.ample.invalid', 'http://api.example.invalid/'],
    ['api.example.invalid:82', 'http://api.example.invalid:81/'],
    ['other.invalid', 'http://[::1]:9/']
  ])('%j is none for %s', async (exceptions, url) => {
    expect(await isProxied(url, {HTTP_PROXY: proxy.url, NO_PROXY: exceptions})).toBe(true)
  })
})
