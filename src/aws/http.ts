import http from 'node:http'
import https from 'node:https'
import {NodeHttpHandler} from '@smithy/node-http-handler'
import type {Environment} from '../workflow/event.ts'

/** How requests leave the runner: connections are kept, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are honoured. */
export interface Agents {
  readonly http: http.Agent
  readonly https: https.Agent
}

/** Agents for all requests of a run. The SDK does not read the proxy variables itself; Node's own agents do. */
export function agents(env: Environment): Agents {
  const options = {keepAlive: true, proxyEnv: {...env}}
  return {http: new http.Agent(options), https: new https.Agent(options)}
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
