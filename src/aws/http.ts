import http from 'node:http'
import https from 'node:https'
import {NodeHttpHandler} from '@smithy/node-http-handler'
import {Failure} from '../workflow/failure.ts'
import type {Environment} from '../workflow/event.ts'

/** How requests leave the runner: connections are kept, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are honoured. */
export interface Agents {
  readonly http: http.Agent
  readonly https: https.Agent
}

/**
 * Agents for all requests of a run. The SDK does not read the proxy variables itself; Node's own agents do.
 * @throws Failure for a proxy that has no address
 */
export function agents(env: Environment): Agents {
  const options = {keepAlive: true, proxyEnv: proxyVariables(env)}
  return {http: new http.Agent(options), https: new https.Agent(options)}
}

/** The variables as curl, Docker and the runner read them, in the words of Node, which reads them more strictly. */
function proxyVariables(env: Environment): Record<string, string> {
  const either = (name: string): string => (env[name] || env[name.toUpperCase()] || '').trim()
  return {
    http_proxy: proxyAddress('HTTP_PROXY', either('http_proxy')),
    https_proxy: proxyAddress('HTTPS_PROXY', either('https_proxy')),
    no_proxy: either('no_proxy')
      .split(/[\s,]+/)
      .flatMap(exception)
      .join(',')
  }
}

/** An address without a scheme is one of a plain HTTP proxy. It is never shown: it may hold a password. */
function proxyAddress(name: string, address: string): string {
  const url = address === '' || address.includes('://') ? address : `http://${address}`
  if (url !== '' && !isProxyAddress(url)) {
    throw new Failure(
      `The environment variable ${name} of this runner is no address of an HTTP proxy: it looks like http://proxy.example.com:3128, with special characters of a password in the form %40.`
    )
  }
  return url
}

/** Node leaves proxies of other protocols out without a word, and fails on a percent sign that begins no character. */
function isProxyAddress(text: string): boolean {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return false
  try {
    decodeURIComponent(url.username + url.password)
    return true
  } catch {
    return false
  }
}

/** A name stands for itself and all below it, with and without a dot in front; IPv6 addresses may stand in brackets. */
function exception(entry: string): string[] {
  const name = entry.replace(/^\*?\./, '').replace(/[[\]]/g, '')
  return name === '' || name === '*' ? [name] : [name, `.${name}`]
}

/**
 * The SDK's request handler. A call that AWS does not answer within the time limits counts as a lost answer: reads are
 * repeated, changes are read back.
 */
export function requestHandler(agents: Agents): NodeHttpHandler {
  return new NodeHttpHandler({
    httpAgent: agents.http,
    httpsAgent: agents.https,
    connectionTimeout: 5_000,
    requestTimeout: 20_000,
    throwOnRequestTimeout: true
  })
}
